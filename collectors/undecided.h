/*
 * undecided.h - refusals whose reason a later line tells
 *
 * OpenSMTPD says the same of a mailbox that does not exist and of a domain that
 * it does not relay for.  Where our domains are not known, a delivery into a
 * mailbox of the domain shows that it is ours; that may come after the refusal,
 * which waits for it, HOPS_WAIT at most.  Nothing that shows: relay_denied.
 */
#ifndef COLLECTORS_UNDECIDED_H
#define COLLECTORS_UNDECIDED_H

#include "collectors/tracker.h"

/* So many wait; others are decided at once. */
#define UNDECIDED_MOST 256

struct pending;

/* False if it does not wait; the caller then emits it. */
bool undecided_wait(
    struct tracker *, uint32_t host_index, const struct mail_event *);
/* Addresses of the domain are delivered on that host. */
void undecided_domain(
    struct tracker *, uint32_t host_index, struct slice domain);
/* It waits no longer: emitted. */
void undecided_settle(struct tracker *, const struct pending *, enum reason);

#endif
