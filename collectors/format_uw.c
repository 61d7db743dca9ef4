/*
 * format_uw.c - UW imapd, ipop3d and ipop2d, 4 to 2007 (and Panda): logins
 *
 * (src/imapd/imapd.c, src/ipopd/ipop3d.c and ipop2d.c, src/osdep/unix/
 * env_unix.c of UW IMAP.)
 *
 * Login user=kim host=mail.example.net [192.0.2.7]
 * Login user=kim host=[192.0.2.7] nmsgs=0/12
 * Login user=kim host=[192.0.2.7] no mailbox
 * Login failed user=kim auth=kim host=[192.0.2.7]
 * AUTHENTICATE PLAIN failure host=[192.0.2.7]
 * dracd: authorized ip 192.0.2.7
 *
 * The client's host is the last field and the server's own; what stands before
 * it is the client's choice.  A wrong password by AUTHENTICATE is told twice:
 * by the login itself, under another facility, so that it may be in another
 * log, and then by the command.  ipop3d says "no mailbox" of a client whose password was
 * right and which was refused all the same.
 *
 * Each text is bounded by the server (80 bytes for most), so that these lines
 * are shorter than any logger's limit.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/grants.h"
#include "collectors/logins.h"

/* The last one is the server's own. */
static const struct slice server = { " host=", 6 };

/*
 * "mail.example.net [192.0.2.7]", "[192.0.2.7] nmsgs=2/2", "UNKNOWN": the
 * client, and what follows it.  False: it does not end as the server's does, so
 * the line was cut, perhaps in a name before it.
 */
static bool
read_client(struct slice host, struct addr *client, struct slice *behind)
{
	ptrdiff_t open = slice_find_last(host, SLICE("["));
	struct slice address;

	*behind = slice_from(host, host.n);
	if (open == -1)
		return host.n != 0;
	host = slice_from(host, (size_t)open + 1);
	if (!slice_cut(&host, SLICE("]"), &address))
		return false;
	*behind = host;
	return (host.n == 0 || slice_is(host, " no mailbox") ||
		   slice_begins(host, " nmsgs=")) &&
	       addr_parse(address, client);
}

/*
 * "kim auth=kim", "kim domain=example.org auth=kim", "kim": who wants in.  Both
 * may hold anything; mostly they are the same.
 */
static struct slice
user_of(struct slice text)
{
	size_t half = text.n < 6 ? 0 : (text.n - 6) / 2;
	struct slice user = { text.p, half }, rest = slice_from(text, half);

	if (slice_skips(&rest, " auth=") && slice_eq(user, rest))
		return user;
	rest = text;
	if (slice_cut(&rest, SLICE(" auth="), &user))
		text = user;
	rest = text;
	return slice_cut(&rest, SLICE(" domain="), &user) ? user : text;
}

/* "kim host=...", of a client whose password was right */
static enum meaning
logged_in(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);
	struct slice host, behind;

	if (!slice_cut_last(&text, server, &host) ||
	    !read_client(host, &event.client, &behind))
		return MEANS_UNKNOWN;
	event.account = text;
	if (slice_is(behind, " no mailbox")) {
		event.kind = EVENT_LOGIN_FAILED;
		event.auth.unavailable = true;
	}
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "kim auth=kim host=...": AUTHENTICATE may tell it again. */
static enum meaning
failed(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_FAILED);
	struct slice host, behind;

	if (slice_cut_last(&text, server, &host)) {
		(void)read_client(host, &event.client, &behind);
		event.account = user_of(text);
	}
	logins_tell(tracker, line);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/*
 * "PLAIN failure host=...": those with a password are told as logins, too.  The
 * mechanism may be any word of the client's.
 */
static enum meaning
not_authenticated(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_FAILED);
	struct slice host, behind;

	if (!slice_cut_last(&text, server, &host) ||
	    !slice_ends(text, SLICE(" failure")))
		return MEANS_UNKNOWN;
	if ((slice_same_word(text, SLICE("PLAIN failure")) ||
		slice_same_word(text, SLICE("LOGIN failure"))) &&
	    logins_are_told(tracker, line))
		return MEANS_NOTHING;
	(void)read_client(host, &event.client, &behind);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "192.0.2.7": with the patch for DRAC, of a client that is logged in. */
static enum meaning
authorized(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct addr client;

	if (!addr_parse(text, &client))
		return MEANS_UNKNOWN;
	grants_add(tracker, line, &client, SLICE(""), GRANT_BY_TIME);
	return MEANS_FACT;
}

typedef enum meaning tell_fn(
    struct tracker *, const struct log_line *, struct slice);

static const struct {
	struct slice beginning;
	tell_fn *tell;
} lines[] = {
	{ { "Login user=", 11 }, logged_in },
	{ { "Admin Login user=", 17 }, logged_in },
	{ { "Login anonymous=", 16 }, logged_in },
	{ { "Authenticated user=", 19 }, logged_in },
	{ { "Preauthenticated user=", 22 }, logged_in },
	{ { "Auth user=", 10 }, logged_in },
	{ { "APOP user=", 10 }, logged_in },
	{ { "Login failed user=", 18 }, failed },
	{ { "Login failure user=", 19 }, failed },
	{ { "Login disabled user=", 20 }, failed },
	{ { "Login excessive login failures user=", 36 }, failed },
	{ { "Excessive login failures user=", 30 }, failed },
	{ { "Login SYSTEM BREAK-IN ATTEMPT user=", 35 }, failed },
	{ { "AUTHENTICATE ", 13 }, not_authenticated },
	{ { "dracd: authorized ip ", 21 }, authorized },
};

static bool
owns(struct slice program, unsigned *kind)
{
	static const struct slice names[] = { { "ipop3d", 6 }, { "ipop2d", 6 },
		{ "ipop3sd", 7 }, { "imapsd", 6 }, { "uw-imapd", 8 } };

	*kind = 0;
	return format_has(program, names, NELEMS(names));
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct slice text = line->text;

	(void)kind;
	for (size_t i = 0; i < NELEMS(lines); i++)
		if (slice_skip(&text, lines[i].beginning))
			return lines[i].tell(tracker, line, text);
	return MEANS_NOTHING;
}

const struct log_format format_uw = {
	.name = "uw",
	.systems = "UW imapd and ipop3d 4 to 2007",
	.reads = "logins and failed logins of IMAP and POP3; a client whose "
		 "mailbox cannot be opened has failed",
	.owns = owns,
	.parse = parse,
};
