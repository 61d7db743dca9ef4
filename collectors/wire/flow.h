/*
 * flow.h - TCP connections, told apart and followed
 *
 * A connection exists from the handshake's third segment on, or from the first
 * bytes where its beginning was not captured.  Before that it is half open: a
 * small row in a table of its own, so that a flood of SYNs displaces nothing.
 *
 * Bounds: FLOWS_MOST connections and FLOWS_HALF half-open ones; then the
 * longest silent makes room.  FLOWS_WAITING bytes wait in all; then the
 * connection at hand waits no more.  What was displaced is counted.
 */
#ifndef WIRE_FLOW_H
#define WIRE_FLOW_H

#include "collectors/wire/stream.h"

#define FLOWS_MOST    8192
#define FLOWS_HALF    16384
#define FLOWS_WAITING (16u << 20)
#define FLOWS_SILENT  (30 * 60 * 1000000LL) /* longer than RFC 5321, 4.5.3.2 */

/* Compared and hashed as bytes: there is no padding in it. */
struct flow_ends {
	struct addr client, server;
	uint16_t client_port, server_port;
};

/* The host with itself: nobody else sees what they say. */
static inline bool
flow_is_local(const struct addr *client, const struct addr *server)
{
	return addr_is_loopback(client) || addr_eq(client, server);
}

struct flow_start {
	struct flow_ends ends;
	int64_t when;
	bool begun; /* its handshake was captured */
	const struct segment
	    *segment;   /* the first one: SYN, or of the middle */
	enum side from; /* who sent that */
};

/* Bytes that went by unread, and how it ended. */
struct flow_end {
	int64_t when;
	uint64_t unread[2];
	bool reset;
	bool by_server; /* who spoke of the end first */
	bool complete;  /* it ended before the capture did */
};

/* Who reads the connections: each has a session of the reader's own. */
struct flow_reader {
	/* NULL: it is not to be read. */
	void *(*start)(void *arg, const struct flow_start *);
	/* False: no more of it is to be read. */
	bool (*data)(void *session, const struct stream_data *);
	bool (*gap)(
	    void *session, enum side from, uint32_t bytes, int64_t when);
	void (*closed)(void *session, enum side from); /* it sends no more */
	void (*end)(void *session, const struct flow_end *);
	void *arg; /* of start */
};

struct flow_counts {
	struct stream_counts streams;
	uint64_t flows;
	uint64_t evicted;      /* connections displaced */
	uint64_t evicted_half; /* half-open ones */
};

struct flows;

struct flows *flows_new(const struct flow_reader *);
/* Sessions end. */
void flows_free(struct flows *);
/* A segment; `from' is who sent it. */
void flows_add(struct flows *, const struct segment *, enum side from);
/* It is that time (Unix microseconds): after a second without a segment nothing
   is waited for, and connections that were silent for FLOWS_SILENT end. */
void flows_clock(struct flows *, int64_t now);
/* The capture is over. */
void flows_finish(struct flows *);
const struct flow_counts *flows_counts(const struct flows *);

#endif
