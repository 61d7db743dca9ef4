/*
 * stream.c - both directions of one TCP connection, each in order
 */
#include "collectors/wire/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define AHEAD (16 << 20) /* further ahead is not of this connection */

/* Bytes that wait; the last ones may have been cut off by the capture. */
struct piece {
	struct piece *next;
	uint32_t seq, length;
	uint32_t n; /* of the length, those that are here */
	uint32_t ack;
	bool has_ack;
	int64_t when;
	char bytes[];
};

/* A segment on its way in. */
struct incoming {
	struct stream *streams;
	enum side from;
	uint64_t packet;
	int64_t when;
	bool forced; /* nothing is waited for any more */
	struct stream_counts *counts;
	const struct stream_taker *taker;
};

static bool
may_give(const struct stream *other, bool has_ack, uint32_t ack)
{
	return !has_ack || !other->known || !seq_after(ack, other->next);
}

static void
give_gap(struct incoming *in, enum side side, uint32_t bytes)
{
	in->streams[side].next += bytes;
	in->counts->gaps++;
	in->taker->gap(in->taker->arg, side, bytes, in->when);
}

/* `length' bytes at seq, of which the first n are here. */
static void
give(struct incoming *in, enum side side, const struct piece *piece,
    const char *bytes)
{
	struct stream *stream = &in->streams[side],
		      *other = &in->streams[side == CLIENT ? SERVER : CLIENT];
	uint32_t old = stream->next - piece->seq;
	struct stream_data data = { side, { bytes, piece->n }, piece->when,
		!piece->has_ack || !other->known || piece->ack == other->next };

	in->counts->overlaps += old != 0;
	if (old < piece->n) {
		data.bytes = slice_from(data.bytes, old);
		stream->next += (uint32_t)data.bytes.n;
		in->taker->data(in->taker->arg, &data);
	}
	old = piece->seq + piece->length - stream->next;
	if (old != 0)
		give_gap(in, side, old);
}

/* Credentials may be in it: nothing of them is left in freed memory. */
static void
drop_head(struct stream *stream, struct stream_counts *counts)
{
	struct piece *piece = stream->head;

	stream->head = piece->next;
	stream->waiting -= piece->length;
	stream->pieces--;
	counts->waiting -= piece->n;
	explicit_bzero(piece->bytes, piece->n);
	free(piece);
}

static bool
give_waiting(struct incoming *in, enum side side)
{
	struct stream *stream = &in->streams[side],
		      *other = &in->streams[side == CLIENT ? SERVER : CLIENT];
	struct piece *piece;
	bool gave = false;

	while ((piece = stream->head) != NULL &&
	       !seq_after(piece->seq, stream->next) &&
	       may_give(other, piece->has_ack, piece->ack)) {
		if (seq_after(piece->seq + piece->length, stream->next))
			give(in, side, piece, piece->bytes);
		drop_head(stream, in->counts);
		gave = true;
	}
	if (stream->fin && !stream->ended && stream->next == stream->fin_at &&
	    (in->forced || may_give(other, true, stream->fin_ack))) {
		stream->next++; /* a FIN is acknowledged like a byte */
		stream->ended = true;
		in->taker->closed(in->taker->arg, side);
		gave = true;
	}
	return gave;
}

/* Over the next hole, if it is known to be one. */
static bool
skip_hole(struct incoming *in, enum side side)
{
	struct stream *stream = &in->streams[side];
	const struct piece *piece = stream->head;
	bool acked = stream->known && seq_after(stream->acked, stream->next);
	uint32_t upto = stream->acked;

	if ((piece != NULL && !seq_after(piece->seq, stream->next)) ||
	    (!acked && !(in->forced && piece != NULL))) {
		stream->hole_since = 0;
		return false;
	}
	if (stream->hole_since == 0)
		stream->hole_since = in->packet;
	if (!in->forced && in->packet - stream->hole_since < STREAM_PATIENCE)
		return false;
	if (piece != NULL && (!acked || seq_after(upto, piece->seq)))
		upto = piece->seq;
	stream->hole_since = 0;
	give_gap(in, side, upto - stream->next);
	return true;
}

/* Two that wait for each other were never sent so; the client's goes first. */
static bool
break_tie(struct incoming *in)
{
	for (int side = CLIENT; side <= SERVER; side++) {
		struct piece *piece = in->streams[side].head;

		if (piece == NULL)
			continue;
		piece->has_ack = false;
		return true;
	}
	return false;
}

static void
settle(struct incoming *in)
{
	bool moved = true;

	while (moved) {
		moved = give_waiting(in, CLIENT);
		moved |= give_waiting(in, SERVER);
		if (!moved)
			moved = skip_hole(in, CLIENT) || skip_hole(in, SERVER);
		if (!moved && in->forced)
			moved = break_tie(in);
	}
}

static struct piece *
make_piece(struct incoming *in, const struct piece *like, uint32_t seq,
    struct slice bytes)
{
	struct piece *piece = mem_zero(1, sizeof(*piece) + bytes.n);

	*piece = *like;
	piece->seq = seq;
	piece->n = (uint32_t)bytes.n;
	if (bytes.n != 0)
		memcpy(piece->bytes, bytes.p, bytes.n);
	in->counts->waiting += bytes.n;
	return piece;
}

/* What is not there yet, between the pieces that are. */
static void
keep(struct incoming *in, struct stream *stream, struct piece *whole,
    struct slice bytes)
{
	struct piece **at = &stream->head, *piece;
	uint32_t seq = whole->seq, left = whole->length, n;

	while (left > 0) {
		piece = *at;
		n = left;
		if (piece != NULL && !seq_after(piece->seq, seq)) {
			n = piece->seq + piece->length - seq;
			at = &piece->next;
			if ((int32_t)n <= 0)
				continue;
			in->counts->overlaps++;
		} else {
			if (piece != NULL && piece->seq - seq < n)
				n = piece->seq - seq;
			whole->length = n;
			piece = make_piece(in, whole, seq,
			    (struct slice){
				bytes.p, bytes.n < n ? bytes.n : n });
			piece->next = *at;
			*at = piece;
			at = &piece->next;
			stream->waiting += n;
			stream->pieces++;
		}
		n = n < left ? n : left;
		seq += n;
		left -= n;
		bytes = slice_from(bytes, n < bytes.n ? n : bytes.n);
	}
}

static void
take_bytes(struct incoming *in, const struct segment *segment, uint32_t length)
{
	struct stream *stream = &in->streams[in->from],
		      *other =
			  &in->streams[in->from == CLIENT ? SERVER : CLIENT];
	struct piece piece = { NULL, segment->seq, length,
		(uint32_t)segment->payload.n, segment->ack,
		(segment->flags & TCP_ACK) != 0, segment->when };

	if (!seq_after(segment->seq + length, stream->next)) {
		in->counts->retransmitted++;
		return;
	}
	if (stream->head == NULL && !seq_after(segment->seq, stream->next) &&
	    may_give(other, piece.has_ack, piece.ack)) {
		give(in, in->from, &piece, segment->payload.p);
		return;
	}
	keep(in, stream, &piece, segment->payload);
	if (stream->waiting > STREAM_BYTES || stream->pieces > STREAM_PIECES) {
		in->forced = true;
		settle(in);
		in->forced = false;
	}
}

void
streams_add(struct stream streams[2], enum side from,
    const struct segment *segment, uint64_t packet,
    struct stream_counts *counts, const struct stream_taker *taker)
{
	struct incoming in = { streams, from, packet, segment->when, false,
		counts, taker };
	struct stream *stream = &streams[from],
		      *other = &streams[from == CLIENT ? SERVER : CLIENT];
	uint32_t length = (uint32_t)segment->payload.n + segment->cut;
	bool has_ack = (segment->flags & TCP_ACK) != 0;

	if (!stream->known) {
		stream->next = stream->acked = segment->seq;
		stream->known = true;
	}
	if (has_ack && !other->known) {
		other->next = other->acked = segment->ack;
		other->known = true;
	}
	if ((int32_t)(segment->seq - stream->next) > AHEAD ||
	    (has_ack && (int32_t)(segment->ack - other->next) > AHEAD)) {
		counts->strays++;
		return;
	}
	if (has_ack && seq_after(segment->ack, other->acked))
		other->acked = segment->ack;
	if ((segment->flags & TCP_FIN) != 0 && has_ack && !stream->fin) {
		stream->fin = true;
		stream->fin_at = segment->seq + length;
		stream->fin_ack = segment->ack;
	}
	if (length > 0 && !stream->ended)
		take_bytes(&in, segment, length);
	settle(&in);
}

void
streams_finish(struct stream streams[2], int64_t when,
    struct stream_counts *counts, const struct stream_taker *taker)
{
	struct incoming in = { streams, CLIENT, 0, when, true, counts, taker };

	settle(&in);
}

void
streams_drop(
    struct stream streams[2], struct stream_counts *counts, uint64_t unread[2])
{
	for (int side = CLIENT; side <= SERVER; side++) {
		struct stream *stream = &streams[side];

		while (stream->head != NULL) {
			unread[side] += stream->head->length;
			stream->next = stream->head->seq + stream->head->length;
			drop_head(stream, counts);
		}
		stream->ended |= stream->fin;
	}
}
