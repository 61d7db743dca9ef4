/*
 * session.c - connections, authentication, probes; the daemon's own life
 *
 * What is told of sessions depends on log_selector: smtp_connection tells each
 * connection and how it ended, smtp_no_mail those that sent no MAIL, with the
 * commands they sent; lost ones are told by default (lost_incoming_connection)
 * where a message was begun.
 */
#include "collectors/exim/exim.h"

#include "collectors/exim/under_way.h"

#define SESSION_SECS 3600 /* a process that was silent longer is another */

struct slice
exim_account(struct slice authenticated)
{
	struct slice mechanism, rest = authenticated;

	return slice_cut(&rest, SLICE(":"), &mechanism) ? rest : SLICE("");
}

static enum tls_version
tls_version(struct slice cipher)
{
	(void)slice_skips(&cipher, "TLS");
	(void)slice_skips(&cipher, "v");
	if (slice_begins(cipher, "1.3:"))
		return TLS_1_3;
	if (slice_begins(cipher, "1.2:"))
		return TLS_1_2;
	if (slice_begins(cipher, "1.1:"))
		return TLS_1_1;
	return slice_begins(cipher, "1:") || slice_begins(cipher, "1.0:")
		   ? TLS_1_0
		   : TLS_OTHER;
}

static void
encrypted(struct entry *entry, struct session *session,
    const struct addr *client, struct slice cipher)
{
	struct mail_event event = event_from(entry->line, EVENT_TLS);

	if (cipher.n == 0 || addr_is_loopback(client) ||
	    (session != NULL && session->tls))
		return;
	if (session != NULL)
		session->tls = true;
	event.count = 1;
	event.client = *client;
	event.tls.version = tls_version(cipher);
	tracker_emit(entry->tracker, &event);
}

/* A session that had no message. */
static void
session_alone(struct entry *entry, const struct addr *client,
    struct slice account, struct slice cipher)
{
	encrypted(entry, NULL, client, cipher);
	if (account.n != 0)
		session_authenticated(
		    entry->tracker, entry->line, NULL, client, account);
}

/* The middle of an id is the number of its process. */
static uint64_t
process_of(struct slice id)
{
	return slice_hash((struct slice){ id.p + 7, id.n == 16 ? 6 : 11 }) >> 1;
}

/* Of before; this format's sessions have no end that is always logged. */
static void
forget_old(struct entry *entry)
{
	struct tracker *tracker = entry->tracker;
	int64_t before = entry->line->when - SESSION_SECS * INT64_C(1000000);
	struct session *oldest;

	while ((oldest = (void *)tracker->sessions.oldest) != NULL &&
	       oldest->last != 0 && oldest->last < before)
		session_end(tracker, oldest);
}

void
exim_session(struct entry *entry, const struct addr *client,
    struct slice account, struct slice cipher)
{
	struct log_line line = *entry->line;
	struct session *session;

	if (cipher.n == 0 && account.n == 0)
		return;
	line.pid = process_of(entry->id);
	session = session_find(entry->tracker, &line);
	if (session == NULL || !addr_eq(&session->client, client) ||
	    line.when - session->last > SESSION_SECS * INT64_C(1000000)) {
		forget_old(entry);
		session = session_start(entry->tracker, &line, client);
	}
	session->last = line.when;
	encrypted(entry, session, client, cipher);
	if (account.n != 0)
		session_authenticated(
		    entry->tracker, entry->line, session, client, account);
}

void
exim_probe(struct entry *entry, const struct addr *client, enum probe_kind kind)
{
	struct mail_event event = event_from(entry->line, EVENT_PROBE);

	event.client = *client;
	event.probe = kind;
	tracker_emit(entry->tracker, &event);
}

/* Behind a peer: its fields; *text is what is no field any more. */
static void
cut_fields(struct slice *text, struct slice *account, struct slice *cipher,
    struct slice *commands)
{
	struct slice name, value;

	*account = *cipher = *commands = SLICE("");
	while (exim_cut_field(text, &name, &value)) {
		if (slice_is(name, "A"))
			*account = exim_account(value);
		else if (slice_is(name, "X"))
			*cipher = value;
		else if (slice_is(name, "C"))
			*commands = value;
	}
}

static bool
cut_client(
    const struct entry *entry, struct slice *text, struct exim_peer *client)
{
	if (!exim_cut_peer(text, client))
		return false;
	exim_unwrap(entry, client);
	return true;
}

static enum meaning
lost(struct entry *entry, const struct exim_peer *peer, enum session_end end)
{
	session_lost(entry->tracker, entry->line, &peer->addr, NULL, end);
	return MEANS_FACT;
}

/* "SMTP connection from host [192.0.2.1]:25 I=[...]:25 closed by QUIT" */
enum meaning
exim_connection(struct entry *entry)
{
	struct slice text = entry->text, account, cipher, commands;
	struct mail_event event = event_from(entry->line, EVENT_CONNECTED);
	struct exim_peer peer;

	if (!cut_client(entry, &text, &peer)) /* on standard input */
		return MEANS_NOTHING;
	cut_fields(&text, &account, &cipher, &commands);
	if (slice_begins(text, " (TCP/IP connection count = ")) {
		event.client = peer.addr;
		if (!addr_is_loopback(&peer.addr))
			tracker_emit(entry->tracker, &event);
		return MEANS_FACT;
	}
	if (slice_begins(text, " lost") || slice_begins(text, " closed by EOF"))
		return lost(entry, &peer, SESSION_LOST);
	return slice_begins(text, " closed ") || slice_begins(text, " D=") ||
		       slice_begins(text, " Q=")
		   ? MEANS_NOTHING
		   : MEANS_UNKNOWN;
}

static enum meaning
ended(struct entry *entry, enum session_end end)
{
	struct slice text = entry->text;
	struct exim_peer peer;

	return cut_client(entry, &text, &peer) ? lost(entry, &peer, end)
					       : MEANS_NOTHING;
}

enum meaning
exim_unexpected(struct entry *entry)
{
	return ended(entry, SESSION_LOST);
}

enum meaning
exim_timeout(struct entry *entry)
{
	(void)slice_skips(&entry->text, "TLS ");
	if (!slice_skips(&entry->text, "connection from "))
		return MEANS_UNKNOWN;
	return ended(entry, SESSION_TIMEOUT);
}

enum meaning
exim_data_timeout(struct entry *entry)
{
	struct slice before;

	return slice_cut(&entry->text, SLICE("connection from "), &before)
		   ? ended(entry, SESSION_TIMEOUT)
		   : MEANS_UNKNOWN;
}

/*
 * "no MAIL in SMTP connection from host [...] D=0.3s X=... A=... C=EHLO,QUIT":
 * commands that Exim does not know are not listed, but may have been told of.
 */
enum meaning
exim_no_mail(struct entry *entry)
{
	struct slice text = entry->text, account, cipher, commands;
	struct session *session =
	    entry->line->pid == 0 ? NULL
				  : session_find(entry->tracker, entry->line);
	bool spoke = session != NULL && session->spoke;
	struct exim_peer peer;

	if (session != NULL)
		session_end(entry->tracker, session);
	if (!cut_client(entry, &text, &peer))
		return MEANS_NOTHING;
	cut_fields(&text, &account, &cipher, &commands);
	if (text.n != 0)
		return MEANS_UNKNOWN;
	session_alone(entry, &peer.addr, account, cipher);
	if (!spoke && (commands.n == 0 || slice_is(commands, "QUIT")) &&
	    !addr_is_loopback(&peer.addr))
		exim_probe(entry, &peer.addr, PROBE_EMPTY);
	return MEANS_FACT;
}

/*
 * "PLAIN authenticator failed for host (helo) [192.0.2.1]: 535 Incorrect
 * authentication data (set_id=kim)": 435 is trouble of our own, 501 and 553 no
 * attempt at a password.
 */
enum meaning
exim_authenticator(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_AUTH_FAILED);
	struct slice text = entry->text, account, cipher, commands, dsn, words;
	struct exim_peer peer;
	uint16_t code;

	if (!cut_client(entry, &text, &peer))
		return MEANS_UNKNOWN;
	cut_fields(&text, &account, &cipher, &commands);
	if (!slice_skips(&text, ": "))
		return MEANS_UNKNOWN;
	code = exim_codes(text, &dsn);
	if (code != 535 && code != 435)
		return code == 0 ? MEANS_UNKNOWN : MEANS_NOTHING;
	event.client = peer.addr;
	event.auth.unavailable = code == 435;
	if (slice_cut(&text, SLICE(" (set_id="), &words) && text.n > 0) {
		if (code == 535)
			text.n -= text.p[text.n - 1] == ')';
		else if (slice_cut(&text, SLICE("): "), &words))
			text = words;
		event.account = text;
	}
	exim_state(entry->tracker)->twice = SAID_TWICE;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

/* "exim 4.96 daemon started: pid=9, ..." */
enum meaning
exim_started(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_LIFECYCLE);

	if (slice_find(entry->text, SLICE(" daemon started: pid=")) == -1)
		return MEANS_UNKNOWN;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}
