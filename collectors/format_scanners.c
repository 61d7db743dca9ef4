/*
 * format_scanners.c - SpamAssassin's spamd, spampd and rspamd: what they found
 *
 * spamd: "spamd: result: Y 15 - TESTS ...,mid=<...>,..." or "result: . 3 - ..."
 * a message, before 3.0 without "spamd: "; what else it says of a message
 * ("identified spam", "clean message") is the same again.
 * spampd: "identified spam <...> (16.59/4.00) from <...> for <...> in 1.28s,
 * 7093 bytes." or "clean message ..." a message (spampd.pl); a Message-ID has
 * no blank and no angle bracket there, whatever the sender wrote.
 * rspamd: "...; rspamd_task_write_log: id: <...>, ... (default: T (reject):
 * [15.00/15.00] [...]" a message; T is spam, F is none, S skipped.
 */
#include "collectors/address.h"
#include "collectors/format.h"
#include "collectors/inflight.h"
#include "collectors/verdict.h"

enum { SPAMD, SPAMPD, RSPAMD, SILENT };

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = slice_is(program, "spamd")    ? SPAMD
		: slice_is(program, "spampd") ? SPAMPD
		: slice_is(program, "rspamd") ? RSPAMD
					      : SILENT;
	return *kind != SILENT || slice_is(program, "spamc");
}

/* "...,mid=<a@example.org>,autolearn=no": the last one is spamd's own. */
static struct slice
message_id_of(struct slice text)
{
	ptrdiff_t at = slice_find_last(text, SLICE(",mid=<"));
	struct slice id = SLICE("");

	if (at != -1) {
		text = slice_from(text, (size_t)at + 6);
		(void)slice_cut(&text, SLICE(">,"), &id);
	}
	return id;
}

static enum meaning
spamd(struct tracker *tracker, const struct log_line *line)
{
	struct verdict_of of = { .message_id = message_id_of(line->text) };
	struct slice text = line->text;

	(void)slice_skips(&text, "spamd: ");
	if (!slice_skips(&text, "result: "))
		return MEANS_NOTHING;
	if (slice_begins(text, "Y "))
		return verdict_give(tracker, line, VERDICT_SPAM, &of);
	if (slice_begins(text, ". "))
		return verdict_give(tracker, line, VERDICT_CLEAN, &of);
	return MEANS_UNKNOWN;
}

/* "<a@example.org> (16.59/4.00) from <eve@example.org> for ..." */
static enum meaning
spampd(struct tracker *tracker, const struct log_line *line)
{
	static const struct slice after = { " for ", 5 };
	struct verdict_of of = { .author = SLICE("") };
	struct slice text = line->text, id, score;
	bool spam = slice_skips(&text, "identified spam ");
	bool ambiguous;

	if (!spam && !slice_skips(&text, "clean message "))
		return MEANS_NOTHING;
	if (!slice_cut(&text, SLICE(" ("), &id) ||
	    !slice_cut(&text, SLICE(") from "), &score))
		return MEANS_UNKNOWN;
	if (slice_skips(&id, "<") && slice_ends(id, SLICE(">")))
		of.message_id = (struct slice){ id.p, id.n - 1 };
	if (slice_skips(&text, "<"))
		(void)cut_address(&text, &after, 1, &of.author, &ambiguous);
	return verdict_give(
	    tracker, line, spam ? VERDICT_SPAM : VERDICT_CLEAN, &of);
}

/*
 * "a@example.org>, qid: <4Z1B2C>, ip: 192.0.2.7, from: <eve@example.org>, ...":
 * where one of these words is there twice, the Message-ID or the sender
 * imitates it, and it is nobody's.
 */
static void
read_message(struct slice text, struct verdict_of *of)
{
	struct slice front, address;

	if (!slice_cut(&text, SLICE(">, ip: "), &front) ||
	    slice_find(text, SLICE(">, ip: ")) != -1 ||
	    !slice_cut(&text, SLICE(","), &address))
		return;
	(void)addr_parse(address, &of->client);
	if (slice_skips(&text, " from: <"))
		(void)slice_cut(&text, SLICE(">"), &of->author);
	of->message_id = front;
	if (!slice_cut(&front, SLICE(">, qid: <"), &of->message_id))
		return;
	if (is_queue_id(front))
		of->queue_id = front;
	else
		of->message_id = SLICE("");
}

/*
 * The Message-ID stands in front and is the sender's; the verdict is read
 * behind the last "(default: " of the line.
 */
static enum meaning
rspamd(struct tracker *tracker, const struct log_line *line)
{
	struct verdict_of of = { .author = SLICE("") };
	struct slice text = line->text, before;
	ptrdiff_t at;

	if (!slice_cut(&text, SLICE("rspamd_task_write_log: id: <"), &before))
		return MEANS_NOTHING;
	at = slice_find_last(text, SLICE("(default: "));
	if (at == -1)
		return MEANS_NOTHING;
	read_message((struct slice){ text.p, (size_t)at }, &of);
	text = slice_from(text, (size_t)at + 10);
	if (slice_begins(text, "T ") || slice_begins(text, "S (reject)"))
		return verdict_give(tracker, line, VERDICT_SPAM, &of);
	if (slice_begins(text, "F "))
		return verdict_give(tracker, line, VERDICT_CLEAN, &of);
	return MEANS_NOTHING;
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	switch (kind) {
	case SPAMD:
		return spamd(tracker, line);
	case SPAMPD:
		return spampd(tracker, line);
	case RSPAMD:
		return rspamd(tracker, line);
	default:
		return MEANS_NOTHING;
	}
}

const struct log_format format_scanners = {
	.name = "scanners",
	.systems = "SpamAssassin spamd 2 to 4, spampd 2, rspamd 2 and 3",
	.reads = "verdicts: clean, spam",
	.owns = owns,
	.parse = parse,
};
