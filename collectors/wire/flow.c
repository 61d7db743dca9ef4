/*
 * flow.c - TCP connections, told apart and followed
 *
 * A connection that ended stays as a row without a session until it is
 * displaced or its ports are used again: a late copy of one of its segments
 * must not look like a connection joined in the middle.
 */
#include "collectors/wire/flow.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/wire/flow_impl.h"

#define QUIET 1000000 /* microseconds: the capture has nothing more to show */

struct flows *
flows_new(const struct flow_reader *reader)
{
	struct flows *flows = mem_zero(1, sizeof(*flows));

	table_init(&flows->flows, sizeof(struct flow), FLOWS_MOST);
	table_init(&flows->halves, sizeof(struct half), FLOWS_HALF);
	flows->reader = *reader;
	flows->closing_end = &flows->closing;
	return flows;
}

const struct flow_counts *
flows_counts(const struct flows *flows)
{
	return &flows->counts;
}

void
flows_free(struct flows *flows)
{
	if (flows == NULL)
		return;
	flows_finish(flows);
	table_fini(&flows->flows);
	table_fini(&flows->halves);
	free(flows);
}

static uint64_t
hash_of(const struct flow_ends *ends)
{
	return slice_hash((struct slice){ (const char *)ends, sizeof(*ends) });
}

static bool
same_flow(const void *row, const void *key)
{
	return flow_same_ends(&((const struct flow *)row)->ends, key);
}

static bool
same_half(const void *row, const void *key)
{
	return flow_same_ends(&((const struct half *)row)->ends, key);
}

/* A SYN whose server's address was translated between two interfaces; on one
   and the same, somebody would hide a connection behind another. */
static bool
same_origin(const void *row, const void *key)
{
	const struct half *half = row, *other = key;

	return half->syn.seq == other->syn.seq &&
	       half->syn.interface != other->syn.interface &&
	       half->ends.client_port == other->ends.client_port &&
	       addr_eq(&half->ends.client, &other->ends.client);
}

static uint64_t
hash_of_origin(const struct flow_ends *ends)
{
	return addr_hash(&ends->client) +
	       ends->client_port * 0x9e3779b97f4a7c15u;
}

static struct half *
find_half(const struct flows *flows, const struct flow_ends *ends)
{
	return table_find(
	    &flows->halves, hash_of_origin(ends), same_half, ends);
}

/* A SYN opens nothing yet, and a copy of it changes nothing: false. */
static bool
take_syn(struct flows *flows, const struct flow_ends *ends,
    const struct segment *segment)
{
	struct half *half = find_half(flows, ends), *first;
	struct half key = { .ends = *ends, .syn = *segment };

	if (half != NULL && half->syn.seq == segment->seq)
		return false;
	first =
	    table_find(&flows->halves, hash_of_origin(ends), same_origin, &key);
	if (half == NULL && flows->halves.count >= FLOWS_HALF) {
		flows->counts.evicted_half++;
		table_remove(&flows->halves, flows->halves.oldest);
	}
	if (half == NULL)
		half = table_add(&flows->halves, hash_of_origin(ends));
	half->ends = *ends;
	half->syn = *segment;
	half->syn.payload = SLICE("");
	half->answered = false;
	half->translated = first != NULL;
	return !half->translated;
}

/* Does the segment go on from that SYN? */
static bool
goes_on(const struct half *half, const struct segment *segment, enum side from)
{
	uint32_t of_client = from == CLIENT ? segment->seq : segment->ack;

	if ((segment->flags & TCP_ACK) == 0)
		return false;
	/* Of what was sent first, not much can be missing. */
	return of_client - (half->syn.seq + 1) < (1u << 20);
}

/*
 * No row for it yet: does one begin here?  Before the handshake was seen, only
 * if it is not to be waited for any longer.
 */
static struct flow *
meet(struct flows *flows, uint64_t hash, const struct flow_ends *ends,
    const struct segment *segment, enum side from, bool last_call)
{
	struct half *half = find_half(flows, ends);

	if (half != NULL && half->translated)
		return NULL;
	if (!last_call && (half == NULL || !half->answered)) {
		limbo_put(&flows->limbo, ends, segment, from, flows->packets);
		return NULL;
	}
	if (half != NULL && (segment->flags & TCP_RST) != 0) {
		table_remove(&flows->halves, half); /* refused */
		return NULL;
	}
	if (half != NULL && goes_on(half, segment, from) &&
	    (from == CLIENT || segment->payload.n > 0 ||
		(segment->flags & TCP_FIN) != 0))
		return flow_start(flows, hash, ends, half, segment, from);
	if (segment->payload.n > 0)
		return flow_start(flows, hash, ends, NULL, segment, from);
	return NULL;
}

static void
take_syn_ack(struct flows *flows, const struct flow_ends *ends,
    const struct segment *segment)
{
	struct half *half = find_half(flows, ends);

	if (half == NULL || segment->ack != half->syn.seq + 1)
		return;
	half->answered = true;
	half->server_isn = segment->seq;
}

/* Is it the old connection still, or another between the same ports? */
static struct flow *
look_again(struct flow *flow, uint64_t hash, const struct segment *segment,
    enum side from, bool last_call)
{
	struct flows *flows = flow->owner;
	struct flow_ends ends = flow->ends;
	struct half *half = find_half(flows, &ends);

	if (half == NULL) {
		flow->again = false;
		return flow;
	}
	if (!goes_on(half, segment, from) || (segment->flags & TCP_RST) != 0)
		return flow;
	if (!half->answered && !last_call) {
		limbo_put(&flows->limbo, &ends, segment, from, flows->packets);
		return NULL;
	}
	flow_remove(flow);
	return flow_start(flows, hash, &ends, half, segment, from);
}

static void take_one(struct flows *, const struct flow_ends *,
    const struct segment *, enum side from, bool last_call);

/* The handshake is there: so may be what waited for it. */
static void
call_limbo(struct flows *flows, const struct flow_ends *ends, uint8_t flags)
{
	struct limbo_entry entry;

	while (limbo_take_of(&flows->limbo, ends, flags, &entry)) {
		take_one(flows, ends, &entry.segment, entry.from, true);
		explicit_bzero(entry.bytes, entry.segment.payload.n);
		free(entry.bytes);
	}
}

static void
take_handshake(struct flows *flows, const struct flow_ends *ends,
    const struct segment *segment, struct flow *flow, bool last_call)
{
	if ((segment->flags & TCP_ACK) == 0) {
		if (flow != NULL && flow->begun && flow->isn == segment->seq)
			return; /* a copy */
		if (take_syn(flows, ends, segment) && flow != NULL)
			flow->again = true;
		call_limbo(flows, ends, TCP_SYN | TCP_ACK);
	} else if (find_half(flows, ends) != NULL) {
		take_syn_ack(flows, ends, segment);
		call_limbo(flows, ends, 0);
	} else if ((flow == NULL || flow->over) && !last_call) {
		limbo_put(&flows->limbo, ends, segment, SERVER, flows->packets);
	}
}

/* Of a connection that is over: is it of the next one, before its SYN? */
static bool
is_early(const struct flow *flow, const struct segment *segment, enum side from)
{
	const struct stream *stream = &flow->streams[from];

	return flow->over && !flow->again && segment->payload.n > 0 &&
	       stream->known && segment->seq - stream->next - 1 < 0x7fffffff;
}

static void
take_one(struct flows *flows, const struct flow_ends *ends,
    const struct segment *segment, enum side from, bool last_call)
{
	uint64_t hash = hash_of(ends);
	struct flow *flow = table_find(&flows->flows, hash, same_flow, ends);

	if ((segment->flags & TCP_SYN) != 0) {
		take_handshake(flows, ends, segment, flow, last_call);
		return;
	}
	if (flow != NULL && !last_call && is_early(flow, segment, from)) {
		limbo_put(&flows->limbo, ends, segment, from, flows->packets);
		return;
	}
	if (flow != NULL && flow->again)
		flow = look_again(flow, hash, segment, from, last_call);
	else if (flow == NULL)
		flow = meet(flows, hash, ends, segment, from, last_call);
	if (flow != NULL)
		flow_follow(flow, segment, from);
}

/* What waited long enough, with all that waits for the same. */
static void
empty_limbo(struct flows *flows, uint64_t packet)
{
	struct limbo_entry entry;

	while (limbo_take_due(&flows->limbo, packet, &entry)) {
		take_one(flows, &entry.ends, &entry.segment, entry.from, true);
		explicit_bzero(entry.bytes, entry.segment.payload.n);
		free(entry.bytes);
		call_limbo(flows, &entry.ends, 0);
	}
}

void
flows_add(struct flows *flows, const struct segment *segment, enum side from)
{
	bool client = from == CLIENT;
	struct flow_ends ends = { client ? segment->from : segment->to,
		client ? segment->to : segment->from,
		client ? segment->from_port : segment->to_port,
		client ? segment->to_port : segment->from_port };

	flows->packets++;
	flows->last = segment->when;
	flows_end_closing(flows, flows->packets);
	empty_limbo(flows, flows->packets);
	take_one(flows, &ends, segment, from, false);
}

void
flows_clock(struct flows *flows, int64_t now)
{
	struct flow *flow, *next;

	if (now - flows->last > QUIET) {
		empty_limbo(flows, UINT64_MAX);
		flows_end_closing(flows, UINT64_MAX);
	}
	TABLE_EACH (&flows->flows, flow, next) {
		if (now - flow->touched < FLOWS_SILENT)
			break;
		flow_remove(flow);
	}
}

void
flows_finish(struct flows *flows)
{
	struct flow *flow, *next;

	empty_limbo(flows, UINT64_MAX);
	TABLE_EACH (&flows->flows, flow, next)
		flow_remove(flow);
}
