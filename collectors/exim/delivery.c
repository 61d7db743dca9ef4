/*
 * delivery.c - "=>", "->", ">>", "*>", "**", "==": what became of a recipient
 *
 *  => ann@example.org <list@example.com> F=<...> R=dnslookup T=remote_smtp
 *      S=1934 H=mx.example.org [192.0.2.25] X=... C="250 OK" QT=2s DT=1s
 *  => |/usr/bin/program <tickets@example.com> R=aliases T=address_pipe
 *  ** ann@example.org R=... T=... H=... [...]: SMTP error ...: 550 5.1.1 ...
 *  == ann@example.org R=... T=... defer (-44) H=...: ...
 *
 * The transport is the mailer.  "*>" was suppressed by -N: nothing happened.
 * The address in <> is the one that the message came with (log_address() in
 * deliver.c); those in () lie between (all_parents).
 *
 * "retry time not reached" is no attempt: no host was asked.  An address that
 * failed because its retry time is over is given up for its age, which counts
 * once a message; so does a message that was frozen too long.
 */
#include "collectors/exim/exim.h"

#include "base/array.h"
#include "collectors/hops.h"

struct delivery {
	struct attempt attempt;
	struct slice words; /* behind ": " */
	bool routed, remote;
};

/* "3s", "1h2m3s", "0.348s"; 0: none of them */
static uint32_t
read_delay(struct slice value)
{
	static const struct {
		char unit;
		uint64_t ms;
	} units[] = { { 'w', 604800000 }, { 'd', 86400000 }, { 'h', 3600000 },
		{ 'm', 60000 }, { 's', 1000 } };
	uint64_t ms = 0, n = 0, scale = 0;

	for (size_t i = 0; i < value.n && ms < UINT32_MAX && n < UINT32_MAX;
	     i++) {
		char c = value.p[i];
		size_t u = 0;

		if (c == '.') {
			ms += n * 1000;
			n = 0;
			scale = 1000;
		} else if (c >= '0' && c <= '9') {
			n = n * 10 + (uint64_t)(c - '0');
			scale /= scale > 1 ? 10 : 1;
		} else {
			while (u < NELEMS(units) && units[u].unit != c)
				u++;
			if (u == NELEMS(units))
				return 0;
			ms += scale != 0 ? n * scale : n * units[u].ms;
			n = 0;
		}
	}
	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static void
take_field(struct delivery *d, struct slice name, struct slice value,
    struct slice *text)
{
	struct exim_peer peer;

	if (slice_is(name, "R")) {
		d->routed = true;
	} else if (slice_is(name, "T")) {
		d->attempt.mailer = value;
	} else if (slice_is(name, "C")) {
		d->attempt.reply = value;
	} else if (slice_is(name, "QT")) {
		d->attempt.delay_ms = read_delay(value);
	} else if (slice_is(name, "H")) {
		d->remote = true;
		if (!exim_cut_peer(text, &peer)) {
			peer = (struct exim_peer){ 0 };
			peer.name = exim_cut_word(text);
		}
		d->attempt.relay = peer.name;
		d->attempt.peer = peer.addr;
	}
}

/*
 * " routing defer (-52)", " defer (113): No route to host": such words are the
 * C library's, and fields may follow them.
 */
static bool
cut_defer(struct slice *text, struct slice *words)
{
	struct slice rest = *text, name, value, next, begin;

	(void)slice_skips(&rest, " routing");
	if (!slice_skips(&rest, " defer (") ||
	    !slice_cut(&rest, SLICE(")"), &value))
		return false;
	*text = rest;
	if (value.n == 0 || value.p[0] == '-' || !slice_skips(&rest, ": "))
		return true;
	begin = rest;
	do {
		(void)exim_cut_word(&rest);
		next = rest;
	} while (
	    !exim_cut_field(&next, &name, &value) && slice_skips(&rest, " "));
	*words = (struct slice){ begin.p, (size_t)(rest.p - begin.p) };
	*text = rest;
	return true;
}

static bool
read_delivery(struct slice *text, struct delivery *d)
{
	struct slice name, value;

	memset(d, 0, sizeof(*d));
	if (!exim_cut_recipient(
		text, &d->attempt.recipient, &d->attempt.addressed))
		return false;
	while (exim_cut_field(text, &name, &value))
		take_field(d, name, value, text);
	if (cut_defer(text, &d->words))
		while (exim_cut_field(text, &name, &value))
			take_field(d, name, value, text);
	/* Behind the C library's words Exim only names the host. */
	if (slice_skips(text, ": ") && d->words.n == 0)
		d->words = *text;
	return true;
}

#define SMTP_ERROR "SMTP error from remote mail server after "

/*
 * "SMTP error from remote mail server after RCPT TO:<...>: 550 5.1.1 ...": what
 * that server said.  Before 4.85 "host mx.example.org [192.0.2.25]: " comes
 * first, and no H= before it.
 */
static struct slice
answer_of(struct slice words)
{
	static const struct slice smtp = { SMTP_ERROR, sizeof(SMTP_ERROR) - 1 };
	struct slice rest = words, address;

	if (!slice_skip(&rest, smtp) &&
	    !slice_skips(&rest, "LMTP error after "))
		return slice_starts(smtp, words) ? SLICE("") : words;
	while (rest.n > 0) {
		if (exim_cut_angle(&rest, &address))
			continue;
		if (rest.p[0] == '<')
			break;
		if (slice_begins(rest, ": "))
			return slice_from(rest, 2);
		rest = slice_from(rest, 1);
	}
	return SLICE(""); /* it was cut */
}

static void
attempt(struct entry *entry, struct delivery *d, enum event_kind kind)
{
	struct attempt *attempt = &d->attempt;
	struct exim_peer peer;
	struct slice rest;

	attempt->kind = kind;
	if (attempt->reply.n == 0)
		attempt->reply = d->words;
	if (kind != EVENT_SENT)
		attempt->reply = answer_of(attempt->reply);
	rest = attempt->reply;
	if (slice_skips(&rest, "host ") || slice_starts(SLICE("host "), rest)) {
		attempt->reply = SLICE("");
		if (exim_cut_peer(&rest, &peer) && slice_skips(&rest, ": ")) {
			attempt->reply = rest;
			attempt->relay = peer.name;
			attempt->peer = peer.addr;
			d->remote = true;
		}
	}
	(void)exim_codes(attempt->reply, &attempt->dsn);
	/* What was not delivered is for elsewhere if its domain is. */
	attempt->is_outbound =
	    d->remote ||
	    (kind != EVENT_SENT && tracker_domains_known(entry->tracker));
	life_attempt(entry->tracker, entry->line, entry->id, attempt);
}

/* To no other host, and a filter gave the message back: it was handed on. */
static bool
was_handed(struct entry *entry, const struct delivery *d)
{
	const struct message *message =
	    inflight_find(entry->tracker, entry->line->host_index, entry->id);

	return message != NULL && message->handed &&
	       addr_is_none(&d->attempt.peer);
}

/*
 * Without +received_recipients the arrival tells of none.  Then each counts as
 * it is done with: only those that were deferred come again.
 */
static void
count_recipient(struct entry *entry)
{
	struct mail_event event = event_from(entry->line, EVENT_SIZED);
	const struct message *message =
	    inflight_find(entry->tracker, entry->line->host_index, entry->id);

	if (message == NULL || !message->received || message->waiting ||
	    message->recipients != 0 ||
	    (message->origin != ORIGIN_CLIENT &&
		message->origin != ORIGIN_LOCAL))
		return;
	event.count = 1;
	event.queue_id = entry->id;
	event.client = message->client;
	event.account = account_name(entry->tracker, message->account);
	event.message.recipients = 1;
	tracker_emit(entry->tracker, &event);
}

static enum meaning
blackholed(struct entry *entry)
{
	struct slice words = entry->text;
	struct message *message;

	(void)slice_skips(&words, "blackhole");
	(void)slice_skips(&words, " ");
	exim_forget(entry);
	message = inflight_get(entry->tracker, entry->line, entry->id);
	life_discarded(entry->tracker, entry->line, message,
	    message->origin == ORIGIN_LOCAL ? SLICE("local") : SLICE("smtp"),
	    words);
	return MEANS_FACT;
}

/* A filter of the system's: the message was taken, and all of it dropped. */
static enum meaning
dropped_by_filter(struct entry *entry)
{
	struct message *message;

	exim_decide(entry);
	message = inflight_get(entry->tracker, entry->line, entry->id);
	life_discarded(entry->tracker, entry->line, message,
	    message->origin == ORIGIN_LOCAL ? SLICE("local") : SLICE("smtp"),
	    entry->text);
	return MEANS_FACT;
}

/*
 * "=> blackhole (DATA ACL discarded recipients): why", right behind the
 * arrival: the whole message.  "=> :blackhole: <ann@example.com> R=aliases",
 * and "discarded" where a filter says "seen finish", is one recipient.
 */
enum meaning
exim_sent(struct entry *entry)
{
	struct slice text = entry->text;
	struct delivery d;

	if (!read_delivery(&text, &d))
		return MEANS_UNKNOWN;
	if (slice_is(d.attempt.recipient, "blackhole") && !d.routed &&
	    d.attempt.mailer.n == 0)
		return blackholed(entry);
	if (slice_is(entry->text, "discarded (system filter)"))
		return dropped_by_filter(entry);
	exim_decide(entry);
	if (d.attempt.mailer.n == 0 && d.routed &&
	    (slice_is(d.attempt.recipient, ":blackhole:") ||
		slice_is(d.attempt.recipient, "discarded"))) {
		d.attempt.is_discard = true;
		d.attempt.mailer = SLICE("blackhole");
	} else if (d.attempt.mailer.n == 0) {
		return MEANS_UNKNOWN;
	}
	count_recipient(entry);
	if (!was_handed(entry, &d))
		attempt(entry, &d, EVENT_SENT);
	return MEANS_FACT;
}

static bool
is_too_old(struct slice words)
{
	return slice_ends(words, SLICE("retry timeout exceeded")) ||
	       slice_begins(words, "cancelled by timeout_frozen_after");
}

enum meaning
exim_failed(struct entry *entry)
{
	struct slice text = entry->text;
	struct message *message;
	struct delivery d;

	if (!read_delivery(&text, &d) || d.words.n == 0)
		return MEANS_UNKNOWN;
	exim_decide(entry);
	count_recipient(entry);
	if (!is_too_old(d.words)) {
		attempt(entry, &d, EVENT_BOUNCED);
		return MEANS_FACT;
	}
	message = inflight_get(entry->tracker, entry->line, entry->id);
	if (!message->expired)
		life_expired(entry->tracker, entry->line, entry->id, SLICE(""));
	message->expired = true;
	inflight_touch(entry->tracker, message);
	return MEANS_FACT;
}

enum meaning
exim_deferred(struct entry *entry)
{
	static const struct slice no_attempts[] = {
#define W(text) { text, sizeof(text) - 1 }
		W("retry time not reached"),
		W("Retry time not yet reached"),
		W("remote deliver"),
		W("domain is in queue_domains"),
		W("concurrency limit reached for transport"),
#undef W
	};
	struct slice text = entry->text;
	struct delivery d;

	if (!read_delivery(&text, &d))
		return MEANS_UNKNOWN;
	exim_decide(entry);
	for (size_t i = 0; i < NELEMS(no_attempts); i++)
		if (slice_starts(d.words, no_attempts[i]))
			return MEANS_NOTHING;
		else if (slice_starts(no_attempts[i], d.words))
			return MEANS_UNKNOWN; /* cut, or nothing */
	attempt(entry, &d, EVENT_DEFERRED);
	return MEANS_FACT;
}
