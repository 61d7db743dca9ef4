/*
 * fragments.h - IP packets put together again (RFC 791, 3.2; RFC 8200, 4.5)
 *
 * Where fragments overlap, the bytes that came first stay.  Bounded: so many
 * packets, parts of each and bytes in all; the oldest goes, and is counted.
 */
#ifndef WIRE_FRAGMENTS_H
#define WIRE_FRAGMENTS_H

#include "base/addr.h"
#include "base/slice.h"

struct fragment {
	struct addr from, to;
	uint32_t id;
	uint8_t protocol;
	bool more;         /* it is not the last */
	uint32_t offset;   /* in bytes */
	struct slice data; /* behind the headers */
	int64_t when;      /* Unix microseconds */
};

struct fragments;

struct fragments *fragments_new(void);
void fragments_free(struct fragments *);
/* True: *whole is what the packet carried, until the next call. */
bool fragments_add(
    struct fragments *, const struct fragment *, struct slice *whole);
uint64_t fragments_dropped(const struct fragments *);

#endif
