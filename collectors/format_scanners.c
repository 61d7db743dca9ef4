/*
 * format_scanners.c - SpamAssassin's spamd and rspamd: what they found
 *
 * spamd: "spamd: result: Y 15 - TESTS ..." or "result: . 3 - ..." a message.
 * rspamd: "...; rspamd_task_write_log: id: <...>, ... (default: T (reject):
 * [15.00/15.00] [...]" a message; T is spam, F is none, S skipped.
 */
#include "collectors/format.h"

enum { SPAMD, RSPAMD, SILENT };

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = slice_is(program, "spamd")    ? SPAMD
		: slice_is(program, "rspamd") ? RSPAMD
					      : SILENT;
	return *kind != SILENT || slice_is(program, "spamc") ||
	       slice_is(program, "spampd");
}

static enum meaning
found(struct tracker *tracker, const struct log_line *line,
    enum verdict_kind verdict, const struct addr *client, struct slice author)
{
	struct mail_event event = event_from(line, EVENT_VERDICT);

	event.verdict = verdict;
	event.author = author;
	if (client != NULL)
		event.client = *client;
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

static enum meaning
spamd(struct tracker *tracker, const struct log_line *line)
{
	struct slice text = line->text;

	if (!slice_skips(&text, "spamd: result: "))
		return MEANS_NOTHING;
	if (slice_begins(text, "Y "))
		return found(tracker, line, VERDICT_SPAM, NULL, SLICE(""));
	if (slice_begins(text, ". "))
		return found(tracker, line, VERDICT_CLEAN, NULL, SLICE(""));
	return MEANS_UNKNOWN;
}

/*
 * The Message-ID stands in front and is the sender's; the verdict is read
 * behind the last "(default: " of the line.
 */
static enum meaning
rspamd(struct tracker *tracker, const struct log_line *line)
{
	struct slice text = line->text, before, address;
	struct slice author = SLICE("");
	struct addr client = { 0 };
	ptrdiff_t at;

	if (!slice_cut(&text, SLICE("rspamd_task_write_log: id: <"), &before))
		return MEANS_NOTHING;
	if (slice_cut(&text, SLICE(">, ip: "), &before) &&
	    slice_cut(&text, SLICE(","), &address)) {
		(void)addr_parse(address, &client);
		if (slice_skips(&text, " from: <"))
			(void)slice_cut(&text, SLICE(">"), &author);
	}
	at = slice_find_last(text, SLICE("(default: "));
	if (at == -1)
		return MEANS_NOTHING;
	text = slice_from(text, (size_t)at + 10);
	if (slice_begins(text, "T ") || slice_begins(text, "S (reject)"))
		return found(tracker, line, VERDICT_SPAM, &client, author);
	if (slice_begins(text, "F "))
		return found(tracker, line, VERDICT_CLEAN, &client, author);
	return MEANS_NOTHING;
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	switch (kind) {
	case SPAMD:
		return spamd(tracker, line);
	case RSPAMD:
		return rspamd(tracker, line);
	default:
		return MEANS_NOTHING;
	}
}

const struct log_format format_scanners = {
	.name = "scanners",
	.systems = "SpamAssassin spamd 3 and 4, rspamd 2 and 3",
	.reads = "verdicts: clean, spam",
	.owns = owns,
	.parse = parse,
};
