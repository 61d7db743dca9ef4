/*
 * sandbox.h - what is left to the agent once everything is open
 *
 * After the helpers were forked and the sockets opened, before any thread:
 * the agent becomes the user that it is to be and has no capability and no way
 * to any (agent/privileges.h), opens only its own files (agent/fence.h), and
 * makes no system call that it must never make (agent/filter.h).
 */
#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include "agent/fence.h"
#include "agent/privileges.h"

/*
 * All of it or -1, and then the start must end.  What the kernel has not
 * (Landlock) is said once.
 */
int sandbox_enter(
    const struct privileges *, const struct fence *, struct err *);

#endif
