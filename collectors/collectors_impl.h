/* collectors_impl.h - what the collectors are made of; for their files alone */
#ifndef COLLECTORS_COLLECTORS_IMPL_H
#define COLLECTORS_COLLECTORS_IMPL_H

#include "base/pseudonym.h"
#include "collectors/collectors.h"
#include "collectors/format.h"
#include "collectors/header.h"
#include "collectors/logfile.h"
#include "collectors/maillog.h"
#include "collectors/polled.h"
#include "collectors/tail.h"

#define GRACE_SECS 30 /* a step stays open so long after its end */

struct source {
	const struct source_config *config;
	const char *host; /* of lines that name none; NULL: this one */
	const struct reader *reader; /* what reads it */
	void *it;
	struct zone *zone;
	struct maillog_source log;
	uint64_t lines, lost;
	int64_t hosts[TRACKER_HOSTS]; /* event time of each; 0: not seen */
	int64_t idle_since;           /* Unix milliseconds; 0: not at its end */
	uint64_t first_backlog;
	bool stirred; /* may have something to read */
	bool dirty;
	bool known; /* the state has a place of it */
	struct collectors *owner;
};

struct collectors {
	const struct collect_config *config;
	struct collect_sinks sinks; /* the events' is compared_take() */
	struct event_sink events;   /* where they go */
	struct compare *compare; /* wire and log; NULL: nothing is captured */
	uint32_t compared_host;
	struct opener *opener;
	struct tracker *tracker;
	struct maillog *maillog;
	struct pseudonyms *names; /* of people in the state; or NULL */
	struct source *sources;
	size_t source_count;
	int64_t complete[TRACKER_HOSTS]; /* as told to the sink */
	struct slice hosts[TRACKER_HOSTS];
	/* Up to when sources told of each host that are no longer read. */
	int64_t told[TRACKER_HOSTS];
	bool caught_up;
	bool logged;               /* some log was read */
	struct polled *polled;     /* NULL: none is */
	struct captures *captures; /* the same */
	bool awake; /* the logs were read to their ends: polling may begin */
	/* Of captures that were read to their end, Unix microseconds. */
	int64_t captured_first, captured_last;
	bool looking; /* collectors_read() has to look before the next due */
};

/* The opener of all that is read or polled. */
int collectors_open_opener(
    struct collectors *, bool helper, uid_t, gid_t, struct err *);
/* As the logs call that host; it has steps from now on. */
struct slice collectors_name_host(void *collectors, struct slice name);

/* What its lines are, if this one tells; and of which host, if they do not. */
void source_decide(struct source *, struct slice line);

/* Which of them have only copies of what others have. */
void collectors_find_copies(struct collectors *);

static inline bool
source_is_log(const struct source *source)
{
	const struct log_format *own = source->log.own.format;

	return own == NULL || !own->beside;
}

/* A line of a source: on to the parsers, and its host's time moves. */
void source_line(struct collectors *, struct source *, struct slice line);
/* The same of an entry of the journal. */
void source_entry(
    struct collectors *, struct source *, const struct header *entry);
/* So many lines of it were dropped or missed by now. */
void source_lost(struct collectors *, struct source *, uint64_t now);

/* A finished capture is read. */
int finished_capture(struct collectors *, struct logfile *, const char *path,
    const struct finished_options *, struct err *);

/* Up to when the host's events are all in, Unix seconds; now_ms 0: no source
   is idle. */
int64_t collectors_host_time(
    const struct collectors *, uint32_t index, int64_t now_ms);
/* Tell the sink that the host's steps are complete up to then. */
void collectors_complete(struct collectors *, uint32_t index, int64_t upto);

#endif
