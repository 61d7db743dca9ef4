/*
 * wire.h - frames of a capture to the events of the mail in them
 *
 * Decode, follow, read: what decode.h, flow.h, smtp.h and login.h do, put
 * together.  Ports 110 and 995 are read as POP3, 143 and 993 as IMAP, every
 * other one as SMTP.
 * Connections that we made ourselves are followed, not read.
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "collectors/wire/decode.h"
#include "collectors/wire/smtp.h"

#define WIRE_PORTS 32

struct wire_config {
	uint16_t ports[WIRE_PORTS];
	size_t port_count;
	struct slice host;
	struct event_sink events;
	bool (*is_ours)(void *arg, struct slice domain);
	/* As in smtp.h; may be NULL. */
	void (*unread)(
	    void *arg, const struct addr *client, int64_t when, bool over);
	/* A connection to port 25 begins that leaves this host, from one of
	   its addresses (own) or forwarded.  May be NULL. */
	void (*sends)(void *arg, const struct segment *syn, bool own);
	void *arg;
	struct mime_list extensions; /* of files, that are counted */
};

struct wire_counts {
	uint64_t packets;  /* frames */
	uint64_t damaged;  /* of them, without proper headers */
	uint64_t outbound; /* SMTP connections that we made */
	uint64_t gaps;
	uint64_t overlaps;  /* bytes that came twice; the first stayed */
	uint64_t tls_bytes; /* that clients sent under TLS */
	uint64_t evicted; /* connections and fragments that had to make room */
	int64_t first, last; /* Unix microseconds; 0: no frame */
};

struct wire;

/* The texts of the configuration are borrowed. */
struct wire *wire_new(const struct wire_config *, enum link_type);
void wire_free(struct wire *);
void wire_set_own(struct wire *, const struct addr *, size_t n);
/* Only learn which end is ours. */
void wire_look(struct wire *, const struct frame *);
void wire_take(struct wire *, const struct frame *);
/* The last frame was read: all connections end. */
void wire_finish(struct wire *);
/* Nothing came, and it is that time (Unix microseconds). */
void wire_clock(struct wire *, int64_t now);
struct wire_counts wire_counts(const struct wire *);

#endif
