/*
 * limbo.h - segments that came before the handshake they belong to
 *
 * A capture may show a few packets in another order than they were sent in.
 * What is of no known connection waits here for its SYN or SYN-ACK, for
 * STREAM_PATIENCE packets of the capture at most.
 */
#ifndef WIRE_LIMBO_H
#define WIRE_LIMBO_H

#include "collectors/wire/flow.h"

struct limbo_entry {
	struct flow_ends ends;
	enum side from;
	struct segment segment;
	char *bytes; /* its payload; whoever took the entry frees it */
	uint64_t packet;
};

struct limbo {
	struct limbo_entry entries[STREAM_PATIENCE + 1]; /* oldest first */
	size_t count;
};

/* One a packet at most. */
void limbo_put(struct limbo *, const struct flow_ends *, const struct segment *,
    enum side from, uint64_t packet);
/* The oldest, if it has waited long enough; UINT64_MAX: in any case. */
bool limbo_take_due(struct limbo *, uint64_t packet, struct limbo_entry *);
/* The oldest with these ends, and with these flags, of TCP_SYN and TCP_ACK. */
bool limbo_take_of(struct limbo *, const struct flow_ends *, uint8_t flags,
    struct limbo_entry *);
bool flow_same_ends(const struct flow_ends *, const struct flow_ends *);

#endif
