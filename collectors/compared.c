/* compared.c - the comparison of wire and log, as a part of the collectors */
#include "collectors/compared.h"

static void
count(void *arg, int64_t when, enum metric metric, uint64_t n)
{
	struct collectors *c = arg;

	if (c->sinks.count != NULL)
		c->sinks.count(c->sinks.arg, c->hosts[c->compared_host],
		    when / 1000000, metric, n);
}

void
compared_open(
    struct collectors *c, struct slice host, bool finished, unsigned tolerance)
{
	struct compare_config config = { .host = finished ? SLICE("") : host,
		.name = host,
		.tolerance = (tolerance != 0 ? tolerance : COMPARE_SECS) *
			     INT64_C(1000000),
		.missing = c->events,
		.count = count,
		.arg = c };

	if (c->compare != NULL)
		return;
	(void)tracker_host(c->tracker, host, &c->compared_host);
	c->compare = compare_new(&config);
}

void
compared_take(void *arg, const struct mail_event *event)
{
	struct collectors *c = arg;

	c->events.take(c->events.arg, event);
	if (c->compare != NULL)
		compare_take(c->compare, event);
}

void
compared_take_logged(void *arg, const struct mail_event *event)
{
	struct collectors *c = arg;

	if (event->source == SOURCE_LOG)
		compared_take(arg, event);
	else if (c->compare == NULL)
		c->events.take(c->events.arg, event);
}

void
compared_lost(struct collectors *c, struct slice host, int64_t when)
{
	if (c->compare != NULL &&
	    compare_same_host(host, c->hosts[c->compared_host]))
		compare_lost(c->compare, SOURCE_LOG, when * 1000000);
}

/* Has any log told of it? */
static bool
is_logged(const struct collectors *c, uint32_t host)
{
	for (size_t i = 0; i < c->source_count; i++)
		if (c->sources[i].hosts[host] != 0 &&
		    source_is_log(&c->sources[i]))
			return true;
	return false;
}

/* As the logs call it. */
static bool
find_logged(const struct collectors *c, uint32_t *host)
{
	struct slice here = c->hosts[c->compared_host];

	for (*host = 0; *host < TRACKER_HOSTS; ++*host)
		if (compare_same_host(c->hosts[*host], here) &&
		    is_logged(c, *host))
			return true;
	return false;
}

void
compared_tick(struct collectors *c, int64_t now_ms, bool whole)
{
	uint32_t logged;

	if (c->compare == NULL)
		return;
	if (!whole)
		compare_lost(c->compare, SOURCE_WIRE, now_ms * 1000);
	compare_time(c->compare, SOURCE_WIRE, now_ms * 1000);
	if (find_logged(c, &logged))
		compare_time(c->compare, SOURCE_LOG,
		    collectors_host_time(c, logged, now_ms) * 1000000);
}

void
compared_finish(struct collectors *c)
{
	const struct coverage *log = maillog_coverage(c->maillog);

	if (c->compare == NULL)
		return;
	compare_time(c->compare, SOURCE_WIRE, c->captured_first);
	compare_time(c->compare, SOURCE_WIRE, c->captured_last);
	if (c->logged && log->first != 0) {
		compare_time(c->compare, SOURCE_LOG, log->first);
		compare_time(c->compare, SOURCE_LOG, log->last);
	}
	compare_finish(c->compare);
}
