/*
 * collectors.c - every source of facts; each event goes to one sink
 *
 * Of several sources, the one whose lines are oldest is read next, in small
 * parts.  A host's steps are complete up to the time of the slowest source
 * that speaks of it and is not at its end.
 */
#include "collectors/collectors.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/captures.h"
#include "collectors/collectors_impl.h"
#include "collectors/compared.h"
#include "collectors/journal.h"
#include "collectors/reader.h"

#define PART_BYTES 65536 /* of one source, before another may be older */
#define IDLE_MSECS 30000 /* at its end so long, a source holds nothing open */

static void
count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	struct collectors *c = arg;

	if (metric == METRIC_AGENT_LINES_LOST)
		compared_lost(c, host, when);
	if (c->sinks.count != NULL)
		c->sinks.count(c->sinks.arg, host, when, metric, n);
}

static void
complain(void *arg, const struct complaint *complaint)
{
	struct collectors *c = arg;

	c->sinks.complain(c->sinks.arg, complaint);
}

static int
open_sources(struct collectors *c, struct err *err)
{
	size_t n = c->config->source_count, logs = 0;
	struct source *source;

	c->sources = mem_zero(n, sizeof(*c->sources));
	for (size_t i = 0; i < n; i++) {
		if (polled_is(&c->config->sources[i]) ||
		    c->config->sources[i].type == SOURCE_TYPE_CAPTURE)
			continue;
		source = &c->sources[c->source_count++];
		source->config = &c->config->sources[i];
		source->host = source->config->host;
		source->log.name = teller_name(source->config->path != NULL
						   ? source->config->path
						   : "journal",
		    true);
		source->owner = c;
		source->zone = zone_new(source->config->zone, err);
		if (source->zone == NULL)
			return -1;
		source->log.clock.zone = source->zone;
		if (source->config->format != NULL)
			(void)ownlog_named(
			    &source->log.own, slice_of(source->config->format));
		source->reader = source->config->type == SOURCE_TYPE_JOURNAL
				     ? &reader_journal
				     : &reader_file;
		source->it = source->reader == &reader_journal
				 ? (void *)journal_open(source->config)
				 : tail_open(c->opener, logs++);
	}
	collectors_find_copies(c);
	tracker_several(c->tracker, c->source_count > 1);
	return 0;
}

static struct tracker_config
tracking_of(const struct collect_config *config)
{
	return (struct tracker_config){ config->networks, config->network_count,
		config->domains, config->domain_count, config->relay_domains,
		config->relay_domain_count, config->incomplete,
		config->login_relay == LOGIN_RELAY_ALWAYS,
		config->login_relay == LOGIN_RELAY_NEVER,
		config->login_seconds };
}

void
collectors_reconfigure(
    struct collectors *c, const struct collect_config *config)
{
	struct tracker_config tracking = tracking_of(config);

	tracker_reconfigure(c->tracker, &tracking);
}

struct collectors *
collectors_open(const struct collect_config *config, bool helper, uid_t uid,
    gid_t gid, const struct collect_sinks *sinks, struct err *err)
{
	struct collectors *c = mem_zero(1, sizeof(*c));
	struct tracker_config tracking = tracking_of(config);

	c->config = config;
	c->sinks = *sinks;
	c->events = sinks->events;
	c->sinks.events = (struct event_sink){ compared_take, c };
	c->tracker = tracker_new(
	    &tracking, (struct event_sink){ compared_take_logged, c });
	c->maillog = maillog_new(
	    c->tracker, (struct line_counter){ count, c,
			    sinks->complain != NULL ? complain : NULL });
	if (config->source_count > 0 &&
	    (collectors_open_opener(c, helper, uid, gid, err) == -1 ||
		open_sources(c, err) == -1)) {
		collectors_close(c);
		return NULL;
	}
	c->polled =
	    polled_new(config, c->opener, &c->sinks, collectors_name_host, c);
	c->captures = captures_new(c, uid);
	return c;
}

void
collectors_close(struct collectors *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->source_count; i++) {
		if (c->sources[i].it != NULL)
			c->sources[i].reader->close(c->sources[i].it);
		zone_free(c->sources[i].zone);
	}
	free(c->sources);
	captures_free(c->captures);
	compare_free(c->compare);
	polled_free(c->polled);
	opener_stop(c->opener);
	maillog_free(c->maillog);
	tracker_free(c->tracker);
	free(c);
}

void
collectors_pseudonyms(struct collectors *c, struct pseudonyms *names)
{
	c->names = names;
	maillog_pseudonyms(c->maillog, names);
	tracker_pseudonyms(c->tracker, names);
}

size_t
collectors_fds(const struct collectors *c)
{
	return c->source_count + captures_count(c->captures);
}

int
collectors_fd(const struct collectors *c, size_t i)
{
	if (i >= c->source_count)
		return captures_fd(c->captures, i - c->source_count);
	return c->sources[i].reader->fd(c->sources[i].it);
}

bool
collectors_captured(struct collectors *c, size_t i)
{
	if (i < c->source_count)
		return false;
	captures_read(c->captures, i - c->source_count);
	return true;
}

void
collectors_ready(struct collectors *c, int64_t now_ms)
{
	/* A line from the future tells nothing of what is to come. */
	for (uint32_t i = 0; i < TRACKER_HOSTS; i++)
		if (c->told[i] > now_ms / 1000)
			c->told[i] = now_ms / 1000;
	for (size_t i = 0; i < c->source_count; i++) {
		c->sources[i].reader->ready(c->sources[i].it, now_ms);
		c->sources[i].stirred = true;
	}
	c->looking = true;
}

int64_t
collectors_due(const struct collectors *c)
{
	int64_t due = -1, one;

	for (size_t i = 0; i < c->source_count; i++) {
		one = c->sources[i].reader->due(c->sources[i].it);
		if (one != -1 && (due == -1 || one < due))
			due = one;
	}
	one = c->awake && !c->looking ? polled_due(c->polled) : -1;
	return one != -1 && (due == -1 || one < due) ? one : due;
}

/* A line of the source was read: its host's time moves. */
static void
host_moves(struct collectors *c, struct source *source)
{
	uint32_t index;
	struct slice host;
	int64_t when = maillog_time(c->maillog);

	if (when == 0)
		return;
	host = maillog_host(c->maillog, &index);
	if (when / 1000000 > source->hosts[index])
		source->hosts[index] = when / 1000000;
	c->hosts[index] = host;
	source->lines++;
}

void
source_line(struct collectors *c, struct source *source, struct slice line)
{
	if (!source->log.own.decided ||
	    (source->log.own.format != NULL && source->log.here.n == 0))
		source_decide(source, line);
	c->logged |= source_is_log(source);
	(void)maillog_read(c->maillog, &source->log, line);
	host_moves(c, source);
}

void
source_entry(
    struct collectors *c, struct source *source, const struct header *entry)
{
	c->logged = true;
	(void)maillog_entry(c->maillog, &source->log, entry);
	host_moves(c, source);
}

static int64_t
last_time(const struct source *source)
{
	return source->log.clock.last;
}

/* Of those with something to read, the one furthest behind. */
static struct source *
next_source(struct collectors *c)
{
	struct source *next = NULL, *source;

	for (size_t i = 0; i < c->source_count; i++) {
		source = &c->sources[i];
		if (!source->stirred)
			continue;
		if (next == NULL || last_time(source) < last_time(next))
			next = source;
	}
	return next;
}

/* Up to when the host's events are all in; INT64_MAX: nothing holds it. */
int64_t
collectors_host_time(const struct collectors *c, uint32_t index, int64_t now_ms)
{
	int64_t slowest = INT64_MAX, floor = tracker_floor(c->tracker, index);

	for (size_t i = 0; i < c->source_count; i++) {
		const struct source *source = &c->sources[i];
		bool idle = now_ms != 0 && source->idle_since != 0 &&
			    now_ms - source->idle_since >= IDLE_MSECS;

		if (source->hosts[index] != 0 && !idle &&
		    source->hosts[index] < slowest)
			slowest = source->hosts[index];
	}
	if (slowest == INT64_MAX)
		slowest = now_ms / 1000;
	return floor / 1000000 < slowest ? floor / 1000000 : slowest;
}

void
collectors_complete(struct collectors *c, uint32_t index, int64_t upto)
{
	if (upto / 60 <= c->complete[index] / 60)
		return;
	c->complete[index] = upto;
	if (c->sinks.complete != NULL)
		c->sinks.complete(c->sinks.arg, c->hosts[index], upto);
}

static void
check_complete(struct collectors *c, int64_t now_ms)
{
	for (uint32_t i = 0; i < TRACKER_HOSTS; i++)
		if (c->hosts[i].n != 0)
			collectors_complete(c, i,
			    collectors_host_time(c, i, now_ms) - GRACE_SECS);
}

void
source_lost(struct collectors *c, struct source *source, uint64_t now)
{
	uint32_t index;
	struct slice host = maillog_host(c->maillog, &index);

	if (now == source->lost || host.n == 0)
		return;
	count(c, host, maillog_time(c->maillog) / 1000000,
	    METRIC_AGENT_LINES_LOST, now - source->lost);
	source->lost = now;
}

/*
 * Where another source was read before (the file, and now the journal), this
 * one tells what came since.  Of sources that are found by themselves there is
 * one at a time, so that holds for each that comes back as well.
 */
static bool
takes_over(const struct source *source)
{
	return !source->known || source->owner->config->detected;
}

/* All that is older was read, Unix microseconds. */
static int64_t
read_upto(const struct collectors *c)
{
	int64_t upto = INT64_MAX;

	for (size_t i = 0; i < c->source_count; i++)
		if (c->sources[i].stirred &&
		    last_time(&c->sources[i]) < upto / 1000000)
			upto = last_time(&c->sources[i]) * 1000000;
	return upto;
}

size_t
collectors_read(struct collectors *c, size_t most, int64_t now_ms)
{
	size_t done = 0, n, part;
	struct source *source;

	while (done < most && (source = next_source(c)) != NULL) {
		part = most - done < PART_BYTES ? most - done : PART_BYTES;
		source->log.told = takes_over(source) ? c->told : NULL;
		n = source->reader->read(source, part);
		source->idle_since = n != 0 ? 0
				     : source->idle_since != 0
					 ? source->idle_since
					 : now_ms;
		source->stirred = n != 0;
		source->dirty |= n != 0;
		source_lost(c, source, source->reader->lost(source->it));
		done += n;
	}
	tracker_read(c->tracker, read_upto(c));
	if (done != 0)
		maillog_flush(c->maillog);
	/* What is polled is of the present: it waits until the logs are. */
	c->awake |= done == 0;
	c->looking = c->awake && polled_run(c->polled, now_ms);
	if (c->looking && done == 0)
		done = 1;
	check_complete(c, now_ms);
	return done;
}

void
collectors_tick(struct collectors *c, int64_t now_ms)
{
	bool all_idle = true;

	for (size_t i = 0; i < c->source_count; i++)
		all_idle &= c->sources[i].idle_since != 0 &&
			    now_ms - c->sources[i].idle_since >= IDLE_MSECS;
	if (all_idle)
		tracker_clock(c->tracker, now_ms * 1000);
	polled_tick(c->polled, now_ms);
	captures_tick(c->captures, now_ms);
	check_complete(c, now_ms);
}
