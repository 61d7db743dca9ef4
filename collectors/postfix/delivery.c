/*
 * delivery.c - smtp(8), lmtp(8), local(8), virtual(8), pipe(8), error(8),
 * discard(8): one line per recipient and attempt
 */
#include "base/array.h"
#include "collectors/life.h"
#include "collectors/postfix/postfix.h"

/* Only these can stand behind an address of ours. */
static const struct slice after_to[] = { { ", relay=", 8 },
	{ ", orig_to=<", 11 } };
static const struct slice after_orig_to[] = { { ", relay=", 8 } };

static const struct {
	struct slice word;
	enum event_kind kind;
	bool counts;
} statuses[] = {
	{ { "sent (", 6 }, EVENT_SENT, true },
	{ { "deferred (", 10 }, EVENT_DEFERRED, true },
	{ { "bounced (", 9 }, EVENT_BOUNCED, true },
	/* Address probes, verify(8): no mail. */
	{ { "deliverable (", 13 }, EVENT_SENT, false },
	{ { "undeliverable (", 15 }, EVENT_SENT, false },
};

/* "mx.example.org[192.0.2.25]:25", "local", "none", "host[private/lmtp]" */
static void
set_relay(struct attempt *attempt, struct slice value)
{
	uint64_t port;
	struct slice host = value;

	if (slice_find_char(value, '[') == -1) {
		attempt->relay = value;
		return;
	}
	(void)slice_cut(&value, SLICE("["), &attempt->relay);
	(void)cut_peer(&host, &attempt->peer, &port);
}

/* "1.7", "86412": seconds, to the millisecond */
static uint32_t
read_delay(struct slice value)
{
	uint64_t ms = 0, unit = 1000;
	bool fraction = false;

	for (size_t i = 0; i < value.n && unit > 0; i++) {
		char c = value.p[i];

		if (c == '.' && !fraction) {
			fraction = true;
			continue;
		}
		if (c < '0' || c > '9')
			return 0;
		if (fraction)
			unit /= 10;
		ms = fraction ? ms + (uint64_t)(c - '0') * unit
			      : ms * 10 + (uint64_t)(c - '0') * 1000;
		if (ms > UINT32_MAX)
			return UINT32_MAX;
	}
	return (uint32_t)ms;
}

/* The fields between the addresses and the status, in any order. */
static bool
read_fields(struct slice *text, struct attempt *attempt)
{
	struct slice name, value;

	while (!slice_skips(text, "status=")) {
		if (!slice_cut(text, SLICE("="), &name) ||
		    !slice_cut(text, SLICE(", "), &value))
			return false;
		if (slice_is(name, "relay"))
			set_relay(attempt, value);
		else if (slice_is(name, "dsn"))
			attempt->dsn = value;
		else if (slice_is(name, "delay"))
			attempt->delay_ms = read_delay(value);
	}
	return true;
}

/* "sent (250 2.0.0 Ok)": only the first word is Postfix' own. */
static bool
read_status(struct slice text, struct attempt *attempt, bool *counts)
{
	for (size_t i = 0; i < NELEMS(statuses); i++) {
		if (!slice_skip(&text, statuses[i].word))
			continue;
		attempt->kind = statuses[i].kind;
		*counts = statuses[i].counts;
		attempt->reply = text;
		attempt->is_cut = !slice_ends(text, SLICE(")"));
		if (!attempt->is_cut)
			attempt->reply.n--;
		return true;
	}
	return false;
}

static bool
read_addresses(struct slice *text, struct attempt *attempt, bool *ambiguous)
{
	bool first, second = false;

	if (!cut_address(text, after_to, NELEMS(after_to), &attempt->recipient,
		&first) ||
	    !slice_skips(text, ", "))
		return false;
	if (slice_skips(text, "orig_to=<") &&
	    (!cut_address(text, after_orig_to, NELEMS(after_orig_to),
		 &attempt->addressed, &second) ||
		!slice_skips(text, ", ")))
		return false;
	*ambiguous = first || second;
	return true;
}

/* local(8): "forwarded as 4Z1B2C" */
static void
note_forward(struct entry *entry, const struct attempt *attempt)
{
	struct slice id = attempt->reply;

	if (attempt->kind == EVENT_SENT && slice_is(attempt->mailer, "local") &&
	    slice_skips(&id, "forwarded as ") && is_queue_id(id))
		life_generated(entry->tracker, entry->line, id);
}

static enum meaning
parse(struct entry *entry, bool is_pipe)
{
	struct attempt attempt = { .kind = EVENT_SENT };
	struct slice text = entry->text;
	bool counts, ambiguous;

	if (entry->id.n == 0 || !slice_skips(&text, "to=<"))
		return postfix_warning(entry);
	if (!read_addresses(&text, &attempt, &ambiguous) ||
	    !read_fields(&text, &attempt) ||
	    !read_status(text, &attempt, &counts))
		return MEANS_UNKNOWN;
	/* An open quote in a line that was cut: the address goes on. */
	if (ambiguous && attempt.is_cut)
		return MEANS_UNKNOWN;
	tracker_counts(entry->tracker)->ambiguous += ambiguous;
	if (!counts)
		return MEANS_NOTHING;
	attempt.mailer = postfix_mailer(entry);
	attempt.is_pipe = is_pipe;
	attempt.is_discard = slice_is(attempt.mailer, "discard");
	/* The label relay/smtp would tell more, but not every logger keeps it. */
	attempt.is_outbound = slice_is(attempt.mailer, "smtp");
	note_forward(entry, &attempt);
	life_attempt(entry->tracker, entry->line, entry->id, &attempt);
	return MEANS_FACT;
}

enum meaning
postfix_delivery(struct entry *entry)
{
	return parse(entry, false);
}

enum meaning
postfix_pipe(struct entry *entry)
{
	return parse(entry, true);
}
