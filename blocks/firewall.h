/*
 * firewall.h - the privileged helper: looks again, then has a backend do it
 *
 * It keeps only the rights its backend needs, and its own copy of what is never
 * blocked: the addresses of this host, its gateways and resolvers, kept
 * current, what the configuration had at its start, and what it was told since,
 * which it forgets when told so: the others stay.
 */
#ifndef BLOCKS_FIREWALL_H
#define BLOCKS_FIREWALL_H

#include "base/helper.h"
#include "blocks/backend.h"

/* One that writes maps runs their programs, and so has another filter. */
static inline const char *
firewall_name(const struct block_backend *backend)
{
	return backend->write != NULL ? "weir-maps" : "weir-firewall";
}

#define FIREWALL_NEVER 30000 /* prefixes it can be told; more are not heard */

/*
 * Forks it; what it is given is copied by that.  The networks are the
 * configuration's.
 */
struct helper *firewall_start(const struct block_backend *,
    const struct block_config *, const struct prefix *networks, size_t n, uid_t,
    gid_t, struct err *);

#endif
