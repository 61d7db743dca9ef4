/*
 * capture.h - packets off an interface, by libpcap
 *
 * The kernel keeps a ring of packets and wakes us when a part of it is full or
 * CAPTURE_WAKE_MSECS have gone by: a burst waits there, and costs one turn of
 * the loop and not one for each packet.  Opening takes CAP_NET_RAW; after that
 * nothing does.
 */
#ifndef WIRE_CAPTURE_H
#define WIRE_CAPTURE_H

#include "base/err.h"
#include "collectors/wire/decode.h"

#define CAPTURE_WAKE_MSECS 100
#define CAPTURE_RING_BYTES (32 << 20)
#define CAPTURE_TURN       256 /* packets read at once at most */

struct capture_config {
	const char *interface; /* "any": all of them */
	const uint16_t *ports;
	size_t port_count;
	bool promiscuous; /* also what is not addressed to this host */
};

struct capture;

struct capture *capture_open(const struct capture_config *, struct err *);
void capture_close(struct capture *);
int capture_fd(const struct capture *);
enum link_type capture_link(const struct capture *);
/* Packets that are there, CAPTURE_TURN at most; how many, or -1: it is over. */
int capture_read(struct capture *,
    void (*take)(void *arg, const struct frame *), void *arg, struct err *);
/* Packets that the kernel had no room for, so far. */
uint64_t capture_dropped(struct capture *);

/* The filter made of the ports: they, and IP fragments, which have none. */
void capture_filter(
    const struct capture_config *, bool tagged, char *text, size_t size);

/* "libpcap 1.10.3" */
const char *capture_library(void);
/* Interfaces that can be captured, separated by blanks. */
int capture_list(char *text, size_t size, struct err *);

#endif
