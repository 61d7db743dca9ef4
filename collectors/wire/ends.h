/*
 * ends.h - which end of a connection is ours
 *
 * A server is ours unless its client is.  Who is ours is told by the link
 * (what this host sent), by our own addresses where the capture is live, else
 * by what connections have shown: a mail server has many clients, while the
 * servers that it sends to have few.  Ends are told apart by their hardware
 * addresses, as all that lies behind a router has one, or by their own.
 */
#ifndef WIRE_ENDS_H
#define WIRE_ENDS_H

#include "collectors/wire/flow.h"

struct ends;

struct ends *ends_new(void);
void ends_free(struct ends *);
/* Our addresses, all of them; copied.  Without, they are told as above. */
void ends_set_own(struct ends *, const struct addr *, size_t n);
/* A server took a connection: its SYN-ACK. */
void ends_learn(struct ends *, const struct segment *syn_ack);
/* Is it one of our addresses; false where they are not known. */
bool ends_own(const struct ends *, const struct addr *);
/* Did we make this connection? */
bool ends_are_outbound(const struct ends *, const struct flow_start *);

#endif
