/*
 * series.c - steps in, write jobs out
 *
 * Exactly once: only steps that the state has are written, so that a crash
 * brings the same ones again, and those are passed over by their time.  For
 * the same reason zeros go no further than the state knows the host to be.
 */
#include "rrd/series.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "rrd/series_impl.h"

#define BRING_UP 300         /* quiet series, seconds of event time */
#define EARLIEST 315705600   /* a year that librrd takes: 1980 and a bit */
#define LATEST   0x1ffffffff /* and the last it is asked for */

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
drop(struct series *series, const char *what)
{
	if (series->dropped++ == 0)
		log_warn("series: %s dropped", what);
}

struct series_host *
series_host(struct series *series, struct slice name)
{
	struct series_host *host;

	for (size_t i = 0; i < series->host_count; i++) {
		host = &series->hosts[i];
		if (slice_eq(name, slice_of(host->name)))
			return host;
	}
	if (series->host_count == STORE_HOSTS)
		return NULL;
	host = &series->hosts[series->host_count++];
	slice_copy(name, host->name, sizeof(host->name));
	return host;
}

static void
submit_write(struct series *series, struct write_job *write)
{
	write->job = (struct job){ NULL, write_run, write_done };
	write->series = series;
	write->store = series->store;
	series->writing = true;
	worker_submit(series->worker, JOB_WRITE, &write->job);
}

struct series *
series_open(const char *data, struct worker *worker, struct err *err)
{
	struct series *series = mem_zero(1, sizeof(*series));

	series->worker = worker;
	series->store = store_new(data);
	series->graphs = graphs_new();
	if (mkdir(series->store->root, 0755) == -1 && errno != EEXIST) {
		err_sys(err, "%s: make", series->store->root);
		series_close(series);
		return NULL;
	}
	/* With nothing to write it only undoes, before any read. */
	submit_write(series, mem_zero(1, sizeof(struct write_job)));
	return series;
}

void
series_close(struct series *series)
{
	if (series == NULL)
		return;
	if (series->writing || series->reads > 0)
		worker_drain(series->worker);
	for (size_t i = 0; i < series->pending_count; i++)
		free(series->pending[i].step);
	free(series->pending);
	free(series->gauges);
	free(series->written);
	graphs_free(series->graphs);
	store_free(series->store);
	free(series);
}

/* Its row, if it has one, is dropped with the next commit. */
void
series_gone(struct series *series, const struct stats_step *step)
{
	struct written *written;

	if (!series->kept)
		return;
	if (series->written_count == series->written_size) {
		series->written_size =
		    series->written_size ? series->written_size * 2 : 16;
		series->written = mem_grow(series->written,
		    series->written_size, sizeof(*series->written));
	}
	written = &series->written[series->written_count++];
	memcpy(written->host, step->host, sizeof(written->host));
	written->at = step->at;
}

static void
make_room(struct series *series)
{
	struct pending *oldest = &series->pending[0];

	if (series->pending_count >= SERIES_STEPS && series->failing) {
		drop(series, "the oldest steps, for want of a disk,");
		if (oldest->saved)
			series_gone(series, oldest->step);
		free(oldest->step);
		memmove(oldest, oldest + 1,
		    --series->pending_count * sizeof(*oldest));
	}
	if (series->pending_count == series->pending_size) {
		series->pending_size =
		    series->pending_size ? series->pending_size * 2 : 64;
		series->pending = mem_grow(series->pending,
		    series->pending_size, sizeof(*series->pending));
	}
}

void
series_take(struct series *series, struct stats_step *step, bool saved)
{
	struct series_host *host = series_host(series, slice_of(step->host));

	if (host == NULL || step->at < EARLIEST || step->at > LATEST) {
		drop(series, "steps of too many hosts or of no time");
		if (saved)
			series_gone(series, step);
		free(step);
		return;
	}
	if (host->first == 0 || step->at < host->first) {
		host->first = step->at;
		host->changed = true;
	}
	make_room(series);
	series->pending[series->pending_count++] =
	    (struct pending){ step, saved };
}

void
series_submit(struct series *series, struct stats_step *step)
{
	series_take(series, step, false);
}

void
series_known(struct series *series, struct slice name, int64_t upto)
{
	struct series_host *host = series_host(series, name);

	if (host == NULL || upto <= host->known || upto > LATEST)
		return;
	host->known = upto;
	host->changed = true;
}

void
series_gauge(struct series *series, struct slice host, const char *name,
    int64_t when, double value)
{
	enum metric metric = metric_find(slice_of(name));
	struct batch_gauge *gauge;

	if (metric >= METRICS || metric_kind(metric) != METRIC_GAUGE ||
	    when < EARLIEST || when > LATEST)
		return;
	if (series->gauge_count == SERIES_GAUGES ||
	    series_host(series, host) == NULL) {
		drop(series, "gauges, too many at a time or of hosts,");
		return;
	}
	if (series->gauges == NULL)
		series->gauges =
		    mem_zero(SERIES_GAUGES, sizeof(*series->gauges));
	gauge = &series->gauges[series->gauge_count++];
	slice_copy(host, gauge->host, sizeof(gauge->host));
	gauge->metric = metric;
	gauge->when = when;
	gauge->value = value;
}

int64_t
series_handed(const struct series *series, const struct series_host *host)
{
	int64_t known = series->kept ? host->saved_known : host->known;
	const struct stats_step *step;

	for (size_t i = 0; i < series->pending_count; i++) {
		step = series->pending[i].step;
		if (strcmp(step->host, host->name) == 0)
			return step->at < known ? step->at : known;
	}
	return known;
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

	if (series->writing) {
		series->again = true;
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
	bool again = series->again;

	series->writing = series->again = false;
	series->writes += write->updates;
	series->failing = write->rc == -1;
	if (series->failing) {
		series->trouble = write->err;
		take_back(series, write);
	} else {
		forget_batch(series, write);
		if (again)
			series_write(series);
	}
	batch_free(write);
	series_ask_again(series);
}

const char *
series_trouble(const struct series *series)
{
	return series->failing ? series->trouble.text : NULL;
}

uint64_t
series_writes(const struct series *series)
{
	return series->writes;
}
