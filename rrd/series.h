/*
 * series.h - the account over time, in round-robin files
 *
 * The public header of rrd/: paths and names as collectd has them, five
 * archives, zeros where nothing happened, undo after a crash.  All librrd
 * calls are made in the worker's thread.
 */
#ifndef RRD_SERIES_H
#define RRD_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/state.h"
#include "base/stats.h"
#include "base/worker.h"

struct series;

/* Makes DATA/rrd; writes back what undo holds.  `worker' is borrowed. */
struct series *series_open(
    const char *data, struct worker *worker, struct err *);
void series_close(struct series *);

/*
 * A closed step; ownership passes.  Steps of one host come in order of time,
 * one for each; a host is the same in small and capital letters.  It is
 * written with others by series_write(), and part of the state until it has
 * been written.
 */
void series_submit(struct series *, struct stats_step *adopted);
/*
 * Hand what was submitted to the worker, after the commit that holds it: where
 * series_part() was asked for, only what the state was given is handed over,
 * as a crash must bring the same steps again.
 */
void series_write(struct series *);
/*
 * A commit is under way, or it is not any more: until it is over nothing is
 * handed over, for a crash would bring its steps again.
 */
void series_hold(struct series *);
void series_release(struct series *);
/*
 * The host's steps up to `upto' (Unix seconds) are complete: quiet series are
 * brought up to it with zeros, every 5 minutes and before a read.
 */
void series_known(struct series *, struct slice host, int64_t upto);

/* A gauge's value at that time. */
void series_gauge(struct series *, struct slice host, const char *name,
    int64_t when, double value);

/* What series keep in the state: steps not yet written. */
struct state_part series_part(struct series *);

/* All that was submitted is in the files. */
bool series_written(const struct series *);
/* Why the last write failed, or NULL. */
const char *series_trouble(const struct series *);
uint64_t series_writes(const struct series *); /* updates of files so far */

/* "librrd 1.7.2", for mailweir version. */
const char *series_library(void);

/* A question for numbers. */
#define SERIES_NAMES 32

struct series_span {
	int64_t from, to; /* Unix seconds */
	int64_t step;     /* seconds between points */
	size_t points;
	size_t names;
	int64_t *times;               /* points, the beginning of each */
	double *values[SERIES_NAMES]; /* points each: counts per point for
					   counters (not rates), the mean for
					   gauges; NAN where not known */
};

/*
 * `names' are dotted ("messages.received", "mailer.smtp.msgs_to"); an unknown
 * one gives NANs, a counter that never came gives 0 within the time for which
 * the host is known.  `host' empty is the sum over all hosts, of gauges the
 * mean.  What was handed over before is seen.  At most `points'
 * points; the finest archive that covers `from' is used, and its cells are
 * joined, so that sums over a span are exact.  False: too many reads wait.
 * `take' is called once, in the owner's thread; `span' is freed after it.
 */
bool series_fetch(struct series *, struct slice host, const char *const *names,
    size_t count, int64_t from, int64_t to, size_t points,
    void (*take)(void *arg, const struct series_span *), void *arg);

/*
 * The series of an agent that may be running, for another process: nothing is
 * made or written.  series_part() takes what the agent committed (by
 * state_read()); the account's open steps are added by series_submit(); then
 * only the two calls below may be made, and series_close().
 */
struct series *series_look(const char *data);
/*
 * The beginning of the cells that hold `from' (Unix seconds) in the finest
 * archive that still does; not before the first step of the host (empty: of
 * any).
 */
int64_t series_begin(const struct series *, struct slice host, int64_t from);
/*
 * What a counter came to from series_begin() on, exactly, up to what was
 * committed.  -1: the files are being written, or were left half written;
 * with what was committed by then it may be tried again.
 */
int series_sum(struct series *, struct slice host, const char *name,
    int64_t from, uint64_t *sum, struct err *);

/* A drawn graph, PNG or SVG; bytes NULL and err where it cannot be made. */
bool series_graph(struct series *, struct slice host, const char *name,
    bool svg, int64_t from, int64_t to, unsigned width, unsigned height,
    void (*take)(void *arg, const void *bytes, size_t n, const struct err *),
    void *arg);

#endif
