/*
 * smtpd_mail.c - what smtpd(8) takes and refuses: messages, refusals, and the
 * answers of filters in front of the queue
 */
#include "collectors/postfix/smtpd.h"

#include "base/array.h"
#include "collectors/hops.h"
#include "collectors/life.h"
#include "collectors/sessions.h"

/* What may stand behind client=host[...], in this order. */
struct client_fields {
	struct slice account, orig_id;
	struct addr orig_client;
	bool has_orig_client;
	bool cut; /* before it was told who sent it */
};

/* A field that began behind the user's name and was cut off is not part of it. */
static void
drop_cut_field(struct slice *account, const struct slice *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct slice begun = fields[i];

		for (begun.n--; begun.n > 0; begun.n--) {
			if (slice_ends(*account, begun)) {
				account->n -= begun.n;
				return;
			}
		}
	}
}

/* ", orig_cli": somebody else sent it, but who is cut off */
static bool
is_cut_orig(struct slice text)
{
	return text.n > 2 && (slice_starts(SLICE(", orig_queue_id="), text) ||
				 slice_starts(SLICE(", orig_client="), text));
}

static void
read_client_fields(struct slice text, struct client_fields *fields)
{
	static const struct slice after_account[] = { { ", sasl_sender=", 14 },
		{ ", orig_queue_id=", 16 }, { ", orig_client=", 14 } };
	struct slice value, rest;
	uint64_t port;

	if (slice_skips(&text, ", sasl_method=")) {
		if (!slice_cut(&text, SLICE(", sasl_username="), &value))
			return;
		/* Behind a user's name only his own sender may stand. */
		fields->account = text;
		for (size_t i = 0; i < NELEMS(after_account); i++) {
			rest = fields->account;
			(void)slice_cut(
			    &rest, after_account[i], &fields->account);
		}
		drop_cut_field(
		    &fields->account, after_account, NELEMS(after_account));
		return;
	}
	if (slice_skips(&text, ", sasl_sender="))
		return;
	if (slice_skips(&text, ", orig_queue_id=") &&
	    !slice_cut(&text, SLICE(", orig_client="), &fields->orig_id)) {
		fields->orig_id = text;
		return;
	}
	if (fields->orig_id.n == 0 && !slice_skips(&text, ", orig_client=")) {
		fields->cut = is_cut_orig(text);
		return;
	}
	fields->has_orig_client = cut_peer(&text, &fields->orig_client, &port);
	fields->cut = !fields->has_orig_client;
}

/* NOQUEUE: client=...: a proxied session; the message has another id. */
static void
new_message(struct entry *entry, const struct addr *client,
    const struct client_fields *fields, struct session *session)
{
	const struct addr *from =
	    fields->has_orig_client ? &fields->orig_client : client;
	struct message *message, *original;
	struct session *proxied;

	message = life_from_client(
	    entry->tracker, entry->line, entry->id, from, fields->account);
	if (fields->orig_id.n != 0 && is_queue_id(fields->orig_id)) {
		original = inflight_find(
		    entry->tracker, entry->line->host_index, fields->orig_id);
		hops_named_return(entry->tracker, message, original);
	} else if (fields->has_orig_client) {
		proxied = session_of_client(entry->tracker, entry->line, from);
		if (proxied != NULL)
			message->account = proxied->account;
	}
	if (session != NULL)
		session_message(entry->tracker, entry->line, session, message);
}

enum meaning
smtpd_client(struct entry *entry)
{
	struct session *session = session_find(entry->tracker, entry->line);
	struct client_fields fields = { 0 };
	struct addr peer;
	uint64_t port;

	if (!cut_peer(&entry->text, &peer, &port))
		return MEANS_UNKNOWN;
	read_client_fields(entry->text, &fields);
	if (fields.cut)
		return MEANS_UNKNOWN;
	if (fields.account.n != 0)
		session_authenticated(entry->tracker, entry->line, session,
		    &peer, fields.account);
	if (entry->id.n != 0)
		new_message(entry, &peer, &fields, session);
	return MEANS_FACT;
}

/* "RCPT from host[192.0.2.1]: 554 5.7.1 ..." */
static bool
read_refusal(struct entry *entry, struct refusal *refusal)
{
	struct slice text = entry->text;

	if (!slice_cut(&text, SLICE(" from "), &refusal->stage) ||
	    !cut_peer_and(&text, &refusal->client, SLICE(": ")))
		return false;
	refusal->text = text;
	(void)cut_tail(&refusal->text, &refusal->tail);
	return true;
}

static enum meaning
refused(struct entry *entry, struct refusal *refusal)
{
	struct session *session = session_find(entry->tracker, entry->line);
	struct message *message = entry->id.n == 0
				      ? NULL
				      : inflight_find(entry->tracker,
					    entry->line->host_index, entry->id);

	if (!read_refusal(entry, refusal))
		return MEANS_UNKNOWN;
	if (slice_is(refusal->stage, "CONNECT") && session != NULL)
		session->refused_at_connect = true;
	if (message != NULL && (slice_is(refusal->stage, "DATA") ||
				   slice_is(refusal->stage, "END-OF-MESSAGE")))
		(void)life_refused(entry->tracker, message);
	return postfix_refuse(entry, refusal);
}

enum meaning
smtpd_reject(struct entry *entry)
{
	struct refusal refusal = { 0 };

	return refused(entry, &refusal);
}

/*
 * A milter's answer to CONNECT, HELO or EHLO is kept until MAIL and logged
 * again there, but for 421 (milter(8), smtpd_milters).
 */
enum meaning
smtpd_milter_reject(struct entry *entry)
{
	struct refusal refusal = { .is_filter = true };
	struct slice stage, text = entry->text;
	struct addr peer;

	if (slice_cut(&text, SLICE(" from "), &stage) &&
	    (slice_is(stage, "CONNECT") || slice_is(stage, "HELO") ||
		slice_is(stage, "EHLO")) &&
	    cut_peer_and(&text, &peer, SLICE(": ")) &&
	    !slice_begins(text, "421 "))
		return MEANS_NOTHING;
	return refused(entry, &refusal);
}

/* "hold: RCPT from ...": of the message at hand, or of the next one. */
static enum meaning
marked(struct entry *entry, bool hold)
{
	struct session *session = session_find(entry->tracker, entry->line);
	struct message *message;

	if (entry->id.n != 0) {
		message = inflight_find(
		    entry->tracker, entry->line->host_index, entry->id);
		if (message == NULL)
			return MEANS_NOTHING;
		*(hold ? &message->to_hold : &message->to_discard) = true;
		inflight_touch(entry->tracker, message);
	} else if (session != NULL) {
		*(hold ? &session->hold : &session->discard) = true;
	}
	return MEANS_FACT;
}

enum meaning
smtpd_hold(struct entry *entry)
{
	return marked(entry, true);
}

enum meaning
smtpd_discard(struct entry *entry)
{
	return marked(entry, false);
}

/* "END-OF-MESSAGE: 250 2.0.0 ...; from=<> to=<> proto=ESMTP helo=<>" */
static bool
read_proxied(struct entry *entry, struct refusal *refusal)
{
	struct session *session = session_find(entry->tracker, entry->line);
	struct slice text = entry->text;

	if (!slice_cut(&text, SLICE(": "), &refusal->stage))
		return false;
	refusal->text = text;
	(void)cut_tail(&refusal->text, &refusal->tail);
	if (session != NULL)
		refusal->client = session->client;
	return true;
}

enum meaning
smtpd_proxy_accept(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_DISCARDED);
	struct refusal refusal = { 0 };

	if (!read_proxied(entry, &refusal))
		return MEANS_UNKNOWN;
	if (slice_find(refusal.text, SLICE("Ok, discarded")) == -1) {
		if (slice_find(refusal.text, SLICE(", BOUNCE")) == -1)
			return MEANS_NOTHING;
		event.kind = EVENT_BOUNCED;
		hops_notice(entry->tracker, entry->line);
	}
	event.mailer = SLICE("smtp");
	event.client = refusal.client;
	event.delivery.sender = refusal.tail.sender;
	event.delivery.recipient = refusal.tail.recipient;
	event.delivery.reply = refusal.text;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

enum meaning
smtpd_proxy_reject(struct entry *entry)
{
	struct refusal refusal = { .is_filter = true };

	if (!read_proxied(entry, &refusal))
		return MEANS_UNKNOWN;
	return postfix_refuse(entry, &refusal);
}
