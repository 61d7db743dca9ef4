/*
 * refusal.c - what Sendmail refuses, discards or sets aside
 *
 * ruleset=check_rcpt, arg1=<a@b>, relay=host [192.0.2.1], reject=550 5.7.1 ...
 * <a@b>... User unknown
 *
 * The statistics file counts rulesets' refusals alone, each line, for the
 * sender's mailer; those of the connection (check_relay) for no mailer.  At
 * the end of the data one message is refused once.
 */
#include "collectors/sendmail/refusal.h"

#include "base/array.h"
#include "collectors/sendmail/reasons.h"
#include "collectors/sendmail/sendmail.h"

#define ADDRESS_MOST 200 /* longer ones are shortened in the middle */

void
refusal_emit(
    struct entry *entry, struct envelope *envelope, struct mail_event *event)
{
	event->queue_id = entry->id;
	if (addr_is_none(&event->client) && envelope != NULL)
		envelope_wait(entry->tracker, entry->line, envelope, event);
	else
		tracker_emit(entry->tracker, event);
}

bool
refusal_reply(struct slice text, struct mail_event *event)
{
	struct slice word;
	uint64_t code;

	if (!slice_cut(&text, SLICE(" "), &word) ||
	    !slice_number(word, &code) || code < 400 || code > 599)
		return false;
	event->reject.code = (uint16_t)code;
	event->reject.temporary = code < 500;
	if (text.n > 0 && text.p[0] == (code < 500 ? '4' : '5') &&
	    (text.n == 1 || text.p[1] == '.') &&
	    !slice_cut(&text, SLICE(" "), &event->reject.dsn))
		text.n = 0; /* cut */
	event->reject.text = text;
	return true;
}

uint32_t
refusal_recipient(struct slice recipient)
{
	return (uint32_t)slice_hash(recipient) | 1;
}

/* Its words: what stands behind "<a@b>... ". */
static struct slice
words_of(struct slice text)
{
	ptrdiff_t end;

	if (text.n == 0 || text.p[0] != '<')
		return text;
	end = address_end(text, SLICE("... "));
	return end == -1 ? text : slice_from(text, (size_t)end + 4);
}

struct ruling {
	struct slice ruleset, argument, second, relay, verdict;
	struct addr client;
};

/* ", relay=host [192.0.2.1], reject=...": at that place? */
static bool
has_verdict(struct slice text, size_t at)
{
	static const struct slice verdicts[] = { { ", reject=", 9 },
		{ ", quarantine=", 13 }, { ", discard", 9 } };
	struct slice behind = slice_from(text, at);
	ptrdiff_t end;

	if (!slice_skips(&behind, ", relay=") ||
	    (end = slice_find(behind, SLICE(", "))) == -1)
		return false;
	behind = slice_from(behind, (size_t)end);
	for (size_t i = 0; i < NELEMS(verdicts); i++)
		if (slice_starts(behind, verdicts[i]))
			return true;
	return false;
}

/*
 * Where Sendmail's own relay= begins.  What the client wrote stands before it,
 * and an address again behind it: an address ends where its quotes say, unless
 * it was shortened (shortenstring); behind a header it is the last place that
 * will do.
 */
static ptrdiff_t
find_relay(struct slice text)
{
	bool address = text.n > 0 && text.p[0] == '<';
	struct slice rest = text;
	ptrdiff_t at;

	if (address && (at = address_end(text, SLICE(", relay="))) != -1 &&
	    has_verdict(text, (size_t)at))
		return at;
	while ((at = slice_find_last(rest, SLICE(", relay="))) != -1) {
		if (has_verdict(text, (size_t)at))
			break;
		rest.n = (size_t)at;
	}
	return address && at < ADDRESS_MOST ? -1 : at;
}

/* "check_rcpt, arg1=..., arg2=..., relay=..., reject=..." */
static bool
read_ruling(struct slice text, struct ruling *ruling)
{
	ptrdiff_t at;

	*ruling = (struct ruling){ 0 };
	if (!slice_cut(&text, SLICE(", arg1="), &ruling->ruleset))
		return false;
	at = find_relay(text);
	if (at == -1)
		return false;
	ruling->argument = (struct slice){ text.p, (size_t)at };
	(void)cut_last(&ruling->argument, SLICE(", arg2="), &ruling->second);
	text = slice_from(text, (size_t)at + sizeof(", relay=") - 1);
	(void)slice_cut(&text, SLICE(", "), &ruling->relay);
	ruling->verdict = text;
	(void)relay_address(ruling->relay, &ruling->client);
	return true;
}

static void
rule_refuses(struct entry *entry, const struct ruling *ruling,
    struct envelope *envelope, struct mail_event *event)
{
	enum stage stage = sendmail_stage(ruling->ruleset);
	bool news = stage != STAGE_MESSAGE || envelope == NULL ||
		    envelope_refused(entry->tracker, envelope);
	struct refusal_words words = { ruling->ruleset, ruling->argument,
		ruling->second, words_of(event->reject.text), ruling->client };

	event->reject.reason = sendmail_reason(&words);
	event->reject.apart = stage != STAGE_CONNECTION;
	if (slice_is(ruling->ruleset, "check_mail"))
		event->reject.sender = bare_address(ruling->argument);
	else if (slice_is(ruling->ruleset, "check_rcpt")) {
		event->reject.recipient = bare_address(ruling->argument);
		if (envelope != NULL)
			envelope->refused_to =
			    refusal_recipient(event->reject.recipient);
	}
	if (news)
		refusal_emit(entry, envelope, event);
	if (envelope != NULL &&
	    (stage == STAGE_COMMAND || stage == STAGE_MESSAGE))
		envelope_column(entry->tracker, entry->line, envelope,
		    MAILER_MSGS_REJECTED);
}

void
refusal_quarantine(struct entry *entry, struct slice words)
{
	struct envelope *envelope =
	    envelope_get(entry->tracker, entry->line, entry->id);
	struct mail_event event = envelope_event(
	    entry->tracker, entry->line, envelope, EVENT_QUARANTINED);

	if (envelope->held)
		return;
	envelope->held = true;
	event.delivery.reply = words;
	if (envelope->sender != NULL)
		event.delivery.sender = slice_of(envelope->sender);
	event.delivery.bytes = envelope->bytes;
	tracker_emit(entry->tracker, &event);
	envelope_column(
	    entry->tracker, entry->line, envelope, MAILER_MSGS_QUARANTINED);
	(void)envelope_lives(entry->tracker, entry->line, envelope);
}

enum meaning
sendmail_ruleset(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	struct envelope *envelope = NULL;
	struct ruling ruling;
	struct slice verdict;

	if (!read_ruling(entry->text, &ruling))
		return MEANS_UNKNOWN;
	if (sendmail_stage(ruling.ruleset) == STAGE_DELIVERY)
		return MEANS_NOTHING;
	if (entry->id.n != 0)
		envelope = envelope_get(entry->tracker, entry->line, entry->id);
	event.client = ruling.client;
	if (!addr_is_none(&ruling.client)) {
		sendmail_session(entry, &ruling.client, envelope)->spoke = true;
		if (envelope != NULL && !envelope->from_seen)
			envelope_client(
			    entry->tracker, envelope, &ruling.client);
	}
	verdict = ruling.verdict;
	if (slice_skips(&verdict, "quarantine=")) {
		if (envelope != NULL)
			refusal_quarantine(entry, verdict);
		return MEANS_FACT;
	}
	/* "discard" is said again when the message is thrown away. */
	if (!slice_skips(&verdict, "reject=")) {
		if (envelope != NULL)
			envelope->condemned = true;
		return MEANS_FACT;
	}
	if (!refusal_reply(verdict, &event))
		return MEANS_UNKNOWN;
	rule_refuses(entry, &ruling, envelope, &event);
	return MEANS_FACT;
}

struct envelope *
refusal_server(struct entry *entry)
{
	struct envelope *envelope =
	    envelope_get(entry->tracker, entry->line, entry->id);
	struct session *session = sendmail_session(entry,
	    addr_is_none(&envelope->client) || envelope->back
		? NULL
		: &envelope->client,
	    envelope);

	session->spoke = true;
	return envelope;
}

struct mail_event
refusal_event(const struct entry *entry, enum reason reason, uint16_t code)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);

	event.reject.reason = reason;
	event.reject.code = code;
	event.reject.temporary = code != 0 && code < 500;
	event.reject.apart = true;
	event.reject.text =
	    slice_from(entry->line->text, entry->id.n + sizeof(": ") - 1);
	return event;
}

/* "<a@b>... User unknown": a recipient, or the syntax of an address */
enum meaning
sendmail_complaint(struct entry *entry)
{
	struct slice text = entry->line->text, address, words;
	struct envelope *envelope;
	struct mail_event event;
	ptrdiff_t end;

	if (entry->id.n == 0)
		return MEANS_UNKNOWN;
	text = slice_from(text, (size_t)(entry->text.p - text.p) - 1);
	end = address_end(text, SLICE("... "));
	if (end == -1)
		return MEANS_UNKNOWN;
	address = (struct slice){ text.p, (size_t)end };
	words = slice_from(text, (size_t)end + 4);
	envelope = refusal_server(entry);
	event = refusal_event(entry, sendmail_complaint_reason(words), 550);
	event.reject.temporary = sendmail_is_temporary(words);
	if (event.reject.temporary)
		event.reject.code = 451;
	event.reject.recipient = bare_address(address);
	event.reject.text = words;
	event.client = envelope->client;
	envelope->refused_to = refusal_recipient(event.reject.recipient);
	refusal_emit(entry, envelope, &event);
	return MEANS_FACT;
}

static enum meaning
refuse(struct entry *entry, enum reason reason, uint16_t code)
{
	struct mail_event event = refusal_event(entry, reason, code);
	struct envelope *envelope;

	if (entry->id.n == 0)
		return MEANS_UNKNOWN;
	envelope = refusal_server(entry);
	event.client = envelope->client;
	refusal_emit(entry, envelope, &event);
	return MEANS_FACT;
}

enum meaning
sendmail_too_many(struct entry *entry)
{
	return refuse(entry, REASON_TOO_MANY_RECIPIENTS, 452);
}

enum meaning
sendmail_eight_bit(struct entry *entry)
{
	return refuse(entry, REASON_PROTOCOL, 501);
}

/* "message size (12) exceeds maximum (10)", of the data that came */
enum meaning
sendmail_too_large(struct entry *entry)
{
	struct envelope *envelope;

	if (entry->id.n == 0)
		return MEANS_UNKNOWN;
	envelope = envelope_get(entry->tracker, entry->line, entry->id);
	if (!envelope_refused(entry->tracker, envelope))
		return MEANS_FACT;
	return refuse(entry, REASON_TOO_LARGE, 552);
}

/* The message came, and was thrown away. */
enum meaning
sendmail_discarded(struct entry *entry)
{
	struct envelope *envelope;

	if (entry->id.n == 0)
		return MEANS_UNKNOWN;
	envelope = envelope_get(entry->tracker, entry->line, entry->id);
	envelope_discarded(entry->tracker, entry->line, envelope);
	return MEANS_FACT;
}
