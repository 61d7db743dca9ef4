/*
 * hops.c - content filters: hand-overs and returns are not deliveries
 *
 * What waits is a list in the order of its lines.  A pipe service that proved
 * to be a filter stays one; after NOT_A_FILTER deliveries that brought nothing
 * back, a service's deliveries no longer wait, but a return still proves it.
 */
#include "collectors/hops.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "collectors/tracker_impl.h"
#include "collectors/undecided.h"

void
hops_note_filter(struct tracker *tracker, uint32_t host_index)
{
	tracker->services_dirty |= !tracker->hosts[host_index].filter_seen;
	tracker->hosts[host_index].filter_seen = true;
}

static void
note_named(struct tracker *tracker, uint32_t host_index)
{
	tracker->services_dirty |= !tracker->hosts[host_index].returns_named;
	tracker->hosts[host_index].returns_named = true;
}

static void settle(struct tracker *, struct pending *);

struct pending *
hops_add(struct tracker *tracker, uint32_t host_index, int64_t when,
    enum pending_kind kind)
{
	struct pending *pending = mem_zero(1, sizeof(*pending));

	pending->kind = kind;
	pending->when = when;
	pending->host_index = host_index;
	/* Full: the oldest is decided at once, before its time. */
	if (tracker->pending_count == TRACKER_PENDING) {
		tracker->counts.dropped++;
		settle(tracker, tracker->pending);
	}
	DL_APPEND(tracker->pending, pending);
	tracker->pending_count++;
	tracker->undecided += kind == PENDING_REFUSED;
	tracker->pending_dirty = true;
	return pending;
}

static struct pending *
add_pending(struct tracker *tracker, const struct log_line *line,
    const struct message *message, enum pending_kind kind)
{
	struct pending *pending =
	    hops_add(tracker, message->host_index, line->when, kind);

	pending->id_length = message->id_length;
	memcpy(pending->id, message->id, sizeof(pending->id));
	pending->message_id = message->message_id;
	pending->client = message->client;
	pending->account = message->account;
	return pending;
}

static struct message *
pending_message(struct tracker *tracker, const struct pending *pending)
{
	struct slice id = { pending->id, pending->id_length };

	return inflight_find(tracker, pending->host_index, id);
}

/* The message no longer waits; if it is gone from the queue, so is its row. */
static void
end_wait(struct tracker *tracker, struct message *message)
{
	message->waiting = false;
	inflight_touch(tracker, message);
	if (message->removed)
		inflight_remove(tracker, message);
}

/* Before its time: what waits must not be taken for the next of that id. */
static void
end_waiting(struct tracker *tracker, struct message *message)
{
	struct pending *pending = NULL, *next;

	DL_FOREACH_SAFE(tracker->pending, pending, next)
	if (pending->kind == PENDING_MESSAGE &&
	    pending_message(tracker, pending) == message)
		pending_drop(tracker, pending);
	end_wait(tracker, message);
}

static void
settle(struct tracker *tracker, struct pending *pending)
{
	struct message *message;

	if (pending->kind == PENDING_PIPED) {
		pending->service->misses++;
		tracker->services_dirty = true;
		tracker_emit(tracker, &pending->event);
	} else if (pending->kind == PENDING_REFUSED) {
		undecided_settle(tracker, pending, REASON_RELAY_DENIED);
	} else if (pending->kind == PENDING_MESSAGE) {
		message = pending_message(tracker, pending);
		if (message != NULL && message->waiting) {
			struct log_line line = { .when = pending->when,
				.host = tracker_host_name(
				    tracker, pending->host_index),
				.host_index = pending->host_index,
				.count = 1 };

			emit_received(tracker, &line, message, EVENT_RECEIVED,
			    (struct slice){
				pending->text, pending->text_length });
			end_wait(tracker, message);
		}
	}
	pending_drop(tracker, pending);
}

void
hops_settle(struct tracker *tracker, int64_t now)
{
	while (tracker->pending != NULL &&
	       (now == INT64_MAX || now - tracker->pending->when >= HOPS_WAIT))
		settle(tracker, tracker->pending);
}

void
hops_decide(struct tracker *tracker, const struct message *message)
{
	struct pending *pending = NULL;

	DL_FOREACH (tracker->pending, pending) {
		if (pending->kind != PENDING_MESSAGE ||
		    pending_message(tracker, pending) != message)
			continue;
		settle(tracker, pending);
		return;
	}
}

void
hops_return(
    struct tracker *tracker, struct message *message, struct message *original)
{
	hops_tell_return(tracker, message,
	    original != NULL ? message_queue_id(original) : SLICE(""));
	message->origin = ORIGIN_RETURN;
	message->received = true;
	if (original != NULL) {
		message->client = original->client;
		message->account = original->account;
		message->loopback = original->loopback;
		message->relayed = original->relayed;
		original->handed = true;
		inflight_touch(tracker, original);
	}
	hops_note_filter(tracker, message->host_index);
	if (message->waiting)
		end_waiting(tracker, message);
	else
		inflight_touch(tracker, message);
}

void
hops_named_return(
    struct tracker *tracker, struct message *message, struct message *original)
{
	note_named(tracker, message->host_index);
	hops_return(tracker, message, original);
}

/*
 * A list manager that sends a post in parts brings its Message-ID as often, and
 * the first part may be with the filter: which of them are returns is told by
 * their ids, where filters have been seen to be told of so.
 */
static bool
is_return(const struct tracker *tracker, const struct message *original)
{
	return original != NULL && !original->at_home &&
	       !(original->loopback &&
		   tracker->hosts[original->host_index].returns_named);
}

/* The service is a filter: what waited for it was handed over. */
static void
learn_filter(struct tracker *tracker, struct service *service)
{
	struct pending *pending = NULL;

	service->is_filter = true;
	tracker->services_dirty = tracker->pending_dirty = true;
	DL_FOREACH (tracker->pending, pending)
		if (pending->kind == PENDING_PIPED &&
		    pending->service == service) {
			pending->kind = PENDING_HANDED;
			hops_tell_handed(tracker, &pending->event);
		}
}

/* A pipe service took a message with this Message-ID a moment ago. */
static struct pending *
find_piped(struct tracker *tracker, const struct message *message)
{
	struct pending *pending = NULL;

	DL_FOREACH (tracker->pending, pending)
		if ((pending->kind == PENDING_PIPED ||
			pending->kind == PENDING_HANDED) &&
		    pending->host_index == message->host_index &&
		    pending->message_id == message->message_id)
			return pending;
	return NULL;
}

void
hops_message_id(struct tracker *tracker, struct message *message)
{
	struct message *original = inflight_original(tracker, message);
	struct pending *piped;

	if (message->message_id == 0 || message->received)
		return;
	if (message->origin == ORIGIN_CLIENT && message->loopback) {
		if (is_return(tracker, original))
			hops_return(tracker, message, original);
		return;
	}
	if (message->origin != ORIGIN_LOCAL)
		return;
	piped = find_piped(tracker, message);
	if (piped == NULL)
		return;
	message->client = piped->client;
	message->account = piped->account;
	if (!piped->service->is_filter)
		learn_filter(tracker, piped->service);
	hops_return(tracker, message, original);
}

bool
hops_may_return(const struct tracker *tracker, const struct message *message)
{
	const struct tracked_host *host = &tracker->hosts[message->host_index];

	/* Without a Message-ID only the filter's answer can tell. */
	if (message->origin == ORIGIN_CLIENT && message->loopback)
		return message->null_sender || host->filter_seen ||
		       message->message_id == 0;
	return message->origin == ORIGIN_LOCAL && message->message_id != 0 &&
	       inflight_original((struct tracker *)tracker, message) != NULL;
}

void
hops_wait(struct tracker *tracker, const struct log_line *line,
    struct message *message, struct slice sender)
{
	struct pending *pending;

	message->waiting = true;
	pending = add_pending(tracker, line, message, PENDING_MESSAGE);
	pending->text_length =
	    slice_copy(sender, pending->text, sizeof(pending->text));
}

bool
hops_expected(const struct tracker *tracker, uint32_t host_index)
{
	const struct pending *pending = NULL;

	DL_FOREACH (tracker->pending, pending)
		if (pending->kind == PENDING_MESSAGE &&
		    pending->host_index == host_index)
			return true;
	return tracker->hosts[host_index].filter_seen;
}

void
hops_notice(struct tracker *tracker, const struct log_line *line)
{
	struct pending *pending = NULL, *newest = NULL;
	struct message *message;

	DL_FOREACH (tracker->pending, pending) {
		message = pending->kind == PENDING_MESSAGE &&
				  pending->host_index == line->host_index
			      ? pending_message(tracker, pending)
			      : NULL;
		if (message != NULL && message->waiting &&
		    message->null_sender && message->loopback)
			newest = pending;
	}
	if (newest != NULL)
		hops_generated(tracker, line, pending_message(tracker, newest));
}

struct message *
hops_waiting(struct tracker *tracker, uint32_t host_index, uint64_t message_id)
{
	struct pending *pending = NULL;
	struct message *message;

	DL_FOREACH (tracker->pending, pending) {
		if (pending->kind != PENDING_MESSAGE ||
		    pending->host_index != host_index ||
		    pending->message_id != message_id)
			continue;
		message = pending_message(tracker, pending);
		if (message != NULL && message->waiting)
			return message;
	}
	return NULL;
}

void
hops_generated(struct tracker *tracker, const struct log_line *line,
    struct message *message)
{
	message->origin = ORIGIN_GENERATED;
	emit_received(tracker, line, message, EVENT_RECEIVED, SLICE(""));
	end_waiting(tracker, message);
}

static struct service *
get_service(struct tracker *tracker, struct slice name)
{
	struct service *service;

	if (name.n >= SERVICE_TEXT)
		name.n = SERVICE_TEXT - 1;
	for (size_t i = 0; i < tracker->service_count; i++)
		if (slice_eq(slice_of(tracker->services[i].name), name))
			return &tracker->services[i];
	if (tracker->service_count == TRACKER_FILTERS)
		return NULL;
	service = &tracker->services[tracker->service_count++];
	slice_copy(name, service->name, sizeof(service->name));
	tracker->services_dirty = true; /* what waits goes by its number */
	return service;
}

/* A pickup that waits and has this message's Message-ID: its return. */
static struct message *
waiting_return(struct tracker *tracker, const struct message *message)
{
	struct pending *pending = NULL;
	struct message *other;

	DL_FOREACH (tracker->pending, pending) {
		if (pending->kind != PENDING_MESSAGE ||
		    pending->host_index != message->host_index ||
		    pending->message_id != message->message_id)
			continue;
		other = pending_message(tracker, pending);
		if (other != NULL && other != message && other->waiting &&
		    other->origin == ORIGIN_LOCAL)
			return other;
	}
	return NULL;
}

bool
hops_piped(struct tracker *tracker, const struct log_line *line,
    struct message *message, struct slice name, const struct mail_event *event)
{
	struct service *service = get_service(tracker, name);
	struct message *other;
	struct pending *pending = NULL;

	if (service == NULL)
		return false;
	if (message->message_id == 0 && service->is_filter)
		hops_tell_handed(tracker, event);
	if (message->message_id == 0)
		return service->is_filter;
	while ((other = waiting_return(tracker, message)) != NULL) {
		if (!service->is_filter)
			learn_filter(tracker, service);
		hops_return(tracker, other, message);
	}
	if (!service->is_filter && service->misses >= NOT_A_FILTER)
		return false;
	pending = add_pending(tracker, line, message,
	    service->is_filter ? PENDING_HANDED : PENDING_PIPED);
	pending->service = service;
	if (service->is_filter)
		hops_tell_handed(tracker, event);
	else
		pending_keep_event(tracker, pending, event);
	return true;
}
