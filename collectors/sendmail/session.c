/*
 * session.c - who is connected to Sendmail's daemon
 *
 * At its usual log level a connection leaves no line of its own: a process of
 * which the server's side says anything has one.  Processes are numbered
 * again, so a session that was silent for SESSION_IDLE is over, and so is one
 * whose process speaks of another client.
 */
#include "base/array.h"
#include "collectors/sendmail/sendmail.h"
#include "collectors/tracker_impl.h"

/* Microseconds.  Within the shorter time no number of a process comes again, so
   that a line without a client is of the one before. */
#define SESSION_IDLE  900000000
#define SESSION_FRESH 60000000

static void
connected(
    struct entry *entry, struct envelope *envelope, const struct addr *client)
{
	struct mail_event event = event_from(entry->line, EVENT_CONNECTED);

	event.count = 1;
	event.queue_id = entry->id;
	if (client != NULL) {
		event.client = *client;
		tracker_emit(entry->tracker, &event);
	} else {
		envelope_wait(entry->tracker, entry->line, envelope, &event);
	}
}

struct session *
sendmail_session(
    struct entry *entry, const struct addr *client, struct envelope *envelope)
{
	static const struct addr nobody;
	struct session *session = session_find(entry->tracker, entry->line);

	if (session != NULL &&
	    (entry->line->when - session->last > SESSION_IDLE ||
		(client != NULL && !addr_is_none(&session->client) &&
		    !addr_eq(client, &session->client)))) {
		session_end(entry->tracker, session);
		session = NULL;
	}
	if (session == NULL) {
		session = session_start(entry->tracker, entry->line,
		    client != NULL ? client : &nobody);
		connected(entry, envelope, client);
	}
	if (client != NULL) {
		session->client = *client;
		session->loopback = addr_is_loopback(client);
	} else if (entry->line->when - session->last < SESSION_FRESH &&
		   !addr_is_none(&session->client) &&
		   addr_is_none(&envelope->client)) {
		envelope_client(entry->tracker, envelope, &session->client);
	}
	session->last = entry->line->when;
	return session;
}

void
sessions_forget(struct tracker *tracker, const int64_t now[TRACKER_HOSTS])
{
	struct session *session;

	for (size_t i = 0; i < tracker->sessions.made; i++) {
		session = table_row(&tracker->sessions, i);
		if (session != NULL && session->last != 0 &&
		    now[session->host_index] - session->last > SESSION_IDLE)
			session_end(tracker, session);
	}
}

/* A line with an id and the client: what waited for that can go. */
static struct session *
told(struct entry *entry, const struct addr *client)
{
	struct envelope *envelope = NULL;
	struct session *session;

	if (entry->id.n != 0) {
		envelope = envelope_get(entry->tracker, entry->line, entry->id);
		if (!envelope->from_seen)
			envelope->client = *client;
	}
	session = sendmail_session(entry, client, envelope);
	if (envelope != NULL && !envelope->from_seen)
		envelope_client(entry->tracker, envelope, client);
	return session;
}

/* "connect from host [192.0.2.1]", from log level 10 on */
enum meaning
sendmail_connect(struct entry *entry)
{
	struct session *session;
	struct addr client;

	if (!relay_address(entry->text, &client))
		return MEANS_NOTHING; /* "[0]": who speaks on standard input */
	session = session_find(entry->tracker, entry->line);
	if (session != NULL)
		session_end(entry->tracker, session);
	(void)sendmail_session(entry, &client, NULL);
	return MEANS_FACT;
}

/* The field's value, up to the next field; empty: none, or cut. */
static struct slice
field(struct slice text, struct slice name)
{
	ptrdiff_t at = slice_find(text, name);
	struct slice value = SLICE("");

	if (at != -1) {
		text = slice_from(text, (size_t)at + name.n);
		(void)slice_cut(&text, SLICE(", "), &value);
	}
	return value;
}

/* ", relay=host [192.0.2.1], version=TLSv1.3, ..." */
enum meaning
sendmail_starttls(struct entry *entry)
{
	static const struct slice names[] = { [TLS_1_0] = { "TLSv1", 5 },
		[TLS_1_1] = { "TLSv1.1", 7 },
		[TLS_1_2] = { "TLSv1.2", 7 },
		[TLS_1_3] = { "TLSv1.3", 7 } };
	struct mail_event event = event_from(entry->line, EVENT_TLS);
	struct slice version = field(entry->text, SLICE(", version="));
	struct session *session;

	if (version.n == 0 ||
	    !relay_address(
		field(entry->text, SLICE(", relay=")), &event.client))
		return MEANS_NOTHING; /* a handshake that failed, a cipher */
	session = told(entry, &event.client);
	if (session->tls)
		return MEANS_FACT;
	session->tls = true;
	event.tls.version = TLS_OTHER;
	for (unsigned i = TLS_1_0; i <= TLS_1_3; i++)
		if (slice_eq(version, names[i]))
			event.tls.version = (enum tls_version)i;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* ", relay=host [192.0.2.1], authid=kim, mech=PLAIN, bits=0" */
enum meaning
sendmail_auth(struct entry *entry)
{
	struct slice text = entry->text, mechanism, account, relay;
	struct session *session;
	struct addr client;

	if (!slice_skips(&text, ", relay=") ||
	    !cut_last(&text, SLICE(", mech="), &mechanism) ||
	    !slice_cut(&text, SLICE(", authid="), &relay) ||
	    !relay_address(relay, &client))
		return MEANS_NOTHING;
	account = text;
	session = told(entry, &client);
	session_authenticated(
	    entry->tracker, entry->line, session, &client, account);
	session->spoke = true;
	return MEANS_FACT;
}

/* "(LOGIN): authentication failure (-13) SASL(-13): ..., user=kim, relay=..." */
enum meaning
sendmail_auth_failure(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_AUTH_FAILED);
	struct slice text = entry->text, relay, user;
	struct session *session;

	if (!cut_last(&text, SLICE(", relay="), &relay) ||
	    !relay_address(relay, &event.client))
		return MEANS_UNKNOWN;
	if (cut_last(&text, SLICE(", user="), &user))
		event.account = user;
	event.auth.unavailable =
	    slice_find(text, SLICE("): temporary failure")) != -1 ||
	    slice_find(text, SLICE("): generic failure")) != -1;
	session = told(entry, &event.client);
	session->spoke = true;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

static enum meaning
left(struct entry *entry, const struct addr *client, enum session_end end)
{
	struct session *session = told(entry, client);

	session->spoke = true;
	session_lost(entry->tracker, entry->line, client, session, end);
	return MEANS_FACT;
}

/* "host [192.0.2.1] to MTA after rcpt" */
enum meaning
sendmail_lost(struct entry *entry)
{
	struct slice host;
	struct addr client;
	ptrdiff_t to = slice_find(entry->text, SLICE(" to "));

	host = (struct slice){ entry->text.p, to == -1 ? 0 : (size_t)to };
	if (!relay_address(host, &client))
		return MEANS_UNKNOWN;
	return left(entry, &client, SESSION_LOST);
}

/* The line does not tell the client's address. */
static enum meaning
left_unnamed(struct entry *entry, enum session_end end)
{
	struct mail_event event = event_from(entry->line, EVENT_DISCONNECTED);
	struct envelope *envelope =
	    envelope_get(entry->tracker, entry->line, entry->id);
	struct session *session = sendmail_session(entry, NULL, envelope);

	session->spoke |= end == SESSION_LOST;
	if (session->lost)
		return MEANS_FACT;
	session->lost = true;
	event.end = end;
	envelope_wait(entry->tracker, entry->line, envelope, &event);
	return MEANS_FACT;
}

/* "host during server cmd read"; of a client of ours it is "client ..." */
enum meaning
sendmail_timeout(struct entry *entry)
{
	if (slice_find(entry->text, SLICE(" during client ")) != -1)
		return MEANS_NOTHING;
	return left_unnamed(entry, SESSION_TIMEOUT);
}

/* "premature EOM: unexpected close": the client left during the data. */
enum meaning
sendmail_collect(struct entry *entry)
{
	if (slice_find(entry->text, SLICE("premature EOM")) == -1 &&
	    slice_find(entry->text, SLICE("nexpected close")) == -1 &&
	    slice_find(entry->text, SLICE("I/O error")) == -1)
		return MEANS_NOTHING;
	return left_unnamed(entry, SESSION_LOST);
}

static void
probe(struct entry *entry, const struct addr *client, enum probe_kind kind)
{
	struct mail_event event = event_from(entry->line, EVENT_PROBE);

	event.client = *client;
	event.probe = kind;
	tracker_emit(entry->tracker, &event);
}

/* The client is told, and the statistics file does not say so. */
static void
refuse_protocol(struct entry *entry, const struct addr *client, uint16_t code)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);

	event.client = *client;
	event.queue_id = entry->id;
	event.reject.reason = REASON_PROTOCOL;
	event.reject.temporary = code < 500;
	event.reject.code = code;
	event.reject.apart = true;
	event.reject.text =
	    slice_from(entry->line->text, entry->id.n + sizeof(": ") - 1);
	tracker_emit(entry->tracker, &event);
}

/*
 * "rejecting commands from host [192.0.2.1] due to pre-greeting traffic after
 * 2 seconds", and another line at the first command: one refusal.
 */
enum meaning
sendmail_pregreet(struct entry *entry)
{
	struct slice text = entry->text, command, host;
	struct envelope *envelope;
	struct addr client;

	if (entry->id.n == 0 || !slice_cut(&text, SLICE(" from "), &command) ||
	    !slice_cut(&text, SLICE(" due to "), &host))
		return MEANS_UNKNOWN;
	envelope = envelope_get(entry->tracker, entry->line, entry->id);
	/* Who speaks on standard input is "localhost [0]", and no session. */
	if (relay_address(host, &client))
		told(entry, &client)->spoke = true;
	if (envelope->talked)
		return MEANS_FACT;
	envelope->talked = true;
	if (!addr_is_none(&client))
		probe(entry, &client, PROBE_PREGREET);
	refuse_protocol(entry, &client, 554);
	return MEANS_FACT;
}

/* What is said of a client by its name, behind it. */
static enum meaning
said_of(struct entry *entry, struct slice text, const struct addr *client)
{
	struct session *session = told(entry, client);
	struct slice word;

	/* Nothing but HELO, RSET, NOOP and QUIT, or not even that. */
	if (slice_begins(text, " did not issue ")) {
		if (!session->spoke)
			probe(entry, client, PROBE_EMPTY);
		session->spoke = true;
		return MEANS_FACT;
	}
	session->spoke = true;
	if (!slice_skips(&text, ": "))
		return MEANS_UNKNOWN;
	if (slice_begins(text, "probable open proxy: ")) {
		probe(entry, client, PROBE_NON_SMTP);
		refuse_protocol(entry, client, 421);
		return MEANS_FACT;
	}
	if (slice_begins(text, "possible SMTP attack") ||
	    slice_begins(text, "Possible SMTP RCPT flood"))
		return MEANS_FACT;
	/* The command, as the client wrote it. */
	if (!slice_cut(&text, SLICE(" "), &word))
		word = text;
	if (slice_same_word(word, SLICE("vrfy")))
		probe(entry, client, PROBE_VRFY);
	else if (slice_same_word(word, SLICE("expn")))
		probe(entry, client, PROBE_EXPN);
	else if (!slice_same_word(word, SLICE("etrn")))
		return MEANS_UNKNOWN;
	return MEANS_FACT;
}

enum meaning
sendmail_peer(struct entry *entry)
{
	struct slice text = entry->text, host;
	ptrdiff_t end = slice_find(text, SLICE("]"));
	struct addr client;

	if (end == -1)
		return MEANS_UNKNOWN;
	host = (struct slice){ text.p, (size_t)end + 1 };
	text = slice_from(text, (size_t)end + 1);
	(void)slice_skips(&text, " (may be forged)");
	if (!relay_address(host, &client))
		return MEANS_UNKNOWN;
	return said_of(entry, text, &client);
}

/* The daemon starts: no session of before goes on. */
enum meaning
sendmail_starting(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_LIFECYCLE);

	sessions_end_host(entry->tracker, entry->line->host_index);
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}
