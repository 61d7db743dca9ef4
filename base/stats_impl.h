/*
 * stats_impl.h - what the account is made of; for stats*.c and steps.c alone
 */
#ifndef BASE_STATS_IMPL_H
#define BASE_STATS_IMPL_H

#include "base/stats.h"

#define STEPS_OPEN 64 /* a host; at the cap the oldest is closed early */

struct step {
	int64_t at;
	uint64_t cells[METRICS];
	uint64_t mailers[STATS_MAILERS][MAILER_METRICS];
};

struct steps {
	struct step *open[STEPS_OPEN]; /* by time */
	size_t count;
	int64_t closed;     /* steps before this time are closed */
	struct step *last;  /* the one used last, or NULL */
	struct step *spare; /* kept for the next, or NULL */
};

struct host {
	struct stats_host public;
	struct steps steps;
	bool dirty; /* changed since it was saved */
};

struct stats {
	struct host *hosts[STATS_HOSTS];
	size_t host_count;
	struct host *last_host;
	int64_t now; /* 0: the logs are not live */
	void (*take)(void *arg, struct stats_step *);
	void *arg;
};

static inline bool
stats_is_name(const char *name, struct slice wanted)
{
	return name[wanted.n] == '\0' &&
	       (wanted.n == 0 || memcmp(name, wanted.p, wanted.n) == 0);
}

struct host *stats_find_host(const struct stats *, struct slice name);
struct host *stats_get_host(struct stats *, struct slice name);
struct stats_mailer *stats_get_mailer(struct host *, struct slice name);

/* The beginning of the step that holds that second. */
int64_t steps_begin(int64_t seconds);
/* The step for that second; *late: its own was closed already. */
struct step *steps_get(
    struct stats *, struct host *, int64_t seconds, bool *late);
/* True if anything was closed. */
bool steps_close(struct stats *, struct host *, int64_t upto);
void steps_fini(struct steps *);

/* What an event of the wire counts; how many there are. */
#define WIRE_COUNTS 6
struct wire_count {
	enum metric metric;
	uint64_t n;
};
size_t stats_count_wire(
    const struct mail_event *, struct wire_count counts[WIRE_COUNTS]);

#endif
