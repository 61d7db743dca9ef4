/*
 * stats.h - the account: what happened, per host and mailer, and per step
 *
 * Events are added to running totals and, where a step sink is set, to the
 * step (STATS_STEP seconds) of their own time.  The caller says up to when a
 * host's steps are complete; those are then handed to the sink, oldest first.
 *
 * Bounds: STATS_HOSTS hosts, STATS_MAILERS mailers a host.  Names can be
 * forged, so what comes after is counted under "other" and in agent.dropped.
 */
#ifndef BASE_STATS_H
#define BASE_STATS_H

#include "base/event.h"
#include "base/metric.h"
#include "base/state.h"

#define STATS_STEP    60 /* seconds */
#define STATS_HOSTS   32
#define STATS_MAILERS 48
#define STATS_NAME    64 /* a host's or mailer's name and its NUL */

/* One number of a step that is not 0. */
struct stats_cell {
	uint16_t metric; /* enum metric, or enum mailer_metric with mailer */
	int16_t mailer;  /* index into mailers[], or -1 */
	uint64_t value;
};

/* A closed step, owned by whoever holds it; one allocation, free() frees it. */
struct stats_step {
	char host[STATS_NAME];
	int64_t at; /* its beginning, Unix seconds, a multiple of STATS_STEP */
	size_t mailer_count;
	char (*mailers)[STATS_NAME];
	size_t count;
	struct stats_cell *cells;
};

struct stats_host {
	char name[STATS_NAME];
	int64_t first, last; /* event times, Unix seconds; 0: none yet */
	uint64_t totals[METRICS];
	bool told[METRICS]; /* of a gauge: it is known how it is now */
	size_t mailer_count;
	struct stats_mailer {
		char name[STATS_NAME];
		uint64_t totals[MAILER_METRICS];
	} mailers[STATS_MAILERS];
};

struct stats;

struct stats *stats_new(void);
void stats_free(struct stats *);

/* Without it only totals are kept.  The sink owns each step. */
void stats_on_step(
    struct stats *, void (*take)(void *arg, struct stats_step *), void *arg);

/* The clock, Unix seconds, where logs are live: what is dated more than five
   minutes ahead of it then counts in agent.future and in the host's present. */
void stats_clock(struct stats *, int64_t now);

void stats_add(struct stats *, const struct mail_event *);
/* How it is now: not part of any step. */
void stats_gauge(struct stats *, struct slice host, enum metric, uint64_t);
/* It is not known any more. */
void stats_forget(struct stats *, struct slice host, enum metric);
/* Count what is not an event: lines. */
void stats_count(
    struct stats *, struct slice host, int64_t when, enum metric, uint64_t n);

/*
 * The host's steps that end at or before `upto' (Unix seconds) are complete.
 * A later event of a closed step goes to the oldest open one, or the next.
 */
void stats_close_steps(struct stats *, struct slice host, int64_t upto);

size_t stats_host_count(const struct stats *);
const struct stats_host *stats_host(const struct stats *, size_t i);
/* What a mailer of the host has counted; 0 where there is none. */
uint64_t stats_mailer_total(const struct stats *, struct slice host,
    struct slice mailer, enum mailer_metric);
/* The sum over all hosts, the most of seconds; mailers joined by name, in order of appearance. */
void stats_sum(const struct stats *, struct stats_host *sum);
/* What the host (empty: all) has counted in steps not yet closed, of those
   that begin from `from' on and before `to'. */
uint64_t stats_open(const struct stats *, struct slice host, enum metric,
    int64_t from, int64_t to);
uint64_t stats_open_mailer(const struct stats *, struct slice host,
    struct slice mailer, enum mailer_metric, int64_t from, int64_t to);
/* Where the oldest of them begins; INT64_MAX: there is none. */
int64_t stats_open_from(const struct stats *, struct slice host);

/* What the account keeps in the state: totals and open steps. */
struct state_part stats_part(struct stats *);

#endif
