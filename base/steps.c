/*
 * steps.c - the steps of a host that may still get events
 *
 * Sources of one host are read at different speeds and lines come out of
 * order, so several steps are open at once, kept by time.  Only the numbers
 * that are not 0 leave with a closed step.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stats_impl.h"

static struct stats_step *
pack(const struct host *host, const struct step *step)
{
	const uint64_t *mailer_cells = &step->mailers[0][0];
	size_t mailers = host->public.mailer_count, n = 0, bytes;
	struct stats_step *packed;

	for (size_t i = 0; i < METRICS; i++)
		n += step->cells[i] != 0;
	for (size_t i = 0; i < mailers * MAILER_METRICS; i++)
		n += mailer_cells[i] != 0;
	bytes = sizeof(*packed) + n * sizeof(packed->cells[0]);
	packed = mem_zero(1, bytes + mailers * STATS_NAME);
	packed->cells = (struct stats_cell *)(packed + 1);
	packed->mailers = (char(*)[STATS_NAME])((char *)packed + bytes);
	packed->at = step->at;
	memcpy(packed->host, host->public.name, STATS_NAME);
	for (size_t i = 0; i < METRICS; i++)
		if (step->cells[i] != 0)
			packed->cells[packed->count++] =
			    (struct stats_cell){ (uint16_t)i, -1,
				    step->cells[i] };
	for (size_t i = 0; i < mailers * MAILER_METRICS; i++)
		if (mailer_cells[i] != 0)
			packed->cells[packed->count++] =
			    (struct stats_cell){ (uint16_t)(i % MAILER_METRICS),
				    (int16_t)(i / MAILER_METRICS),
				    mailer_cells[i] };
	packed->mailer_count = mailers;
	for (size_t i = 0; i < mailers; i++)
		memcpy(packed->mailers[i], host->public.mailers[i].name,
		    STATS_NAME);
	return packed;
}

static void
close_oldest(struct stats *stats, struct host *host)
{
	struct steps *steps = &host->steps;
	struct step *step = steps->open[0];

	steps->closed = step->at + STATS_STEP;
	if (stats->take != NULL)
		stats->take(stats->arg, pack(host, step));
	memmove(steps->open, steps->open + 1,
	    --steps->count * sizeof(steps->open[0]));
	free(steps->spare);
	steps->spare = step;
	steps->last = NULL;
}

static struct step *
open_step(struct steps *steps, int64_t at, size_t where)
{
	struct step *step = steps->spare;

	steps->spare = NULL;
	if (step == NULL)
		step = mem_zero(1, sizeof(*step));
	else
		memset(step, 0, sizeof(*step));
	step->at = at;
	memmove(steps->open + where + 1, steps->open + where,
	    (steps->count - where) * sizeof(steps->open[0]));
	steps->open[where] = step;
	steps->count++;
	return step;
}

int64_t
steps_begin(int64_t seconds)
{
	return seconds - (seconds % STATS_STEP + STATS_STEP) % STATS_STEP;
}

/* A closed step's event goes to the oldest open one, or opens the next. */
static int64_t
still_open(const struct steps *steps, int64_t at)
{
	if (at >= steps->closed)
		return at;
	return steps->count > 0 ? steps->open[0]->at : steps->closed;
}

struct step *
steps_get(struct stats *stats, struct host *host, int64_t seconds, bool *late)
{
	struct steps *steps = &host->steps;
	int64_t at = steps_begin(seconds);
	size_t i;

	*late = false;
	if (steps->last != NULL && steps->last->at == at)
		return steps->last;
	*late = at < steps->closed;
	at = still_open(steps, at);
	for (i = steps->count; i > 0 && steps->open[i - 1]->at > at; i--)
		;
	if (i > 0 && steps->open[i - 1]->at == at)
		return steps->last = steps->open[i - 1];
	if (steps->count == STEPS_OPEN) {
		*late |= i == 0;
		if (i == 0)
			return steps->last = steps->open[0];
		close_oldest(stats, host);
		i--;
	}
	return steps->last = open_step(steps, at, i);
}

bool
steps_close(struct stats *stats, struct host *host, int64_t upto)
{
	struct steps *steps = &host->steps;
	bool changed = false;

	while (steps->count > 0 && steps->open[0]->at + STATS_STEP <= upto) {
		close_oldest(stats, host);
		changed = true;
	}
	if (steps_begin(upto) > steps->closed) {
		steps->closed = steps_begin(upto);
		changed = true;
	}
	return changed;
}

void
steps_fini(struct steps *steps)
{
	for (size_t i = 0; i < steps->count; i++)
		free(steps->open[i]);
	free(steps->spare);
	memset(steps, 0, sizeof(*steps));
}
