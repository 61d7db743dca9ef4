/*
 * format_amavis.c - amavisd-new: what the scanner found
 *
 * "(01234-05) Passed CLEAN {RelayedInbound}, [192.0.2.1]:4711 ..." is one
 * message's verdict (amavisd-new, $log_templ).  The message itself is counted
 * where the mail system speaks of it.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/inflight.h"

static const struct {
	struct slice word;
	enum verdict_kind verdict;
} categories[] = {
	{ { "CLEAN ", 6 }, VERDICT_CLEAN },
	{ { "SPAM ", 5 }, VERDICT_SPAM },
	{ { "SPAMMY ", 7 }, VERDICT_SPAM },
	{ { "INFECTED ", 9 }, VERDICT_VIRUS },
	{ { "BANNED ", 7 }, VERDICT_BANNED },
};

/* "}, [192.0.2.1]:4711 [192.0.2.1] <kim@example.org> -> <lee@...>," */
static void
read_client(struct slice text, struct mail_event *event)
{
	struct slice before, address;

	if (!slice_cut(&text, SLICE("}, ["), &before) ||
	    !slice_cut(&text, SLICE("]"), &address))
		return;
	(void)addr_parse(address, &event->client);
	if (slice_cut(&text, SLICE(" <"), &before))
		(void)slice_cut(&text, SLICE("> -> <"), &event->author);
}

/*
 * "..., mail_id: X, Hits: -, size: 2495, queued_as: B4655AEC5CC, 308 ms":
 * behind its own mail_id, which is the last one, all is amavis' own; what the
 * sender may have chosen stands before it.  Of a line without its end nothing
 * is sure.
 */
static void
read_queue_id(struct slice text, struct mail_event *event)
{
	ptrdiff_t at = slice_find_last(text, SLICE(", mail_id: "));
	struct slice before, size;
	uint64_t bytes;

	if (at == -1 || !slice_ends(text, SLICE(" ms")))
		return;
	text = slice_from(text, (size_t)at);
	if (slice_cut(&text, SLICE(", size: "), &before) &&
	    slice_cut(&text, SLICE(", "), &size) &&
	    slice_number(size, &bytes) && slice_skips(&text, "queued_as: ") &&
	    slice_cut(&text, SLICE(","), &before) && is_queue_id(before))
		event->queue_id = before;
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "amavis") || slice_is(program, "amavisd");
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct mail_event event = event_from(line, EVENT_VERDICT);
	struct slice text = line->text, task;

	(void)kind;
	if (!slice_skips(&text, "(") || !slice_cut(&text, SLICE(") "), &task) ||
	    !(slice_skips(&text, "Passed ") || slice_skips(&text, "Blocked ")))
		return MEANS_NOTHING;
	for (size_t i = 0; i < NELEMS(categories); i++) {
		if (!slice_starts(text, categories[i].word))
			continue;
		event.verdict = categories[i].verdict;
		read_client(text, &event);
		read_queue_id(text, &event);
		tracker_emit(tracker, &event);
		return MEANS_FACT;
	}
	/* UNCHECKED, BAD-HEADER, OVERSIZED, MTA-BLOCKED, TEMPFAIL: none */
	return MEANS_NOTHING;
}

const struct log_format format_amavis = {
	.name = "amavis",
	.systems = "amavisd-new 2.6 to 2.13",
	.reads = "verdicts: clean, spam, virus, banned",
	.owns = owns,
	.parse = parse,
};
