/*
 * cleanup.c - cleanup(8): the message is in the queue, or content rules and
 * milters decided otherwise
 *
 * In "reject: header TEXT from host[ip]; from=<a> ..." the TEXT is the
 * sender's, so the client is taken from the message's own client= line where
 * that is known, and the tail is looked for from the end.
 */
#include "base/array.h"
#include "collectors/life.h"
#include "collectors/postfix/postfix.h"

static enum meaning
message_id(struct entry *entry)
{
	struct slice id = entry->text;

	if (id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
		id = (struct slice){ id.p + 1, id.n - 2 };
	life_queued(entry->tracker, entry->line, entry->id, id);
	return MEANS_FACT;
}

static struct slice
way_in(const struct message *message)
{
	return message->origin == ORIGIN_LOCAL ? SLICE("local") : SLICE("smtp");
}

/* "... from host[192.0.2.1]" at the end of what stands before the tail */
static void
cut_client(struct slice *text, struct addr *client)
{
	ptrdiff_t at = slice_find_last(*text, SLICE(" from "));
	struct slice peer;
	uint64_t port;

	if (at == -1)
		return;
	peer = slice_from(*text, (size_t)at + 6);
	if (cut_peer(&peer, client, &port))
		text->n = (size_t)at;
}

/* "header Content-Type: ...; name=x" names a part of the message. */
static enum reason
content_reason(struct slice what)
{
	static const struct slice kinds[] = { { "mime-header ", 12 },
		{ "nested-header ", 14 }, { "header ", 7 } };
	struct slice field;
	bool header = false;

	for (size_t i = 0; i < NELEMS(kinds) && !header; i++)
		header = slice_skip(&what, kinds[i]);
	if (!header || !slice_cut(&what, SLICE(":"), &field) || field.n < 8)
		return REASON_CONTENT;
	field.n = 8;
	return slice_same_word(field, SLICE("content-")) &&
		       slice_find(what, SLICE("name=")) != -1
		   ? REASON_ATTACHMENT
		   : REASON_CONTENT;
}

static enum meaning
refuse(struct entry *entry, struct message *message, struct refusal *refusal)
{
	if (message->origin == ORIGIN_CLIENT ||
	    message->origin == ORIGIN_RETURN)
		refusal->client = message->client;
	refusal->mailer = way_in(message);
	if (life_refused(entry->tracker, message))
		return postfix_refuse(entry, refusal);
	return MEANS_FACT;
}

/* A local submission's tail: "... from local; from=<a> to=<b>: 5.7.1 words" */
static bool
cut_local_tail(struct slice *text, struct tail *tail)
{
	static const struct slice start = { " from local; from=<", 19 };
	static const struct slice after_from[] = { { " to=<", 5 },
		{ ": ", 2 } };
	static const struct slice after_to[] = { { ": ", 2 } };
	ptrdiff_t at = slice_find_last(*text, start);
	struct slice rest;
	bool first, second = false;

	if (at == -1)
		return false;
	rest = slice_from(*text, (size_t)at + start.n);
	if (!cut_address(
		&rest, after_from, NELEMS(after_from), &tail->sender, &first) ||
	    (slice_skips(&rest, " to=<") &&
		!cut_address(&rest, after_to, NELEMS(after_to),
		    &tail->recipient, &second)) ||
	    !slice_skips(&rest, ": "))
		return false;
	tail->rest = rest;
	tail->ambiguous = first || second;
	tail->found = true;
	text->n = (size_t)at;
	return true;
}

/* "header Subject: x from host[...]; from=<> ... helo=<>: 5.7.1 words" */
static enum meaning
reject(struct entry *entry)
{
	struct message *message =
	    inflight_get(entry->tracker, entry->line, entry->id);
	struct refusal refusal = { .stage = SLICE("END-OF-MESSAGE"),
		.decided = true,
		.text = entry->text };

	/* What the sender wrote may go on in a line without a whole tail. */
	if ((!cut_tail(&refusal.text, &refusal.tail) &&
		!cut_local_tail(&refusal.text, &refusal.tail)) ||
	    refusal.tail.rest.n == 0)
		return MEANS_UNKNOWN;
	cut_client(&refusal.text, &refusal.client);
	refusal.reason = content_reason(refusal.text);
	refusal.text = refusal.tail.rest;
	/* header_checks(5): 5.7.1 unless the action's text has another. */
	refusal.code = slice_begins(refusal.text, "4.") ? 450 : 550;
	return refuse(entry, message, &refusal);
}

/* "END-OF-MESSAGE from host[...]: 5.7.1 words; from=<> ..." */
static enum meaning
milter_reject(struct entry *entry)
{
	struct message *message =
	    inflight_get(entry->tracker, entry->line, entry->id);
	struct refusal refusal = { .is_filter = true };
	struct slice text = entry->text;

	if (!slice_cut(&text, SLICE(" from "), &refusal.stage) ||
	    !cut_peer_and(&text, &refusal.client, SLICE(": ")))
		return MEANS_UNKNOWN;
	refusal.text = text;
	(void)cut_tail(&refusal.text, &refusal.tail);
	if (slice_begins(refusal.text, "4."))
		refusal.code = 451;
	else if (slice_begins(refusal.text, "5."))
		refusal.code = 550;
	else
		return MEANS_UNKNOWN;
	return refuse(entry, message, &refusal);
}

/* "header Subject: x": what of the message the rule is about */
static struct slice
rule_words(const struct entry *entry)
{
	struct slice text = entry->text;
	struct tail tail = { 0 };
	struct addr client;

	if (!cut_tail(&text, &tail) && !cut_local_tail(&text, &tail))
		return SLICE("");
	cut_client(&text, &client);
	return text;
}

static enum meaning
discard(struct entry *entry)
{
	struct message *message =
	    inflight_get(entry->tracker, entry->line, entry->id);

	life_discarded(entry->tracker, entry->line, message, way_in(message),
	    rule_words(entry));
	return MEANS_FACT;
}

/* A header's hold may yet be overruled; a milter's comes at the end. */
static enum meaning
hold(struct entry *entry)
{
	struct message *message =
	    inflight_get(entry->tracker, entry->line, entry->id);

	if (message->origin == ORIGIN_CLIENT &&
	    !slice_begins(entry->text, "END-OF-MESSAGE")) {
		message->to_hold = true;
		return MEANS_FACT;
	}
	life_held(entry->tracker, entry->line, message, way_in(message),
	    rule_words(entry));
	return MEANS_FACT;
}

static const struct entry_row actions[] = {
	ENTRY_ROW("message-id=", message_id),
	ENTRY_ROW("resent-message-id=", entry_nothing),
	ENTRY_ROW("reject: ", reject),
	ENTRY_ROW("milter-reject: ", milter_reject),
	ENTRY_ROW("discard: ", discard),
	ENTRY_ROW("milter-discard: ", discard),
	ENTRY_ROW("hold: ", hold),
	ENTRY_ROW("milter-hold: ", hold),
	/* The message goes on, changed or sent elsewhere. */
	ENTRY_ROW("warning: ", entry_nothing),
	ENTRY_ROW("info: ", entry_nothing),
	ENTRY_ROW("redirect: ", entry_nothing),
	ENTRY_ROW("prepend: ", entry_nothing),
	ENTRY_ROW("replace: ", entry_nothing),
	ENTRY_ROW("strip: ", entry_nothing),
	ENTRY_ROW("filter: ", entry_nothing),
	ENTRY_ROW("bcc: ", entry_nothing),
	ENTRY_ROW("delay: ", entry_nothing),
	ENTRY_ROW("pass: ", entry_nothing),
	ENTRY_ROW("milter-", entry_nothing),
};

enum meaning
postfix_cleanup(struct entry *entry)
{
	enum meaning meaning = MEANS_UNKNOWN;

	if (entry->id.n == 0)
		return postfix_warning(entry);
	/* A local submission that a milter refused: back to its sender. */
	if (slice_begins(entry->text, "to=<"))
		return postfix_delivery(entry);
	(void)entry_by_row(entry, actions, NELEMS(actions), &meaning);
	return meaning;
}
