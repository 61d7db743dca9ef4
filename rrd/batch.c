/*
 * batch.c - from steps to samples to files
 *
 * Opening a file is what an update costs, so the samples of many steps are
 * gathered first and each file is updated once.
 */
#include "rrd/batch.h"

#include <string.h>

#include "rrd/undo.h"

#define MOST_SAMPLES 65536 /* are gathered before they are written */

static void
push_cell(struct store *store, struct store_host *host,
    const struct stats_step *step, const struct stats_cell *cell)
{
	const char *mailer =
	    cell->mailer < 0 ? NULL : step->mailers[cell->mailer];
	struct series_file *file =
	    store_file(store, host, mailer, cell->metric);
	size_t before;

	if (file == NULL || !store_ready(store, host, file, step->at))
		return;
	before = file->n;
	if (file->kind == SERIES_COUNT)
		file_push_step(file, step->at, (double)cell->value);
	else
		file_push(file, step->at + SCHEMA_STEP, (double)cell->value);
	store_waits(store, file, before);
}

static struct store_host *
host_of(struct store *store, const struct batch *batch, const char *name)
{
	int64_t first = 0;

	for (size_t i = 0; i < batch->host_count; i++)
		if (strcmp(batch->hosts[i].name, name) == 0)
			first = batch->hosts[i].first;
	return store_host(store, name, first);
}

static bool
push_steps(struct store *store, const struct batch *batch)
{
	struct store_host *host;
	const struct stats_step *step;

	for (size_t i = 0; i < batch->step_count; i++) {
		step = batch->steps[i];
		host = host_of(store, batch, step->host);
		for (size_t c = 0; host != NULL && c < step->count; c++)
			push_cell(store, host, step, &step->cells[c]);
		if (store->samples >= MOST_SAMPLES && !store_flush(store))
			return false;
	}
	return true;
}

static void
push_gauges(struct store *store, const struct batch *batch)
{
	const struct batch_gauge *gauge;
	struct series_file *file;
	struct store_host *host;
	size_t before;

	for (size_t i = 0; i < batch->gauge_count; i++) {
		gauge = &batch->gauges[i];
		host = host_of(store, batch, gauge->host);
		if (host == NULL)
			continue;
		file = store_file(store, host, NULL, gauge->metric);
		if (!store_ready(store, host, file, gauge->when))
			continue;
		before = file->n;
		file_push(file, gauge->when, gauge->value);
		store_waits(store, file, before);
	}
}

static void
push_zeros(struct store *store, const struct batch *batch)
{
	const struct batch_host *as;
	struct store_host *host;

	for (size_t i = 0; i < batch->host_count; i++) {
		as = &batch->hosts[i];
		if (!as->bring_up)
			continue;
		host = store_host(store, as->name, as->first);
		if (host != NULL)
			store_bring_up(store, host, as->known);
	}
}

int
batch_write(struct store *store, const struct batch *batch, struct err *err)
{
	if (!store->recovered) {
		if (undo_recover(store->undo, store->root, err) == -1)
			return -1;
		store->recovered = true;
	}
	store_begin(store);
	if (push_steps(store, batch)) {
		push_gauges(store, batch);
		push_zeros(store, batch);
	}
	return store_end(store, err);
}
