/*
 * exempt.h - prefixes that are never blocked
 *
 * The agent and the firewall helper each have one of these.  Loopback and the
 * unspecified addresses are in it from the beginning.
 */
#ifndef BLOCKS_EXEMPT_H
#define BLOCKS_EXEMPT_H

#include "blocks/blocks.h"

struct exempt {
	struct {
		struct prefix *list;
		size_t count;
	} sets[BLOCK_EXEMPTS];
};

void exempt_fini(struct exempt *);
/* A set is replaced as a whole. */
void exempt_set(
    struct exempt *, enum block_exempt, const struct prefix *, size_t n);
/* Is any address of it exempt? */
bool exempt_overlaps(const struct exempt *, const struct prefix *);

/* Have two prefixes an address in common? */
bool prefix_overlaps(const struct prefix *, const struct prefix *);
/* A mapped IPv6 address becomes the IPv4 one, bits behind the length (at most
   128) are 0. */
void prefix_mask(struct prefix *);
bool prefix_eq(const struct prefix *, const struct prefix *);
/*
 * As the list knows it: a mapped IPv6 address is the IPv4 one, bits behind the
 * length are 0.  False: it is none, or not of a length that can be blocked.
 */
bool prefix_tidy(struct prefix *);
/* The IPv6 /64, or IPv4 /24, that the address is in. */
struct prefix prefix_around(const struct addr *);

#endif
