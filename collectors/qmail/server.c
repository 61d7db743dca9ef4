/*
 * server.c - who is connected: tcpserver, sslserver, rblsmtpd
 *
 *	tcpserver: pid 30 from 203.0.113.7
 *	tcpserver: ok 30 mx1:192.0.2.25:25 mail.example.net:203.0.113.7::40003
 *	tcpserver: end 30 status 256
 *
 * The port tells which service it is: POP and others are left alone.  Names
 * and what ident says have no colon (tcpserver.c, safecats()).  qmail-smtpd
 * ends with 1, which is 256 here, if the client is gone.
 */
#include "base/array.h"
#include "collectors/qmail/qmail.h"
#include "collectors/tracker_impl.h"

#define CLIENT_GONE 256 /* as wait(2) has the status 1 */

static struct log_line
numbered(const struct entry *entry, uint64_t pid)
{
	struct log_line line = *entry->line;

	line.pid = pid & INT64_MAX;
	return line;
}

struct session *
qmail_session(struct entry *entry, uint64_t pid)
{
	struct log_line line = numbered(entry, pid);

	return session_find(entry->tracker, &line);
}

/* "30 from 203.0.113.7": not yet said to which service */
static enum meaning
began(struct entry *entry)
{
	struct slice text = entry->text;
	struct log_line line;
	struct addr client;
	uint64_t pid;

	if (!cut_count(&text, SLICE(" from "), &pid) ||
	    !addr_parse(text, &client))
		return MEANS_UNKNOWN;
	line = numbered(entry, pid);
	(void)session_start(entry->tracker, &line, &client);
	return MEANS_FACT;
}

static bool
cut_last_colon(struct slice *text, struct slice *value)
{
	ptrdiff_t at = slice_find_last(*text, SLICE(":"));

	if (at == -1)
		return false;
	*value = slice_from(*text, (size_t)at + 1);
	text->n = (size_t)at;
	return true;
}

static bool
is_smtp(struct slice port)
{
	static const struct slice ports[] = { { "25", 2 }, { "465", 3 },
		{ "587", 3 }, { "26", 2 }, { "2525", 4 } };

	return format_has(port, ports, NELEMS(ports));
}

/* "mx1:192.0.2.25:25 mail.example.net:203.0.113.7:ident:40003" */
static bool
read_ends(struct slice text, struct slice *port, struct addr *client)
{
	struct slice local, name, ident, remote_port;
	uint64_t number;

	if (!slice_cut(&text, SLICE(" "), &local) ||
	    !cut_last_colon(&local, port) ||
	    !slice_cut(&text, SLICE(":"), &name) ||
	    !cut_last_colon(&text, &remote_port) ||
	    !cut_last_colon(&text, &ident))
		return false;
	return slice_number(remote_port, &number) && addr_parse(text, client);
}

/* The session, where it is SMTP; NULL: it is none of ours. */
static struct session *
opened(struct entry *entry, struct addr *client)
{
	struct slice text = entry->text, port;
	struct session *session;
	struct log_line line;
	uint64_t pid;

	if (!cut_count(&text, SLICE(" "), &pid) ||
	    !read_ends(text, &port, client))
		return NULL;
	session = qmail_session(entry, pid);
	if (!is_smtp(port)) {
		if (session != NULL)
			session_end(entry->tracker, session);
		return NULL;
	}
	line = numbered(entry, pid);
	if (session == NULL || !addr_eq(&session->client, client))
		session = session_start(entry->tracker, &line, client);
	session->spoke = true; /* it is known to be SMTP */
	return session;
}

static void
connected(struct entry *entry, const struct session *session)
{
	struct mail_event event = event_from(entry->line, EVENT_CONNECTED);

	event.client = session->client;
	if (!session->loopback)
		tracker_emit(entry->tracker, &event);
}

static enum meaning
accepted(struct entry *entry)
{
	struct addr client;
	struct session *session = opened(entry, &client);

	if (session == NULL)
		return MEANS_NOTHING;
	connected(entry, session);
	return MEANS_FACT;
}

/* The client sees the connection closed: that is its refusal. */
static enum meaning
denied(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	struct session *session = opened(entry, &event.client);

	if (session == NULL)
		return MEANS_NOTHING;
	connected(entry, session);
	session->refused_at_connect = true;
	event.mailer = SLICE("smtp");
	event.reject.reason = REASON_ACCESS_DENIED;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "30 status 256" */
static enum meaning
ended(struct entry *entry)
{
	struct slice text = entry->text;
	struct session *session;
	uint64_t pid, status;

	if (!cut_count(&text, SLICE(" status "), &pid) ||
	    !slice_number(text, &status))
		return MEANS_UNKNOWN;
	session = qmail_session(entry, pid);
	if (session == NULL)
		return MEANS_NOTHING;
	/* Less is a signal: nobody's doing. */
	if (session->spoke && (status == 0 || status >= CLIENT_GONE))
		session_lost(entry->tracker, entry->line, &session->client,
		    session,
		    status == CLIENT_GONE ? SESSION_LOST : SESSION_ENDED);
	session_end(entry->tracker, session);
	return MEANS_FACT;
}

/* "30 accept TLSv1.3 ...": the version, where it is said */
static enum meaning
secured(struct entry *entry)
{
	static const struct slice names[] = { [TLS_1_0] = { "TLSv1", 5 },
		[TLS_1_1] = { "TLSv1.1", 7 },
		[TLS_1_2] = { "TLSv1.2", 7 },
		[TLS_1_3] = { "TLSv1.3", 7 } };
	struct mail_event event = event_from(entry->line, EVENT_TLS);
	struct slice text = entry->text, version;
	struct session *session;
	uint64_t pid;

	if (!cut_count(&text, SLICE(" accept"), &pid))
		return MEANS_NOTHING;
	session = qmail_session(entry, pid);
	if (session == NULL || !session->spoke || session->tls ||
	    session->loopback)
		return MEANS_NOTHING;
	session->tls = true;
	event.client = session->client;
	event.tls.version = TLS_OTHER;
	(void)slice_skips(&text, " ");
	if (slice_cut(&text, SLICE(" "), &version))
		for (unsigned i = TLS_1_0; i <= TLS_1_3; i++)
			if (slice_eq(version, names[i]))
				event.tls.version = (enum tls_version)i;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

static const struct entry_row rows[] = {
	ENTRY_ROW("status: ", entry_nothing),
	ENTRY_ROW("pid ", began),
	ENTRY_ROW("ok ", accepted),
	ENTRY_ROW("end ", ended),
	ENTRY_ROW("deny ", denied),
	ENTRY_ROW("ssl ", secured),
	ENTRY_ROW("tls ", secured),
	ENTRY_ROW("done ", entry_nothing),
	ENTRY_ROW("warning: ", entry_nothing),
	ENTRY_ROW("fatal: ", entry_nothing),
	ENTRY_ROW("usage: ", entry_nothing),
	ENTRY_ROW("cafile ", entry_nothing),
	ENTRY_ROW("ccafile ", entry_nothing),
	ENTRY_ROW("cadir ", entry_nothing),
	ENTRY_ROW("cert ", entry_nothing),
	ENTRY_ROW("key ", entry_nothing),
	ENTRY_ROW("param ", entry_nothing),
	ENTRY_ROW("ciphers ", entry_nothing),
};

enum meaning
qmail_server(struct entry *entry)
{
	enum meaning meaning = MEANS_UNKNOWN;

	(void)entry_by_row(entry, rows, NELEMS(rows), &meaning);
	return meaning;
}

/* A list's text has mostly a link; what the administrator wrote has none. */
static enum reason
list_or_ours(struct slice text)
{
	static const struct slice marks[] = { { "://", 3 }, { "www.", 4 },
		{ "listed", 6 }, { "blocked using", 13 }, { "dnsbl", 5 },
		{ "rbl", 3 } };

	for (size_t i = 0; i < NELEMS(marks); i++)
		if (slice_find(text, marks[i]) != -1)
			return REASON_DNSBL;
	/* A few letters may be the beginning of anything. */
	return text.n < sizeof("553 blocked using ") - 1 ? REASON_OTHER
							 : REASON_ACCESS_DENIED;
}

/* "203.0.113.7 pid 29: 553 listed, see http://rbl.example/": said once, and
   to the client at each command */
enum meaning
qmail_rblsmtpd(struct entry *entry)
{
	struct slice text = entry->text, address;
	struct session *session;
	struct addr client;
	enum reason reason;
	uint64_t pid;

	if (slice_begins(text, "fatal: ") || slice_begins(text, "warning: "))
		return MEANS_NOTHING;
	if (!slice_cut(&text, SLICE(" pid "), &address) ||
	    !addr_parse(address, &client) ||
	    !cut_count(&text, SLICE(": "), &pid) || text.n < 4 ||
	    text.p[3] != ' ')
		return MEANS_UNKNOWN;
	session = qmail_session(entry, pid);
	reason = list_or_ours(text);
	qmail_refused(entry, session, client, text, &reason);
	if (session != NULL)
		session->refused_at_connect = true;
	return MEANS_FACT;
}
