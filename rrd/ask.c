/*
 * ask.c - questions to the series, answered by the worker
 *
 * A question sees all steps that were submitted before it and may be written:
 * it waits for the write job that holds them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rrd/series_impl.h"

struct fetch_job {
	struct job job;
	struct series *series;
	struct store *store;
	struct question question;
	struct series_span span;
	void (*take)(void *arg, const struct series_span *);
	void *arg;
};

struct graph_job {
	struct job job;
	struct series *series;
	struct store *store;
	struct graphs *graphs;
	struct drawing drawing;
	void *bytes;
	size_t n;
	struct err err;
	void (*take)(
	    void *arg, const void *bytes, size_t n, const struct err *);
	void *arg;
};

/* After a failed write nothing can be said of what the files do not hold. */
static void
doubt(const struct store *store, struct question *question)
{
	if (store->recovered && !store->failed)
		return;
	for (size_t i = 0; i < question->host_count; i++)
		question->hosts[i].known = 0;
}

static void
ask(struct series *series, struct slice name, struct question *question)
{
	const struct series_host *host;
	struct batch_host *as;

	for (size_t i = 0; i < series->host_count; i++) {
		host = &series->hosts[i];
		if (name.n > 0 && !slice_same_word(name, slice_of(host->name)))
			continue;
		as = &question->hosts[question->host_count++];
		memcpy(as->name, host->name, sizeof(as->name));
		as->first = host->first;
		as->known = series_handed(series, host);
	}
}

/* False: too many wait. */
static bool
submit_read(struct series *series, struct job *job)
{
	if ((series->writing || series->held) && series->again) {
		if (series->asked_count == WORKER_READS)
			return false;
		series->asked[series->asked_count++] = job;
		return true;
	}
	if (!worker_submit(series->worker, JOB_READ, job))
		return false;
	series->reads++;
	return true;
}

/* They were promised an answer: there are few, and they go at once. */
void
series_ask_again(struct series *series)
{
	for (size_t i = 0; i < series->asked_count; i++) {
		series->reads++;
		worker_submit(series->worker, JOB_WRITE, series->asked[i]);
	}
	series->asked_count = 0;
}

static void
fetch_run(struct job *job)
{
	struct fetch_job *fetch = (struct fetch_job *)job;

	doubt(fetch->store, &fetch->question);
	fetch_span(fetch->store, &fetch->question, &fetch->span);
}

static void
fetch_free(struct fetch_job *fetch)
{
	question_fini(&fetch->question);
	span_fini(&fetch->span);
	free(fetch);
}

static void
fetch_done(struct job *job)
{
	struct fetch_job *fetch = (struct fetch_job *)job;

	fetch->series->reads--;
	fetch->take(fetch->arg, &fetch->span);
	fetch_free(fetch);
}

bool
series_fetch(struct series *series, struct slice host, const char *const *names,
    size_t count, int64_t from, int64_t to, size_t points,
    void (*take)(void *arg, const struct series_span *), void *arg)
{
	struct fetch_job *fetch = mem_zero(1, sizeof(*fetch));
	struct question *question = &fetch->question;

	fetch->job = (struct job){ NULL, fetch_run, fetch_done };
	fetch->series = series;
	fetch->store = series->store;
	fetch->take = take;
	fetch->arg = arg;
	question->from = from;
	question->to = to;
	question->points = points;
	question->names = count < SERIES_NAMES ? count : SERIES_NAMES;
	for (size_t i = 0; i < question->names; i++)
		question->name[i] = mem_text(names[i]);

	series_write(series);
	ask(series, host, question);
	if (submit_read(series, &fetch->job))
		return true;
	fetch_free(fetch);
	return false;
}

static void
graph_run(struct job *job)
{
	struct graph_job *graph = (struct graph_job *)job;

	doubt(graph->store, &graph->drawing.question);
	graph->bytes = graphs_get(graph->graphs, graph->store, &graph->drawing,
	    &graph->n, &graph->err);
}

static void
graph_free(struct graph_job *graph)
{
	question_fini(&graph->drawing.question);
	free(graph->bytes);
	free(graph);
}

static void
graph_done(struct job *job)
{
	struct graph_job *graph = (struct graph_job *)job;

	graph->series->reads--;
	graph->take(graph->arg, graph->bytes, graph->n,
	    graph->bytes == NULL ? &graph->err : NULL);
	graph_free(graph);
}

/* Within what librrd takes for a time. */
static int64_t
whole_steps(int64_t when)
{
	const int64_t latest = INT64_C(1) << 33;

	when = when < 0 ? 0 : when > latest ? latest : when;
	return when / SCHEMA_STEP * SCHEMA_STEP;
}

bool
series_graph(struct series *series, struct slice host, const char *name,
    bool svg, int64_t from, int64_t to, unsigned width, unsigned height,
    void (*take)(void *arg, const void *bytes, size_t n, const struct err *),
    void *arg)
{
	struct graph_job *graph = mem_zero(1, sizeof(*graph));
	struct question *question = &graph->drawing.question;

	graph->job = (struct job){ NULL, graph_run, graph_done };
	graph->series = series;
	graph->store = series->store;
	graph->graphs = series->graphs;
	graph->take = take;
	graph->arg = arg;
	graph->drawing.svg = svg;
	graph->drawing.all_hosts = host.n == 0;
	graph->drawing.width = width;
	graph->drawing.height = height;
	question->from = whole_steps(from);
	question->to = whole_steps(to);
	question->names = 1;
	question->name[0] = mem_text(name);

	series_write(series);
	ask(series, host, question);
	if (submit_read(series, &graph->job))
		return true;
	graph_free(graph);
	return false;
}
