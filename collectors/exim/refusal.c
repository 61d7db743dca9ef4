/*
 * refusal.c - what a client was refused, and told so
 *
 *  H=host (helo) [192.0.2.1] X=... F=<kim@example.com> A=... rejected RCPT
 *      <ann@example.org>: relay not permitted
 *  ID H=... F=<...> rejected after DATA: ...
 *  rejected MAIL from host [192.0.2.1]: no HELO/EHLO given
 *
 * Of an ACL's accepts nothing is logged; "sender verify fail for" goes before
 * the refusal that it leads to, and a warning refuses nobody.
 */
#include "collectors/exim/refusal.h"

#include "base/array.h"

enum meaning
exim_refuse(struct entry *entry, const struct exim_refusal *refusal)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	struct exim_peer client = refusal->peer;
	uint16_t code;

	exim_unwrap(entry, &client);
	code = exim_codes(refusal->words, &event.reject.dsn);
	event.mailer = refusal->local ? SLICE("local") : SLICE("smtp");
	event.queue_id = entry->id;
	event.client = client.addr;
	event.account = refusal->account;
	event.reject.reason = refusal->reason;
	event.reject.temporary = refusal->temporary;
	event.reject.code = refusal->code != 0 ? refusal->code : code;
	event.reject.sender = refusal->sender;
	event.reject.recipient = refusal->recipient;
	event.reject.helo = refusal->peer.helo;
	event.reject.text = refusal->words;
	exim_state(entry->tracker)->twice = refusal->twice;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}

bool
exim_cut_who(struct slice *text, struct exim_refusal *refusal)
{
	struct slice name, value;
	bool any = false;

	while (exim_cut_field(text, &name, &value)) {
		any = true;
		if (slice_is(name, "H")) {
			if (!exim_cut_peer(text, &refusal->peer))
				return false;
		} else if (slice_is(name, "F")) {
			refusal->sender = value;
		} else if (slice_is(name, "A")) {
			refusal->account = exim_account(value);
		}
	}
	return any;
}

/* What was refused, behind "rejected ". */
static const struct {
	struct slice what;
	enum exim_stage stage;
} stages[] = {
#define S(text, stage)                                                         \
	{                                                                      \
		{ text, sizeof(text) - 1 }, STAGE_##stage                      \
	}
	S("RCPT ", RCPT),
	S("MAIL ", MAIL),
	S("after DATA", DATA),
	S("DATA", DATA),
	S("during MIME ACL checks", MIME),
	S("connection in ", CONNECT),
	S("EHLO or HELO ", HELO),
	S("VRFY ", OTHER),
	S("EXPN ", OTHER),
	S("ETRN ", OTHER),
	S("AUTH", AUTH),
	S("STARTTLS", AUTH),
	S("ATRN ", OTHER),
	S("by ", DATA),
	S("after PRDR", DATA),
	S("PRDR ", DATA),
	S("DKIM", DATA),
#undef S
};

/* "<ann@example.org>", or as a client wrote it that knows no better. */
static bool
cut_argument(struct slice *text, struct slice *address)
{
	while (slice_skips(text, " "))
		;
	if (exim_cut_angle(text, address))
		return true;
	if (text->n > 0 && text->p[0] == '<')
		return false;
	*address = exim_cut_word(text);
	if (address->n > 0 && address->p[address->n - 1] == ':') {
		address->n--;
		*text = (struct slice){ text->p - 1, text->n + 1 };
	}
	return address->n != 0;
}

/* "RCPT <ann@example.org>: why": what, and why if it is said */
static enum meaning
ruled(struct entry *entry, struct slice text, struct exim_refusal *refusal)
{
	enum exim_stage stage;
	struct slice what;
	size_t i = 0;

	while (i < NELEMS(stages) && !slice_starts(text, stages[i].what))
		i++;
	if (i == NELEMS(stages))
		return MEANS_UNKNOWN;
	stage = stages[i].stage;
	if (slice_begins(text, "VRFY "))
		exim_probe(entry, &refusal->peer.addr, PROBE_VRFY);
	if (slice_begins(text, "EXPN "))
		exim_probe(entry, &refusal->peer.addr, PROBE_EXPN);
	/* Whatever the ACL says, the answer to ETRN is 458 (smtp_in.c). */
	if (slice_begins(text, "ETRN ")) {
		refusal->code = 458;
		refusal->temporary = true;
	}
	text = slice_from(text, stages[i].what.n);
	if (stage == STAGE_RCPT && !cut_argument(&text, &refusal->recipient))
		return MEANS_UNKNOWN;
	if (stage == STAGE_MAIL && !cut_argument(&text, &refusal->sender))
		return MEANS_UNKNOWN;
	if (stage == STAGE_HELO && !cut_argument(&text, &what))
		return MEANS_UNKNOWN;
	/* What a client asked for there may be anything, a ": " as well. */
	if (stage != STAGE_OTHER && slice_cut(&text, SLICE(": "), &what))
		refusal->words = text;
	refusal->reason = exim_reason(stage, refusal->words);
	refusal->twice = SAID_TWICE;
	return exim_refuse(entry, refusal);
}

/* Lines that begin with who it was. */
enum meaning
exim_host(struct entry *entry)
{
	struct exim_refusal refusal = { .local = false };
	struct slice text = entry->text;

	if (!exim_cut_who(&text, &refusal))
		return entry->id.n != 0 ? MEANS_NOTHING : MEANS_UNKNOWN;
	refusal.local = addr_is_none(&refusal.peer.addr);
	refusal.temporary = slice_skips(&text, " temporarily");
	if (slice_skips(&text, " rejected "))
		return ruled(entry, text, &refusal);
	/* Of deliveries: what a host said, or why it could not be reached. */
	if (entry->id.n != 0)
		return MEANS_NOTHING;
	return slice_begins(text, " RCPT <") ||
		       slice_begins(text, " Warning: ") ||
		       slice_begins(text, " sender verify ") ||
		       slice_begins(text, " incomplete transaction ") ||
		       slice_begins(text, " dropped by ") ||
		       slice_begins(text, " accepted ") ||
		       slice_begins(text, " verify ")
		   ? MEANS_NOTHING
		   : MEANS_UNKNOWN;
}

bool
exim_cut_from(struct slice *text, struct exim_refusal *refusal)
{
	if (!exim_cut_peer(text, &refusal->peer))
		return false;
	(void)exim_cut_who(text, refusal);
	return true;
}

enum meaning
exim_protocol_error(
    struct entry *entry, struct exim_refusal *refusal, uint16_t code)
{
	refusal->reason = REASON_PROTOCOL;
	refusal->code = code;
	return exim_refuse(entry, refusal);
}

/* "MAIL FROM:<...> H=host [...]: message too big: size=9 max=8" */
static enum meaning
too_big(struct entry *entry, struct slice text)
{
	struct exim_refusal refusal = {
		.reason = REASON_TOO_LARGE, .code = 552, .twice = SAID_PERHAPS
	};

	if (!exim_cut_angle(&text, &refusal.sender) ||
	    !exim_cut_who(&text, &refusal) || !slice_skips(&text, ": "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (!slice_begins(text, "message too big"))
		refusal.reason = exim_reason(STAGE_DATA, text);
	refusal.local = addr_is_none(&refusal.peer.addr);
	return exim_refuse(entry, &refusal);
}

/* Lines that begin with "rejected ". */
enum meaning
exim_rejected(struct entry *entry)
{
	struct exim_refusal refusal = { .twice = SAID_PERHAPS };
	struct slice text = entry->text, command;

	if (slice_skips(&text, "MAIL FROM:"))
		return too_big(entry, text);
	if (slice_skips(&text, "MAIL command ")) {
		if (!exim_cut_who(&text, &refusal) || !slice_skips(&text, ": "))
			return MEANS_UNKNOWN;
		refusal.words = text;
		refusal.reason = REASON_RATE_LIMITED;
		refusal.code = 421;
		refusal.temporary = true;
		return exim_refuse(entry, &refusal);
	}
	if (slice_skips(&text, "connection from "))
		return exim_refused_connection(&(struct entry){
		    entry->tracker, entry->line, entry->id, text });
	if (!slice_cut(&text, SLICE(" from "), &command) ||
	    !exim_cut_from(&text, &refusal) || !slice_skips(&text, ": "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_is(command, "EHLO") || slice_is(command, "HELO")) {
		refusal.reason = REASON_BAD_HELO;
		refusal.code = 501;
		return exim_refuse(entry, &refusal);
	}
	return exim_protocol_error(entry, &refusal, 503);
}

/* "ID rejected from <kim@example.com> H=...: message too big: read=9 max=8" */
enum meaning
exim_rejected_from(struct entry *entry)
{
	return too_big(entry, entry->text);
}

/* "refused connection from host [...] (host_reject_connection)" */
enum meaning
exim_refused_connection(struct entry *entry)
{
	struct exim_refusal refusal = { .reason = REASON_ACCESS_DENIED,
		.code = 554,
		.twice = SAID_PERHAPS };
	struct slice text = entry->text;

	if (!exim_cut_from(&text, &refusal))
		return MEANS_UNKNOWN;
	(void)slice_skips(&text, " ");
	refusal.words = text;
	return exim_refuse(entry, &refusal);
}

/* "Connection from [...] refused: too many connections", "load average = 9" */
enum meaning
exim_refused(struct entry *entry)
{
	struct exim_refusal refusal = {
		.reason = REASON_RATE_LIMITED, .code = 421, .temporary = true
	};
	struct slice text = entry->text;

	if (!exim_cut_from(&text, &refusal) ||
	    !slice_skips(&text, " refused: "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_begins(text, "load average"))
		refusal.reason = REASON_UNAVAILABLE;
	return exim_refuse(entry, &refusal);
}

/* "temporarily refused connection from host [...]: not in smtp_reserve_hosts
   and connected=40", "not in reserve list and load average = 9" */
enum meaning
exim_reserved(struct entry *entry)
{
	struct exim_refusal refusal = { .reason = REASON_RATE_LIMITED,
		.code = 421,
		.temporary = true,
		.twice = SAID_PERHAPS };
	struct slice text = entry->text;

	if (!exim_cut_from(&text, &refusal) || !slice_skips(&text, ": "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_find(text, SLICE("load average")) != -1)
		refusal.reason = REASON_UNAVAILABLE;
	return exim_refuse(entry, &refusal);
}

/* "too many recipients: excess temporarily rejected: sender=<...> H=..." */
enum meaning
exim_too_many(struct entry *entry)
{
	struct exim_refusal refusal = { .reason = REASON_TOO_MANY_RECIPIENTS,
		.words = entry->text,
		.twice = SAID_PERHAPS };
	struct slice text = entry->text;

	refusal.temporary = slice_skips(&text, "excess temporarily ");
	refusal.code = refusal.temporary ? 452 : 552;
	if (!refusal.temporary && !slice_skips(&text, "message "))
		return MEANS_UNKNOWN;
	if (!slice_skips(&text, "rejected: sender=") ||
	    !exim_cut_angle(&text, &refusal.sender) ||
	    !exim_cut_who(&text, &refusal))
		return MEANS_UNKNOWN;
	return exim_refuse(entry, &refusal);
}
