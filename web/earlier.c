/* earlier.c - the same span a week ago, or the one before */
#include <math.h>

#include "web/history.h"

/*
 * What name i came to from `from' to `to', which need not be where points
 * begin: of a point that is cut its part counts.
 */
static double
sum_within(const struct history *history, size_t i, int64_t from, int64_t to)
{
	const double *values = history_values(history, i);
	int64_t begin, end, covered = 0;
	double sum = 0;

	for (size_t k = 0; k < history->points; k++) {
		begin = history->times[k];
		end = begin + history->step;
		if (end <= from || begin >= to)
			continue;
		begin = begin > from ? begin : from;
		end = end < to ? end : to;
		covered += end - begin;
		sum +=
		    values[k] * (double)(end - begin) / (double)history->step;
	}
	return covered == to - from ? round(sum) : NAN;
}

static double
last_within(const struct history *history, size_t i, int64_t to)
{
	const double *values = history_values(history, i);

	for (size_t k = history->points; k-- > 0;)
		if (history->times[k] < to && isfinite(values[k]))
			return values[k];
	return NAN;
}

void
history_compare(struct history *history, const struct history *earlier,
    int64_t seconds, int64_t to)
{
	for (size_t i = 0; i < history->names.count; i++) {
		enum metric metric =
		    metric_find(slice_of(history->names.text[i]));

		history->before[i] =
		    metric < METRICS && metric_kind(metric) == METRIC_GAUGE
			? last_within(earlier, i, to - seconds)
			: sum_within(earlier, i, history->from - seconds,
			      to - seconds);
	}
}
