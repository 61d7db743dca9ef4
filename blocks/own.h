/*
 * own.h - addresses of this host, of its gateways and its resolvers
 *
 * By rtnetlink (rtnetlink(7)): the addresses of every interface and the
 * gateways of every default route, kept current by its notifications; and the
 * `nameserver' lines of resolv.conf(5).  Needs no right.
 */
#ifndef BLOCKS_OWN_H
#define BLOCKS_OWN_H

#include "blocks/exempt.h"

#define OWN_MOST 4096 /* addresses; a host with more is told in the log */

struct own;

struct own *own_open(struct err *);
void own_close(struct own *);
/*
 * Sets EXEMPT_OWN anew if something changed since the last call, and is then
 * true.  Does not wait.
 */
bool own_refresh(struct own *, struct exempt *);

#endif
