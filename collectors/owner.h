/*
 * owner.h - whose socket a connection of this host is
 *
 * By sock_diag(7): the kernel is asked for the socket with exactly these
 * addresses and ports, of our own name space, which takes no right.  The
 * descriptor is opened while sockets of that kind may be.
 */
#ifndef COLLECTORS_OWNER_H
#define COLLECTORS_OWNER_H

#include <sys/types.h>

#include "base/err.h"
#include "collectors/wire/decode.h"

int owner_open(struct err *);
/* Who made it, by its first segment; false: it is not there, or closed. */
bool owner_ask(int fd, const struct segment *, uid_t *uid);

#endif
