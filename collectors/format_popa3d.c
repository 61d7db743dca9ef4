/*
 * format_popa3d.c - Openwall's popa3d 0.4 to 1.0: logins
 *
 * (standalone.c, auth_*.c, pop_auth.c, pop_root.c, pop_trans.c of popa3d.)
 *
 * Session from 192.0.2.7
 * Authentication passed for kim
 * Authentication failed for UNKNOWN USER
 * Failed or refused to load /var/mail/kim
 *
 * Under inetd it does not tell of the client, and tcpd does, "connect from
 * 192.0.2.7", in the process that becomes popa3d.  A widespread patch adds
 * " -- [192.0.2.7]" to the name.  A name that no user has is not told, so none
 * of these is a stranger's words.  Who may not have his mailbox after all is
 * told that his login failed.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/logins.h"
#include "collectors/pop.h"

/* "kim", "kim -- [192.0.2.7]" */
static struct slice
cut_account(struct slice text, struct addr *client)
{
	ptrdiff_t at = slice_find(text, SLICE(" -- ["));
	struct slice address;

	if (at == -1)
		return text;
	address = slice_from(text, (size_t)at + 5);
	text.n = (size_t)at;
	if (slice_ends(address, SLICE("]")))
		address.n--;
	(void)addr_parse(address, client);
	return text;
}

static enum meaning
logged_in(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = pop_event(tracker, line, EVENT_LOGIN_OK);
	struct slice account = cut_account(text, &event.client);

	logins_hold(tracker, line, &event.client, account);
	return MEANS_FACT;
}

static enum meaning
failed(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = pop_event(tracker, line, EVENT_LOGIN_FAILED);
	struct slice account = cut_account(text, &event.client);

	if (!slice_is(account, "UNKNOWN USER"))
		event.account = account;
	tracker_emit(tracker, &event);
	return pop_gone(tracker, line), MEANS_FACT;
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "popa3d");
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	static const struct slice ends[] = { { "Didn't attempt auth", 19 },
		{ "Premature disconnect", 20 }, { "Connection timed out", 20 },
		{ "Server failure accessing ", 25 } };
	struct slice text = line->text;

	(void)kind;
	if (slice_skips(&text, "Session from ") ||
	    slice_skips(&text, "connect from "))
		return pop_connected(tracker, line, text);
	if (slice_skips(&text, "Authentication passed for "))
		return logged_in(tracker, line, text);
	if (slice_skips(&text, "Authentication failed for "))
		return failed(tracker, line, text);
	if (slice_begins(text, "Failed or refused to load ") &&
	    logins_refuse(tracker, line))
		return pop_gone(tracker, line), MEANS_FACT;
	for (size_t i = 0; i < NELEMS(ends); i++)
		if (slice_starts(text, ends[i]))
			return pop_gone(tracker, line);
	return slice_ends(text, SLICE(" left")) ? pop_gone(tracker, line)
						: MEANS_NOTHING;
}

const struct log_format format_popa3d = {
	.name = "popa3d",
	.systems = "popa3d 0.4 to 1.0",
	.reads = "logins and failed logins of POP3; a mailbox that cannot be "
		 "opened is a login that failed",
	.owns = owns,
	.parse = parse,
};
