/* digest.c - what a day's report needs, fed with every event */
#include "base/digest.h"

#include <stdlib.h>

#include "base/digest_impl.h"
#include "base/gist.h"
#include "base/mem.h"
#include "base/roster.h"

#define ADDRESS_TEXT 512 /* what is longer is cut */

struct digest *
digest_new(const struct digest_config *config)
{
	struct digest *digest = mem_zero(1, sizeof(*digest));

	digest->config = *config;
	digest_lines_init(digest);
	return digest;
}

void
digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	digest_fini_days(digest);
	digest_lines_fini(digest);
	writer_fini(&digest->gone);
	free(digest);
}

void
digest_clock(struct digest *digest, int64_t now)
{
	digest->now = now;
}

uint64_t
digest_dropped(const struct digest *digest)
{
	return digest->dropped;
}

/* An event under way into the digest. */
struct intake {
	struct digest *digest;
	const struct mail_event *event;
	struct day *day;
	uint64_t *counts; /* of its hour */
	struct day *tables;
};

static void
add_line(const struct intake *in, enum digest_table table, uint32_t tag,
    struct slice name, struct increment *increment)
{
	increment->when = in->event->when / 1000000;
	digest_line_add(in->digest, in->tables, table, tag, name, increment);
}

/* The address, its domain in lower case, and the domain alone. */
static struct slice
fold_address(
    struct slice address, char text[ADDRESS_TEXT], struct slice *domain)
{
	size_t n = slice_copy(address, text, ADDRESS_TEXT);
	struct slice folded = { text, n };
	ptrdiff_t at = slice_find_last(folded, SLICE("@"));

	if (n == 0) {
		*domain = SLICE("<>");
		return *domain;
	}
	if (at == -1) {
		*domain = SLICE("(no domain)");
		return folded;
	}
	for (size_t i = (size_t)at + 1; i < n; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] + ('a' - 'A'));
	*domain = slice_from(folded, (size_t)at + 1);
	return folded;
}

/* A recipient that is told alone is no further message, and is nobody's where
   its sender is not told again. */
static void
add_sender(const struct intake *in)
{
	const struct mail_event *event = in->event;
	uint64_t n = event->count, bytes = n * event->message.bytes;
	bool whole = event->kind == EVENT_RECEIVED || bytes != 0;
	struct increment increment = { 0,
		{ whole ? n : 0, bytes, n * event->message.recipients } };
	char text[ADDRESS_TEXT];
	struct slice domain, sender;

	if (!whole && event->message.sender.n == 0)
		return;
	sender = fold_address(event->message.sender, text, &domain);
	add_line(in, DIGEST_SENDERS, 0, sender, &increment);
	if (event->account.n != 0)
		add_line(in, DIGEST_ACCOUNTS, 0, event->account, &increment);
	increment.cells[SENDERS_RECIPIENTS] = 0;
	add_line(in, DIGEST_SENDING, 0, domain, &increment);
}

/*
 * Mail put on hold is received before its sender and size are told: it joins
 * the tables when they are.
 */
static void
add_message(const struct intake *in)
{
	const struct mail_event *event = in->event;
	uint64_t n = event->count;
	bool received = event->kind == EVENT_RECEIVED;

	if (event->message.generated) {
		in->counts[DIGEST_GENERATED] += received ? n : 0;
		return;
	}
	in->counts[DIGEST_RECEIVED] += received ? n : 0;
	in->counts[DIGEST_RECEIVED_BYTES] += n * event->message.bytes;
	in->counts[DIGEST_RECEIVED_RECIPIENTS] += n * event->message.recipients;
	if (in->tables != NULL &&
	    (!received || event->message.recipients != 0 ||
		event->message.bytes != 0))
		add_sender(in);
}

/* "REMOTE\nGIST": whom it could not be delivered to, and why */
static void
add_failure(
    const struct intake *in, enum digest_table table, struct slice domain)
{
	const struct mail_event *event = in->event;
	struct increment increment = { 0, { event->count } };
	struct slice remote = roster_relay(event->delivery.relay), reply, host;
	char text[NAME_TEXT + GIST_TEXT];
	size_t n;

	if (remote.n == 0 || slice_is(remote, "none"))
		remote = domain;
	n = slice_copy(remote, text, NAME_TEXT);
	text[n++] = '\n';
	/* "host mx.example.org[192.0.2.1] said: ": it is named already. */
	reply = event->delivery.reply;
	if (slice_begins(reply, "host "))
		(void)slice_cut(&reply, SLICE(" said: "), &host);
	n += gist(reply, text + n, GIST_TEXT - n);
	add_line(in, table, 0, (struct slice){ text, n }, &increment);
}

static void
add_delivery_rows(const struct intake *in)
{
	const struct mail_event *event = in->event;
	uint64_t n = event->count, bytes = n * event->delivery.bytes;
	struct increment increment = { 0 };
	char text[ADDRESS_TEXT];
	struct slice domain, recipient;

	recipient = fold_address(event->delivery.recipient, text, &domain);
	increment.cells[RECEIVING_MAX_DELAY_MS] = event->delivery.delay_ms;
	if (event->kind == EVENT_SENT) {
		increment.cells[RECEIVING_SENT] = n;
		increment.cells[RECEIVING_BYTES] = bytes;
		increment.cells[RECEIVING_DELAY_MS] =
		    n * event->delivery.delay_ms;
	} else if (event->kind == EVENT_DEFERRED) {
		increment.cells[RECEIVING_DEFERRED] = n;
	} else {
		increment.cells[RECEIVING_BOUNCED] = n;
	}
	add_line(in, DIGEST_RECEIVING, 0, domain, &increment);
	if (event->kind == EVENT_SENT) {
		increment = (struct increment){ 0, { n, bytes } };
		add_line(in, DIGEST_RECIPIENTS, 0, recipient, &increment);
	} else {
		add_failure(in,
		    event->kind == EVENT_DEFERRED ? DIGEST_DEFERRALS
						  : DIGEST_BOUNCES,
		    domain);
	}
	if (event->account.n == 0)
		return;
	increment = (struct increment){ 0 };
	increment.cells[event->kind == EVENT_SENT       ? ACCOUNTS_SENT
			: event->kind == EVENT_DEFERRED ? ACCOUNTS_DEFERRED
							: ACCOUNTS_BOUNCED] = n;
	add_line(in, DIGEST_ACCOUNTS, 0, event->account, &increment);
}

static void
add_delivery(const struct intake *in)
{
	const struct mail_event *event = in->event;
	uint64_t n = event->count;

	if (event->kind == EVENT_SENT) {
		in->counts[DIGEST_SENT] += n;
		in->counts[DIGEST_SENT_BYTES] += n * event->delivery.bytes;
		if (slice_begins(event->delivery.reply, "forwarded as "))
			in->counts[DIGEST_FORWARDED] += n;
	} else if (event->kind == EVENT_DEFERRED) {
		in->counts[DIGEST_DEFERRED] += n;
		in->counts[DIGEST_DEFERRED_MESSAGES] += event->delivery.first;
	} else {
		in->counts[DIGEST_BOUNCED] += n;
	}
	if (in->tables != NULL)
		add_delivery_rows(in);
}

static void
add_set_aside(const struct intake *in, enum digest_count count)
{
	struct increment increment = { 0, { in->event->count } };
	char text[GIST_TEXT];
	size_t n;

	in->counts[count] += in->event->count;
	if (in->tables == NULL)
		return;
	n = gist(in->event->delivery.reply, text, sizeof(text));
	add_line(in, DIGEST_SET_ASIDE, (uint32_t)in->event->kind,
	    (struct slice){ text, n }, &increment);
}

static void
add_client(const struct intake *in, unsigned cell, uint64_t n)
{
	struct increment increment = { 0 };
	struct slice name = { (const char *)&in->event->client,
		sizeof(in->event->client) };

	if (in->tables == NULL || addr_is_none(&in->event->client))
		return;
	increment.cells[cell] = n;
	if (cell == CLIENTS_REJECTED &&
	    in->event->reject.reason == REASON_RELAY_DENIED)
		increment.cells[CLIENTS_RELAY_DENIED] = n;
	/* The address as it is: printing each would cost more than all else. */
	add_line(in, DIGEST_CLIENTS, 0, name, &increment);
}

static void
add_reject(const struct intake *in)
{
	const struct mail_event *event = in->event;
	struct increment increment = { 0, { event->count } };
	char text[ADDRESS_TEXT];
	struct slice domain;

	in->counts[DIGEST_REJECTED] += event->count;
	if (event->reject.temporary)
		in->counts[DIGEST_REJECTED_TEMPORARY] += event->count;
	if (event->reject.reason == REASON_RELAY_DENIED)
		in->counts[DIGEST_RELAY_DENIED] += event->count;
	in->day->reasons[event->reject.reason] += event->count;
	add_client(in, CLIENTS_REJECTED, event->count);
	if (in->tables == NULL)
		return;
	add_line(in, DIGEST_REJECTS,
	    (uint32_t)event->reject.reason << 16 | event->reject.code,
	    gist_again(in->digest->memos, event->reject.text), &increment);
	if (event->reject.recipient.n == 0 ||
	    event->reject.reason == REASON_RELAY_DENIED)
		return;
	(void)fold_address(event->reject.recipient, text, &domain);
	increment = (struct increment){ 0 };
	increment.cells[RECEIVING_REJECTED] = event->count;
	add_line(in, DIGEST_RECEIVING, 0, domain, &increment);
}

static void
add_relayed(const struct intake *in)
{
	if (in->event->relay == RELAY_UNSURE)
		in->counts[DIGEST_RELAY_UNSURE] += in->event->count;
	if (in->event->relay != RELAY_OPEN)
		return;
	in->counts[DIGEST_RELAY_OPEN] += in->event->count;
	add_client(in, CLIENTS_RELAY_OPEN, in->event->count);
}

/* Kinds that are only counted, and under what. */
static enum digest_count
plain_count(const struct mail_event *event)
{
	switch (event->kind) {
	case EVENT_CONNECTED:
		return DIGEST_CONNECTED;
	case EVENT_EXPIRED:
		return DIGEST_EXPIRED;
	case EVENT_AUTH_OK:
		return DIGEST_AUTH_OK;
	case EVENT_LOGIN_OK:
		return DIGEST_LOGINS_OK;
	case EVENT_AUTH_FAILED:
		return DIGEST_AUTH_FAILED;
	case EVENT_LOGIN_FAILED:
		return DIGEST_LOGINS_FAILED;
	case EVENT_LIFECYCLE:
		return DIGEST_STARTS;
	default:
		return DIGEST_COUNTS;
	}
}

static void
add_plain(const struct intake *in)
{
	enum digest_count count = plain_count(in->event);

	if (count == DIGEST_COUNTS)
		return;
	in->counts[count] += in->event->count;
	if ((count == DIGEST_AUTH_FAILED || count == DIGEST_LOGINS_FAILED) &&
	    !in->event->auth.unavailable)
		add_client(in, CLIENTS_AUTH_FAILED, in->event->count);
}

static void
add(const struct intake *in)
{
	switch (in->event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		add_message(in);
		break;
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
		add_delivery(in);
		break;
	case EVENT_DISCARDED:
		add_set_aside(in, DIGEST_DISCARDED);
		break;
	case EVENT_QUARANTINED:
		add_set_aside(in, DIGEST_QUARANTINED);
		break;
	case EVENT_REJECTED:
		add_reject(in);
		break;
	case EVENT_RELAYED:
		add_relayed(in);
		break;
	default:
		add_plain(in);
	}
}

void
digest_add(struct digest *digest, const struct mail_event *event)
{
	struct intake in = { digest, event, NULL, NULL, NULL };
	unsigned hour;

	if (event->source == SOURCE_WIRE || event_is_hop(event) ||
	    event->kind == EVENT_DISCONNECTED || event->kind == EVENT_PROBE ||
	    event->kind == EVENT_TLS || event->kind == EVENT_VERDICT)
		return;
	in.day = digest_day_at(digest, event->host, event->when, &hour);
	if (in.day == NULL)
		return;
	in.counts = in.day->hours[hour];
	in.day->dirty = true;
	in.tables = digest_table_day(digest, in.day);
	add(&in);
}
