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
	    !read_tls_version(entry->text, &event.tls.version))
		return MEANS_UNKNOWN;
	if (addr_is_loopback(&event.client) ||
	    (session != NULL && session->tls))
		return MEANS_NOTHING;
	if (session != NULL)
		session->tls = true;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* Behind a queue id or NOQUEUE. */
static const struct entry_row actions[] = {
	ENTRY_ROW("client=", smtpd_client),
	ENTRY_ROW("reject: ", smtpd_reject),
	ENTRY_ROW("milter-reject: ", smtpd_milter_reject),
	ENTRY_ROW("hold: ", smtpd_hold),
	ENTRY_ROW("discard: ", smtpd_discard),
	ENTRY_ROW("milter-hold: ", smtpd_hold),
	ENTRY_ROW("milter-discard: ", smtpd_discard),
	/* These change no count: the message goes on, or goes elsewhere. */
	ENTRY_ROW("permit: ", entry_nothing),
	ENTRY_ROW("warn: ", entry_nothing),
	ENTRY_ROW("reject_warning: ", entry_nothing),
	ENTRY_ROW("info: ", entry_nothing),
	ENTRY_ROW("filter: ", entry_nothing),
	ENTRY_ROW("redirect: ", entry_nothing),
	ENTRY_ROW("bcc: ", entry_nothing),
	ENTRY_ROW("prepend: ", entry_nothing),
	ENTRY_ROW("replace: ", entry_nothing),
	ENTRY_ROW("delay: ", entry_nothing),
	ENTRY_ROW("trace: ", entry_nothing),
	ENTRY_ROW("milter-", entry_nothing),
	ENTRY_ROW("lost connection ", entry_nothing),
};

/* Without an id. */
static const struct entry_row plain[] = {
	ENTRY_ROW("connect from ", connected),
	ENTRY_ROW("disconnect from ", disconnected),
	ENTRY_ROW("Anonymous TLS connection established from ", tls),
	ENTRY_ROW("Untrusted TLS connection established from ", tls),
	ENTRY_ROW("Trusted TLS connection established from ", tls),
	ENTRY_ROW("Verified TLS connection established from ", tls),
	ENTRY_ROW("TLS connection established from ", tls),
	ENTRY_ROW("lost connection after ", lost),
	ENTRY_ROW("timeout after ", timed_out),
	ENTRY_ROW("too many errors after ", too_many_errors),
	ENTRY_ROW("improper command pipelining after ", pipelining),
	ENTRY_ROW("proxy-accept: ", smtpd_proxy_accept),
	ENTRY_ROW("proxy-reject: ", smtpd_proxy_reject),
	/* What smtpd does with itself, and details of handshakes. */
	ENTRY_ROW("discarding EHLO keywords", entry_nothing),
	ENTRY_ROW("SSL_accept error", entry_nothing),
	ENTRY_ROW("setting up TLS connection", entry_nothing),
	ENTRY_ROW("TLS SNI ", entry_nothing),
	ENTRY_ROW("table ", entry_nothing),
	ENTRY_ROW("using backwards-compatible default", entry_nothing),
	ENTRY_ROW("initializing the server-side TLS engine", entry_nothing),
	ENTRY_ROW("SSL_accept:", entry_nothing),
	ENTRY_ROW("Enabled ", entry_nothing),
	ENTRY_ROW("ready for ", entry_nothing),
	ENTRY_ROW("idle", entry_nothing),
	ENTRY_ROW("reset ", entry_nothing),
};

enum meaning
postfix_smtpd(struct entry *entry)
{
	enum meaning meaning = MEANS_UNKNOWN;

	if (entry->id.n != 0 || slice_skips(&entry->text, "NOQUEUE: ")) {
		(void)entry_by_row(entry, actions, NELEMS(actions), &meaning);
		return meaning;
	}
	if (entry_by_row(entry, plain, NELEMS(plain), &meaning))
		return meaning;
	return postfix_warning(entry);
}
