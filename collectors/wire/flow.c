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
#include "base/table.h"
#include "collectors/wire/limbo.h"

#define TOUCH (1000000) /* how exactly the longest silent is known */

/* A SYN, and what answered it. */
struct half {
	struct table_row row;
	struct flow_ends ends;
	struct segment syn;
	uint32_t server_isn;
	bool answered;
};

struct flow {
	struct table_row row;
	struct flow_ends ends;
	struct flows *owner;
	void *session;
	uint32_t isn; /* of the client's SYN; 0 where it was not seen */
	bool begun, over;
	bool again;   /* its ports may be in use again */
	bool reading; /* the session wants more */
	bool reset, by_server, closing;
	uint64_t closing_since; /* packet number */
	struct flow *closing_next;
	uint64_t unread[2];
	int64_t touched, when; /* of its last segment */
	struct stream streams[2];
};

struct flows {
	struct table flows, halves;
	struct flow_reader reader;
	struct flow_counts counts;
	uint64_t packets;
	struct limbo limbo;
	/* Reset, but what was sent before may still be captured. */
	struct flow *closing, **closing_end;
};

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

static void
take_data(void *arg, const struct stream_data *data)
{
	struct flow *flow = arg;

	if (flow->reading)
		flow->reading = flow->owner->reader.data(flow->session, data);
	else
		flow->unread[data->from] += data->bytes.n;
}

static void
take_gap(void *arg, enum side from, uint32_t bytes, int64_t when)
{
	struct flow *flow = arg;

	if (flow->reading)
		flow->reading =
		    flow->owner->reader.gap(flow->session, from, bytes, when);
	else
		flow->unread[from] += bytes;
}

static void
take_closed(void *arg, enum side from)
{
	struct flow *flow = arg;

	if (from == SERVER && !flow->streams[CLIENT].ended)
		flow->by_server = true;
	if (flow->reading)
		flow->owner->reader.closed(flow->session, from);
}

static void
unlink_closing(struct flow *flow)
{
	struct flows *flows = flow->owner;
	struct flow **at = &flows->closing;

	if (!flow->closing)
		return;
	while (*at != flow)
		at = &(*at)->closing_next;
	*at = flow->closing_next;
	if (*at == NULL)
		flows->closing_end = at;
	flow->closing = false;
}

/* It is over: what waits is read, the session ends, the row stays. */
static void
end_flow(struct flow *flow, bool complete)
{
	struct flows *flows = flow->owner;
	struct flow_end end = { flow->when, { 0, 0 }, flow->reset,
		flow->by_server, complete };
	struct stream_taker taker = { take_data, take_gap, take_closed, flow };

	unlink_closing(flow);
	if (flow->over)
		return;
	if (flow->reading)
		streams_finish(
		    flow->streams, flow->when, &flows->counts.streams, &taker);
	streams_drop(flow->streams, &flows->counts.streams, flow->unread);
	memcpy(end.unread, flow->unread, sizeof(end.unread));
	if (flow->session != NULL)
		flows->reader.end(flow->session, &end);
	flow->session = NULL;
	flow->reading = false;
	flow->over = true;
}

static void
remove_flow(struct flow *flow)
{
	end_flow(flow, false);
	table_remove(&flow->owner->flows, flow);
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
	return addr_hash(&ends->client) ^
	       (addr_hash(&ends->server) +
		   (((uint64_t)ends->client_port << 16 | ends->server_port) *
		       0x9e3779b97f4a7c15u));
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

static struct half *
find_half(
    const struct flows *flows, uint64_t hash, const struct flow_ends *ends)
{
	return table_find(&flows->halves, hash, same_half, ends);
}

/* A SYN opens nothing yet, and a copy of it changes nothing. */
static void
take_syn(struct flows *flows, uint64_t hash, const struct flow_ends *ends,
    const struct segment *segment)
{
	struct half *half = find_half(flows, hash, ends);

	if (half != NULL && half->syn.seq == segment->seq)
		return;
	if (half == NULL && flows->halves.count >= FLOWS_HALF) {
		flows->counts.evicted_half++;
		table_remove(&flows->halves, flows->halves.oldest);
	}
	if (half == NULL)
		half = table_add(&flows->halves, hash);
	half->ends = *ends;
	half->syn = *segment;
	half->syn.payload = SLICE("");
	half->answered = false;
}

static void
start_streams(struct flow *flow, const struct half *half)
{
	struct stream *client = &flow->streams[CLIENT],
		      *server = &flow->streams[SERVER];

	flow->begun = true;
	flow->isn = half->syn.seq;
	client->known = client->bound = true;
	client->next = client->acked = half->syn.seq + 1;
	client->interface = half->syn.interface;
	if (!half->answered)
		return;
	server->known = true;
	server->next = server->acked = half->server_isn + 1;
}

static struct flow *
start_flow(struct flows *flows, uint64_t hash, const struct flow_ends *ends,
    struct half *half, const struct segment *segment, enum side from)
{
	struct flow_start start = { *ends,
		half != NULL ? half->syn.when : segment->when, half != NULL,
		half != NULL ? &half->syn : segment,
		half != NULL ? CLIENT : from };
	struct flow *flow;

	if (flows->flows.count >= FLOWS_MOST) {
		flow = (struct flow *)(void *)flows->flows.oldest;
		flows->counts.evicted += !flow->over;
		remove_flow(flow);
	}
	flow = table_add(&flows->flows, hash);
	flow->ends = *ends;
	flow->owner = flows;
	flow->when = flow->touched = segment->when;
	if (half != NULL)
		start_streams(flow, half);
	flow->session = flows->reader.start(flows->reader.arg, &start);
	flow->reading = flow->session != NULL;
	flows->counts.flows++;
	if (half != NULL)
		table_remove(&flows->halves, half);
	return flow;
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
	struct half *half = find_half(flows, hash, ends);

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
		return start_flow(flows, hash, ends, half, segment, from);
	if (segment->payload.n > 0)
		return start_flow(flows, hash, ends, NULL, segment, from);
	return NULL;
}

static void
take_syn_ack(struct flows *flows, uint64_t hash, const struct flow_ends *ends,
    const struct segment *segment)
{
	struct half *half = find_half(flows, hash, ends);

	if (half == NULL || segment->ack != half->syn.seq + 1)
		return;
	half->answered = true;
	half->server_isn = segment->seq;
}

/* The reset counts once what was sent before it had time to turn up. */
static void
take_reset(struct flow *flow, const struct segment *segment, enum side from)
{
	const struct stream *stream = &flow->streams[from];

	if (flow->closing || !stream->known ||
	    (int32_t)(segment->seq - stream->next) > (16 << 20) ||
	    (int32_t)(segment->seq - stream->next) < -(16 << 20))
		return;
	flow->reset = flow->closing = true;
	flow->by_server |= from == SERVER && !flow->streams[CLIENT].fin;
	flow->closing_since = flow->owner->packets;
	flow->closing_next = NULL;
	*flow->owner->closing_end = flow;
	flow->owner->closing_end = &flow->closing_next;
}

/* Nobody reads it: its bytes are only counted. */
static void
count_unread(struct flow *flow, const struct segment *segment, enum side from)
{
	struct stream *stream = &flow->streams[from];
	uint32_t length = (uint32_t)segment->payload.n + segment->cut,
		 end = segment->seq + length;

	if (!stream->known) {
		stream->known = true;
		stream->next = segment->seq;
	}
	if (seq_after(end, stream->next) && end - stream->next <= (16u << 20)) {
		flow->unread[from] += end - stream->next;
		stream->next = end;
	}
	if ((segment->flags & TCP_FIN) != 0)
		stream->fin = stream->ended = true;
}

/* On another interface the same segment is shown again. */
static bool
is_elsewhere(struct stream *stream, const struct segment *segment)
{
	if (!stream->bound) {
		stream->bound = true;
		stream->interface = segment->interface;
	}
	return stream->interface != segment->interface;
}

static void
follow(struct flow *flow, const struct segment *segment, enum side from)
{
	struct flows *flows = flow->owner;
	struct stream_taker taker = { take_data, take_gap, take_closed, flow };

	if (flow->over || is_elsewhere(&flow->streams[from], segment))
		return;
	flow->when = segment->when;
	if (segment->when - flow->touched > TOUCH) {
		table_touch(&flows->flows, flow);
		flow->touched = segment->when;
	}
	if ((segment->flags & TCP_RST) != 0) {
		take_reset(flow, segment, from);
		return;
	}
	if (!flow->reading)
		count_unread(flow, segment, from);
	else
		streams_add(flow->streams, from, segment, flows->packets,
		    &flows->counts.streams, &taker);
	if (!flow->reading)
		streams_drop(
		    flow->streams, &flows->counts.streams, flow->unread);
	else if (flows->counts.streams.waiting > FLOWS_WAITING)
		streams_finish(flow->streams, segment->when,
		    &flows->counts.streams, &taker);
	if (flow->streams[CLIENT].ended && flow->streams[SERVER].ended)
		end_flow(flow, true);
}

/* Is it the old connection still, or another between the same ports? */
static struct flow *
look_again(struct flow *flow, uint64_t hash, const struct segment *segment,
    enum side from, bool last_call)
{
	struct flows *flows = flow->owner;
	struct flow_ends ends = flow->ends;
	struct half *half = find_half(flows, hash, &ends);

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
	remove_flow(flow);
	return start_flow(flows, hash, &ends, half, segment, from);
}

static void
end_closing(struct flows *flows)
{
	while (
	    flows->closing != NULL &&
	    flows->packets - flows->closing->closing_since >= STREAM_PATIENCE)
		end_flow(flows->closing, true);
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
take_handshake(struct flows *flows, uint64_t hash, const struct flow_ends *ends,
    const struct segment *segment, struct flow *flow, bool last_call)
{
	if ((segment->flags & TCP_ACK) == 0) {
		if (flow != NULL && flow->begun && flow->isn == segment->seq)
			return; /* a copy */
		take_syn(flows, hash, ends, segment);
		if (flow != NULL)
			flow->again = true;
		call_limbo(flows, ends, TCP_SYN | TCP_ACK);
	} else if (find_half(flows, hash, ends) != NULL) {
		take_syn_ack(flows, hash, ends, segment);
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
		take_handshake(flows, hash, ends, segment, flow, last_call);
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
		follow(flow, segment, from);
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
	end_closing(flows);
	empty_limbo(flows, flows->packets);
	take_one(flows, &ends, segment, from, false);
}

void
flows_expire(struct flows *flows, int64_t silent_since)
{
	struct flow *flow, *next;

	TABLE_EACH (&flows->flows, flow, next) {
		if (flow->touched >= silent_since)
			break;
		remove_flow(flow);
	}
}

void
flows_finish(struct flows *flows)
{
	struct flow *flow, *next;

	empty_limbo(flows, UINT64_MAX);
	TABLE_EACH (&flows->flows, flow, next)
		remove_flow(flow);
}
