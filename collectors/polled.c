/* polled.c - sources that are looked at now and then, not read */
#include "collectors/polled.h"

#include <sys/utsname.h>

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"

#define MOMENT_MSECS 200
#define SHARE        50 /* of the time one look may take: 1 in so many */

struct polled_source {
	const struct source_config *config;
	const struct polled_kind *kind;
	void *self;
	int64_t every_ms, due_ms;
	int64_t began_ms;      /* of the look under way; 0: none is */
	int64_t waits_ms;      /* since when it waits; 0: it does not */
	int64_t last;          /* Unix seconds of the last look that was good */
	char host[STATS_NAME]; /* empty: not looked for yet */
	struct err trouble;    /* empty: none */
};

struct polled {
	struct polled_source *sources;
	size_t n;
	const struct collect_sinks *sinks;
	polled_host_fn *host;
	void *arg;
	char node[STATS_NAME];
	int64_t ticked; /* Unix milliseconds */
	int64_t minute; /* of the gauges that were told last */
};

static const struct polled_kind *const kinds[] = { &polled_queue,
	&polled_statistics };

static const struct polled_kind *
kind_of(const struct source_config *config)
{
	for (size_t i = 0; i < NELEMS(kinds); i++)
		if (kinds[i]->type == config->type)
			return kinds[i];
	return NULL;
}

bool
polled_is(const struct source_config *config)
{
	return kind_of(config) != NULL;
}

bool
polled_wants_log(const struct source_config *config)
{
	return config->type == SOURCE_TYPE_STATISTICS;
}

bool
polled_wants_spool(
    const struct source_config *config, struct opener_spool *spool)
{
	if (config->type != SOURCE_TYPE_QUEUE)
		return false;
	*spool =
	    (struct opener_spool){ config->path, spool_find(config->system) };
	return true;
}

static size_t
count_files(const struct collect_config *config)
{
	size_t n = 0;

	for (size_t i = 0; i < config->source_count; i++)
		n += config->sources[i].type == SOURCE_TYPE_FILE;
	return n;
}

struct polled *
polled_new(const struct collect_config *config, struct opener *opener,
    const struct collect_sinks *sinks, polled_host_fn *host, void *arg)
{
	struct polled *polled = mem_zero(1, sizeof(*polled));
	size_t log = count_files(config), spool = 0;
	struct polled_source *source;
	struct utsname name;

	polled->sinks = sinks;
	polled->host = host;
	polled->arg = arg;
	if (uname(&name) == 0)
		slice_copy(slice_of(name.nodename), polled->node,
		    sizeof(polled->node));
	polled->sources =
	    mem_zero(config->source_count, sizeof(*polled->sources));
	for (size_t i = 0; i < config->source_count; i++) {
		const struct source_config *from = &config->sources[i];

		if (!polled_is(from))
			continue;
		source = &polled->sources[polled->n++];
		source->config = from;
		source->kind = kind_of(from);
		source->every_ms =
		    (int64_t)1000 * (from->interval != 0 ? from->interval
							 : source->kind->every);
		source->self = source->kind->open(
		    from, opener, polled_wants_log(from) ? log++ : spool++);
	}
	return polled;
}

void
polled_free(struct polled *polled)
{
	if (polled == NULL)
		return;
	for (size_t i = 0; i < polled->n; i++)
		polled->sources[i].kind->close(polled->sources[i].self);
	free(polled->sources);
	free(polled);
}

int64_t
polled_due(const struct polled *polled)
{
	int64_t due = -1;

	for (size_t i = 0; i < polled->n; i++)
		if (due == -1 || polled->sources[i].due_ms < due)
			due = polled->sources[i].due_ms;
	return due;
}

static void
say(struct polled_source *source, const struct err *err)
{
	if (strcmp(source->trouble.text, err->text) == 0)
		return;
	if (err->text[0] != '\0')
		log_warn("source \"%s\": %s", source->config->title, err->text);
	else
		log_info("source \"%s\": %s: well again", source->config->title,
		    source->config->path);
	source->trouble = *err;
}

/* The next look, not sooner than its share of the time allows. */
static void
finish(struct polled_source *source, int64_t now_ms, const struct err *err)
{
	int64_t rest = (now_ms - source->began_ms) * SHARE;

	source->due_ms =
	    now_ms + (rest > source->every_ms ? rest : source->every_ms);
	source->began_ms = 0;
	say(source, err);
}

static void
find_host(struct polled *polled, struct polled_source *source)
{
	const char *name = source->config->host;
	struct slice host = polled->host(
	    polled->arg, slice_of(name != NULL ? name : polled->node));

	slice_copy(host, source->host, sizeof(source->host));
}

/* True: there is more to do at once. */
static bool
look(struct polled *polled, struct polled_source *source, int64_t now_ms)
{
	struct err err = { "" };
	struct poll poll;

	if (source->began_ms == 0) {
		source->began_ms = now_ms;
		find_host(polled, source);
	}
	/* Waiting is no work: it does not count for the share. */
	if (source->waits_ms != 0)
		source->began_ms += now_ms - source->waits_ms;
	source->waits_ms = 0;
	poll = (struct poll){ now_ms / 1000, slice_of(source->host),
		polled->sinks };
	switch (source->kind->poll(source->self, &poll, &err)) {
	case POLL_MORE:
		source->due_ms = now_ms;
		return true;
	case POLL_WAIT:
		source->waits_ms = now_ms;
		source->due_ms = now_ms + MOMENT_MSECS;
		return false;
	case POLL_DONE:
		source->last = poll.now;
		err.text[0] = '\0';
		break;
	case POLL_FAILED:
		break;
	}
	finish(source, now_ms, &err);
	return false;
}

bool
polled_run(struct polled *polled, int64_t now_ms)
{
	bool more = false;

	for (size_t i = 0; i < polled->n; i++) {
		struct polled_source *source = &polled->sources[i];

		if (source->due_ms <= now_ms)
			more |= look(polled, source, now_ms);
	}
	return more;
}

/* All queues of the host that are known, taken together. */
static bool
sum_host(const struct polled *polled, const char *host, struct spool_count *sum)
{
	struct spool_count one;
	bool any = false;

	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < polled->n; i++) {
		const struct polled_source *source = &polled->sources[i];

		if (source->kind->count == NULL ||
		    strcmp(source->host, host) != 0 ||
		    !source->kind->count(source->self, &one))
			continue;
		any = true;
		for (unsigned k = 0; k < QUEUE_NAMES; k++)
			sum->messages[k] += one.messages[k];
		if (one.oldest != 0 &&
		    (sum->oldest == 0 || one.oldest < sum->oldest))
			sum->oldest = one.oldest;
	}
	return any;
}

static void
tell_host(struct polled *polled, const char *host, int64_t now, int64_t when)
{
	static const enum metric metrics[QUEUE_NAMES] = {
		[QUEUE_ACTIVE] = METRIC_QUEUE_ACTIVE,
		[QUEUE_DEFERRED] = METRIC_QUEUE_DEFERRED,
		[QUEUE_HOLD] = METRIC_QUEUE_HOLD,
		[QUEUE_INCOMING] = METRIC_QUEUE_INCOMING,
	};
	const struct collect_sinks *sinks = polled->sinks;
	struct slice name = slice_of(host);
	struct spool_count sum;
	bool known = sum_host(polled, host, &sum);
	uint64_t age = 0;

	if (sum.oldest != 0 && sum.oldest < now)
		age = (uint64_t)(now - sum.oldest);
	for (unsigned k = 0; k < QUEUE_NAMES; k++)
		sinks->gauge(sinks->arg, name, when, metrics[k],
		    known ? sum.messages[k] : GAUGE_UNKNOWN);
	sinks->gauge(sinks->arg, name, when, METRIC_QUEUE_OLDEST_SECONDS,
	    known ? age : GAUGE_UNKNOWN);
}

/* Has a queue before it told of the same host? */
static bool
is_told(const struct polled *polled, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (polled->sources[k].kind->count != NULL &&
		    strcmp(polled->sources[k].host, polled->sources[i].host) ==
			0)
			return true;
	return false;
}

void
polled_tick(struct polled *polled, int64_t now_ms)
{
	int64_t now = now_ms / 1000, minute = now - now % STATS_STEP;
	bool step = minute != polled->minute;

	/* A clock that was set back must not make us wait for it. */
	for (size_t i = 0; i < polled->n && now_ms < polled->ticked; i++)
		polled->sources[i].due_ms = now_ms;
	polled->ticked = now_ms;
	if (polled->sinks->gauge == NULL)
		return;
	for (size_t i = 0; i < polled->n; i++)
		if (polled->sources[i].kind->count != NULL &&
		    polled->sources[i].host[0] != '\0' && !is_told(polled, i))
			tell_host(polled, polled->sources[i].host, now,
			    step ? minute : 0);
	polled->minute = minute;
}

size_t
polled_count(const struct polled *polled)
{
	return polled->n;
}

struct source_status
polled_source(const struct polled *polled, size_t i)
{
	const struct polled_source *source = &polled->sources[i];
	struct source_status status = { source->config->title,
		source->config->path, "watched", NULL, 0, source->last, true,
		NULL };

	if (source->trouble.text[0] != '\0') {
		status.trouble = source->trouble.text;
		status.state = "missing";
	}
	return status;
}

bool
polled_status(
    const struct polled *polled, size_t i, struct statistics_status *status)
{
	const struct polled_source *source = &polled->sources[i];

	if (source->kind->status == NULL)
		return false;
	*status = (struct statistics_status){ .path = source->config->path,
		.host = source->host };
	source->kind->status(source->self, status);
	return true;
}

static void
save(void *arg, struct state_rows *rows)
{
	struct polled *polled = arg;

	for (size_t i = 0; i < polled->n; i++) {
		struct polled_source *source = &polled->sources[i];
		struct state_writer w = { 0 };

		if (source->kind->save != NULL &&
		    source->kind->save(source->self, &w))
			rows_put(rows, slice_of(source->config->path),
			    (struct slice){ w.p, w.n });
		writer_fini(&w);
	}
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct polled *polled = arg;

	for (size_t i = 0; i < polled->n; i++) {
		struct polled_source *source = &polled->sources[i];

		if (source->kind->load == NULL ||
		    !slice_eq(key, slice_of(source->config->path)))
			continue;
		return source->kind->load(source->self, value)
			   ? 0
			   : err_set(err, "%s: damaged", source->config->path);
	}
	return 0; /* no longer configured; its row is kept */
}

struct state_part
polled_part(struct polled *polled)
{
	return (struct state_part){ POLLED_PART, POLLED_VERSION, polled, save,
		load };
}
