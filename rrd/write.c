/*
 * write.c - what waits is handed to the worker, and comes back if it failed
 *
 * Exactly once: only steps that the state has are written, so that a crash
 * brings the same ones again, and those are passed over by their time.  For
 * the same reason zeros go no further than the state knows the host to be.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rrd/series_impl.h"

#define BRING_UP 300 /* quiet series, seconds of event time */

struct write_job {
	struct job job;
	struct series *series; /* for the owner's thread */
	struct store *store;
	struct batch batch;
	bool *saved;
	int rc;
	struct err err;
	uint64_t updates;
};

static void write_run(struct job *);
static void write_done(struct job *);

static void
submit_write(struct series *series, struct write_job *write)
{
	write->job = (struct job){ NULL, write_run, write_done };
	write->series = series;
	write->store = series->store;
	series->writing = true;
	worker_submit(series->worker, JOB_WRITE, &write->job);
}

/* With nothing to write it only undoes, before any read. */
void
series_recover(struct series *series)
{
	submit_write(series, mem_zero(1, sizeof(struct write_job)));
}

static int
by_time(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;

	return x->step->at < y->step->at ? -1 : x->step->at > y->step->at;
}

/* The steps that may be written are the first ones. */
static void
hand_steps(struct series *series, struct write_job *write)
{
	struct batch *batch = &write->batch;
	size_t n = 0;

	while (n < series->pending_count &&
	       (series->pending[n].saved || !series->kept))
		n++;
	batch->steps = mem_zero(n, sizeof(struct stats_step *));
	write->saved = mem_zero(n, sizeof(bool));
	for (size_t i = 0; i < n; i++) {
		batch->steps[i] = series->pending[i].step;
		write->saved[i] = series->pending[i].saved;
	}
	batch->step_count = n;
	series->pending_count -= n;
	if (series->pending_count > 0)
		memmove(series->pending, series->pending + n,
		    series->pending_count * sizeof(*series->pending));
	batch->gauges = series->gauges;
	batch->gauge_count = series->gauge_count;
	series->gauges = NULL;
	series->gauge_count = 0;
}

static bool
hand_hosts(struct series *series, struct batch *batch)
{
	const struct series_host *host;
	struct batch_host *as;
	bool any = false;

	batch->host_count = series->host_count;
	for (size_t i = 0; i < series->host_count; i++) {
		host = &series->hosts[i];
		as = &batch->hosts[i];
		memcpy(as->name, host->name, sizeof(as->name));
		as->first = host->first;
		as->known = series_handed(series, host);
		as->bring_up = as->known - host->brought_up >= BRING_UP;
		any |= as->bring_up;
	}
	return any;
}

static void
batch_free(struct write_job *write)
{
	free(write->batch.steps);
	free(write->batch.gauges);
	free(write->saved);
	free(write);
}

void
series_write(struct series *series)
{
	struct write_job *write;

	if (series->writing || series->held) {
		series->again |= series->writing || series->pending_count > 0 ||
				 series->gauge_count > 0;
		return;
	}
	if (series->unsorted && series->pending_count > 0)
		qsort(series->pending, series->pending_count,
		    sizeof(*series->pending), by_time);
	series->unsorted = false;
	write = mem_zero(1, sizeof(*write));
	hand_steps(series, write);
	if (!hand_hosts(series, &write->batch) &&
	    write->batch.step_count == 0 && write->batch.gauge_count == 0) {
		batch_free(write);
		return;
	}
	submit_write(series, write);
}

/* What waited for a write or a commit goes on when both are over. */
static void
go_on(struct series *series)
{
	bool again = series->again;

	if (series->writing || series->held)
		return;
	series->again = false;
	if (again)
		series_write(series);
	series_ask_again(series);
}

void
series_hold(struct series *series)
{
	series->held = true;
}

void
series_release(struct series *series)
{
	if (!series->held)
		return;
	series->held = false;
	series->again = true;
	go_on(series);
}

static void
write_run(struct job *job)
{
	struct write_job *write = (struct write_job *)job;
	uint64_t before = write->store->updates;

	write->rc = batch_write(write->store, &write->batch, &write->err);
	write->updates = write->store->updates - before;
}

/* What could not be written goes back to where it was. */
static void
take_back(struct series *series, struct write_job *write)
{
	struct batch *batch = &write->batch;
	size_t n = batch->step_count, rest = series->pending_count;

	series->pending_size = rest + n + 64;
	series->pending = mem_grow(
	    series->pending, series->pending_size, sizeof(*series->pending));
	memmove(series->pending + n, series->pending,
	    rest * sizeof(*series->pending));
	for (size_t i = 0; i < n; i++)
		series->pending[i] =
		    (struct pending){ batch->steps[i], write->saved[i] };
	series->pending_count = rest + n;

	if (series->gauges == NULL) {
		series->gauges = batch->gauges;
		series->gauge_count = batch->gauge_count;
		batch->gauges = NULL;
	} /* else the newer ones are kept */
}

static void
forget_batch(struct series *series, struct write_job *write)
{
	struct batch *batch = &write->batch;

	for (size_t i = 0; i < batch->step_count; i++) {
		if (write->saved[i])
			series_gone(series, batch->steps[i]);
		free(batch->steps[i]);
	}
	for (size_t i = 0; i < batch->host_count; i++)
		if (batch->hosts[i].bring_up)
			series->hosts[i].brought_up = batch->hosts[i].known;
}

static void
write_done(struct job *job)
{
	struct write_job *write = (struct write_job *)job;
	struct series *series = write->series;

	series->writing = false;
	series->writes += write->updates;
	series->failing = write->rc == -1;
	if (series->failing) {
		series->trouble = write->err;
		take_back(series, write);
		series->again = false; /* not at once */
	} else {
		forget_batch(series, write);
	}
	batch_free(write);
	go_on(series);
}
