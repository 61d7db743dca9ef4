/* series.c - the account over time: what comes in, and waits to be written */
#include "rrd/series.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "rrd/series_impl.h"

#define EARLIEST 315705600   /* a year that librrd takes: 1980 and a bit */
#define LATEST   0x1ffffffff /* and the last it is asked for */

static void
drop(struct series *series, const char *what)
{
	if (series->dropped++ == 0)
		log_warn("series: %s dropped", what);
}

static void
lower(char *name)
{
	for (; *name != '\0'; name++)
		if (*name >= 'A' && *name <= 'Z')
			*name = (char)(*name + ('a' - 'A'));
}

struct series_host *
series_host(struct series *series, struct slice name)
{
	struct series_host *host;

	for (size_t i = 0; i < series->host_count; i++) {
		host = &series->hosts[i];
		if (slice_same_word(name, slice_of(host->name)))
			return host;
	}
	if (series->host_count == STORE_HOSTS)
		return NULL;
	host = &series->hosts[series->host_count++];
	slice_copy(name, host->name, sizeof(host->name));
	lower(host->name);
	return host;
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
	series_recover(series);
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
	struct pending *oldest = series->pending;

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
	memcpy(step->host, host->name, sizeof(step->host));
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

bool
series_written(const struct series *series)
{
	return series->pending_count == 0 && !series->writing;
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
