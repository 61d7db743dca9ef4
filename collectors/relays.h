/*
 * relays.h - relaying whose right another log may still tell
 *
 * Where a login lets its address relay (grants.h), and logins stand in another
 * log than messages, the one may be read further than the other.  What a
 * stranger's message then seems to be waits until every log was read up to its
 * arrival.
 */
#ifndef COLLECTORS_RELAYS_H
#define COLLECTORS_RELAYS_H

#include "collectors/tracker.h"

#define RELAYS_MOST 1024 /* wait; then the oldest is decided at once */

struct relays;

/* Does relaying wait on that host?  Only where several logs are read. */
bool relays_wait(const struct tracker *, uint32_t host_index, int64_t arrived);
/* An EVENT_RELAYED of a client without a grant so far. */
void relays_hold(struct tracker *, const struct mail_event *,
    uint32_t host_index, int64_t arrived);

/* All logs were read up to that time (Unix microseconds); INT64_MAX: to their
   ends. */
void relays_settle(struct tracker *, int64_t upto);
/* Nothing of this host that is older still waits; INT64_MAX: nothing does. */
int64_t relays_floor(const struct tracker *, uint32_t host_index);

void relays_save(struct tracker *, struct state_rows *);
bool relays_load(struct tracker *, struct slice value);
void relays_free(struct relays *);

#endif
