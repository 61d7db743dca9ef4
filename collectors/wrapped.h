/*
 * wrapped.h - whose session it is that a TLS wrapper brings from this host
 *
 * Behind stunnel every client is 127.0.0.1 to the server.  The wrapper tells
 * of each session who the client is and from which port it went on to the
 * server; where the server's line has that port, the client is known.  By
 * nothing else: that only one wrapped session was open proves nothing of a
 * webmail on the same host, and a wrong address might be blocked.
 */
#ifndef COLLECTORS_WRAPPED_H
#define COLLECTORS_WRAPPED_H

#include "base/addr.h"
#include "collectors/tracker.h"

#define WRAPPED_MOST 20000   /* sessions; then the longest silent goes */
#define WRAPPED_LATE 5000000 /* microseconds: lines of two programs may cross */

struct wrapped;

void wrapped_free(struct wrapped *);

void wrapped_save(const struct tracker *, struct state_rows *);
bool wrapped_load(struct tracker *, struct slice key, struct slice value);

/* A client came; `session' is the wrapper's name for it, until it ends. */
void wrapped_begin(struct tracker *, const struct log_line *, uint64_t session,
    const struct addr *client);
/* It goes on to the server from that port. */
void wrapped_from(
    struct tracker *, const struct log_line *, uint64_t session, uint64_t port);
void wrapped_end(struct tracker *, const struct log_line *, uint64_t session);

/* Has a wrapper spoken? */
bool wrapped_any(const struct tracker *);
/*
 * A server's line has this client and port (0: none).  Is the client this host,
 * and the port a wrapped session's of that time, *client becomes whose it is.
 */
void wrapped_client(const struct tracker *, const struct log_line *,
    struct addr *client, uint64_t port);

#endif
