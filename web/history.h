/*
 * history.h - numbers over time for an answer, however many names it needs
 *
 * series_fetch() takes a few names a time; here a question of up to
 * HISTORY_NAMES is asked piece by piece, one read of the disk waiting at a
 * time, and what is in the steps not yet closed is put beside it.
 */
#ifndef WEB_HISTORY_H
#define WEB_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/stats.h"
#include "rrd/series.h"
#include "web/query.h"

#define HISTORY_NAMES (STATS_MAILERS * MAILER_METRICS + METRICS)

struct names {
	size_t count;
	char (*text)[QUERY_NAME];
};

/* What does not fit is left out. */
void names_add(struct names *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Once only. */
void names_add_metric(struct names *, enum metric);
void names_fini(struct names *);

struct history {
	struct names names;
	int64_t from, to, step; /* of the points, Unix seconds; seconds */
	size_t points;
	int64_t *times; /* points, the beginning of each */
	double *values; /* names.count times points; NAN where not known */
	uint64_t *open; /* a name: counted, behind the last point */
	/*
	 * A name: what it came to over the same span, `earlier' seconds before:
	 * of a counter the sum, of a gauge its last value; NAN where the host
	 * was not known all that time, or nobody asked.
	 */
	double *before;
};

/* Values of name i. */
static inline const double *
history_values(const struct history *history, size_t i)
{
	return history->values + i * history->points;
}

/* The sum over all points and what is open; unknown points count nothing. */
double history_sum(const struct history *, size_t i);
/*
 * Fills `before' from the answer to the same names so many seconds earlier;
 * `to' is where the later span ends, a point of which may not be over.
 */
void history_compare(struct history *, const struct history *earlier,
    int64_t seconds, int64_t to);
/* Which name it is; names.count if it was not asked for. */
size_t history_find(const struct history *, enum metric);

struct history_question {
	struct series *series;
	const struct stats *stats;
	struct slice host; /* copied */
	int64_t from, to;
	bool to_now; /* what is open belongs to it */
	size_t points;
	int64_t earlier; /* seconds; 0: nothing is compared */
	/* NULL: a later piece was refused, too many reads wait. */
	void (*take)(void *arg, const struct history *);
	void *arg;
};

/*
 * The names are adopted, cleared in `names'.  False: too many reads wait, and
 * `take' is not called.
 */
bool history_ask(const struct history_question *, struct names *adopted);

#endif
