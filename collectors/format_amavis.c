/*
 * format_amavis.c - AMaViS-perl, amavisd, amavisd-new: what the scanner found
 *
 * "(01234-05) Passed CLEAN {RelayedInbound}, [192.0.2.1]:4711 ..." is one
 * message's verdict (amavisd-new, $log_templ).  Before 2.8 it has no braces,
 * and names of policy banks may stand before the client: "Blocked SPAM, MYNETS
 * LOCAL [192.0.2.1] [192.0.2.1] <eve@...> -> <...>, ...".  Before 2.3 "Passed,
 * <eve@...> -> <...>, ...", "Not-Delivered, ..., quarantine spam-...", "INFECTED
 * (NAME), ..." and "BANNED name/type (NAMES), ...".  AMaViS-perl and amavisd say
 * "Virus found - quarantined as ..." of a message, whose client, sender and id
 * no line tells.  (Log lines in logwatch's amavis filter and pflogstats'.)
 *
 * The message itself is counted where the mail system speaks of it.
 */
#include "base/array.h"
#include "collectors/address.h"
#include "collectors/format.h"
#include "collectors/inflight.h"

static const struct {
	struct slice word;
	enum verdict_kind verdict;
	bool named; /* what was found is told: a virus, files by their names */
} categories[] = {
	{ { "CLEAN", 5 }, VERDICT_CLEAN, false },
	{ { "SPAM", 4 }, VERDICT_SPAM, false },
	{ { "SPAMMY", 6 }, VERDICT_SPAM, false },
	{ { "INFECTED", 8 }, VERDICT_VIRUS, true },
	{ { "BANNED", 6 }, VERDICT_BANNED, true },
	{ { "BANNED name/type", 16 }, VERDICT_BANNED, true },
};

/* " (.exe,a.exe) {Quarantined}, [192..." or ", [192...": to behind ", " */
static bool
skip_names(struct slice *text, bool named)
{
	static const struct slice arrow = { " -> <", 5 };
	struct slice names, actions;
	ptrdiff_t at;

	if (named) {
		/* Files are named as their sender wished, a whole line too. */
		at = slice_find(*text, arrow);
		if (at == -1 || at != slice_find_last(*text, arrow) ||
		    !slice_ends(*text, SLICE(" ms")) ||
		    !slice_skips(text, " (") ||
		    !slice_cut(text, SLICE(")"), &names))
			return false;
		while (!slice_begins(*text, ", ") && !slice_begins(*text, " {"))
			if (!slice_cut(text, SLICE(")"), &names))
				return false;
	}
	if (slice_skips(text, " {") && !slice_cut(text, SLICE("}"), &actions))
		return false;
	return slice_skips(text, ", ");
}

/* "kim@example.com>,<lee@example.com>, Queue-ID: ...": to behind ", " */
static bool
skip_recipients(struct slice *text)
{
	static const struct slice after[] = { { ",<", 2 }, { ", ", 2 } };
	struct slice one;
	bool ambiguous = false;

	while (cut_address(text, after, NELEMS(after), &one, &ambiguous))
		if (ambiguous || !slice_skips(text, ",<"))
			return !ambiguous && slice_skips(text, ", ");
	return false;
}

/*
 * "eve@example.org> -> <kim@...>, quarantine: V, Queue-ID: 4Z1B2C, ...": of what
 * it blocked, for nothing comes back that has an id.
 */
static void
read_sender(struct slice text, bool blocked, struct mail_event *event)
{
	static const struct slice to = { " -> <", 5 };
	struct slice word;
	bool ambiguous = false;

	if (!cut_address(&text, &to, 1, &event->author, &ambiguous) ||
	    ambiguous || !blocked)
		return;
	text = slice_from(text, to.n);
	if (!skip_recipients(&text) ||
	    (slice_skips(&text, "quarantine: ") &&
		!slice_cut(&text, SLICE(", "), &word)))
		return;
	if (slice_skips(&text, "Queue-ID: ") &&
	    slice_cut(&text, SLICE(", "), &word) && is_queue_id(word))
		event->queue_id = word;
}

/* "MYNETS LOCAL [192.0.2.1]:4711 [192.0.2.1] <kim@example.org> -> <lee@...>," */
static void
read_client(struct slice text, bool blocked, struct mail_event *event)
{
	struct slice before, address;
	size_t n = 0;

	while (n < text.n && text.p[n] != '[' && text.p[n] != '<')
		n++;
	text = slice_from(text, n);
	if (slice_skips(&text, "[")) {
		if (!slice_cut(&text, SLICE("]"), &address))
			return;
		(void)slice_skips(&address, "IPv6:");
		(void)addr_parse(address, &event->client);
		if (!slice_cut(&text, SLICE(" <"), &before))
			return;
	} else if (!slice_skips(&text, "<")) {
		return;
	}
	read_sender(text, blocked, event);
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
	return slice_is(program, "amavis") || slice_is(program, "amavisd") ||
	       slice_is(program, "amavis-perl");
}

static enum meaning
give(struct tracker *tracker, enum verdict_kind verdict,
    struct mail_event *event)
{
	event->verdict = verdict;
	tracker_emit(tracker, event);
	return MEANS_FACT;
}

/* "eve@example.org> -> <kim@...>,<lee@...>, quarantine spam-..., Message-ID" */
static bool
is_quarantined_spam(struct slice text, struct slice *author)
{
	static const struct slice to = { " -> <", 5 };
	bool ambiguous;

	if (!cut_address(&text, &to, 1, author, &ambiguous))
		return false;
	text = slice_from(text, to.n);
	return skip_recipients(&text) && slice_begins(text, "quarantine spam-");
}

/* Before 2.3, where no category was told but of what was found. */
static enum meaning
parse_former(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_VERDICT);

	if (slice_begins(text, "Passed, <")) {
		read_client(slice_from(text, 8), false, &event);
		return give(tracker, VERDICT_CLEAN, &event);
	}
	if (slice_skips(&text, "Not-Delivered, <") &&
	    is_quarantined_spam(text, &event.author))
		return give(tracker, VERDICT_SPAM, &event);
	return MEANS_NOTHING;
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct mail_event event = event_from(line, EVENT_VERDICT);
	struct slice text = line->text, task, rest;
	bool passed, blocked;

	(void)kind;
	if (slice_begins(text, "Virus found - quarantined"))
		return give(tracker, VERDICT_VIRUS, &event);
	if (!slice_skips(&text, "(") || !slice_cut(&text, SLICE(") "), &task))
		return MEANS_NOTHING;
	passed = slice_skips(&text, "Passed ");
	blocked = !passed && slice_skips(&text, "Blocked ");
	for (size_t i = 0; i < NELEMS(categories); i++) {
		rest = text;
		if (!slice_skip(&rest, categories[i].word) ||
		    !(slice_begins(rest, " {") || slice_begins(rest, " (") ||
			slice_begins(rest, ", ")) ||
		    !(passed || blocked || categories[i].named))
			continue;
		if (skip_names(&rest, categories[i].named))
			read_client(rest, blocked, &event);
		read_queue_id(text, &event);
		return give(tracker, categories[i].verdict, &event);
	}
	/* UNCHECKED, BAD-HEADER, OVERSIZED, MTA-BLOCKED, TEMPFAIL: none */
	return passed || blocked ? MEANS_NOTHING
				 : parse_former(tracker, line, text);
}

const struct log_format format_amavis = {
	.name = "amavis",
	.systems = "amavisd-new 20030616 to 2.13, AMaViS-perl 11, amavisd 0.1",
	.reads = "verdicts: clean, spam, virus, banned",
	.owns = owns,
	.parse = parse,
};
