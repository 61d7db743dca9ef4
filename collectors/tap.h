/*
 * tap.h - a capture as a source: its events and counts to the sinks
 *
 * Of a file that is read to its end, or of an interface; the host is this one.
 */
#ifndef COLLECTORS_TAP_H
#define COLLECTORS_TAP_H

#include "collectors/collectors_impl.h"
#include "collectors/wire/wire.h"

struct tap;

/* No ports: the usual ones. */
struct tap *tap_new(
    struct collectors *, const uint16_t *ports, size_t n, enum link_type);
void tap_free(struct tap *);
struct wire *tap_wire(struct tap *);
/* As the logs call the host that is captured. */
struct slice tap_host(const struct tap *);
/* Of an interface: who sends mail from here is told; borrowed. */
struct senders;
void tap_watch(struct tap *, struct senders *, bool promiscuous);
/* The next frame; arg is the tap. */
void tap_take(void *arg, const struct frame *);
/* Tell the sink what was counted, as of that time (Unix microseconds). */
void tap_tell(struct tap *, int64_t when);
/* No frame before that time will come: the host's steps are complete. */
void tap_complete(struct tap *, int64_t when);
/* So many packets were dropped by now. */
void tap_dropped(struct tap *, int64_t when, uint64_t now);

#endif
