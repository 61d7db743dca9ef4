/*
 * format_gnupop.c - GNU pop3d and imap4d, and what they come from: logins
 *
 * IDS POP (ids-pop3d) became GNU POP (gnu-pop3d 0.9), which became GNU
 * Mailutils' pop3d, and vm-pop3d for virtual domains (the latter's README).
 * (pop3d/user.c, imap4d/login.c of Mailutils 0.2 to 3; user.c of vm-pop3d 1.1.)
 *
 * user `kim' logged in with mailbox `/var/mail/kim' (1 message)
 * User 'kim' logged in from 192.0.2.7, nmsgs=3
 * user `kim' logged in (source: system)
 * user `kim': authentication failed
 * user `kim' nonexistent
 * login failed: kim
 *
 * What a client calls itself may hold anything that POP or IMAP let it, and the
 * words behind it are the server's own; so a failure is known by its end.
 * Who logged in has an account here, and its name is what the first quote
 * ends.  Mailutils tells of no client; tcpd and vm-pop3d do, in a line before.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/pop.h"

/* "`kim", "'kim", "kim": the name has that quote around it, or none. */
static struct slice
unquoted(struct slice name)
{
	if (name.n > 0 && (name.p[0] == '`' || name.p[0] == '\''))
		name = slice_from(name, 1);
	if (slice_ends(name, SLICE("'")))
		name.n--;
	return name;
}

/* Behind "user ": does it end as one who did not get in? */
static bool
is_failure(struct slice *name, bool *guessed)
{
	static const struct {
		struct slice ending;
		bool guessed;
	} endings[] = {
		{ { ": nonexistent", 13 }, true },
		{ { " nonexistent", 12 }, true },
		{ { ": authentication failed", 23 }, true },
		{ { " tried to log in within the minimum allowed delay", 49 },
		    false },
	};

	for (size_t i = 0; i < NELEMS(endings); i++) {
		if (!slice_ends(*name, endings[i].ending))
			continue;
		name->n -= endings[i].ending.n;
		*guessed = endings[i].guessed;
		return true;
	}
	return false;
}

/* " with mailbox ...", " (source: system)", " from 192.0.2.7, nmsgs=3", "" */
static enum meaning
logged_in(struct tracker *tracker, const struct log_line *line,
    struct slice name, struct slice behind)
{
	struct mail_event event = pop_event(tracker, line, EVENT_LOGIN_OK);
	struct slice from, of;
	ptrdiff_t at = slice_find_last(behind, SLICE(" from "));

	if (at != -1) {
		from = slice_from(behind, (size_t)at + 6);
		if (!slice_cut(&from, SLICE(","), &of))
			of = from;
		(void)addr_parse(of, &event.client);
	}
	if (slice_cut(&name, SLICE("' of '"), &of)) /* its virtual domain */
		name = of;
	event.account = unquoted(name);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "`kim' logged in with mailbox ...", "`kim' nonexistent" */
static enum meaning
user(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct slice name = text;
	bool guessed;

	if (is_failure(&name, &guessed))
		return pop_failed(tracker, line, unquoted(name), guessed);
	return slice_cut(&text, SLICE(" logged in"), &name)
		   ? logged_in(tracker, line, name, text)
		   : MEANS_NOTHING;
}

/* "`kim' not found in the database" */
static enum meaning
no_secret(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	static const struct slice ending = { " not found in the database", 26 };

	if (!slice_ends(text, ending))
		return MEANS_NOTHING;
	text.n -= ending.n;
	return pop_failed(tracker, line, unquoted(text), true);
}

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { { "gnu-pop3d", 9 },
		{ "gnu-imap4d", 10 }, { "imap4d", 6 }, { "vm-pop3d", 8 },
		{ "ids-pop3d", 9 } };

	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text;

	(void)kind;
	if (slice_skips(&text, "connect from ") ||
	    slice_skips(&text, "Connect from "))
		return pop_connected(tracker, line, text);
	if (slice_skips(&text, "user ") || slice_skips(&text, "User "))
		return user(tracker, line, text);
	if (slice_skips(&text, "login failed: "))
		return pop_failed(tracker, line, text, true);
	if (slice_skips(&text, "password for "))
		return no_secret(tracker, line, text);
	if (slice_is(text, "GSASL error: Error authenticating user"))
		return pop_failed(tracker, line, SLICE(""), true);
	if (slice_begins(text, "session ended for ") ||
	    slice_begins(text, "Session ended for ") ||
	    slice_begins(text, "session terminating"))
		return pop_gone(tracker, line);
	return MEANS_NOTHING;
}

const struct log_format format_gnupop = {
	.name = "gnupop",
	.systems = "GNU Mailutils pop3d and imap4d 0.2 to 3; IDS POP, GNU POP "
		   "and vm-pop3d, their kin",
	.reads = "logins and failed logins of POP3 and IMAP",
	.owns = owns,
	.parse = parse,
};
