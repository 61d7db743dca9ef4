/*
 * postscreen.c - postscreen(8) and tlsproxy(8): talk before the mail
 *
 * Clients stand as [address]:port.  Who passes goes on to smtpd, which logs
 * the connection; who does not is a session that ends at DISCONNECT.
 */
#include "base/array.h"
#include "collectors/postfix/postfix.h"
#include "collectors/sessions.h"

struct screened {
	struct addr client;
	uint64_t port;
	struct session *session; /* NULL: began before the log */
};

static bool
cut_client(struct entry *entry, struct screened *at)
{
	if (!cut_peer(&entry->text, &at->client, &at->port))
		return false;
	at->session = session_find_port(
	    entry->tracker, entry->line, &at->client, at->port);
	return true;
}

/* Past "18 after 0 " and the like, to the client. */
static bool
skip_to_client(struct entry *entry, struct screened *at)
{
	struct slice before;

	return slice_cut(&entry->text, SLICE("from "), &before) &&
	       cut_client(entry, at);
}

static enum meaning
connected(struct entry *entry)
{
	struct screened at;

	if (!cut_client(entry, &at))
		return MEANS_UNKNOWN;
	session_start_port(entry->tracker, entry->line, &at.client, at.port);
	return MEANS_FACT;
}

/* smtpd has it now. */
static enum meaning
passed(struct entry *entry)
{
	struct screened at;

	if (!cut_client(entry, &at))
		return MEANS_UNKNOWN;
	if (at.session != NULL)
		session_end(entry->tracker, at.session);
	return MEANS_FACT;
}

static void
emit_client(struct entry *entry, enum event_kind kind,
    const struct screened *at, int what)
{
	struct mail_event event = event_from(entry->line, kind);

	event.client = at->client;
	if (kind == EVENT_PROBE)
		event.probe = (enum probe_kind)what;
	tracker_emit(entry->tracker, &event);
}

static enum meaning
disconnected(struct entry *entry)
{
	struct screened at;

	if (!cut_client(entry, &at))
		return MEANS_UNKNOWN;
	if (!addr_is_loopback(&at.client)) {
		emit_client(entry, EVENT_CONNECTED, &at, 0);
		if (at.session != NULL)
			session_lost(entry->tracker, entry->line, &at.client,
			    at.session, SESSION_ENDED);
	}
	if (at.session != NULL)
		session_end(entry->tracker, at.session);
	return MEANS_FACT;
}

static enum meaning
probed(struct entry *entry, enum probe_kind kind)
{
	struct screened at;

	if (!skip_to_client(entry, &at))
		return MEANS_UNKNOWN;
	if (at.session == NULL)
		at.session = session_start_port(
		    entry->tracker, entry->line, &at.client, at.port);
	at.session->spoke = true;
	emit_client(entry, EVENT_PROBE, &at, kind);
	return MEANS_FACT;
}

static enum meaning
pregreet(struct entry *entry)
{
	return probed(entry, PROBE_PREGREET);
}

static enum meaning
non_smtp(struct entry *entry)
{
	return probed(entry, PROBE_NON_SMTP);
}

/* "HANGUP after 0.2 from [...]:4711 in tests before SMTP handshake" */
static enum meaning
hung_up(struct entry *entry)
{
	struct screened at;

	if (!skip_to_client(entry, &at))
		return MEANS_UNKNOWN;
	if (slice_begins(entry->text, " in tests before SMTP handshake") &&
	    (at.session == NULL || !at.session->spoke) &&
	    !addr_is_loopback(&at.client))
		emit_client(entry, EVENT_PROBE, &at, PROBE_EMPTY);
	session_lost(
	    entry->tracker, entry->line, &at.client, at.session, SESSION_LOST);
	return MEANS_FACT;
}

static enum meaning
time_limit(struct entry *entry)
{
	struct screened at;

	if (!skip_to_client(entry, &at))
		return MEANS_UNKNOWN;
	session_lost(entry->tracker, entry->line, &at.client, at.session,
	    SESSION_TIMEOUT);
	return MEANS_FACT;
}

/* "NOQUEUE: reject: RCPT from [...]:4711: 550 5.5.1 Protocol error; ..." */
static enum meaning
reject(struct entry *entry)
{
	static const struct slice busy[] = { { "all server ports busy", 21 },
		{ "all screening ports busy", 24 },
		{ "too many connections", 20 } };
	struct refusal refusal = { 0 };
	struct slice text = entry->text;

	if (!slice_cut(&text, SLICE(" from "), &refusal.stage) ||
	    !cut_peer_and(&text, &refusal.client, SLICE(": ")))
		return MEANS_UNKNOWN;
	refusal.text = text;
	(void)cut_tail(&refusal.text, &refusal.tail);
	/* "all server ports busy": here only whole words have no code */
	for (size_t i = 0; i < NELEMS(busy); i++)
		if (slice_is(refusal.stage, "CONNECT") &&
		    slice_eq(refusal.text, busy[i]))
			refusal.code = 421;
	return postfix_refuse(entry, &refusal);
}

static const struct entry_row lines[] = {
	ENTRY_ROW("CONNECT from ", connected),
	ENTRY_ROW("PASS NEW ", passed),
	ENTRY_ROW("PASS OLD ", passed),
	ENTRY_ROW("ALLOWLISTED ", passed),
	ENTRY_ROW("WHITELISTED ", passed),
	ENTRY_ROW("DISCONNECT ", disconnected),
	ENTRY_ROW("NOQUEUE: reject: ", reject),
	ENTRY_ROW("PREGREET ", pregreet),
	ENTRY_ROW("NON-SMTP COMMAND ", non_smtp),
	ENTRY_ROW("COMMAND PIPELINING ", non_smtp),
	ENTRY_ROW("HANGUP ", hung_up),
	ENTRY_ROW("COMMAND TIME LIMIT ", time_limit),
	/* Their refusal has a line of its own. */
	ENTRY_ROW("DNSBL rank ", entry_nothing),
	ENTRY_ROW("DENYLISTED ", entry_nothing),
	ENTRY_ROW("BLACKLISTED ", entry_nothing),
	ENTRY_ROW("BARE NEWLINE ", entry_nothing),
	ENTRY_ROW("COMMAND COUNT LIMIT ", entry_nothing),
	ENTRY_ROW("COMMAND LENGTH LIMIT ", entry_nothing),
	ENTRY_ROW("DENYLIST VETO ", entry_nothing),
	ENTRY_ROW("ALLOWLIST VETO ", entry_nothing),
	ENTRY_ROW("WHITELIST VETO ", entry_nothing),
	ENTRY_ROW("DATA without valid RCPT ", entry_nothing),
	ENTRY_ROW("BDAT without valid RCPT ", entry_nothing),
	ENTRY_ROW("NOQUEUE: ", entry_nothing),
	ENTRY_ROW("cache ", entry_nothing),
	ENTRY_ROW("close database ", entry_nothing),
	ENTRY_ROW("entering STRESS mode", entry_nothing),
	ENTRY_ROW("leaving STRESS mode", entry_nothing),
	ENTRY_ROW("reset ", entry_nothing),
};

enum meaning
postfix_postscreen(struct entry *entry)
{
	enum meaning meaning;

	if (entry_by_row(entry, lines, NELEMS(lines), &meaning))
		return meaning;
	return postfix_warning(entry);
}

/* TLS before smtpd: "... TLS connection established from [...]:4711: ..." */
enum meaning
postfix_tlsproxy(struct entry *entry)
{
	struct slice before;
	struct screened at;
	enum tls_version version;

	if (!slice_cut(&entry->text, SLICE("TLS connection established from "),
		&before))
		return MEANS_NOTHING;
	if (!cut_client(entry, &at) || !slice_skips(&entry->text, ": ") ||
	    !read_tls_version(entry->text, &version))
		return MEANS_UNKNOWN;
	if (at.session == NULL)
		at.session = session_start_port(
		    entry->tracker, entry->line, &at.client, at.port);
	if (!at.session->tls) {
		struct mail_event event = event_from(entry->line, EVENT_TLS);

		at.session->tls = true;
		event.client = at.client;
		event.tls.version = version;
		tracker_emit(entry->tracker, &event);
	}
	return MEANS_FACT;
}
