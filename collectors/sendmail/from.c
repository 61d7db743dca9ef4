/*
 * from.c - the line that says where a message comes from (logsender)
 *
 * from=<a@b>, size=1, class=0, nrcpts=1, msgid=<c@d>, proto=ESMTP, daemon=MTA,
 * relay=host [192.0.2.1]
 *
 * It is written once for each transaction, at its end.  Without msgid= the
 * client left during the data, or none came; size= is then what the client
 * declared.
 */
#include "base/mem.h"
#include "collectors/grants.h"
#include "collectors/sendmail/sendmail.h"

#define SENDER_MOST 200 /* logsender prints no more: "%.200s" */

struct from {
	struct slice sender, message_id;
	uint64_t bytes, recipients;
	bool complete; /* there is a Message-ID, so the data were all there */
	bool authenticated;
	bool local; /* submitted: the relay is a user, and no daemon took it */
	struct addr client;
};

/* ", size=1, class=0, nrcpts=1", and what has no end on a cut line. */
static bool
read_numbers(struct slice *text, struct from *from)
{
	uint64_t ignored;

	if (!cut_number(text, SLICE(", size="), &from->bytes))
		return false;
	if (!cut_number(text, SLICE(", class=-"), &ignored) &&
	    !cut_number(text, SLICE(", class="), &ignored))
		return false;
	(void)cut_number(text, SLICE(", pri="), &ignored); /* before 8.12 */
	return cut_number(text, SLICE(", nrcpts="), &from->recipients);
}

/* The sender ends where its quotes say, or where Sendmail cut a long one. */
static bool
read_sender(struct entry *entry, struct slice *text, struct from *from)
{
	ptrdiff_t end = address_end(*text, SLICE(", size="));
	struct slice rest;

	if (end == -1) {
		tracker_counts(entry->tracker)->ambiguous++;
		end = SENDER_MOST;
	}
	rest = slice_from(*text, text->n < (size_t)end ? text->n : (size_t)end);
	if (!read_numbers(&rest, from))
		return false;
	from->sender = bare_address((struct slice){ text->p, (size_t)end });
	*text = rest;
	return true;
}

static void
read_message_id(struct slice text, struct from *from)
{
	ptrdiff_t end;

	if (!slice_skips(&text, ", msgid="))
		return;
	from->complete = true;
	if (slice_ends(text, SLICE(",")))
		text.n--;
	end = slice_find(text, SLICE(">, "));
	if (end != -1)
		text.n = (size_t)end + 1;
	else if ((end = slice_find(text, SLICE(", "))) != -1)
		text.n = (size_t)end;
	from->message_id = bare_address(text);
}

/* The last ", relay=" is Sendmail's own; free text stands before it. */
static bool
read_from(struct entry *entry, struct from *from)
{
	struct slice text = entry->text, relay, proto, behind, ignored;

	*from = (struct from){ 0 };
	if (!cut_last(&text, SLICE(", relay="), &relay))
		return false;
	text.n += 1; /* numbers end at a comma: that of ", relay=" */
	if (!read_sender(entry, &text, from))
		return false;
	read_message_id(text, from);
	from->local = !relay_address(relay, &from->client) &&
		      !cut_last(&text, SLICE(", daemon="), &ignored);
	if (cut_last(&text, SLICE(", proto="), &behind)) {
		proto = behind;
		(void)slice_cut(&behind, SLICE(","), &proto);
		from->authenticated = slice_ends(proto, SLICE("A"));
	}
	return true;
}

/* Those that Sendmail made have their queue id in it: <date.ID@host>. */
static struct envelope *
made_here(struct tracker *tracker, uint32_t host_index, struct slice text)
{
	struct slice date, id;
	struct envelope *envelope;

	if (!slice_cut(&text, SLICE("."), &date) ||
	    !slice_cut(&text, SLICE("@"), &id))
		return NULL;
	envelope = envelope_find(tracker, host_index, id);
	return envelope != NULL && envelope->generated ? envelope : NULL;
}

/* On loopback, with the Message-ID of one that was received before. */
static void
join_original(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope, struct slice message_id)
{
	struct envelope *original;
	struct mail_event event;

	if (!addr_is_loopback(&envelope->client))
		return;
	original = envelope_original(
	    tracker, envelope->host_index, envelope->message_id);
	if (original == NULL)
		original = made_here(tracker, envelope->host_index, message_id);
	if (original == NULL || original == envelope)
		return;
	(void)envelope_lives(tracker, line, original);
	original->handed = true;
	original->dirty = true;
	envelope->back = true;
	envelope->decided = true;
	envelope->client = original->client;
	envelope->account = original->account;
	envelope->authenticated = original->authenticated;
	event = envelope_event(tracker, line, envelope, EVENT_RETURNED);
	event.original = envelope_id(original);
	tracker_emit(tracker, &event);
}

/* What is submitted without a Message-ID gets one of the host's own name. */
static void
learn_own_name(struct entry *entry, const struct from *from)
{
	struct slice text = from->message_id, date, id;

	if (from->local && slice_cut(&text, SLICE("."), &date) &&
	    slice_cut(&text, SLICE("@"), &id) && slice_eq(id, entry->id))
		envelopes_learn(
		    entry->tracker, entry->line, text, SLICE("local"));
}

static void
fill_envelope(struct envelope *envelope, const struct from *from,
    const struct session *session)
{
	if (envelope->sender == NULL)
		envelope->sender = mem_slice(from->sender);
	envelope->from_seen = true;
	envelope->bytes = from->complete ? from->bytes : 0;
	envelope->sent_bytes = envelope->bytes;
	envelope->recipients = (uint32_t)from->recipients;
	envelope->submitted = from->local;
	envelope->authenticated = from->authenticated;
	if (session != NULL)
		envelope->account = session->account;
	if (from->message_id.n != 0)
		envelope->message_id = event_message_key(from->message_id);
	envelope->dirty = true;
}

enum meaning
sendmail_from(struct entry *entry)
{
	struct tracker *tracker = entry->tracker;
	struct session *session = NULL;
	struct envelope *envelope;
	struct from from;

	if (!read_from(entry, &from) || from.recipients > UINT32_MAX)
		return MEANS_UNKNOWN;
	envelope_next(tracker, entry->line);
	learn_own_name(entry, &from);
	envelope = envelope_new(tracker, entry->line, entry->id);
	if (!addr_is_none(&from.client))
		session = sendmail_session(entry, &from.client, envelope);
	fill_envelope(envelope, &from, session);
	if (!addr_is_none(&from.client))
		envelope_client(tracker, envelope, &from.client);
	if (envelope->account == 0 && !from.local) {
		envelope->account = grants_account(tracker,
		    entry->line->host_index, &from.client, entry->line->when);
		envelope->authenticated |= envelope->account != 0;
	}
	envelope_settle(tracker, envelope);
	if (!from.complete || from.recipients == 0)
		return MEANS_FACT;
	join_original(tracker, entry->line, envelope, from.message_id);
	if (!envelope->back) {
		envelope_index(tracker, envelope);
		if (!envelope->refused && !envelope->discarded)
			envelope_arrived(tracker, entry->line, envelope);
	}
	if (envelope->held)
		(void)envelope_lives(tracker, entry->line, envelope);
	if (!from.local)
		envelope_count(tracker, entry->line, envelope);
	return MEANS_FACT;
}
