/*
 * reject.c - a refusal, and why
 *
 * The reason is decided by the MTA's own words, which stand first or behind
 * "<what the client said>: ", and never searched for in what a client or a
 * remote server chose.  Texts: smtpd_check.c, postscreen_smtpd.c,
 * cleanup_message.c, access(5), header_checks(5).
 */
#include "base/array.h"
#include "collectors/life.h"
#include "collectors/postfix/postfix.h"
#include "collectors/sessions.h"

struct words {
	struct slice start;
	enum reason reason;
};

#define W(text, why)                                                           \
	{                                                                      \
		{ text, sizeof(text) - 1 }, REASON_##why                       \
	}

/* Behind "Recipient address rejected: ". */
static const struct words recipient_words[] = {
	W("User unknown", UNKNOWN_RECIPIENT),
	W("undeliverable address", UNKNOWN_RECIPIENT),
	W("unverified address", UNAVAILABLE),
	W("Domain not found", UNKNOWN_RECIPIENT),
	W("Malformed DNS server reply", UNKNOWN_RECIPIENT),
	W("need fully-qualified address", PROTOCOL),
	W("Greylisted", GREYLISTED),
	W("Greylisting", GREYLISTED),
	W("Access denied", ACCESS_DENIED),
	W("Improper use of SMTP command pipelining", PROTOCOL),
	W("Service is unavailable", UNAVAILABLE),
	W("Multi-recipient bounce", PROTOCOL),
	W("", POLICY),
};

/* Behind "Sender address rejected: ". */
static const struct words sender_words[] = {
	W("Domain not found", UNKNOWN_SENDER),
	W("Malformed DNS server reply", UNKNOWN_SENDER),
	W("need fully-qualified address", PROTOCOL),
	W("not owned by user", UNKNOWN_SENDER),
	W("not owned by authenticated", UNKNOWN_SENDER),
	W("not logged in", AUTH_REQUIRED),
	W("undeliverable address", UNKNOWN_SENDER),
	W("unverified address", UNAVAILABLE),
	W("User unknown", UNKNOWN_SENDER),
	W("Domain ", UNKNOWN_SENDER), /* "... does not accept mail (nullMX)" */
	W("Greylisted", GREYLISTED),
	W("Service is unavailable", UNAVAILABLE),
	W("", ACCESS_DENIED),
};

/* Behind "Client host rejected: ". */
static const struct words client_words[] = {
	W("cannot find your hostname", NO_REVERSE_DNS),
	W("cannot find your reverse hostname", NO_REVERSE_DNS),
	W("Greylisted", GREYLISTED),
	W("Service is unavailable", UNAVAILABLE),
	W("", ACCESS_DENIED),
};

static const struct words helo_words[] = { W("", BAD_HELO) };
static const struct words data_words[] = {
	W("Improper use of SMTP command pipelining", PROTOCOL),
	W("Multi-recipient bounce", PROTOCOL),
	W("", POLICY),
};

/* "OBJECT rejected: ", and what may follow. */
static const struct {
	struct slice what;
	const struct words *words;
	size_t n;
} objects[] = {
	{ { "Recipient address rejected: ", 28 }, recipient_words,
	    NELEMS(recipient_words) },
	{ { "Sender address rejected: ", 25 }, sender_words,
	    NELEMS(sender_words) },
	{ { "Client host rejected: ", 22 }, client_words,
	    NELEMS(client_words) },
	{ { "Unverified Client host rejected: ", 33 }, client_words,
	    NELEMS(client_words) },
	{ { "Helo command rejected: ", 23 }, helo_words, NELEMS(helo_words) },
	{ { "Data command rejected: ", 23 }, data_words, NELEMS(data_words) },
	{ { "End-of-data rejected: ", 22 }, data_words, NELEMS(data_words) },
	{ { "Etrn command rejected: ", 23 }, client_words,
	    NELEMS(client_words) },
};

/* Texts that stand alone. */
static const struct words plain_words[] = {
	W("Relay access denied", RELAY_DENIED),
	W("Message size exceeds fixed limit", TOO_LARGE),
	W("Insufficient system storage", UNAVAILABLE),
	W("Must issue a STARTTLS command first", AUTH_REQUIRED),
	W("Authentication required", AUTH_REQUIRED),
	W("Error: authentication required", AUTH_REQUIRED),
	W("Too many recipients", TOO_MANY_RECIPIENTS),
	W("Error: too much mail from", RATE_LIMITED),
	W("Error: too many connections from", RATE_LIMITED),
	W("Error: too many recipients from", RATE_LIMITED),
	W("Error: too many recipients", TOO_MANY_RECIPIENTS),
	W("Error: too many AUTH commands from", RATE_LIMITED),
	W("Error: too many new TLS sessions from", RATE_LIMITED),
	W("Error: too many errors", RATE_LIMITED),
	W("too many connections", RATE_LIMITED),
	W("Error: command line too long", PROTOCOL),
	W("Error: bare <LF> received", PROTOCOL),
	W("Protocol error", PROTOCOL),
	W("Bad address syntax", PROTOCOL),
	W("Server configuration", UNAVAILABLE),
	W("Service is unavailable", UNAVAILABLE),
	W("Temporary lookup failure", UNAVAILABLE),
	W("Error: queue file write error", UNAVAILABLE),
	W("all server ports busy", UNAVAILABLE),
	W("all screening ports busy", UNAVAILABLE),
	W("All server ports are busy", UNAVAILABLE),
};

/*
 * In a line that was cut (`whole' false) the words may have gone on: what is
 * left over when none fit tells nothing there, unless there is no choice.
 */
static bool
find_words(struct slice text, const struct words *words, size_t n, bool whole,
    enum reason *reason)
{
	for (size_t i = 0; i < n; i++) {
		if (words[i].start.n == 0 && !whole && n > 1)
			return false;
		if (slice_starts(text, words[i].start)) {
			*reason = words[i].reason;
			return true;
		}
	}
	return false;
}

/* "554 5.7.1 text": the code is three digits, the enhanced one x.y.z. */
static void
cut_codes(struct slice *text, uint16_t *code, struct slice *dsn)
{
	struct slice word = *text;
	uint64_t number;
	int dots = 0;
	size_t n = 0;

	if (text->n >= 4 && text->p[3] == ' ') {
		word.n = 3;
		if (slice_number(word, &number) && number >= 400) {
			*code = (uint16_t)number;
			*text = slice_from(*text, 4);
		}
	}
	while (n < text->n &&
	       ((text->p[n] >= '0' && text->p[n] <= '9') || text->p[n] == '.'))
		dots += text->p[n++] == '.';
	if (dots != 2 || n == text->n || text->p[n] != ' ' ||
	    (text->p[0] != '4' && text->p[0] != '5'))
		return;
	*dsn = (struct slice){ text->p, n };
	*text = slice_from(*text, n + 1);
}

/* Past "<what> ": the name in front, compared, not searched for. */
static bool
skip_echo(struct slice *text, struct slice what)
{
	struct slice rest = *text;

	if (what.n == 0 || !slice_skips(&rest, "<") ||
	    !slice_skip(&rest, what) || !slice_skips(&rest, ">: "))
		return false;
	*text = rest;
	return true;
}

/* The address as the reply has it: without the quotes of the log's. */
static bool
skip_unquoted(struct slice *text, struct slice address)
{
	struct slice rest = *text;
	size_t i = 0;

	if (!slice_skips(&rest, "<"))
		return false;
	for (; i < address.n; i++) {
		if (address.p[i] == '"' ||
		    (address.p[i] == '\\' && ++i == address.n))
			continue;
		if (rest.n == 0 || rest.p[0] != address.p[i])
			return false;
		rest = slice_from(rest, 1);
	}
	if (!slice_skips(&rest, ">: "))
		return false;
	*text = rest;
	return true;
}

/*
 * Past "<what the client said>: ".  Where it equals none of what the tail
 * says (a rewritten address, a host name), it ends at the first ">: " that
 * words of ours follow; without a tail it ends where its quotes say.
 */
static void
skip_said(struct slice *text, const struct refusal *refusal)
{
	static const struct slice end[] = { { ": ", 2 } };
	const struct tail *tail = &refusal->tail;
	enum reason reason;
	struct slice rest, said;
	bool ambiguous;

	if (text->n == 0 || text->p[0] != '<')
		return;
	if (!tail->found) {
		rest = slice_from(*text, 1);
		if (cut_address(&rest, end, NELEMS(end), &said, &ambiguous) &&
		    !ambiguous)
			*text = slice_from(rest, end[0].n);
		return;
	}
	if (skip_echo(text, tail->recipient) || skip_echo(text, tail->sender) ||
	    skip_echo(text, tail->helo) || skip_echo(text, refusal->stage) ||
	    skip_unquoted(text, tail->recipient) ||
	    skip_unquoted(text, tail->sender))
		return;
	for (size_t i = 1; i + 3 <= text->n; i++) {
		rest = slice_from(*text, i);
		if (!slice_skips(&rest, ">: "))
			continue;
		if (find_words(
			rest, plain_words, NELEMS(plain_words), true, &reason))
			*text = rest;
		for (size_t o = 0; o < NELEMS(objects); o++)
			if (slice_starts(rest, objects[o].what))
				*text = rest;
		if (text->p == rest.p)
			return;
	}
}

/* "Service unavailable; Client host [192.0.2.1] blocked using LIST" */
static bool
is_block_list(struct slice text)
{
	static const struct slice subjects[] = { { "Client host [", 13 },
		{ "client [", 8 }, { "Sender address [", 16 },
		{ "Recipient address [", 19 }, { "Helo command [", 14 },
		{ "Unverified Client host [", 24 } };

	if (!slice_skips(&text, "Service unavailable; "))
		return false;
	for (size_t i = 0; i < NELEMS(subjects); i++)
		if (slice_starts(text, subjects[i]))
			return slice_find(text, SLICE("] blocked using ")) !=
			       -1;
	return false;
}

static enum reason
find_reason(const struct refusal *refusal, struct slice text, uint16_t code)
{
	enum reason reason = REASON_OTHER;

	if (refusal->is_filter)
		return REASON_POLICY;
	if (is_block_list(text))
		return REASON_DNSBL;
	/* postscreen: after its tests, or on its deny list */
	if (slice_begins(text, "Service currently unavailable"))
		return code >= 500 ? REASON_ACCESS_DENIED : REASON_GREYLISTED;
	skip_said(&text, refusal);
	for (size_t i = 0; i < NELEMS(objects); i++) {
		struct slice words = text;

		if (slice_skip(&words, objects[i].what) &&
		    find_words(words, objects[i].words, objects[i].n,
			refusal->tail.found, &reason))
			return reason;
	}
	if (!find_words(
		text, plain_words, NELEMS(plain_words), true, &reason) &&
	    code != 0 && refusal->tail.found &&
	    slice_is(refusal->stage, "CONNECT"))
		reason = REASON_ACCESS_DENIED;
	return reason;
}

enum meaning
postfix_refuse(struct entry *entry, struct refusal *refusal)
{
	struct mail_event event = event_from(entry->line, EVENT_REJECTED);
	struct slice text = refusal->text;

	event.reject.code = refusal->code;
	cut_codes(&text, &event.reject.code, &event.reject.dsn);
	if (event.reject.code == 0 && event.reject.dsn.n == 0)
		return MEANS_UNKNOWN;
	event.reject.reason =
	    refusal->decided ? refusal->reason
			     : find_reason(refusal, text, event.reject.code);
	event.reject.temporary =
	    event.reject.code != 0
		? event.reject.code < 500
		: event.reject.dsn.n != 0 && event.reject.dsn.p[0] == '4';
	event.mailer = refusal->mailer.n ? refusal->mailer : SLICE("smtp");
	event.queue_id = entry->id;
	event.client = refusal->client;
	event.reject.sender = refusal->tail.sender;
	event.reject.recipient = refusal->tail.recipient;
	event.reject.helo = refusal->tail.helo;
	event.reject.text = text;
	tracker_counts(entry->tracker)->ambiguous += refusal->tail.ambiguous;
	tracker_emit(entry->tracker, &event);
	return MEANS_FACT;
}
