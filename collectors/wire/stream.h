/*
 * stream.h - both directions of one TCP connection, each in order
 *
 * TCP (RFC 9293).  What comes out of order waits; of bytes that come twice the
 * first stay.  A segment also waits until what its acknowledgement says its
 * sender had received was given out: so a reply is never read before the
 * command that it answers, whatever order the capture shows them in.
 *
 * Bytes that the other end acknowledged and that do not turn up within
 * STREAM_PATIENCE packets of the capture were lost on the way to us: a gap.
 */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

#include "collectors/wire/decode.h"

#define STREAM_PATIENCE 32
#define STREAM_BYTES    (1u << 20) /* that wait, a direction; then a gap */
#define STREAM_PIECES   512        /* the same */

enum side { CLIENT, SERVER };

struct piece;

struct stream {
	uint32_t next;  /* sequence number of the byte to be given out next */
	uint32_t acked; /* the other end has all before it */
	uint32_t fin_at, fin_ack;
	bool known; /* `next' is */
	bool fin, ended;
	bool bound; /* to an interface */
	uint32_t interface;
	struct piece *head; /* what waits, by sequence number, apart */
	uint32_t waiting;   /* bytes */
	uint32_t pieces;
	uint64_t hole_since; /* packet number; 0: there is none */
};

struct stream_counts {
	uint64_t gaps, retransmitted, overlaps, strays;
	uint64_t waiting; /* bytes, of all connections */
};

/* Where the bytes go. */
struct stream_data {
	enum side from;
	struct slice bytes;
	int64_t when;
	bool current; /* the sender had received all that was given out */
};

struct stream_taker {
	void (*data)(void *arg, const struct stream_data *);
	/* So many bytes are missing. */
	void (*gap)(void *arg, enum side from, uint32_t bytes, int64_t when);
	/* That side sends no more. */
	void (*closed)(void *arg, enum side from);
	void *arg;
};

/* A segment that is no SYN; `packet' counts the capture's packets. */
void streams_add(struct stream streams[2], enum side from,
    const struct segment *, uint64_t packet, struct stream_counts *,
    const struct stream_taker *);
/* No more will come: what waits is given out, over any gap. */
void streams_finish(struct stream streams[2], int64_t when,
    struct stream_counts *, const struct stream_taker *);

/* Nobody reads them any more: what waits is only counted. */
void streams_drop(
    struct stream streams[2], struct stream_counts *, uint64_t unread[2]);

static inline bool
seq_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

#endif
