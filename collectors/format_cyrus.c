/*
 * format_cyrus.c - Cyrus IMAP, 2.2 to 3.10: who logged in, and who did not
 *
 * "login: HOST [ADDRESS] USER MECHANISM User logged in ..." and "badlogin: HOST
 * [ADDRESS] MECHANISM (USER) [why]" come from every service (imap/imapd.c,
 * pop3d.c, httpd.c, nntpd.c, timsieved/parser.c).  A name server cannot put a
 * bracket into HOST, so the first one is the server's; what follows is the
 * client's choice.  After "login:" they look whether the client may have one
 * connection more (proc_checklimits()), and pop3d whether it may have its
 * mailbox (openinbox() of pop3d.c).
 *
 * Deliveries over LMTP are counted where the mail system says that it handed
 * them over.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/logins.h"

enum kind { KIND_OTHER, KIND_LOGIN };

/* "mail.example.net [192.0.2.7] ", "[192.0.2.7] ", "localhost [local] " */
static bool
cut_client(struct slice *text, struct addr *client)
{
	struct slice before, address;

	if (!slice_cut(text, SLICE("["), &before) ||
	    !slice_cut(text, SLICE("] "), &address))
		return false;
	(void)addr_parse(address, client);
	return true;
}

/* "MECHANISM (USER) [why]"; before 3.0 "plaintext USER why", or no user. */
static struct slice
user_of(struct slice text)
{
	static const struct slice ends[] = { { " SASL(", 6 },
		{ " invalid user", 13 } };
	struct slice mechanism, user = { text.p, 0 };
	ptrdiff_t end;

	if (!slice_cut(&text, SLICE(" "), &mechanism))
		return user;
	if (slice_skips(&text, "(")) {
		end = slice_find_last(text, SLICE(") ["));
		user = (struct slice){ text.p, end == -1 ? 0 : (size_t)end };
		return slice_is(user, "-notset-") ? slice_from(user, user.n)
						  : user;
	}
	if (!slice_is(mechanism, "plaintext"))
		return user;
	for (size_t i = 0; i < NELEMS(ends); i++)
		if ((end = slice_find_last(text, ends[i])) != -1)
			return (struct slice){ text.p, (size_t)end };
	return user;
}

static enum meaning
failed(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_FAILED);

	if (!cut_client(&text, &event.client))
		return MEANS_UNKNOWN;
	event.account = user_of(text);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

static enum meaning
logged_in(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct slice user;
	struct addr client = { 0 };

	if (!cut_client(&text, &client) || !slice_cut(&text, SLICE(" "), &user))
		return MEANS_UNKNOWN;
	logins_hold(tracker, line, &client, user);
	return MEANS_FACT;
}

/* The client was told that its login failed, though its password was right. */
static bool
refuses(struct slice text)
{
	static const struct slice beginnings[] = {
		{ "Unable to open maildrop ", 24 },
		{ "Unable to lock maildrop ", 24 },
		{ "couldn't authenticate to backend server", 39 },
		{ "Too many open connections (", 27 },
	};

	for (size_t i = 0; i < NELEMS(beginnings); i++)
		if (slice_starts(text, beginnings[i]))
			return true;
	return slice_find(text, SLICE(": Logins must be at least ")) != -1;
}

/*
 * Services are named in cyrus.conf, where "imaplocal" or "sieve2" are as good
 * as any; so each that stands behind "cyrus/" may tell of logins, but lmtpd,
 * whose clients are mail servers.
 */
static enum kind
kind_of(struct slice service, bool ours)
{
	static const struct slice others[] = { { "sieve", 5 },
		{ "timsieved", 9 }, { "http", 4 }, { "https", 5 },
		{ "nntp", 4 }, { "nntps", 5 } };

	if (slice_begins(service, "lmtp"))
		return KIND_OTHER;
	if (ours || slice_begins(service, "imap") ||
	    slice_begins(service, "pop3") ||
	    format_has(service, others, NELEMS(others)))
		return KIND_LOGIN;
	return KIND_OTHER;
}

/* "cyrus/imap", or of older versions and other builds the service alone. */
static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice alone[] = { { "imap", 4 }, { "imaps", 5 },
		{ "pop3", 4 }, { "pop3s", 5 }, { "timsieved", 9 },
		{ "lmtpunix", 8 }, { "ctl_cyrusdb", 11 }, { "cyr_expire", 10 },
		{ "tls_prune", 9 }, { "squatter", 8 }, { "sync_client", 11 } };
	bool whole = slice_skips(&program, "cyrus/");

	*kind = kind_of(program, whole);
	return whole || slice_is(program, "cyrus") ||
	       format_has(program, alone, NELEMS(alone));
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text;

	if (kind == KIND_OTHER)
		return MEANS_NOTHING;
	if (slice_skips(&text, "badlogin: "))
		return failed(tracker, line, text);
	if (slice_skips(&text, "login: "))
		return logged_in(tracker, line, text);
	if (refuses(text) && logins_refuse(tracker, line))
		return MEANS_FACT;
	return MEANS_NOTHING;
}

const struct log_format format_cyrus = {
	.name = "cyrus",
	.systems = "Cyrus IMAP 2.2 to 3.10",
	.reads =
	    "logins and failed logins of IMAP, POP3, Sieve, HTTP and NNTP; "
	    "one that is refused its mailbox or connection has failed",
	.owns = owns,
	.parse = parse,
};
