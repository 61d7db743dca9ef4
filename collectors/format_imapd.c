/*
 * format_imapd.c - programs called imapd and pop3d: who logged in
 *
 * Courier-IMAP 3 to 5, the Cyrus IMAP of before 2.2, UW imapd (format_uw.c) and
 * GNU pop3d (format_gnupop.c) go by these names; the beginning of a line tells
 * which it is.  Courier's are
 * (courierlogger; imap/imaplogin.c, imap/pop3dserver.c):
 *
 * LOGIN, user=kim, ip=[::ffff:192.0.2.7], port=[4711], protocol=IMAP
 * LOGIN FAILED, user=kim, ip=[::ffff:192.0.2.7]
 *
 * The name is the client's choice, and what follows it is not: the last ip=
 * counts.  Older versions leave out what they do not know.  No word ends the
 * line, so one that a logger may have cut in its name tells of nobody.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/wrapped.h"

#define NAME_TEXT 256 /* lines with longer names may have been cut */

extern const struct log_format format_cyrus, format_gnupop, format_uw;

/* "user=kim, ip=[...], ...", "ip=[...]", "method=PLAIN, ip=[...]" */
static enum meaning
tell(struct tracker *tracker, const struct log_line *line, enum event_kind kind,
    struct slice text)
{
	struct mail_event event = event_from(line, kind);
	ptrdiff_t at = slice_find_last(text, SLICE("ip=["));
	struct slice rest, address, number;
	uint64_t port = 0;

	if (at == -1)
		return MEANS_UNKNOWN;
	rest = slice_from(text, (size_t)at + 4);
	if (!slice_cut(&rest, SLICE("]"), &address))
		return MEANS_UNKNOWN;
	text.n = (size_t)at;
	if (slice_skips(&rest, ", port=[") &&
	    slice_cut(&rest, SLICE("]"), &number))
		(void)slice_number(number, &port);
	if (text.n < NAME_TEXT && addr_parse(address, &event.client))
		wrapped_client(tracker, line, &event.client, port);
	if (text.n < NAME_TEXT && slice_skips(&text, "user=") &&
	    slice_ends(text, SLICE(", ")))
		event.account = (struct slice){ text.p, text.n - 2 };
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { { "imapd", 5 }, { "pop3d", 5 },
		{ "imapd-ssl", 9 }, { "pop3d-ssl", 9 }, { "imaplogin", 9 },
		{ "pop3login", 9 }, { "courier-imapd", 13 },
		{ "courier-pop3d", 13 } };

	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct log_line older = *line;
	struct slice text = line->text;
	enum meaning meaning;

	if (slice_skips(&text, "LOGIN, "))
		return tell(tracker, line, EVENT_LOGIN_OK, text);
	if (slice_skips(&text, "LOGIN FAILED, "))
		return tell(tracker, line, EVENT_LOGIN_FAILED, text);
	meaning = format_uw.parse(tracker, line, kind);
	if (meaning == MEANS_NOTHING)
		meaning = format_gnupop.parse(tracker, line, kind);
	if (meaning != MEANS_NOTHING)
		return meaning;
	older.program.n = 4; /* "imap", "pop3" */
	return format_cyrus.owns(older.program, &kind)
		   ? format_cyrus.parse(tracker, &older, kind)
		   : MEANS_NOTHING;
}

const struct log_format format_imapd = {
	.name = "imapd",
	.systems =
	    "Courier-IMAP 3 to 5, its POP3 server; older Cyrus IMAP, UW imapd "
	    "and GNU pop3d, which have the same names",
	.reads = "logins and failed logins",
	.owns = owns,
	.parse = parse,
};
