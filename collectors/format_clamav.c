/*
 * format_clamav.c - clamav-milter, clamsmtpd: what they found
 *
 * clamav-milter since 0.95 (clamav-milter/clamfi.c; LogInfected, LogClean), by
 * "Full" with the queue id:
 *
 * Message from <eve@example.org> to <kim@example.com> infected by NAME
 * Message 4Z1B2C from <...> to <...> with subject '...' message-id '...' date
 * '...' infected by NAME
 * Clean message from <eve@example.org> to <kim@example.com>
 *
 * That is one line a message, but with SupportMultipleRecipients, which writes
 * one a recipient, "to <<kim@example.com>>"; no id tells that they are of one
 * message, and each counts.  Before 0.95 "ID: FILE Intercepted virus from ..."
 * (clamav-milter.c).  clamsmtpd (clamsmtp's src/clamsmtpd.c):
 *
 * 100001: from=eve@example.org, to=kim@example.com, status=VIRUS:NAME
 *
 * What stands before the last of these words strangers may have chosen, and the
 * name of what was found they have not.  clamd itself ("... FOUND") says the
 * same of each file, for whoever asked it; so it is not read.
 */
#include "base/array.h"
#include "collectors/address.h"
#include "collectors/format.h"
#include "collectors/inflight.h"
#include "collectors/verdict.h"

enum { MILTER, PROXY, SILENT };

/* "4Z1B2C from <eve@example.org> to <", or without the id */
static bool
read_message(struct slice text, struct verdict_of *of)
{
	static const struct slice to = { " to <", 5 };
	bool ambiguous;

	if (!slice_skips(&text, "from <") &&
	    (!slice_cut(&text, SLICE(" from <"), &of->queue_id) ||
		!is_queue_id(of->queue_id)))
		return false;
	return cut_address(&text, &to, 1, &of->author, &ambiguous);
}

/* A word alone at the end of the line: the name of a virus has no blank. */
static bool
ends_in_name(struct slice text, struct slice words)
{
	ptrdiff_t at = slice_find_last(text, words);

	if (at == -1 || text.n == (size_t)at + words.n)
		return false;
	text = slice_from(text, (size_t)at + words.n);
	return slice_find_char(text, ' ') == -1;
}

static enum meaning
milter(struct tracker *tracker, const struct log_line *line)
{
	struct verdict_of of = { .author = SLICE("") };
	struct slice text = line->text;

	if (slice_find(text, SLICE(" Intercepted virus from ")) != -1)
		return slice_cut(&text, SLICE(": "), &of.queue_id)
			   ? verdict_give(tracker, line, VERDICT_VIRUS, &of)
			   : MEANS_UNKNOWN;
	if (slice_skips(&text, "Message "))
		return !read_message(text, &of) ||
			       !ends_in_name(text, SLICE(" infected by "))
			   ? MEANS_UNKNOWN
			   : verdict_give(tracker, line, VERDICT_VIRUS, &of);
	if (slice_skips(&text, "Clean message "))
		return read_message(text, &of)
			   ? verdict_give(tracker, line, VERDICT_CLEAN, &of)
			   : MEANS_UNKNOWN;
	return MEANS_NOTHING;
}

/* "100001: from=eve@example.org, to=kim@example.com, status=CLEAN" */
static enum meaning
proxy(struct tracker *tracker, const struct log_line *line)
{
	struct verdict_of of = { .author = SLICE("") };
	struct slice text = line->text, session;
	ptrdiff_t status = slice_find_last(text, SLICE(", status="));
	ptrdiff_t to;

	if (!slice_cut(&text, SLICE(": from="), &session))
		return MEANS_NOTHING;
	if (status == -1 || (to = slice_find(text, SLICE(", to="))) == -1)
		return MEANS_UNKNOWN;
	of.author = (struct slice){ text.p, (size_t)to };
	text = slice_from(line->text, (size_t)status + 9);
	if (slice_is(text, "CLEAN"))
		return verdict_give(tracker, line, VERDICT_CLEAN, &of);
	if (slice_begins(text, "VIRUS"))
		return verdict_give(tracker, line, VERDICT_VIRUS, &of);
	return MEANS_NOTHING;
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = slice_is(program, "clamav-milter") ? MILTER
		: slice_is(program, "clamsmtpd")   ? PROXY
						   : SILENT;
	return *kind != SILENT || slice_is(program, "clamd") ||
	       slice_is(program, "freshclam");
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	switch (kind) {
	case MILTER:
		return milter(tracker, line);
	case PROXY:
		return proxy(tracker, line);
	default:
		return MEANS_NOTHING;
	}
}

const struct log_format format_clamav = {
	.name = "clamav",
	.systems = "clamav-milter 0.7 to 1.4, clamsmtpd",
	.reads = "verdicts: clean, virus",
	.owns = owns,
	.parse = parse,
};
