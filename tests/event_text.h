/*
 * event_text.h - an event as event_print() writes it, read back
 *
 * Not in a log's or the agent's way: for fixtures alone.  The event borrows
 * from the line.
 */
#ifndef TESTS_EVENT_TEXT_H
#define TESTS_EVENT_TEXT_H

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/event.h"

/*
 * Where it ends: behind its quotes, where they stand in pairs; of a value that
 * begins with a quote of its own, a quoted address, at the first quote before a
 * space; and of such an address without spaces, at the space.
 */
static inline size_t
event_word_end(struct slice rest)
{
	ptrdiff_t own = slice_find(rest, SLICE("=\"\"")), end;
	ptrdiff_t space = slice_find_char(rest, ' ');
	struct slice first = { rest.p, space == -1 ? rest.n : (size_t)space };
	bool quoted = false;
	size_t n = 0;

	if (slice_find(first, SLICE("=\"")) != -1 &&
	    slice_find(first, SLICE("=\"\"")) == -1 &&
	    slice_find(first, SLICE("\"@")) != -1)
		return first.n;
	if (own != -1 && own < space) {
		end =
		    slice_find(slice_from(rest, (size_t)own + 3), SLICE("\" "));
		return end == -1 ? rest.n : (size_t)(own + 3 + end + 1);
	}
	for (; n < rest.n && (quoted || rest.p[n] != ' '); n++)
		quoted ^= rest.p[n] == '"';
	return n;
}

/* The next word or name=value, in which a value may stand in quotes. */
static inline bool
event_word(struct slice *rest, struct slice *name, struct slice *value)
{
	ptrdiff_t equals;
	size_t n;

	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = slice_from(*rest, 1);
	n = event_word_end(*rest);
	*name = (struct slice){ rest->p, n };
	*rest = slice_from(*rest, n);
	*value = SLICE("");
	equals = slice_find_char(*name, '=');
	if (equals == -1)
		return n != 0;
	*value = slice_from(*name, (size_t)equals + 1);
	name->n = (size_t)equals;
	if (value->n >= 2 && value->p[0] == '"' &&
	    value->p[value->n - 1] == '"')
		*value = (struct slice){ value->p + 1, value->n - 2 };
	return true;
}

static inline uint64_t
event_number(struct slice value)
{
	uint64_t n = 0;

	if (!slice_number(value, &n))
		abort();
	return n;
}

/* Seconds, with six digits behind the point or without it. */
static inline int64_t
event_time(struct slice text)
{
	struct slice seconds = text;
	uint64_t micros = 0;

	if (slice_cut(&text, SLICE("."), &seconds))
		micros = event_number(text);
	return (int64_t)(event_number(seconds) * 1000000 + micros);
}

/* Which of a list the word is; the list's length if none. */
static inline size_t
event_choice(struct slice word, const char *const *names, size_t n)
{
	size_t i = 0;

	while (i < n && !slice_eq(word, slice_of(names[i])))
		i++;
	return i;
}

static inline void
event_head(struct mail_event *event, struct slice name, struct slice value)
{
	if (slice_is(name, "host"))
		event->host = value;
	else if (slice_is(name, "count"))
		event->count = (uint32_t)event_number(value);
	else if (slice_is(name, "mailer"))
		event->mailer = value;
	else if (slice_is(name, "id"))
		event->queue_id = value;
	else if (slice_is(name, "msgid"))
		event->message_key = event_message_key(value);
	else if (slice_is(name, "account"))
		event->account = value;
	else if (slice_is(name, "client") && !addr_parse(value, &event->client))
		abort();
	else if (slice_is(name, "wire"))
		event->source = SOURCE_WIRE;
}

static inline void
event_reject(struct mail_event *event, struct slice name, struct slice value)
{
	if (slice_is(name, "to"))
		event->reject.recipient = value;
	else if (slice_is(name, "from"))
		event->reject.sender = value;
	else if (slice_is(name, "text"))
		event->reject.text = value;
	else if (slice_is(name, "temporary"))
		event->reject.temporary = true;
	else if (slice_is(name, "code"))
		event->reject.code = (uint16_t)event_number(value);
	for (unsigned i = 0; slice_is(name, "reason") && i < REASONS; i++)
		if (slice_eq(value, slice_of(reason_name((enum reason)i))))
			event->reject.reason = (enum reason)i;
}

/* The key as if nothing but equal ones had something in common. */
static inline void
event_subject(struct mail_event *event, struct slice name, struct slice value)
{
	if (!slice_is(name, "subject"))
		return;
	event->message.subject = value;
	event->message.subject_key = slice_hash(value) | 1;
}

/* `delay', in milliseconds, is not printed: it is for fixtures alone. */
static inline void
event_delivery(struct mail_event *event, struct slice name, struct slice value)
{
	if (slice_is(name, "reply"))
		event->delivery.reply = value;
	else if (slice_is(name, "from"))
		event->delivery.sender = value;
	else if (slice_is(name, "to"))
		event->delivery.recipient = value;
	else if (slice_is(name, "addressed"))
		event->delivery.addressed = value;
	else if (slice_is(name, "relay"))
		event->delivery.relay = value;
	else if (slice_is(name, "dsn"))
		event->delivery.dsn = value;
	else if (slice_is(name, "bytes"))
		event->delivery.bytes = event_number(value);
	else if (slice_is(name, "delay"))
		event->delivery.delay_ms = (uint32_t)event_number(value);
	else if (slice_is(name, "peer") &&
		 !addr_parse(value, &event->delivery.peer))
		abort();
}

static inline void
event_message(struct mail_event *event, struct slice name, struct slice value)
{
	if (slice_is(name, "recipients"))
		event->message.recipients = (uint32_t)event_number(value);
	else if (slice_is(name, "bytes"))
		event->message.bytes = event_number(value);
	else if (slice_is(name, "from"))
		event->message.sender = value;
	event->message.generated |= slice_is(name, "generated");
}

static inline void
event_particular(
    struct mail_event *event, struct slice name, struct slice value)
{
	static const char *const probes[] = { "vrfy", "expn", "pregreet",
		"non_smtp", "empty" };
	static const char *const relays[] = { "authenticated", "network",
		"open", "unsure" };
	static const char *const verdicts[] = { "clean", "spam", "virus",
		"banned" };
	static const char *const outcomes[] = { "taken", "wrong", "forbidden" };
	size_t i;

	switch (event->kind) {
	case EVENT_REJECTED:
		event_reject(event, name, value);
		break;
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		event_subject(event, name, value);
		event_message(event, name, value);
		break;
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
	case EVENT_EXPIRED:
	case EVENT_DISCARDED:
	case EVENT_QUARANTINED:
	case EVENT_HANDED:
		event_delivery(event, name, value);
		break;
	case EVENT_RETURNED:
		if (slice_is(name, "original"))
			event->original = value;
		break;
	case EVENT_PROBE:
		i = event_choice(name, probes, NELEMS(probes));
		if (i < NELEMS(probes))
			event->probe = (enum probe_kind)i;
		break;
	case EVENT_RELAYED:
		i = event_choice(name, relays, NELEMS(relays));
		if (i < NELEMS(relays))
			event->relay = (enum relay_kind)i;
		break;
	case EVENT_VERDICT:
		i = event_choice(name, verdicts, NELEMS(verdicts));
		if (i < NELEMS(verdicts))
			event->verdict = (enum verdict_kind)i;
		else if (slice_is(name, "from"))
			event->author = value;
		break;
	case EVENT_CLEARTEXT:
		i = event_choice(name, outcomes, NELEMS(outcomes));
		if (i < NELEMS(outcomes))
			event->cleartext.outcome = (enum cleartext_outcome)i;
		break;
	case EVENT_MISSING:
		event->missing.unlogged |= slice_is(name, "unlogged");
		break;
	case EVENT_AUTH_FAILED:
	case EVENT_LOGIN_FAILED:
		event->auth.unavailable |= slice_is(name, "unavailable");
		break;
	default:
		break;
	}
}

/* False: the line is no event. */
static inline bool
event_read(struct slice line, struct mail_event *event)
{
	struct slice name, value, rest = line;
	bool known = false;

	*event = (struct mail_event){ .count = 1, .line = line };
	if (!event_word(&rest, &name, &value))
		return false;
	event->when = event_time(name);
	while (event_word(&rest, &name, &value)) {
		for (int k = 0; !known && k < EVENT_KINDS; k++)
			if (slice_eq(name, slice_of(event_kind_name(k)))) {
				event->kind = (enum event_kind)k;
				known = true;
			}
		event_head(event, name, value);
		if (known)
			event_particular(event, name, value);
	}
	return known && event->host.n != 0;
}

#endif
