/*
 * rig.h - what the fuzz targets share: a tracker whose events are looked at
 *
 * Whatever was read, an event must be one that the account can hold and that
 * can be printed.
 */
#ifndef FUZZ_RIG_H
#define FUZZ_RIG_H

#include <stdlib.h>

#include "base/array.h"
#include "base/stats.h"
#include "base/tally.h"
#include "collectors/format.h"
#include "collectors/maillog.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct stats *rig_stats;
static struct tally *rig_tally;

/* One account for all that is read: it has to hold its bounds. */
static inline void
rig_account(void)
{
	if (rig_stats != NULL)
		return;
	rig_stats = stats_new();
	rig_tally = tally_new();
}

static inline void
rig_count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	(void)arg;
	rig_account();
	stats_count(rig_stats, host, when, metric, n);
}

static inline void
rig_take(void *arg, const struct mail_event *event)
{
	static FILE *null;

	(void)arg;
	if (null == NULL)
		null = fopen("/dev/null", "w");
	if (event->kind >= EVENT_KINDS || event->count == 0 ||
	    event->host.n == 0 ||
	    (event->kind == EVENT_REJECTED && event->reject.reason >= REASONS))
		abort();
	rig_account();
	stats_add(rig_stats, event);
	tally_add(rig_tally, event);
	event_print(null, event);
}

static inline struct tracker *
rig_tracker(void)
{
	static const struct prefix ours = { { 4, { 192, 0, 2 } }, 24 };
	static char domain[] = "example.com";
	static char *const domains[] = { domain };
	const struct tracker_config config = { .networks = &ours,
		.network_count = 1,
		.domains = domains,
		.domain_count = 1 };

	return tracker_new(&config, (struct event_sink){ rig_take, NULL });
}

/* Whole lines, as a file has them. */
static inline void
rig_read_as(
    struct tracker *tracker, struct ownlog own, const void *bytes, size_t size)
{
	static struct zone *zone;
	static struct maillog_source source;
	struct maillog *maillog =
	    maillog_new(tracker, (struct line_counter){ .count = rig_count });
	struct slice rest = { bytes, size }, line;
	struct err err;

	if (zone == NULL)
		zone = zone_new("Europe/Berlin", &err);
	source.clock = (struct stamp_clock){ .zone = zone, .hint = 1795338001 };
	source.own = own;
	source.last_length = 0;
	while (slice_cut(&rest, SLICE("\n"), &line))
		(void)maillog_read(maillog, &source, line);
	(void)maillog_read(maillog, &source, rest);
	maillog_flush(maillog);
	maillog_free(maillog);
}

static inline void
rig_read(struct tracker *tracker, const void *bytes, size_t size)
{
	rig_read_as(tracker, (struct ownlog){ false, NULL }, bytes, size);
}

/*
 * Lines of one format through one tracker: of each, the first byte picks the
 * program and the second the process, the rest is the text.
 */
static inline int
rig_format(const struct log_format *format, const char *const *programs,
    size_t n, const uint8_t *data, size_t size)
{
	struct tracker *tracker = rig_tracker();
	struct slice rest = { (const char *)data, size }, text;
	struct log_line line = { .when = 1795338001000000, .count = 1 };
	bool more = true;
	unsigned kind;

	line.host = tracker_host(tracker, SLICE("mx1"), &line.host_index);
	while (more) {
		more = slice_cut(&rest, SLICE("\n"), &text);
		if (!more)
			text = rest;
		if (text.n < 2)
			continue;
		line.program = slice_of(programs[(uint8_t)text.p[0] % n]);
		line.pid = (uint8_t)text.p[1];
		line.text = slice_from(text, 2);
		line.when += 1000000;
		tracker_time(tracker, &line);
		if (!format->owns(line.program, &kind))
			abort();
		(void)format->parse(tracker, &line, kind);
	}
	tracker_finish(tracker);
	tracker_free(tracker);
	return 0;
}

#endif
