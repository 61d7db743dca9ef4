/*
 * polled.h - sources that are looked at now and then, not read
 *
 * A kind of them is a row in polled.c.  They have no descriptor: each is
 * looked at when it is due, in parts that are short, so that logs and pages
 * do not wait.  What is wrong with one is told once, until it is well again.
 */
#ifndef COLLECTORS_POLLED_H
#define COLLECTORS_POLLED_H

#include "collectors/collectors.h"
#include "collectors/opener.h"

enum poll_result {
	POLL_MORE,  /* call again: there is more to do at once */
	POLL_WAIT,  /* call again in a moment */
	POLL_DONE,  /* until it is due again */
	POLL_FAILED /* the same; err says why */
};

struct poll {
	int64_t now; /* Unix seconds */
	struct slice host;
	const struct collect_sinks *sinks;
};

struct polled_kind {
	enum source_type type;
	unsigned every; /* seconds, where the configuration says nothing */
	/* `index' is the opener's, of its log or its spool; both borrowed. */
	void *(*open)(
	    const struct source_config *, struct opener *, size_t index);
	void (*close)(void *);
	enum poll_result (*poll)(void *, const struct poll *, struct err *);

	/* What waits in a queue; false: not known.  NULL: it is no queue. */
	bool (*count)(const void *, struct spool_count *);
	/* The file beside the log; NULL: it is no such file. */
	void (*status)(const void *, struct statistics_status *);
	/* A row of the state; false: nothing changed.  NULL: it has none. */
	bool (*save)(void *, struct state_writer *);
	bool (*load)(void *, struct slice value);
};

extern const struct polled_kind polled_queue, polled_statistics;

#define POLLED_PART    "polled"
#define POLLED_VERSION 1

struct polled;

/* The host that is called `name', or as the logs call it. */
typedef struct slice polled_host_fn(void *arg, struct slice name);

/*
 * Every source of a polled type.  Their logs are the opener's, behind those
 * of all sources of type file.  All arguments are borrowed.
 */
struct polled *polled_new(const struct collect_config *, struct opener *,
    const struct collect_sinks *, polled_host_fn *, void *arg);
void polled_free(struct polled *);

/* Is it a source of such a type; and what it wants of the opener. */
bool polled_is(const struct source_config *);
bool polled_wants_log(const struct source_config *);
bool polled_wants_spool(
    const struct source_config *, struct opener_spool *spool);

/* When polled_run() has something to do, Unix milliseconds; -1: never. */
int64_t polled_due(const struct polled *);
/* A short part of it; true: there is more to do at once. */
bool polled_run(struct polled *, int64_t now_ms);
/* Each second: how full the queues are. */
void polled_tick(struct polled *, int64_t now_ms);

size_t polled_count(const struct polled *);
struct source_status polled_source(const struct polled *, size_t i);
/* False: the i-th is no statistics file. */
bool polled_status(const struct polled *, size_t i, struct statistics_status *);

struct state_part polled_part(struct polled *);

#endif
