/*
 * message.c - "<=": a message came; and the ends that are no delivery's
 *
 *  <= kim@example.com H=mx.example.net (mx) [192.0.2.1] P=esmtps X=TLS1.3:...
 *      CV=no A=PLAIN:kim S=2002 id=abc@example.com T="..." from <...> for ...
 *  <= <> R=1xUwbp-00000q-1U U=Debian-exim P=local S=2105
 *
 * R= names the message that this one is about: Exim made it (deliver.c gives
 * it with -E).  A protocol that is none of Exim's own words was set with -oMr,
 * as filters do that hand a message back ("spam-scanned").
 */
#include "collectors/exim/exim.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/exim/under_way.h"
#include "collectors/hops.h"

struct exim_state *
exim_state(struct tracker *tracker)
{
	if (tracker->exim == NULL)
		tracker->exim = mem_zero(1, sizeof(*tracker->exim));
	return tracker->exim;
}

void
exim_free(struct exim_state *state)
{
	if (state == NULL)
		return;
	for (size_t i = 0; i < state->begun_count; i++)
		free(state->begun[i].text);
	free(state);
}

static void
drop(struct exim_state *state, size_t i)
{
	state->arrival_count--;
	memmove(&state->arrivals[i], &state->arrivals[i + 1],
	    (state->arrival_count - i) * sizeof(*state->arrivals));
	state->dirty = true;
}

static void
settle(struct tracker *tracker, size_t i)
{
	struct exim_state *state = tracker->exim;
	struct exim_arrival arrival = state->arrivals[i];
	struct log_line line = { .when = arrival.when,
		.host = tracker_host_name(tracker, arrival.host_index),
		.host_index = arrival.host_index,
		.count = 1 };

	drop(state, i);
	life_active(tracker, &line,
	    (struct slice){ arrival.id, arrival.id_length },
	    (struct slice){ arrival.sender, arrival.sender_length },
	    arrival.bytes, arrival.recipients);
}

static size_t
find_arrival(const struct tracker *tracker, uint32_t host, struct slice id)
{
	const struct exim_state *state = tracker->exim;
	size_t i = state != NULL ? state->arrival_count : 0;

	while (i-- > 0) {
		const struct exim_arrival *arrival = &state->arrivals[i];

		if (arrival->host_index == host &&
		    slice_eq(
			(struct slice){ arrival->id, arrival->id_length }, id))
			return i;
	}
	return ARRIVALS;
}

void
exim_forget(struct entry *entry)
{
	size_t i =
	    find_arrival(entry->tracker, entry->line->host_index, entry->id);

	if (i != ARRIVALS)
		drop(entry->tracker->exim, i);
}

void
exim_decide(struct entry *entry)
{
	size_t i =
	    find_arrival(entry->tracker, entry->line->host_index, entry->id);

	if (i != ARRIVALS)
		settle(entry->tracker, i);
}

void
exim_time(struct tracker *tracker, uint32_t host_index, int64_t now)
{
	struct exim_state *state = tracker->exim;

	/* They stand in the order in which they came. */
	for (size_t i = 0; i < state->arrival_count;) {
		const struct exim_arrival *arrival = &state->arrivals[i];

		if (arrival->host_index != host_index)
			i++;
		else if (now - arrival->when >= ARRIVAL_WAIT)
			settle(tracker, i);
		else
			break;
	}
}

void
exim_finish(struct tracker *tracker)
{
	while (tracker->exim->arrival_count != 0)
		settle(tracker, 0);
}

int64_t
exim_floor(const struct tracker *tracker, uint32_t host_index)
{
	const struct exim_state *state = tracker->exim;
	int64_t floor = INT64_MAX;

	for (size_t i = 0; state != NULL && i < state->arrival_count; i++)
		if (state->arrivals[i].host_index == host_index &&
		    state->arrivals[i].when < floor)
			floor = state->arrivals[i].when;
	return floor;
}

/* What a line of an arrival says. */
struct arrival {
	struct slice sender, about, protocol, authenticated, tls, message_id;
	struct exim_peer peer;
	uint64_t bytes;
	uint32_t recipients;
	bool from_host, sized;
};

/* Each field counts as Exim gives it last: what an ident server answered
   stands before P=. */
static void
take_field(struct arrival *a, struct slice name, struct slice value)
{
	if (slice_is(name, "P")) {
		a->protocol = value;
		a->authenticated = a->tls = a->message_id = SLICE("");
		a->sized = false;
	} else if (slice_is(name, "S")) {
		a->sized = slice_number(value, &a->bytes);
	} else if (slice_is(name, "X")) {
		a->tls = value;
	} else if (slice_is(name, "A")) {
		a->authenticated = value;
	} else if (slice_is(name, "id")) {
		a->message_id = value;
	} else if (slice_is(name, "R") && !a->from_host) {
		a->about = value;
	}
}

/* " from <kim@example.com> for ann@example.org bob@example.org" */
static uint32_t
count_recipients(struct slice text)
{
	struct slice sender;
	uint32_t n = 0;

	if (slice_skips(&text, " from ") && !exim_cut_angle(&text, &sender))
		return 0;
	if (!slice_skips(&text, " for "))
		return 0;
	do {
		(void)exim_cut_word(&text);
		n++;
	} while (slice_skips(&text, " "));
	return n;
}

static bool
read_arrival(struct slice text, struct arrival *a)
{
	struct slice name, value;

	memset(a, 0, sizeof(*a));
	a->sender = exim_cut_word(&text);
	if (slice_is(a->sender, "<>"))
		a->sender = SLICE("");
	while (exim_cut_field(&text, &name, &value)) {
		if (!slice_is(name, "H"))
			take_field(a, name, value);
		else if (!exim_cut_peer(&text, &a->peer))
			return false;
		else
			a->from_host = true;
	}
	a->recipients = count_recipients(text);
	return a->protocol.n != 0 && a->sized;
}

/* "local", "local-esmtp": Exim's own words */
static bool
is_own_protocol(struct slice protocol)
{
	return slice_begins(protocol, "local") ||
	       slice_find(protocol, SLICE("smtp")) != -1;
}

static struct message *
begin(struct entry *entry, const struct arrival *a)
{
	struct tracker *tracker = entry->tracker;
	struct message *message;

	if (a->from_host)
		return life_from_client(tracker, entry->line, entry->id,
		    &a->peer.addr, exim_account(a->authenticated));
	if (a->about.n == 0)
		return life_from_local(tracker, entry->line, entry->id);
	message = inflight_new(tracker, entry->line, entry->id);
	message->bytes = a->bytes;
	message->recipients = a->recipients;
	return message;
}

static void
wait(struct entry *entry, const struct arrival *a)
{
	struct exim_state *state = exim_state(entry->tracker);
	struct exim_arrival *arrival;

	if (state->arrival_count == ARRIVALS)
		settle(entry->tracker, 0);
	arrival = &state->arrivals[state->arrival_count++];
	memset(arrival, 0, sizeof(*arrival));
	arrival->host_index = entry->line->host_index;
	arrival->id_length =
	    (uint8_t)slice_copy(entry->id, arrival->id, sizeof(arrival->id));
	arrival->when = entry->line->when;
	arrival->bytes = a->bytes;
	arrival->recipients = a->recipients;
	arrival->sender_length =
	    slice_copy(a->sender, arrival->sender, sizeof(arrival->sender));
	state->dirty = true;
}

enum meaning
exim_arrival(struct entry *entry)
{
	struct tracker *tracker = entry->tracker;
	struct message *message, *original;
	struct arrival a;

	if (!read_arrival(entry->text, &a))
		return MEANS_UNKNOWN;
	exim_unwrap(entry, &a.peer);
	exim_decide(entry);
	message = begin(entry, &a);
	life_queued(tracker, entry->line, entry->id, a.message_id);
	if (a.about.n != 0) {
		message->null_sender = true;
		life_generated(tracker, entry->line, entry->id);
	}
	if (a.from_host)
		exim_session(
		    entry, &a.peer.addr, exim_account(a.authenticated), a.tls);
	original = !a.from_host && !is_own_protocol(a.protocol)
		       ? inflight_original(tracker, message)
		       : NULL;
	if (original != NULL)
		hops_return(tracker, message, original);
	wait(entry, &a);
	return MEANS_FACT;
}

enum meaning
exim_completed(struct entry *entry)
{
	exim_decide(entry);
	life_removed(entry->tracker, entry->line, entry->id);
	return MEANS_FACT;
}

/*
 * "frozen by ACL", "by local_scan()", "Frozen by the system filter: why": a
 * rule; an operator does it too, and what cannot be returned is "Frozen".
 */
enum meaning
exim_frozen_by(struct entry *entry)
{
	struct message *message;

	if (!slice_begins(entry->text, "ACL") &&
	    !slice_begins(entry->text, "local_scan") &&
	    !slice_begins(entry->text, "the system filter"))
		return MEANS_NOTHING;
	exim_decide(entry);
	message = inflight_get(entry->tracker, entry->line, entry->id);
	life_held(entry->tracker, entry->line, message,
	    message->origin == ORIGIN_LOCAL ? SLICE("local") : SLICE("smtp"),
	    entry->text);
	return MEANS_FACT;
}
