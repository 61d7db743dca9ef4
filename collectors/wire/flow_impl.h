/* flow_impl.h - what connections are made of; for flow*.c alone */
#ifndef WIRE_FLOW_IMPL_H
#define WIRE_FLOW_IMPL_H

#include "base/table.h"
#include "collectors/wire/limbo.h"

/* A SYN, and what answered it. */
struct half {
	struct table_row row;
	struct flow_ends ends;
	struct segment syn;
	uint32_t server_isn;
	bool answered;
	bool translated; /* shown before, with another server's address */
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
	int64_t last; /* when the last one came */
	struct limbo limbo;
	/* Reset, but what was sent before may still be captured. */
	struct flow *closing, **closing_end;
};

/* flow_follow.c: one connection, from its start to its end. */
struct flow *flow_start(struct flows *, uint64_t hash, const struct flow_ends *,
    struct half *, const struct segment *, enum side from);
void flow_follow(struct flow *, const struct segment *, enum side from);
void flow_remove(struct flow *);
/* Those that were reset a while before that packet. */
void flows_end_closing(struct flows *, uint64_t packet);

#endif
