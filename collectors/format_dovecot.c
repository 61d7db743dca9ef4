/*
 * format_dovecot.c - Dovecot 2.2 to 2.4: who logged in, and who did not
 *
 * One line a session tells its outcome: "Login: user=<...>" ("Logged in:" since
 * 2.4), on a proxy "proxy(USER): started proxying to ...: user=<...>", or, when
 * a client leaves without success, "(auth failed, N attempts in M secs)", which
 * stands for N failures (src/login-common/client-common.c, login-proxy.c; "Login
 * aborted: ..." before it since 2.4).  A user who is disabled, or whom the
 * server could not let in although the password was right, is told NO as well:
 * a failure that is no guess.  What the fields are and their order are the
 * site's (login_log_format_elements), and so are the names of a second
 * instance's lines (instance_name).
 *
 * Deliveries over LMTP, and what Sieve makes of them, are counted where the
 * mail system says that it handed them over, and what it forwards where it is
 * submitted.
 *
 * With log_path it keeps a log of its own, whose lines have no host and "Info: "
 * or the like behind the service (lib/failures.c, log_timestamp).
 */
#include "base/array.h"
#include "collectors/format.h"
#include "collectors/grants.h"
#include "collectors/wire/base64.h"
#include "collectors/wrapped.h"

#define NAME_TEXT     512 /* no logger cuts a line that is shorter */
#define SESSION_BYTES 8

/* "203.0.113.7, ": an address counts only when its end was seen. */
static void
read_address(struct slice text, struct mail_event *event)
{
	struct slice address;

	if (slice_cut(&text, SLICE(","), &address))
		(void)addr_parse(address, &event->client);
}

/* Where the name in "user=<kim>, method=PLAIN, ..." ends: it is the client's
   choice, so at the last ">, " that these may follow. */
static ptrdiff_t
end_of_name(struct slice text)
{
	static const struct slice ends[] = { { ">, method=", 10 },
		{ ">, rip=", 7 } };
	ptrdiff_t end = -1;

	for (size_t i = 0; i < NELEMS(ends) && end == -1; i++)
		end = slice_find_last(text, ends[i]);
	return end;
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
 * "user=<kim>, method=PLAIN, rip=192.0.2.1, ...", or with rip= in front of the
 * name.  Behind so long a name that a logger may have cut the line nothing is
 * read: the fields could be the client's as well.
 */
static void
read_client(struct tracker *tracker, const struct log_line *line,
    struct slice text, struct mail_event *event)
{
	ptrdiff_t name = slice_find(text, SLICE("user=<")), end;
	struct slice before = text, skipped;
	uint64_t port = 0;

	if (name != -1)
		before.n = (size_t)name;
	if (slice_skips(&before, "rip=") ||
	    slice_cut(&before, SLICE(", rip="), &skipped))
		read_address(before, event);
	if (name == -1)
		return;
	text = slice_from(text, (size_t)name + 6);
	end = end_of_name(text);
	if (end >= NAME_TEXT)
		return;
	if (end != -1) {
		event->account = (struct slice){ text.p, (size_t)end };
		text = slice_from(text, (size_t)end);
		if (wrapped_any(tracker))
			port = read_port(text);
	}
	if (addr_is_none(&event->client) &&
	    slice_cut(&text, SLICE(", rip="), &skipped))
		read_address(text, event);
	wrapped_client(tracker, line, &event->client, port);
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

/* "... (auth failed, 3 attempts in 17 secs", and others: the passwords that
   were not taken; `own': because the server would not have it. */
static uint64_t
failures(struct slice why, bool *own)
{
	static const struct slice others[] = { { "(user disabled", 14 },
		{ "(login disabled, ", 17 }, { "(password expired", 17 },
		{ "(internal failure, ", 19 }, { "Internal login failure", 22 },
		{ "Maximum number of connections from user+IP exceeded", 51 } };
	struct slice before, number;
	uint64_t attempts;

	*own = false;
	if (slice_find(why, SLICE("(proxy dest auth failed")) != -1)
		return 1;
	for (size_t i = 0; i < NELEMS(others); i++)
		if (slice_find(why, others[i]) != -1)
			return *own = true, 1;
	if (!slice_cut(&why, SLICE("(auth failed, "), &before) ||
	    !slice_cut(&why, SLICE(" attempts"), &number) ||
	    !slice_number(number, &attempts))
		return 0;
	return attempts < 1000 ? attempts : 1000;
}

/* "Disconnected: Connection closed (WHY): user=<...>, ..." */
static enum meaning
failed(struct tracker *tracker, const struct log_line *line, struct slice text)
{
	struct mail_event event = event_from(line, EVENT_LOGIN_FAILED);
	ptrdiff_t name = slice_find(text, SLICE("user=<"));
	struct slice why = text;
	uint64_t attempts;

	if (slice_cut(&text, SLICE("): "), &why))
		read_client(tracker, line, text, &event);
	if (name != -1 && why.n > (size_t)name)
		why.n = (size_t)name;
	attempts = failures(why, &event.auth.unavailable);
	if (attempts == 0)
		return MEANS_NOTHING;
	event.count = count_times(event.count, attempts);
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

/*
 * "imap(kim)<1><x>: Info: drac_timeout() IP is ipv4(192.0.2.7)": the plugin for
 * DRAC (drac-plugin.c, for 2.2), at the login and each minute while it lasts.
 * Nothing of a client's may stand before it but its name.
 */
static enum meaning
granted(struct tracker *tracker, const struct log_line *line)
{
	struct slice text = line->text, account, process;
	struct addr client;

	if ((!slice_skips(&text, "imap(") && !slice_skips(&text, "pop3(")) ||
	    !slice_cut(&text, SLICE(")"), &account) ||
	    !slice_cut(&text, SLICE(": "), &process) ||
	    (process.n != 0 && process.p[0] != '<'))
		return MEANS_NOTHING;
	(void)slice_skips(&text, "Info: ");
	if ((!slice_skips(&text, "drac_timeout() IP is ipv4(") &&
		!slice_skips(&text, "drac_timeout() IP is ipv6(")) ||
	    !slice_ends(text, SLICE(")")))
		return MEANS_NOTHING;
	text.n--;
	if (!addr_parse(text, &client))
		return MEANS_UNKNOWN;
	grants_add(tracker, line, &client, account, GRANT_BY_TIME);
	return MEANS_FACT;
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_skips(&program, "dovecot") &&
	       (program.n == 0 || program.p[0] == '/' || program.p[0] == '-');
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
	/* imap(kim)<1><x>:, lmtp(...):, auth:, master: tell nothing else that
	   counts. */
	return granted(tracker, line);
}

/* "Nov 22 10:00:01 imap-login: Info: Login: ..." */
static bool
front(struct stamp_clock *clock, struct slice line, struct header *header)
{
	if (!stamp_read(clock, &line, &header->when))
		return false;
	header->program = SLICE("dovecot");
	header->text = line;
	return true;
}

/* A service's name comes first, and then how grave it is. */
static bool
claims(const struct header *header)
{
	static const struct slice begins[] = { { "master: ", 8 },
		{ "imap-login: ", 12 }, { "pop3-login: ", 12 },
		{ "managesieve-login: ", 19 }, { "submission-login: ", 18 },
		{ "imap(", 5 }, { "pop3(", 5 }, { "lmtp(", 5 }, { "lda(", 4 },
		{ "managesieve(", 12 }, { "auth: ", 6 }, { "auth(", 5 },
		{ "auth-worker(", 12 }, { "anvil: ", 7 }, { "config: ", 8 } };
	static const struct slice levels[] = { { ": Info: ", 8 },
		{ ": Warning: ", 11 }, { ": Error: ", 9 }, { ": Debug: ", 9 },
		{ ": Fatal: ", 9 }, { ": Panic: ", 9 } };
	bool begun = false, level = false;

	for (size_t i = 0; i < NELEMS(begins); i++)
		begun |= slice_starts(header->text, begins[i]);
	for (size_t i = 0; i < NELEMS(levels); i++)
		level |= slice_find(header->text, levels[i]) != -1;
	return begun && level;
}

const struct log_format format_dovecot = {
	.name = "dovecot",
	.systems = "Dovecot 2.2 to 2.4",
	.reads = "logins and failed logins of IMAP, POP3, ManageSieve and "
		 "submission, proxied ones as well, by syslog or from its own "
		 "log",
	.owns = owns,
	.parse = parse,
	.front = front,
	.claims = claims,
	.apart = true,
};
