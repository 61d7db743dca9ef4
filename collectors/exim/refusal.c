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
#include "collectors/exim/exim.h"

#include "base/array.h"
#include "collectors/exim/under_way.h"

/* One refusal; texts borrowed. */
struct refusal {
	struct exim_peer peer;
	struct slice sender, recipient, account, words;
	enum reason reason;
	uint16_t code;
	bool temporary, local;
	enum exim_twice twice;
};

static enum meaning
refuse(struct entry *entry, const struct refusal *refusal)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	uint16_t code;

	code = exim_codes(refusal->words, &event.reject.dsn);
	event.mailer = refusal->local ? SLICE("local") : SLICE("smtp");
	event.queue_id = entry->id;
	event.client = refusal->peer.addr;
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

/* Who it was: fields up to what is none; true if there are any. */
static bool
cut_who(struct slice *text, struct refusal *refusal)
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
#undef S
};

/* "RCPT <ann@example.org>: why": what, and why if it is said */
static enum meaning
ruled(struct entry *entry, struct slice text, struct refusal *refusal)
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
	if (stage == STAGE_RCPT && !exim_cut_angle(&text, &refusal->recipient))
		return MEANS_UNKNOWN;
	if (stage == STAGE_MAIL && !exim_cut_angle(&text, &refusal->sender))
		return MEANS_UNKNOWN;
	if (slice_cut(&text, SLICE(": "), &what))
		refusal->words = text;
	refusal->reason = exim_reason(stage, refusal->words);
	refusal->twice = SAID_TWICE;
	return refuse(entry, refusal);
}

/* Lines that begin with who it was. */
enum meaning
exim_host(struct entry *entry)
{
	struct refusal refusal = { .local = false };
	struct slice text = entry->text;

	if (!cut_who(&text, &refusal))
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

/* "host [192.0.2.1] I=[...]: why", the whole of it */
static bool
cut_from(struct slice *text, struct refusal *refusal)
{
	if (!exim_cut_peer(text, &refusal->peer))
		return false;
	(void)cut_who(text, refusal);
	return true;
}

static enum meaning
protocol_error(struct entry *entry, struct refusal *refusal, uint16_t code)
{
	refusal->reason = REASON_PROTOCOL;
	refusal->code = code;
	return refuse(entry, refusal);
}

/* "MAIL FROM:<...> H=host [...]: message too big: size=9 max=8" */
static enum meaning
too_big(struct entry *entry, struct slice text)
{
	struct refusal refusal = {
		.reason = REASON_TOO_LARGE, .code = 552, .twice = SAID_PERHAPS
	};

	if (!exim_cut_angle(&text, &refusal.sender) ||
	    !cut_who(&text, &refusal) || !slice_skips(&text, ": "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (!slice_begins(text, "message too big"))
		refusal.reason = exim_reason(STAGE_DATA, text);
	refusal.local = addr_is_none(&refusal.peer.addr);
	return refuse(entry, &refusal);
}

/* Lines that begin with "rejected ". */
enum meaning
exim_rejected(struct entry *entry)
{
	struct refusal refusal = { .twice = SAID_PERHAPS };
	struct slice text = entry->text, command;

	if (slice_skips(&text, "MAIL FROM:"))
		return too_big(entry, text);
	if (slice_skips(&text, "MAIL command ")) {
		if (!cut_who(&text, &refusal))
			return MEANS_UNKNOWN;
		refusal.words = text;
		refusal.reason = REASON_RATE_LIMITED;
		refusal.code = 421;
		refusal.temporary = true;
		return refuse(entry, &refusal);
	}
	if (slice_skips(&text, "connection from "))
		return exim_refused_connection(&(struct entry){
		    entry->tracker, entry->line, entry->id, text });
	if (!slice_cut(&text, SLICE(" from "), &command) ||
	    !cut_from(&text, &refusal) || !slice_skips(&text, ": "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_is(command, "EHLO") || slice_is(command, "HELO")) {
		refusal.reason = REASON_BAD_HELO;
		refusal.code = 501;
		return refuse(entry, &refusal);
	}
	return protocol_error(entry, &refusal, 503);
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
	struct refusal refusal = { .reason = REASON_ACCESS_DENIED,
		.code = 554,
		.twice = SAID_PERHAPS };
	struct slice text = entry->text;

	if (!cut_from(&text, &refusal))
		return MEANS_UNKNOWN;
	(void)slice_skips(&text, " ");
	refusal.words = text;
	return refuse(entry, &refusal);
}

/* "Connection from [...] refused: too many connections", "load average = 9" */
enum meaning
exim_refused(struct entry *entry)
{
	struct refusal refusal = {
		.reason = REASON_RATE_LIMITED, .code = 421, .temporary = true
	};
	struct slice text = entry->text;

	if (!cut_from(&text, &refusal) || !slice_skips(&text, " refused: "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_begins(text, "load average"))
		refusal.reason = REASON_UNAVAILABLE;
	return refuse(entry, &refusal);
}

/* "too many recipients: excess temporarily rejected: sender=<...> H=..." */
enum meaning
exim_too_many(struct entry *entry)
{
	struct refusal refusal = { .reason = REASON_TOO_MANY_RECIPIENTS,
		.words = entry->text,
		.twice = SAID_PERHAPS };
	struct slice text = entry->text;

	refusal.temporary = slice_skips(&text, "excess temporarily ");
	refusal.code = refusal.temporary ? 452 : 552;
	if (!refusal.temporary && !slice_skips(&text, "message "))
		return MEANS_UNKNOWN;
	if (!slice_skips(&text, "rejected: sender=") ||
	    !exim_cut_angle(&text, &refusal.sender) ||
	    !cut_who(&text, &refusal))
		return MEANS_UNKNOWN;
	return refuse(entry, &refusal);
}

/* "unqualified recipient rejected: <ann> H=..."; "verify" is of VRFY */
enum meaning
exim_unqualified(struct entry *entry)
{
	struct refusal refusal = { .words = SLICE("unqualified address"),
		.twice = SAID_PERHAPS };
	struct slice text = entry->text, tag, address;

	if (!slice_cut(&text, SLICE(" rejected: "), &tag) ||
	    !exim_cut_angle(&text, &address) || !cut_who(&text, &refusal))
		return MEANS_UNKNOWN;
	if (slice_is(tag, "sender"))
		refusal.sender = address;
	else if (slice_is(tag, "recipient"))
		refusal.recipient = address;
	else if (slice_is(tag, "verify"))
		exim_probe(entry, &refusal.peer.addr, PROBE_VRFY);
	else
		return MEANS_UNKNOWN;
	return protocol_error(entry, &refusal, 501);
}

/* "host [...] dropped: too many nonmail commands (last was "NOOP")" */
enum meaning
exim_dropped(struct entry *entry)
{
	struct refusal refusal = { .reason = REASON_RATE_LIMITED,
		.twice = SAID_TWICE };
	struct slice text = entry->text;

	if (!cut_from(&text, &refusal) || !slice_skips(&text, " dropped: "))
		return MEANS_UNKNOWN;
	refusal.words = text;
	if (slice_begins(text, "too many nonmail"))
		refusal.code = 554;
	else if (slice_begins(text, "too many unrecognized"))
		refusal.code = 500;
	return refuse(entry, &refusal);
}

/*
 * ""what the client said" H=...": both that and the words behind may hold the
 * like.  True if the line names one client, wherever it is read.
 */
static bool
cut_said(struct entry *entry, struct slice *text, struct refusal *refusal)
{
	static const struct slice mark = { "\" H=", 4 };
	ptrdiff_t first = slice_find(*text, mark);
	ptrdiff_t last = slice_find_last(*text, mark);
	struct refusal other = { .local = false };
	struct slice rest;

	if (first == -1)
		return false;
	rest = slice_from(*text, (size_t)last + 1);
	if (last != first && cut_who(&rest, &other)) {
		rest = slice_from(*text, (size_t)first + 1);
		if (!cut_who(&rest, refusal) ||
		    !addr_eq(&refusal->peer.addr, &other.peer.addr)) {
			tracker_counts(entry->tracker)->ambiguous++;
			return false;
		}
	}
	*text = slice_from(*text, (size_t)first + 1);
	return cut_who(text, refusal);
}

/* "(input sent without waiting for greeting): rejected connection from H=..." */
enum meaning
exim_sync(struct entry *entry)
{
	struct refusal refusal = { .words = entry->text, .twice = SAID_TWICE };
	struct slice text = entry->text, why;
	bool whole;

	if (!slice_cut(&text, SLICE("): rejected "), &why))
		return MEANS_UNKNOWN;
	whole = slice_skips(&text, "connection from ")
		    ? cut_who(&text, &refusal)
		    : cut_said(entry, &text, &refusal);
	if (!whole)
		return MEANS_UNKNOWN;
	if (slice_begins(why, "input sent without waiting"))
		exim_probe(entry, &refusal.peer.addr, PROBE_PREGREET);
	return protocol_error(entry, &refusal, 554);
}

static bool
is_command(struct slice text, struct slice command)
{
	return text.n >= command.n &&
	       slice_same_word((struct slice){ text.p, command.n }, command);
}

/*
 * "in "MAIL FROM:<kim@>" H=...: domain missing or malformed".  Words that are
 * no command of mail are refused too, but ask for nothing; HTTP's tell that
 * the client speaks something else.
 */
enum meaning
exim_syntax(struct entry *entry)
{
	struct refusal refusal = { .local = false };
	struct slice text = entry->text, said;
	struct session *session;

	if (!slice_skips(&text, "in \""))
		return MEANS_UNKNOWN;
	said = text;
	if (!cut_said(entry, &text, &refusal))
		return MEANS_UNKNOWN;
	refusal.words = text;
	(void)slice_skips(&refusal.words, " ");
	if (is_command(said, SLICE("MAIL FROM")) ||
	    is_command(said, SLICE("RCPT TO")))
		return protocol_error(entry, &refusal, 501);
	if (entry->line->pid == 0)
		return MEANS_NOTHING;
	session = session_find(entry->tracker, entry->line);
	if (session == NULL)
		session = session_start(
		    entry->tracker, entry->line, &refusal.peer.addr);
	session->last = entry->line->when;
	if (!session->spoke && (is_command(said, SLICE("GET ")) ||
				   is_command(said, SLICE("POST ")) ||
				   is_command(said, SLICE("CONNECT "))))
		exim_probe(entry, &refusal.peer.addr, PROBE_NON_SMTP);
	session->spoke = true;
	return MEANS_FACT;
}
