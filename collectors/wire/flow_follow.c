/*
 * flow_follow.c - one connection, from its start to its end
 */
#include <stdlib.h>
#include <string.h>

#include "collectors/wire/flow_impl.h"

#define TOUCH 1000000 /* how exactly the longest silent is known */

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

void
flow_remove(struct flow *flow)
{
	end_flow(flow, false);
	table_remove(&flow->owner->flows, flow);
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
make_row(struct flows *flows, uint64_t hash, const struct flow_ends *ends,
    int64_t when)
{
	struct flow *flow;

	if (flows->flows.count >= FLOWS_MOST) {
		flow = (struct flow *)(void *)flows->flows.oldest;
		flows->counts.evicted += !flow->over;
		flow_remove(flow);
	}
	flow = table_add(&flows->flows, hash);
	flow->ends = *ends;
	flow->owner = flows;
	flow->when = flow->touched = when;
	return flow;
}

struct flow *
flow_start(struct flows *flows, uint64_t hash, const struct flow_ends *ends,
    struct half *half, const struct segment *segment, enum side from)
{
	struct flow_start start = { *ends,
		half != NULL ? half->syn.when : segment->when, half != NULL,
		half != NULL ? &half->syn : segment,
		half != NULL ? CLIENT : from };
	struct flow *flow = make_row(flows, hash, ends, segment->when);

	if (half != NULL)
		start_streams(flow, half);
	flow->session = flows->reader.start(flows->reader.arg, &start);
	flow->reading = flow->session != NULL;
	flows->counts.flows++;
	if (half != NULL)
		table_remove(&flows->halves, half);
	return flow;
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

void
flow_follow(struct flow *flow, const struct segment *segment, enum side from)
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

void
flows_end_closing(struct flows *flows, uint64_t packet)
{
	while (flows->closing != NULL &&
	       packet - flows->closing->closing_since >= STREAM_PATIENCE)
		end_flow(flows->closing, true);
}
