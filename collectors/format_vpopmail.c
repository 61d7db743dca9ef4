/*
 * format_vpopmail.c - vpopmail's vchkpw: who logged in, and who did not
 *
 * vchkpw-pop3: (PLAIN) login success kim@example.org:192.0.2.7
 * vchkpw-pop3: password fail (pass: 'guess') kim@example.org:192.0.2.7
 * vchkpw-pop3: vpopmail user not found eve@:192.0.2.7
 * vchkpw-pop3: null password given eve:192.0.2.7
 * vchkpw: login [kim@example.org] from 192.0.2.7
 *
 * (vchkpw.c of vpopmail 5, --enable-logging; the last one is of version 4.  The
 * text's end is the server's TCPREMOTEIP, what stands before it the client's
 * choice, the password too.)
 * qmail-pop3d says nothing of all this; what it answers an IMAP or SMTP server
 * ("vchkpw-imap: ...") is told by that one, and a second time here.
 */
#include "base/array.h"
#include "collectors/format.h"

#define NAME_TEXT 256 /* lines with longer names may have been cut */

/* "kim@example.org:192.0.2.7": behind the last colon, so of IPv6 nothing but
   mapped addresses. */
static void
read_client(struct slice text, struct mail_event *event)
{
	ptrdiff_t at = slice_find_last(text, SLICE(":"));
	struct addr client;

	if (at == -1 || at >= NAME_TEXT ||
	    !addr_parse(slice_from(text, (size_t)at + 1), &client))
		return;
	event->client = client;
	text.n = (size_t)at;
	if (slice_ends(text, SLICE(":::ffff")))
		text.n -= 7;
	event->account = text;
}

static enum meaning
tell(struct tracker *tracker, const struct log_line *line, enum event_kind kind,
    struct slice text)
{
	struct mail_event event = event_from(line, kind);

	read_client(text, &event);
	/* Without an address the line was cut, or it is nobody's. */
	if (addr_is_none(&event.client))
		return MEANS_UNKNOWN;
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "kim@example.org] from 192.0.2.7" */
static enum meaning
older(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);
	ptrdiff_t at = slice_find_last(text, SLICE("] from "));

	if (at == -1 ||
	    !addr_parse(slice_from(text, (size_t)at + 7), &event.client))
		return MEANS_UNKNOWN;
	event.account = (struct slice){ text.p, (size_t)at };
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "(pass: 'guess') kim@...": to behind the last "') ". */
static struct slice
without_password(struct slice text)
{
	ptrdiff_t end = slice_find_last(text, SLICE("') "));

	return slice_begins(text, "(pass: '") && end != -1
		   ? slice_from(text, (size_t)end + 3)
		   : text;
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "vpopmail");
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	static const struct slice failures[] = { { "password fail ", 14 },
		{ "vpopmail user not found ", 24 },
		{ "null password given ", 20 } };
	struct slice text = line->text, service, way;

	(void)kind;
	if (slice_skips(&text, "vchkpw: login ["))
		return older(tracker, line, text);
	if (!slice_skips(&text, "vchkpw-") ||
	    !slice_cut(&text, SLICE(": "), &service))
		return MEANS_NOTHING;
	if (!slice_is(service, "pop3") && !slice_is(service, "pop3s"))
		return MEANS_NOTHING;
	for (size_t i = 0; i < NELEMS(failures); i++)
		if (slice_skip(&text, failures[i]))
			return tell(tracker, line, EVENT_LOGIN_FAILED,
			    without_password(text));
	if (slice_begins(text, "("))
		(void)slice_cut(&text, SLICE(") "), &way);
	return slice_skips(&text, "login success ")
		   ? tell(tracker, line, EVENT_LOGIN_OK, text)
		   : MEANS_NOTHING;
}

const struct log_format format_vpopmail = {
	.name = "vpopmail",
	.systems = "vpopmail 4 and 5",
	.reads = "logins and failed logins of POP3",
	.owns = owns,
	.parse = parse,
};
