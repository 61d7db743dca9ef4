/*
 * format_dovecot.c - Dovecot 2.2 to 2.4: who logged in, and who did not
 *
 * One line a session tells its outcome: "Login: user=<...>" ("Logged in:" since
 * 2.4), on a proxy "proxy(USER): started proxying to ...: user=<...>", or, when
 * a client leaves without success, "(auth failed, N attempts in M secs)", which
 * stands for N failures (src/login-common/client-common.c, login-proxy.c; "Login
 * aborted: ..." before it since 2.4).  Deliveries over LMTP, and what Sieve
 * makes of them, are counted where the mail system says that it handed them
 * over, and what it forwards where it is submitted.
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/wire/base64.h"
#include "collectors/wrapped.h"

#define NAME_TEXT     512 /* no logger cuts a line that is shorter */
#define SESSION_BYTES 8

/* "rip=192.0.2.1, " and the like, behind "user=<...>"; lip= follows. */
static bool
cut_field(struct slice text, struct slice name, struct slice *value)
{
	struct slice before;

	return slice_cut(&text, name, &before) &&
	       slice_cut(&text, SLICE(","), value);
}

/*
 * "session=<cSUVdtNgv6UKWhDh>", the last field: 48 bits of a time, 16 of the
 * client's port, the lower ones first, then its address, in base64 without the
 * padding (src/login-common/client-common.c).  0: the log has none.
 */
static uint64_t
read_port(struct slice text)
{
	unsigned char bytes[SESSION_BYTES];
	struct slice id, before;

	if (!slice_cut(&text, SLICE(", session=<"), &before) ||
	    !slice_cut(&text, SLICE(">"), &id) ||
	    base64_decode(id, (char *)bytes, sizeof(bytes)) != SESSION_BYTES)
		return 0;
	return (uint64_t)(bytes[6] | bytes[7] << 8);
}

/*
 * "user=<kim>, method=PLAIN, rip=192.0.2.1, ...": the name is the client's
 * choice, so the fields are read behind the last ">, " that rip= may follow.
 * Behind so long a name that a logger may have cut the line nothing is read:
 * the fields could be the client's as well.
 */
static void
read_client(struct tracker *tracker, const struct log_line *line,
    struct slice text, struct mail_event *event)
{
	static const struct slice ends[] = { { ">, method=", 10 },
		{ ">, rip=", 7 } };
	struct slice address;
	ptrdiff_t end = -1;

	if (slice_begins(text, "user=<")) {
		for (size_t i = 0; i < NELEMS(ends) && end == -1; i++)
			end = slice_find_last(text, ends[i]);
		if (end >= NAME_TEXT)
			return;
		if (end != -1) {
			event->account =
			    (struct slice){ text.p + 6, (size_t)end - 6 };
			text = slice_from(text, (size_t)end);
		}
	}
	if (cut_field(text, SLICE(", rip="), &address) &&
	    addr_parse(address, &event->client))
		wrapped_client(tracker, line, &event->client, read_port(text));
}

static enum meaning
logged_in(
    struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_OK);

	read_client(tracker, line, text, &event);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "... (auth failed, 3 attempts in 17 secs): user=<...>, ..." */
static enum meaning
failed(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_FAILED);
	struct slice before, number;
	uint64_t attempts;

	if (!slice_cut(&text, SLICE("(auth failed, "), &before) ||
	    !slice_cut(&text, SLICE(" attempts"), &number) ||
	    !slice_number(number, &attempts) || attempts == 0)
		return MEANS_NOTHING;
	if (slice_cut(&text, SLICE("): "), &before))
		read_client(tracker, line, text, &event);
	event.count =
	    count_times(event.count, attempts < 1000 ? attempts : 1000);
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}

/* "USER): started proxying to HOST:143 (0.1 secs): user=<...>, ..." */
static enum meaning
proxied(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	ptrdiff_t at = slice_find(text, SLICE("): started proxying to "));
	struct slice before;

	if (at == -1)
		return MEANS_NOTHING;
	text = slice_from(text, (size_t)at + 2);
	return slice_cut(&text, SLICE(": user=<"), &before)
		   ? logged_in(tracker, line,
			 (struct slice){ text.p - 6, text.n + 6 })
		   : MEANS_NOTHING;
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "dovecot") ||
	       slice_begins(program, "dovecot/");
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	/* Services that log a client's sign-in; "-login" ends their names. */
	static const struct slice services[] = { { "imap-login: ", 12 },
		{ "pop3-login: ", 12 }, { "managesieve-login: ", 19 },
		{ "submission-login: ", 18 } };
	struct slice text = line->text;

	(void)kind;
	for (size_t i = 0; i < NELEMS(services); i++) {
		if (!slice_skip(&text, services[i]))
			continue;
		(void)(slice_skips(&text, "Info: ") ||
		       slice_skips(&text, "Error: "));
		if (slice_skips(&text, "Login: ") ||
		    slice_skips(&text, "Logged in: "))
			return logged_in(tracker, line, text);
		if (slice_skips(&text, "proxy("))
			return proxied(tracker, line, text);
		return failed(tracker, line, text);
	}
	/* imap(kim)<1><x>:, lmtp(...):, auth:, master: tell nothing that
	   counts. */
	return MEANS_NOTHING;
}

const struct log_format format_dovecot = {
	.name = "dovecot",
	.systems = "Dovecot 2.2 to 2.4",
	.reads = "logins and failed logins of IMAP, POP3, ManageSieve and "
		 "submission, proxied ones as well",
	.owns = owns,
	.parse = parse,
};
