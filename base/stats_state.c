/*
 * stats_state.c - the account's rows in the state
 *
 * One row a host: its totals, mailers and open steps, by name, so that a
 * metric that is added or moved later does not disturb what was counted.
 */
#include <string.h>

#include "base/stats_impl.h"

#define STATE_VERSION 2
#define FURTHEST      253402300799 /* seconds: the end of the year 9999 */

static void
put_name(struct state_writer *w, const char *name)
{
	put_text(w, slice_of(name));
}

static void
put_totals(struct state_writer *w, const uint64_t *cells)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < METRICS; i++)
		n += cells[i] != 0;
	put_u32(w, n);
	for (unsigned i = 0; i < METRICS; i++) {
		if (cells[i] != 0) {
			put_name(w, metric_name((enum metric)i));
			put_u64(w, cells[i]);
		}
	}
}

static void
put_mailer(struct state_writer *w, const char *name, const uint64_t *cells)
{
	put_name(w, name);
	put_u32(w, MAILER_METRICS);
	for (unsigned i = 0; i < MAILER_METRICS; i++)
		put_u64(w, cells[i]);
}

static void
put_host(struct state_writer *w, const struct host *host)
{
	const struct stats_host *public = &host->public;

	put_u64(w, (uint64_t) public->first);
	put_u64(w, (uint64_t) public->last);
	put_totals(w, public->totals);
	put_u32(w, (uint32_t) public->mailer_count);
	for (size_t i = 0; i < public->mailer_count; i++)
		put_mailer(
		    w, public->mailers[i].name, public->mailers[i].totals);
	put_u64(w, (uint64_t)host->steps.closed);
	put_u32(w, (uint32_t)host->steps.count);
	for (size_t s = 0; s < host->steps.count; s++) {
		const struct step *step = host->steps.open[s];

		put_u64(w, (uint64_t)step->at);
		put_totals(w, step->cells);
		for (size_t i = 0; i < public->mailer_count; i++)
			put_mailer(
			    w, public->mailers[i].name, step->mailers[i]);
	}
}

static void
save(void *arg, struct state_rows *rows)
{
	struct stats *stats = arg;

	for (size_t i = 0; i < stats->host_count; i++) {
		struct host *host = stats->hosts[i];
		struct state_writer w = { 0 };

		if (!host->dirty)
			continue;
		put_host(&w, host);
		rows_put(rows, slice_of(host->public.name),
		    (struct slice){ w.p, w.n });
		writer_fini(&w);
		host->dirty = false;
	}
}

static bool
get_time(struct slice *at, int64_t *time)
{
	uint64_t value;

	if (!get_u64(at, &value))
		return false;
	*time = (int64_t)value;
	return *time >= -FURTHEST && *time <= FURTHEST;
}

static bool
get_totals(struct slice *at, uint64_t *cells)
{
	struct slice name;
	uint64_t value;
	uint32_t n;

	if (!get_u32(at, &n))
		return false;
	while (n-- > 0) {
		enum metric metric;

		if (!get_text(at, &name) || !get_u64(at, &value))
			return false;
		metric = metric_find(name);
		if (metric < METRICS)
			cells[metric] = value;
	}
	return true;
}

/* Into the host's mailer of that name; step NULL: its totals. */
static bool
get_mailer(struct slice *at, struct host *host, struct step *step)
{
	struct stats_mailer *mailer;
	struct slice name;
	uint64_t *cells;
	uint32_t n;

	if (!get_text(at, &name) || !get_u32(at, &n) || n > MAILER_METRICS)
		return false;
	mailer = stats_get_mailer(host, name);
	cells = step == NULL ? mailer->totals
			     : step->mailers[mailer - host->public.mailers];
	for (uint32_t i = 0; i < n; i++)
		if (!get_u64(at, &cells[i]))
			return false;
	return true;
}

static bool
get_steps(struct slice *at, struct stats *stats, struct host *host)
{
	struct step *step;
	uint32_t count;
	int64_t when, closed;
	bool late;

	if (!get_time(at, &closed) || !get_u32(at, &count) ||
	    count > STEPS_OPEN)
		return false;
	while (count-- > 0) {
		if (!get_time(at, &when))
			return false;
		step = steps_get(stats, host, when, &late);
		if (!get_totals(at, step->cells))
			return false;
		for (size_t i = 0; i < host->public.mailer_count; i++)
			if (!get_mailer(at, host, step))
				return false;
	}
	host->steps.closed = closed;
	return true;
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct stats *stats = arg;
	struct host *host = stats_get_host(stats, key);
	uint32_t mailers = 0;
	bool good;

	good = get_time(&value, &host->public.first) &&
	       get_time(&value, &host->public.last) &&
	       get_totals(&value, host->public.totals) &&
	       get_u32(&value, &mailers) && mailers <= STATS_MAILERS;
	while (good && mailers-- > 0)
		good = get_mailer(&value, host, NULL);
	good = good && get_steps(&value, stats, host);
	if (!good)
		return err_set(
		    err, "account of %s: damaged", host->public.name);
	return 0;
}

struct state_part
stats_part(struct stats *stats)
{
	return (
	    struct state_part){ "account", STATE_VERSION, stats, save, load };
}
