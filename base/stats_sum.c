/* stats_sum.c - what is asked of the account: sums, and what is still open */
#include <stdlib.h>

#include "base/mem.h"
#include "base/stats_impl.h"

uint64_t
stats_mailer_total(const struct stats *stats, struct slice name,
    struct slice mailer, enum mailer_metric metric)
{
	const struct host *host = stats_find_host(stats, name);

	for (size_t i = 0; host != NULL && i < host->public.mailer_count; i++)
		if (stats_is_name(host->public.mailers[i].name, mailer))
			return host->public.mailers[i].totals[metric];
	return 0;
}

static void
sum_metric(struct stats_host *to, const struct stats_host *from, size_t i)
{
	enum metric_unit unit = metric_unit((enum metric)i);
	bool most = metric_kind((enum metric)i) == METRIC_GAUGE &&
		    (unit == UNIT_SECONDS || unit == UNIT_BLOCKS);

	to->told[i] |= from->told[i];
	if (!most)
		to->totals[i] += from->totals[i];
	else if (from->totals[i] > to->totals[i])
		to->totals[i] = from->totals[i];
}

static void
sum_mailer(struct host *sum, const struct stats_mailer *from)
{
	struct stats_mailer *to = stats_get_mailer(sum, slice_of(from->name));

	for (size_t i = 0; i < MAILER_METRICS; i++)
		to->totals[i] += from->totals[i];
}

void
stats_sum(const struct stats *stats, struct stats_host *result)
{
	struct host *sum = mem_zero(1, sizeof(*sum));
	struct stats_host *to = &sum->public;

	for (size_t h = 0; h < stats->host_count; h++) {
		const struct stats_host *from = &stats->hosts[h]->public;

		if (to->first == 0 || (from->first && from->first < to->first))
			to->first = from->first;
		if (from->last > to->last)
			to->last = from->last;
		for (size_t i = 0; i < METRICS; i++)
			sum_metric(to, from, i);
		for (size_t i = 0; i < from->mailer_count; i++)
			sum_mailer(sum, &from->mailers[i]);
	}
	*result = *to;
	free(sum);
}

static bool
is_asked(const struct host *host, struct slice name)
{
	return name.n == 0 || stats_is_name(host->public.name, name);
}

uint64_t
stats_open(const struct stats *stats, struct slice name, enum metric metric,
    int64_t from, int64_t to)
{
	uint64_t sum = 0;

	for (size_t h = 0; h < stats->host_count; h++) {
		const struct steps *steps = &stats->hosts[h]->steps;

		if (!is_asked(stats->hosts[h], name))
			continue;
		for (size_t s = 0; s < steps->count; s++)
			if (steps->open[s]->at >= from &&
			    steps->open[s]->at < to)
				sum += steps->open[s]->cells[metric];
	}
	return sum;
}

static uint64_t
open_mailer(const struct steps *steps, size_t i, enum mailer_metric metric,
    int64_t from, int64_t to)
{
	uint64_t sum = 0;

	for (size_t s = 0; s < steps->count; s++)
		if (steps->open[s]->at >= from && steps->open[s]->at < to)
			sum += steps->open[s]->mailers[i][metric];
	return sum;
}

uint64_t
stats_open_mailer(const struct stats *stats, struct slice name,
    struct slice mailer, enum mailer_metric metric, int64_t from, int64_t to)
{
	uint64_t sum = 0;

	for (size_t h = 0; h < stats->host_count; h++) {
		const struct host *host = stats->hosts[h];

		if (!is_asked(host, name))
			continue;
		for (size_t i = 0; i < host->public.mailer_count; i++)
			if (stats_is_name(host->public.mailers[i].name, mailer))
				sum += open_mailer(
				    &host->steps, i, metric, from, to);
	}
	return sum;
}

int64_t
stats_open_from(const struct stats *stats, struct slice name)
{
	int64_t from = INT64_MAX;

	for (size_t h = 0; h < stats->host_count; h++) {
		const struct steps *steps = &stats->hosts[h]->steps;

		if (is_asked(stats->hosts[h], name) && steps->count > 0 &&
		    steps->open[0]->at < from)
			from = steps->open[0]->at;
	}
	return from;
}
