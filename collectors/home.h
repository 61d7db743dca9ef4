/*
 * home.h - which networks and domains are ours, as a quick question
 *
 * A domain is a name, ".example.org" for all that is below it, or either with
 * "!" before it for an exception; the longest that fits decides.  A domain is
 * delivered here, or only relayed to where it lives.  An address literal
 * (RFC 5321, 4.1.3) is ours if the address is in our networks.
 */
#ifndef COLLECTORS_HOME_H
#define COLLECTORS_HOME_H

#include "base/addr.h"
#include "base/table.h"

#define HOME_DOMAINS 1000000 /* then the rest is not known: incomplete */

struct tracker_config;

struct home {
	struct table domains;
	struct prefix *networks;
	size_t network_count;
	bool below;      /* a row with a leading dot is there */
	bool incomplete; /* something is ours that is not listed */
};

enum home_domain {
	HOME_ELSEWHERE,
	HOME_RELAYED, /* ours to relay for */
	HOME_LOCAL    /* delivered here */
};

/* All is copied. */
void home_init(struct home *, const struct tracker_config *);
void home_fini(struct home *);

/* In any case, a dot behind it or not. */
enum home_domain home_domain(const struct home *, struct slice domain);
/* Loopback is always. */
bool home_has_address(const struct home *, const struct addr *);

#endif
