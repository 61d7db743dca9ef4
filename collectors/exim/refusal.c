/*
 * refusal.c - what a client was refused, and told so
 *
 *  H=host (helo) [192.0.2.1] X=... F=<kim@example.com> A=... rejected RCPT
 *      <ann@example.org>: relay not permitted
 *  ID H=... F=<...> rejected after DATA: ...
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
