/*
 * smtpd.c - smtpd(8) under any name of master.cf: its lines, its sessions
 */
#include "collectors/postfix/smtpd.h"

#include "base/array.h"
#include "collectors/sessions.h"

static enum meaning
connected(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_CONNECTED);
	uint64_t port;

	if (!cut_peer(&entry->text, &event.client, &port))
		return MEANS_UNKNOWN;
	session_start(entry->tracker, entry->line, &event.client);
	if (!addr_is_loopback(&event.client))
		tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "ehlo=2 auth=0/3 quit=1 commands=4/7": good/all, one number if the same */
struct commands {
	uint64_t all, quit, vrfy, auth_good;
	uint64_t sum; /* of the counters before commands= */
	bool known;   /* smtpd before 3.0 says nothing */
};

/* Digits from *i on; *i is then behind them. */
static uint64_t
read_count(struct slice text, size_t *i)
{
	uint64_t n = 0;

	for (; *i < text.n && text.p[*i] >= '0' && text.p[*i] <= '9'; ++*i)
		n = n * 10 + (uint64_t)(text.p[*i] - '0');
	return n < UINT32_MAX ? n : UINT32_MAX;
}

static void
set_count(
    struct commands *commands, struct slice name, uint64_t good, uint64_t all)
{
	if (slice_is(name, "commands")) {
		commands->all = all;
		commands->known = all == commands->sum;
		return;
	}
	commands->sum += all;
	if (slice_is(name, "quit")) {
		commands->quit = all;
	} else if (slice_is(name, "vrfy")) {
		commands->vrfy = all;
	} else if (slice_is(name, "auth")) {
		commands->auth_good = good;
	}
}

/*
 * One walk: there is such a line for every session.  A blank ends each counter
 * but the last, commands=, which must be the sum of all, or it was cut.
 */
static void
read_commands(struct slice text, struct commands *commands)
{
	uint64_t good, all;
	struct slice name;

	for (size_t i = 0, start; i < text.n; i++) {
		for (start = i; i < text.n && text.p[i] != '='; i++)
			;
		if (i == text.n)
			return;
		name = (struct slice){ text.p + start, i++ - start };
		good = all = read_count(text, &i);
		if (i < text.n && text.p[i] == '/') {
			i++;
			all = read_count(text, &i);
		}
		if (i < text.n || slice_is(name, "commands"))
			set_count(commands, name, good, all);
	}
}

static void
probed(struct entry *entry, const struct addr *client, enum probe_kind kind,
    uint64_t times)
{
	struct mail_event event = event_from(entry->line, EVENT_PROBE);

	if (times == 0)
		return;
	event.count = count_times(event.count, times);
	event.client = *client;
	event.probe = kind;
	tracker_emit(entry->tracker, &event);
}

static enum meaning
disconnected(struct entry *entry)
{
	struct session *session = session_find(entry->tracker, entry->line);
	struct commands commands = { 0 };
	struct addr client;
	uint64_t port;

	if (!cut_peer(&entry->text, &client, &port))
		return MEANS_UNKNOWN;
	(void)slice_skips(&entry->text, " ");
	read_commands(entry->text, &commands);
	if (session != NULL)
		session_settle(entry->tracker, entry->line, session);
	if (commands.auth_good != 0)
		session_authenticated(
		    entry->tracker, entry->line, session, &client, SLICE(""));
	if (!addr_is_loopback(&client)) {
		probed(entry, &client, PROBE_VRFY, commands.vrfy);
		if (commands.known && commands.all == commands.quit &&
		    (session == NULL || !session->refused_at_connect))
			probed(entry, &client, PROBE_EMPTY, 1);
		session_lost(entry->tracker, entry->line, &client, session,
		    SESSION_ENDED);
	}
	if (session != NULL)
		session_end(entry->tracker, session);
	return MEANS_FACT;
}

/* "... after DATA (210 bytes) from host[192.0.2.1]" */
static bool
cut_after(struct slice text, struct slice *stage, struct addr *client)
{
	uint64_t port;
	ptrdiff_t at = slice_find(text, SLICE(" from "));

	if (at == -1)
		return false;
	*stage = (struct slice){ text.p, (size_t)at };
	text = slice_from(text, (size_t)at + 6);
	return cut_peer(&text, client, &port);
}

static enum meaning
ended(struct entry *entry, enum session_end end)
{
	struct session *session = session_find(entry->tracker, entry->line);
	struct slice stage;
	struct addr client;

	if (!cut_after(entry->text, &stage, &client))
		return MEANS_UNKNOWN;
	/* What was being sent did not arrive. */
	if (session != NULL &&
	    (slice_begins(stage, "DATA") || slice_begins(stage, "BDAT")))
		session_abandon(session);
	session_lost(entry->tracker, entry->line, &client, session, end);
	return MEANS_FACT;
}

static enum meaning
lost(struct entry *entry)
{
	return ended(entry, SESSION_LOST);
}

static enum meaning
timed_out(struct entry *entry)
{
	return ended(entry, SESSION_TIMEOUT);
}

static enum meaning
too_many_errors(struct entry *entry)
{
	struct refusal refusal = { .code = 421,
		.decided = true,
		.reason = REASON_RATE_LIMITED,
		.text = SLICE("too many errors") };

	if (!cut_after(entry->text, &refusal.stage, &refusal.client))
		return MEANS_UNKNOWN;
	return postfix_refuse(entry, &refusal);
}

/* "improper command pipelining after HELO from host[...]: MAIL FROM..." */
static enum meaning
pipelining(struct entry *entry)
{
	struct slice stage;
	struct addr client;

	if (!cut_after(entry->text, &stage, &client))
		return MEANS_UNKNOWN;
	probed(entry, &client, PROBE_NON_SMTP, 1);
	return MEANS_FACT;
}

/* "Anonymous TLS connection established from host[...]: TLSv1.3 with ..." */
static enum meaning
tls(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_TLS);
	struct session *session = session_find(entry->tracker, entry->line);

	if (!cut_peer_and(&entry->text, &event.client, SLICE(": ")) ||
	    !read_tls_version(entry->text, &event.tls))
		return MEANS_UNKNOWN;
	if (addr_is_loopback(&event.client) ||
	    (session != NULL && session->tls))
		return MEANS_NOTHING;
	if (session != NULL)
		session->tls = true;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

static enum meaning
nothing(struct entry *entry)
{
	(void)entry;
	return MEANS_NOTHING;
}

#define P(text, fn)                                                            \
	{                                                                      \
		{ text, sizeof(text) - 1 }, fn                                 \
	}

/* Behind a queue id or NOQUEUE. */
static const struct {
	struct slice start;
	entry_fn *parse;
} actions[] = {
	P("client=", smtpd_client),
	P("reject: ", smtpd_reject),
	P("milter-reject: ", smtpd_milter_reject),
	P("hold: ", smtpd_hold),
	P("discard: ", smtpd_discard),
	P("milter-hold: ", smtpd_hold),
	P("milter-discard: ", smtpd_discard),
	/* These change no count: the message goes on, or goes elsewhere. */
	P("permit: ", nothing),
	P("warn: ", nothing),
	P("reject_warning: ", nothing),
	P("info: ", nothing),
	P("filter: ", nothing),
	P("redirect: ", nothing),
	P("bcc: ", nothing),
	P("prepend: ", nothing),
	P("replace: ", nothing),
	P("delay: ", nothing),
	P("trace: ", nothing),
	P("milter-", nothing),
	P("lost connection ", nothing),
};

/* Without an id. */
static const struct {
	struct slice start;
	entry_fn *parse;
} plain[] = {
	P("connect from ", connected),
	P("disconnect from ", disconnected),
	P("Anonymous TLS connection established from ", tls),
	P("Untrusted TLS connection established from ", tls),
	P("Trusted TLS connection established from ", tls),
	P("Verified TLS connection established from ", tls),
	P("TLS connection established from ", tls),
	P("lost connection after ", lost),
	P("timeout after ", timed_out),
	P("too many errors after ", too_many_errors),
	P("improper command pipelining after ", pipelining),
	P("proxy-accept: ", smtpd_proxy_accept),
	P("proxy-reject: ", smtpd_proxy_reject),
	/* What smtpd does with itself, and details of handshakes. */
	P("discarding EHLO keywords", nothing),
	P("SSL_accept error", nothing),
	P("setting up TLS connection", nothing),
	P("TLS SNI ", nothing),
	P("table ", nothing),
	P("using backwards-compatible default", nothing),
	P("initializing the server-side TLS engine", nothing),
	P("SSL_accept:", nothing),
	P("Enabled ", nothing),
	P("ready for ", nothing),
	P("idle", nothing),
	P("reset ", nothing),
};

enum meaning
postfix_smtpd(struct entry *entry)
{
	if (entry->id.n != 0 || slice_skips(&entry->text, "NOQUEUE: ")) {
		for (size_t i = 0; i < NELEMS(actions); i++)
			if (slice_skip(&entry->text, actions[i].start))
				return actions[i].parse(entry);
		return MEANS_UNKNOWN;
	}
	for (size_t i = 0; i < NELEMS(plain); i++)
		if (slice_skip(&entry->text, plain[i].start))
			return plain[i].parse(entry);
	return postfix_warning(entry);
}
