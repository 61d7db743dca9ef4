/*
 * addr.h - an IP address, as a value
 *
 * IPv4 and IPv6 (RFC 4291); a mapped address (::ffff:a.b.c.d) is the IPv4 one.
 * Addresses are compared as addresses, and printed as RFC 5952 says.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

struct addr {
	uint8_t family; /* 0: none, 4, 6 */
	uint8_t b[16];  /* network order; the last 12 are 0 for IPv4 */
};

#define ADDR_TEXT 46 /* room for any printed address and its NUL */

/* No zone, no port, no brackets.  False leaves *addr none. */
bool addr_parse(struct slice text, struct addr *addr);
/* Empty text for none. */
void addr_print(const struct addr *, char text[ADDR_TEXT]);

static inline bool
addr_is_none(const struct addr *a)
{
	return a->family == 0;
}

static inline bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool addr_is_loopback(const struct addr *);
/* RFC 1918, RFC 4193, link-local, loopback. */
bool addr_is_private(const struct addr *);
uint64_t addr_hash(const struct addr *);
/* A mapped IPv6 address, of at least 96 bits, becomes the IPv4 one. */
void addr_unmap(struct addr *, unsigned *bits);

struct prefix {
	struct addr addr;
	unsigned bits;
};

/* "192.0.2.0/24", or an address alone: all its bits. */
bool prefix_parse(struct slice text, struct prefix *prefix);
#define PREFIX_TEXT (ADDR_TEXT + 4)
/* An address alone where it has all its bits. */
void prefix_print(const struct prefix *, char text[PREFIX_TEXT]);
bool prefix_holds(const struct prefix *, const struct addr *);

#endif
