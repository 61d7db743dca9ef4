/* life.c - the life of one message, told by any format */
#include "collectors/life.h"

#include "collectors/grants.h"
#include "collectors/hops.h"
#include "collectors/relays.h"
#include "collectors/tracker_impl.h"

static struct slice
way_in(const struct message *message)
{
	switch (message->origin) {
	case ORIGIN_CLIENT:
		return message->esmtp ? SLICE("esmtp") : SLICE("smtp");
	case ORIGIN_LOCAL:
		return SLICE("local");
	case ORIGIN_UNTOLD:
		return SLICE("queue");
	default:
		return SLICE("");
	}
}

void
emit_received(struct tracker *tracker, const struct log_line *line,
    struct message *message, enum event_kind kind, struct slice sender)
{
	struct mail_event event = event_from(line, kind);

	event.count = 1;
	event.mailer = way_in(message);
	event.queue_id = message_queue_id(message);
	event.message.generated = message->origin == ORIGIN_GENERATED;
	if (!event.message.generated)
		event.client = message->client;
	event.account = account_name(tracker, message->account);
	event.message_key = message->message_id;
	event.message.sender = sender;
	event.message.bytes = message->bytes;
	event.message.recipients = message->recipients;
	message->received = true;
	tracker_emit(tracker, &event);
}

struct message *
life_from_client(struct tracker *tracker, const struct log_line *line,
    struct slice id, const struct addr *client, struct slice account)
{
	struct message *message = inflight_new(tracker, line, id);

	message->origin = ORIGIN_CLIENT;
	message->client = *client;
	message->loopback = addr_is_loopback(client);
	message->account =
	    account.n != 0
		? account_number(tracker, account)
		: grants_account(tracker, line->host_index, client, line->when);
	return message;
}

struct message *
life_from_local(
    struct tracker *tracker, const struct log_line *line, struct slice id)
{
	struct message *message = inflight_new(tracker, line, id);

	message->origin = ORIGIN_LOCAL;
	return message;
}

void
life_renamed(struct tracker *tracker, const struct log_line *line,
    struct slice id, struct slice old_id)
{
	struct message *message = inflight_new(tracker, line, id);
	struct message *old = inflight_find(tracker, line->host_index, old_id);

	if (old != NULL && old->waiting) {
		hops_decide(tracker, old);
		old = inflight_find(tracker, line->host_index, old_id);
	}
	message->renamed = true;
	hops_tell_return(tracker, message, old_id);
	if (old == NULL) { /* older than the log */
		message->received = true;
		message->active = true;
		message->origin = ORIGIN_RETURN;
		return;
	}
	message->origin = old->origin;
	message->cleaned = old->cleaned;
	message->loopback = old->loopback;
	message->active = old->active;
	message->received = old->received;
	message->held = old->held;
	message->discarded = old->discarded;
	message->deferred = old->deferred;
	message->relayed = old->relayed;
	message->null_sender = old->null_sender;
	message->account = old->account;
	message->recipients = old->recipients;
	message->bytes = old->bytes;
	message->client = old->client;
	message->since = old->since;
	inflight_remove(tracker, old);
}

void
life_queued(struct tracker *tracker, const struct log_line *line,
    struct slice id, struct slice message_id)
{
	struct message *message = inflight_get(tracker, line, id);

	/* An id whose message left no end: this one is new and has no client
	   or pickup line, so the mail system made it. */
	if (message->active && !message->renamed)
		message = inflight_new(tracker, line, id);
	message->cleaned = true;
	if (message_id.n != 0 && message->message_id == 0) {
		message->message_id = event_message_key(message_id);
		hops_message_id(tracker, message);
		inflight_index(tracker, message);
	}
}

static void
count_generated(struct tracker *tracker, const struct log_line *line,
    struct message *message, struct slice sender)
{
	if (message->received || !message->cleaned ||
	    message->origin != ORIGIN_UNKNOWN)
		return;
	message->origin = ORIGIN_GENERATED;
	emit_received(tracker, line, message, EVENT_RECEIVED, sender);
	inflight_touch(tracker, message);
}

/* Active for the first time: it counts, unless a proof has to be awaited. */
static void
first_active(struct tracker *tracker, const struct log_line *line,
    struct message *message, struct slice sender)
{
	if (message->received) {
		if (message->held)
			emit_received(
			    tracker, line, message, EVENT_SIZED, sender);
		return;
	}
	if (message->proven)
		count_generated(tracker, line, message, sender);
	if (message->origin != ORIGIN_CLIENT && message->origin != ORIGIN_LOCAL)
		return;
	hops_message_id(tracker, message);
	if (message->received)
		return;
	if (hops_may_return(tracker, message))
		hops_wait(tracker, line, message, sender);
	else
		emit_received(tracker, line, message, EVENT_RECEIVED, sender);
}

void
life_active(struct tracker *tracker, const struct log_line *line,
    struct slice id, struct slice sender, uint64_t bytes, uint32_t recipients)
{
	struct message *message = inflight_get(tracker, line, id);

	message->bytes = bytes; /* put back by the operator, it may differ */
	if (message->active)
		return;
	message->active = true;
	message->recipients = recipients;
	message->null_sender = sender.n == 0;
	first_active(tracker, line, message, sender);
}

static struct mail_event
message_event(struct tracker *tracker, const struct log_line *line,
    const struct message *message, enum event_kind kind)
{
	struct mail_event event = event_from(line, kind);

	event.queue_id = message_queue_id(message);
	event.client = message->client;
	event.account = account_name(tracker, message->account);
	event.message_key = message->message_id;
	event.delivery.bytes = message->bytes;
	return event;
}

void
life_held(struct tracker *tracker, const struct log_line *line,
    struct message *message, struct slice mailer, struct slice words)
{
	struct mail_event event =
	    message_event(tracker, line, message, EVENT_QUARANTINED);

	if (message->held)
		return;
	message->held = true;
	inflight_touch(tracker, message);
	event.count = 1;
	event.mailer = mailer;
	event.delivery.reply = words;
	tracker_emit(tracker, &event);
	/* Who sent it is told when it is first active. */
	if (!message->received)
		emit_received(
		    tracker, line, message, EVENT_RECEIVED, SLICE(""));
}

void
life_discarded(struct tracker *tracker, const struct log_line *line,
    struct message *message, struct slice mailer, struct slice words)
{
	struct mail_event event =
	    message_event(tracker, line, message, EVENT_DISCARDED);

	if (message->discarded)
		return;
	message->discarded = true;
	inflight_touch(tracker, message);
	event.count = 1;
	event.mailer = mailer;
	event.delivery.reply = words;
	tracker_emit(tracker, &event);
}

bool
life_refused(struct tracker *tracker, struct message *message)
{
	bool news = !message->rejected;

	message->rejected = true;
	inflight_touch(tracker, message);
	return news;
}

void
life_generated(
    struct tracker *tracker, const struct log_line *line, struct slice id)
{
	struct message *message = inflight_get(tracker, line, id);

	/* The line that names it may come before its own first one. */
	message->proven = true;
	count_generated(tracker, line, message, SLICE(""));
}

void
life_expired(struct tracker *tracker, const struct log_line *line,
    struct slice id, struct slice sender)
{
	struct message *message = inflight_get(tracker, line, id);
	struct mail_event event =
	    message_event(tracker, line, message, EVENT_EXPIRED);

	count_generated(tracker, line, message, sender);
	event.delivery.sender = sender;
	tracker_emit(tracker, &event);
}

void
life_removed(
    struct tracker *tracker, const struct log_line *line, struct slice id)
{
	struct message *message = inflight_find(tracker, line->host_index, id);

	if (message == NULL)
		return;
	if (message->waiting) {
		message->removed = true;
		inflight_touch(tracker, message);
	} else {
		inflight_remove(tracker, message);
	}
}

/* Without all of our networks and domains a stranger's message can only be
   unsure. */
static enum relay_kind
right_of(const struct tracker *tracker, const struct relaying *relaying)
{
	if (relaying->authenticated)
		return RELAY_AUTHENTICATED;
	if (home_has_address(&tracker->home, &relaying->client))
		return RELAY_NETWORK;
	return tracker_domains_known(tracker) && !tracker->home.incomplete &&
		       !addr_is_private(&relaying->peer) &&
		       !relaying->account_untold
		   ? RELAY_OPEN
		   : RELAY_UNSURE;
}

/* True if another log may still tell: then it is not said yet. */
static bool
judge_stranger(struct tracker *tracker, const struct log_line *line,
    const struct relaying *relaying, struct mail_event *event)
{
	struct slice account;
	enum relay_kind relay = grants_judge(tracker, line->host_index,
	    &relaying->client, relaying->arrived, event->relay, &account);

	if (relay == RELAY_AUTHENTICATED) {
		event->account = account;
	} else if (relays_wait(tracker, line->host_index, relaying->arrived)) {
		relays_hold(
		    tracker, event, line->host_index, relaying->arrived);
		return true;
	}
	event->relay = relay;
	return false;
}

bool
life_relayed(struct tracker *tracker, const struct log_line *line,
    const struct relaying *relaying)
{
	struct mail_event event = event_from(line, EVENT_RELAYED);

	/* A name without a domain is one of this host. */
	if (slice_find_char(relaying->recipient, '@') == -1 ||
	    tracker_is_our_domain(tracker, relaying->recipient))
		return false;
	event.count = 1;
	event.queue_id = relaying->queue_id;
	event.client = relaying->client;
	event.account = relaying->account;
	event.relay = right_of(tracker, relaying);
	if ((event.relay != RELAY_OPEN && event.relay != RELAY_UNSURE) ||
	    !judge_stranger(tracker, line, relaying, &event))
		tracker_emit(tracker, &event);
	return true;
}

/* A message from a client has a recipient, as addressed, elsewhere: once. */
static void
judge_relay(struct tracker *tracker, const struct log_line *line,
    struct message *message, const struct attempt *attempt)
{
	struct relaying relaying = { .queue_id = message_queue_id(message),
		.account = account_name(tracker, message->account),
		.recipient = attempt->addressed.n != 0 ? attempt->addressed
						       : attempt->recipient,
		.client = message->client,
		.peer = attempt->peer,
		.arrived = message->since,
		.authenticated = message->account != 0,
		.account_untold = attempt->account_untold };

	/* A notice that a filter made is no client's, once that is known. */
	if (message->relayed || !attempt->is_outbound ||
	    (message->waiting && message->null_sender) ||
	    addr_is_none(&message->client) || message->origin == ORIGIN_UNKNOWN)
		return;
	message->relayed = life_relayed(tracker, line, &relaying);
	if (message->relayed)
		inflight_touch(tracker, message);
}

static void
fill_attempt(struct mail_event *event, const struct attempt *attempt)
{
	event->mailer = attempt->mailer;
	event->delivery.recipient = attempt->recipient;
	event->delivery.addressed = attempt->addressed;
	event->delivery.relay = attempt->relay;
	event->delivery.dsn = attempt->dsn;
	event->delivery.reply = attempt->reply;
	event->delivery.peer = attempt->peer;
	event->delivery.delay_ms = attempt->delay_ms;
}

/*
 * A loopback relay took it: true if that was no delivery.  Where filters run,
 * an answer whose end was cut off may have said anything.
 */
static bool
taken_by_filter(struct tracker *tracker, const struct log_line *line,
    struct message *message, struct mail_event *event, bool is_cut)
{
	switch (hops_answer(tracker, message, event->delivery.reply)) {
	case HOP_HANDED:
		hops_tell_handed(tracker, event);
		return true;
	case HOP_DISCARDED:
		life_discarded(tracker, line, message, event->mailer,
		    event->delivery.reply);
		return true;
	case HOP_BOUNCED:
		if (!message->notified)
			hops_notice(tracker, line);
		message->notified = true;
		event->kind = EVENT_BOUNCED;
		return false;
	default:
		return is_cut && hops_expected(tracker, message->host_index);
	}
}

void
life_attempt(struct tracker *tracker, const struct log_line *line,
    struct slice id, const struct attempt *attempt)
{
	struct message *message = inflight_get(tracker, line, id);
	struct mail_event event = message_event(tracker, line, message,
	    attempt->is_discard ? EVENT_DISCARDED : attempt->kind);

	count_generated(tracker, line, message, SLICE(""));
	fill_attempt(&event, attempt);
	if (event.kind == EVENT_DEFERRED && !message->deferred) {
		message->deferred = event.delivery.first = true;
		inflight_touch(tracker, message);
	}
	/* Perhaps to a list manager, whose posts then come as new ones. */
	if (attempt->kind == EVENT_SENT && addr_is_none(&attempt->peer) &&
	    !message->at_home) {
		message->at_home = true;
		inflight_touch(tracker, message);
	}
	if (attempt->kind == EVENT_SENT && attempt->is_pipe &&
	    hops_piped(tracker, line, message, attempt->relay, &event))
		return;
	if (attempt->kind == EVENT_SENT && addr_is_loopback(&attempt->peer) &&
	    taken_by_filter(tracker, line, message, &event, attempt->is_cut))
		return;
	judge_relay(tracker, line, message, attempt);
	tracker_emit(tracker, &event);
}
