/*
 * agent.h - the running daemon: every part, and the loop that drives them
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/config.h"

struct agent;

/*
 * In the order in which privileges are used and given up: the helper that
 * opens logs, the listening socket, then the user, then threads.  `path' is
 * the configuration's, for a reload; both are borrowed.
 */
struct agent *agent_open(const struct config *, const char *path, struct err *);
/* Until SIGTERM or SIGINT. */
int agent_run(struct agent *, struct err *);
/* What was counted is committed; -1 if it could not be. */
int agent_close(struct agent *, struct err *);

#endif
