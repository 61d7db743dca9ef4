/*
 * session.c - who is connected to OpenSMTPD, and which messages they bring
 *
 * One process serves all clients; sessions go by ids of 64 random bits.  The
 * key is the id without its highest bit, which no process number reaches.  A
 * session whose address is "local" is the enqueuer's (sendmail, mail) or the
 * daemon's own: what has no sender there is a bounce.
 */
#include "base/array.h"
#include "collectors/life.h"
#include "collectors/opensmtpd/opensmtpd.h"
#include "collectors/tracker_impl.h"

/* The line as one of a process that has the session's number. */
static struct log_line
numbered(const struct entry *entry)
{
	struct log_line line = *entry->line;

	line.pid = 0;
	for (size_t i = 0; i < entry->id.n; i++) {
		char c = entry->id.p[i];

		line.pid = line.pid << 4 |
			   (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	line.pid &= INT64_MAX;
	return line;
}

struct session *
opensmtpd_session(struct entry *entry)
{
	struct log_line line = numbered(entry);

	return session_find(entry->tracker, &line);
}

struct addr
opensmtpd_client(const struct session *session, struct slice text)
{
	struct addr client = { 0 };
	struct slice address;

	if (slice_skips(&text, "address=") &&
	    slice_cut(&text, SLICE(" "), &address))
		(void)read_host(address, &client);
	else if (session != NULL)
		client = session->client;
	return client;
}

static bool
is_local(const struct session *session)
{
	return addr_is_none(&session->client);
}

/* No client's from outside: it is not counted. */
static bool
is_apart(const struct session *session)
{
	return session->loopback || is_local(session);
}

enum meaning
opensmtpd_began(struct entry *entry, struct slice address)
{
	struct mail_event event = event_from(entry->line, EVENT_CONNECTED);
	struct log_line line = numbered(entry);
	struct session *session;
	bool local = slice_is(address, "local");

	if (!local && !read_host(address, &event.client))
		return MEANS_UNKNOWN;
	session = session_start(entry->tracker, &line, &event.client);
	if (!is_apart(session))
		tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "address=203.0.113.7 host=mx.example.org": the client's name is last */
enum meaning
opensmtpd_connected(struct entry *entry)
{
	struct slice text = entry->text, address;
	enum meaning meaning;

	if (!slice_skips(&text, "address=") ||
	    !slice_cut(&text, SLICE(" "), &address))
		return MEANS_UNKNOWN;
	meaning = opensmtpd_began(entry, address);
	/* The host's own name; its mail stays here, or it would not be so. */
	if (slice_is(address, "local") && slice_skips(&text, "host=") &&
	    slice_find_char(text, '.') != -1)
		opensmtpd_local_domain(entry, text);
	return meaning;
}

/* The message counts now: all that is said of it was. */
static void
count(struct entry *entry, const struct session *session,
    struct message *message, struct slice sender)
{
	if (message->active)
		return;
	if (session != NULL && is_local(session) && sender.n == 0) {
		message->origin = ORIGIN_UNKNOWN;
		message->cleaned = message->proven = true;
	}
	life_active(entry->tracker, entry->line, message_queue_id(message),
	    sender, message->bytes, message->recipients);
}

/* The envelopes of the message at hand, which name its sender, were lost. */
static void
settle(struct entry *entry, struct session *session)
{
	struct slice id = { session->message, session->message_length };
	struct message *message = id.n == 0 ? NULL
					    : inflight_find(entry->tracker,
						  entry->line->host_index, id);

	session->message_length = 0;
	if (message != NULL)
		count(entry, session, message, SLICE(""));
}

static struct message *
begin(struct entry *entry, struct session *session, struct slice id,
    uint64_t bytes, uint32_t recipients)
{
	struct addr client = opensmtpd_client(session, entry->text);
	struct message *message;
	bool local = session != NULL && is_local(session);

	inflight_sweep(entry->tracker, entry->line->when);
	if (local || slice_begins(entry->text, "address=local "))
		message = life_from_local(entry->tracker, entry->line, id);
	else
		message =
		    life_from_client(entry->tracker, entry->line, id, &client,
			account_name(entry->tracker,
			    session == NULL ? 0 : session->account));
	message->bytes = bytes;
	message->recipients = recipients;
	if (session == NULL)
		return message;
	session->spoke = true;
	session->message_length =
	    (uint8_t)slice_copy(id, session->message, QUEUE_ID_TEXT);
	return message;
}

/* One more recipient of a message, as the older versions tell: a line each. */
static enum meaning
one_more(struct entry *entry, struct message *message, struct slice sender)
{
	struct mail_event event = event_from(entry->line, EVENT_SIZED);

	message->recipients++;
	inflight_touch(entry->tracker, message);
	if (message->waiting || message->origin == ORIGIN_RETURN)
		return MEANS_FACT;
	if (message->origin == ORIGIN_GENERATED)
		return MEANS_FACT;
	event.count = 1;
	event.queue_id = message_queue_id(message);
	event.client = message->client;
	event.account = account_name(entry->tracker, message->account);
	event.message.sender = sender;
	event.message.recipients = 1;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "address=... msgid=8a61c0de from=<a@b> to=<c@d> size=303 ndest=1 proto=..." */
enum meaning
opensmtpd_taken(struct entry *entry, struct slice id)
{
	struct session *session = opensmtpd_session(entry);
	struct message *message =
	    inflight_find(entry->tracker, entry->line->host_index, id);
	struct slice sender;
	uint64_t bytes, recipients = 1;

	if (!is_hex(id, 8) ||
	    !last_address(entry->text, SLICE(" from="), &sender) ||
	    !last_number(entry->text, SLICE(" size="), &bytes) ||
	    slice_find_last(entry->text, SLICE(" proto=")) == -1)
		return MEANS_UNKNOWN;
	if (message != NULL && message->active && message->bytes == bytes)
		return one_more(entry, message, sender);
	/* 5.3 has one line for them all. */
	if (last_number(entry->text, SLICE(" nrcpts="), &recipients) &&
	    recipients > UINT32_MAX)
		return MEANS_UNKNOWN;
	message = begin(entry, session, id, bytes, (uint32_t)recipients);
	count(entry, session, message, sender);
	return MEANS_FACT;
}

/* "msgid=f3f275e3 size=3567 nrcpt=1 proto=ESMTP", then an envelope each */
enum meaning
opensmtpd_message(struct entry *entry)
{
	struct session *session = opensmtpd_session(entry);
	struct slice text = entry->text, id;
	uint64_t bytes, recipients;

	if (!slice_skips(&text, "msgid="))
		return last_field(text, SLICE(" msgid="), &id)
			   ? opensmtpd_taken(entry, id)
			   : MEANS_UNKNOWN;
	if (!slice_cut(&text, SLICE(" "), &id) || !is_hex(id, 8))
		return MEANS_UNKNOWN;
	if (last_address(text, SLICE("from="), &text))
		return opensmtpd_taken(entry, id);
	if (!last_number(entry->text, SLICE(" size="), &bytes) ||
	    !last_number(entry->text, SLICE(" nrcpt="), &recipients) ||
	    recipients > UINT32_MAX)
		return MEANS_UNKNOWN;
	if (session != NULL)
		settle(entry, session);
	(void)begin(entry, session, id, bytes, (uint32_t)recipients);
	return MEANS_FACT;
}

/* "evpid=f3f275e3a0dc7c71 from=<a@b> to=<c@d>": the first names the sender */
enum meaning
opensmtpd_envelope(struct entry *entry)
{
	struct slice text = entry->text, id, sender;
	struct message *message;

	if (!slice_skips(&text, "evpid=") ||
	    !slice_cut(&text, SLICE(" "), &id) || !is_hex(id, 16) ||
	    !slice_skips(&text, "from=<") ||
	    !slice_cut(&text, SLICE("> to=<"), &sender))
		return MEANS_UNKNOWN;
	id.n = 8;
	message = inflight_find(entry->tracker, entry->line->host_index, id);
	if (message != NULL)
		count(entry, opensmtpd_session(entry), message, sender);
	return MEANS_FACT;
}

static void
probe_empty(struct entry *entry, const struct session *session)
{
	struct mail_event event = event_from(entry->line, EVENT_PROBE);

	event.count = 1;
	event.client = session->client;
	event.probe = PROBE_EMPTY;
	tracker_emit(entry->tracker, &event);
}

enum meaning
opensmtpd_ended(struct entry *entry, enum session_end end)
{
	struct session *session = opensmtpd_session(entry);

	if (session == NULL)
		return MEANS_FACT;
	settle(entry, session);
	if (!is_apart(session)) {
		if (!session->spoke && end == SESSION_ENDED)
			probe_empty(entry, session);
		session_lost(entry->tracker, entry->line, &session->client,
		    session, end);
	}
	session_end(entry->tracker, session);
	return MEANS_FACT;
}

/* "reason=quit", before 6.4 "address=... host=... reason=quit" */
enum meaning
opensmtpd_disconnected(struct entry *entry)
{
	static const struct {
		struct slice reason;
		enum session_end end;
	} reasons[] = {
		{ { "quit", 4 }, SESSION_ENDED },
		{ { "timeout", 7 }, SESSION_TIMEOUT },
		{ { "disconnect", 10 }, SESSION_LOST },
		{ { "tls-accept-failed", 17 }, SESSION_LOST },
		{ { "certificate-check-failed", 24 }, SESSION_ENDED },
		{ { "ca-failure", 10 }, SESSION_ENDED },
		{ { "no-client-cert", 14 }, SESSION_ENDED },
		{ { "no-progress", 11 }, SESSION_ENDED },
	};
	struct slice reason = entry->text, before;

	if (!slice_cut(&reason, SLICE("reason="), &before))
		return MEANS_UNKNOWN;
	if (slice_begins(reason, "\"io-error: "))
		return opensmtpd_ended(entry, SESSION_LOST);
	for (size_t i = 0; i < NELEMS(reasons); i++)
		if (slice_eq(reason, reasons[i].reason))
			return opensmtpd_ended(entry, reasons[i].end);
	return MEANS_UNKNOWN;
}

enum meaning
opensmtpd_secured(struct entry *entry, struct slice version)
{
	static const struct slice names[] = { [TLS_1_0] = { "TLSv1", 5 },
		[TLS_1_1] = { "TLSv1.1", 7 },
		[TLS_1_2] = { "TLSv1.2", 7 },
		[TLS_1_3] = { "TLSv1.3", 7 } };
	struct mail_event event = event_from(entry->line, EVENT_TLS);
	struct session *session = opensmtpd_session(entry);

	if (session != NULL && (session->tls || is_apart(session)))
		return MEANS_FACT;
	if (session != NULL)
		session->tls = session->spoke = true;
	event.client = opensmtpd_client(session, entry->text);
	event.tls.version = TLS_OTHER;
	for (unsigned i = TLS_1_0; i <= TLS_1_3; i++)
		if (slice_eq(version, names[i]))
			event.tls.version = (enum tls_version)i;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "ciphers=TLSv1.3:TLS_AES_256_GCM_SHA384:256", before 6.4 "... ciphers=\
   "version=TLSv1.2, cipher=..., bits=256"" */
enum meaning
opensmtpd_tls(struct entry *entry)
{
	struct slice text = entry->text, before, version;

	if (!slice_cut(&text, SLICE("ciphers="), &before))
		return MEANS_UNKNOWN;
	(void)slice_skips(&text, "\"");
	(void)slice_skips(&text, "version=");
	if (!slice_cut(&text, SLICE(":"), &version) &&
	    !slice_cut(&text, SLICE(","), &version))
		return MEANS_UNKNOWN;
	return opensmtpd_secured(entry, version);
}

enum meaning
opensmtpd_auth_told(struct entry *entry, struct slice user, struct slice result)
{
	struct mail_event event = event_from(entry->line, EVENT_AUTH_FAILED);
	struct session *session = opensmtpd_session(entry);
	struct slice about = entry->text, before;

	/* "user=kim address=203.0.113.7 host=... result=ok" */
	if (slice_cut(&about, SLICE(" "), &before))
		event.client = opensmtpd_client(session, about);
	else
		event.client = opensmtpd_client(session, SLICE(""));
	if (session != NULL)
		session->spoke = true;
	if (slice_is(result, "ok")) {
		session_authenticated(
		    entry->tracker, entry->line, session, &event.client, user);
		return MEANS_FACT;
	}
	event.auth.unavailable = slice_is(result, "tempfail");
	if (!event.auth.unavailable && !slice_is(result, "permfail"))
		return MEANS_UNKNOWN;
	event.account = user;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "user=kim result=ok": blanks in the name are encoded */
enum meaning
opensmtpd_auth(struct entry *entry)
{
	struct slice text = entry->text, user, before;
	ptrdiff_t at = slice_find_last(text, SLICE(" result="));

	if (at == -1 || !slice_skips(&text, "user="))
		return MEANS_UNKNOWN;
	before = text;
	if (!slice_cut(&before, SLICE(" "), &user))
		return MEANS_UNKNOWN;
	return opensmtpd_auth_told(
	    entry, user, slice_from(entry->text, (size_t)at + 8));
}
