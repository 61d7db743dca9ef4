/* measure.c - what an event counts for a rule */
#include "alerts/measure.h"

bool
measure_relay_denied(const struct mail_event *event, struct mark *mark)
{
	mark->part = event->count;
	return event->reject.reason == REASON_RELAY_DENIED;
}

bool
measure_relay_open(const struct mail_event *event, struct mark *mark)
{
	mark->part = event->count;
	return event->relay == RELAY_OPEN;
}

/* A number that a log gives, times how often it says so. */
static uint32_t
times(const struct mail_event *event, uint32_t n)
{
	uint64_t all = (uint64_t)event->count * n;

	return all > UINT32_MAX ? UINT32_MAX : (uint32_t)all;
}

bool
measure_recipients_unknown(const struct mail_event *event, struct mark *mark)
{
	bool unknown;

	if (event->kind != EVENT_REJECTED) {
		mark->whole = times(event, event->message.recipients);
		return mark->whole != 0 && !event->message.generated;
	}
	unknown = event->reject.reason == REASON_UNKNOWN_RECIPIENT;
	mark->part = unknown ? event->count : 0;
	mark->whole = event->count;
	return unknown || event->reject.recipient.n != 0;
}

bool
measure_failure(const struct mail_event *event, struct mark *mark)
{
	mark->part = event->count;
	return !event->auth.unavailable;
}

bool
measure_failure_account(const struct mail_event *event, struct mark *mark)
{
	mark->member = slice_hash(event->account);
	return event->account.n != 0 && measure_failure(event, mark);
}

/* The /24 of IPv4, the /64 of IPv6. */
static bool
network_of(const struct mail_event *event, struct mark *mark)
{
	struct addr network = event->client;
	size_t keep = network.family == 4 ? 3 : 8;

	memset(network.b + keep, 0, sizeof(network.b) - keep);
	mark->part = event->count;
	mark->member = addr_hash(&network);
	return !addr_is_none(&event->client);
}

bool
measure_failure_network(const struct mail_event *event, struct mark *mark)
{
	return measure_failure(event, mark) && network_of(event, mark);
}

bool
measure_success_network(const struct mail_event *event, struct mark *mark)
{
	return network_of(event, mark) &&
	       (event->kind != EVENT_RECEIVED || !event->message.generated);
}

bool
measure_recipients(const struct mail_event *event, struct mark *mark)
{
	mark->part = times(event, event->message.recipients);
	return mark->part != 0 && !event->message.generated;
}

static bool
delivered(const struct mail_event *event, struct mark *mark, bool counts)
{
	mark->part = counts ? event->count : 0;
	mark->whole = event->count;
	return true;
}

bool
measure_undelivered(const struct mail_event *event, struct mark *mark)
{
	return delivered(event, mark, event->kind != EVENT_SENT);
}

bool
measure_bounced(const struct mail_event *event, struct mark *mark)
{
	return delivered(event, mark, event->kind == EVENT_BOUNCED);
}

bool
measure_deferred(const struct mail_event *event, struct mark *mark)
{
	return delivered(event, mark, event->kind == EVENT_DEFERRED);
}

bool
measure_probe(const struct mail_event *event, struct mark *mark)
{
	mark->part = event->count;
	return event->probe != PROBE_EMPTY;
}

/* A scanner may be silent about clean mail, and spam refused is not received:
   the whole is what is more, mail scanned or mail received. */
bool
measure_bad_mail(const struct mail_event *event, struct mark *mark)
{
	if (event->kind == EVENT_RECEIVED) {
		mark->other = event->count;
		return !event->message.generated;
	}
	mark->whole = event->count;
	mark->part =
	    event->verdict == VERDICT_SPAM || event->verdict == VERDICT_VIRUS
		? event->count
		: 0;
	return true;
}

bool
measure_rejected(const struct mail_event *event, struct mark *mark)
{
	mark->part = event->count;
	return true;
}

bool
measure_message(const struct mail_event *event, struct mark *mark)
{
	(void)mark;
	return !event->message.generated;
}

/* Bounces and automatic replies have subjects in common. */
bool
measure_subject(const struct mail_event *event, struct mark *mark)
{
	struct addr client = event->client;

	if (client.family == 6) /* one has as many addresses as it likes */
		memset(client.b + 8, 0, sizeof(client.b) - 8);
	mark->part = event->count;
	mark->member = addr_hash(&client);
	return !event->message.generated && event->message.sender.n != 0;
}

/* A wrong one may be anybody's guess. */
bool
measure_cleartext(const struct mail_event *event, struct mark *mark)
{
	mark->part = event->count;
	return event->cleartext.outcome == CLEARTEXT_TAKEN;
}

bool
measure_missing(const struct mail_event *event, struct mark *mark)
{
	if (event->kind == EVENT_RECEIVED) {
		mark->whole = event->count;
		return event->source == SOURCE_WIRE;
	}
	mark->part = event->count;
	mark->whole = event->missing.unlogged ? 0 : event->count;
	return true;
}

bool
measure_rogue(const struct mail_event *event, struct mark *mark)
{
	mark->part = event->count;
	return true;
}
