/*
 * logins.h - sign-ins that a later line of the same process may undo
 *
 * Some servers log that the password was right before they look whether the
 * client may have its mailbox now; a client that may not is told that its
 * login failed.  So the event waits for that line, at most LOGINS_WAIT of
 * event time.
 */
#ifndef COLLECTORS_LOGINS_H
#define COLLECTORS_LOGINS_H

#include "collectors/tracker.h"

#define LOGINS_WAIT 10000000 /* microseconds; pop3d sleeps for 3 s itself */
#define LOGINS_MOST 1024     /* then the longest waiting one counts */

struct logins;

/* An EVENT_LOGIN_OK of this line waits. */
void logins_hold(struct tracker *, const struct log_line *,
    const struct addr *client, struct slice account);
/* Does one from there wait that was then, or before?  Whose, borrowed. */
bool logins_waiting(const struct tracker *, uint32_t host_index,
    const struct addr *client, int64_t when, struct slice *account);
/*
 * The newest login of the line's process that waits failed after all, and not
 * for its password: no rule judges it.  False: none waits.
 */
bool logins_refuse(struct tracker *, const struct log_line *);

/*
 * Some servers say the same of a login twice, in lines of different kinds, one
 * of which may not be in this log.  Where the first kind was seen once on a
 * host, the second says nothing new.
 */
void logins_tell(struct tracker *, const struct log_line *);
bool logins_are_told(const struct tracker *, const struct log_line *);

/* What has waited until now counts; INT64_MAX: all of it. */
void logins_settle(struct tracker *, int64_t now);
/* No login of this host that is older still waits; INT64_MAX: none does. */
int64_t logins_floor(const struct tracker *, uint32_t host_index);

void logins_save(struct tracker *, struct state_rows *);
bool logins_load(struct tracker *, struct slice value);
void logins_free(struct logins *);

#endif
