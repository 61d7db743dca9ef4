/*
 * sockets.h - end the server's established connections of blocked clients
 *
 * By sock_diag(7): SOCK_DESTROY (Linux 4.5, CONFIG_INET_DIAG_DESTROY) resets
 * the client's end and makes the server's reads fail at once; without it the
 * server would wait for its timeout.  Needs CAP_NET_ADMIN.
 */
#ifndef BLOCKS_SOCKETS_H
#define BLOCKS_SOCKETS_H

#include "blocks/blocks.h"
#include "blocks/wire.h"

/*
 * Those of our mail ports whose other end one of the elements holds.  The
 * number that was ended; -1: it cannot be done here.
 */
int sockets_end(const struct block_config *, const struct block_element *,
    size_t n, struct err *);
/*
 * Those of all that are added.  That it cannot be done is said once, and no
 * more: the connections are the lesser part, and end with their next packet.
 */
void sockets_end_added(
    const struct block_config *, const struct block_element *, size_t n);

#endif
