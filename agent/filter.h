/*
 * filter.h - which system calls are left to the agent and to its helpers
 *
 * By libseccomp.  A call that is refused fails with EPERM; one by the number of
 * another architecture (or x32) kills the process.  seccomp(2).
 */
#ifndef AGENT_FILTER_H
#define AGENT_FILTER_H

#include "base/err.h"

/*
 * The agent, all threads of it.  Libraries start threads and load modules
 * late, so it is told what it must never do: run a program or fork, trace,
 * mount, change its user, reach into the kernel, signal others, or open raw and
 * packet sockets.  In a build with the leak checker tracing and forking are
 * left, for it works by them.
 */
int filter_agent(struct err *);

/*
 * A helper, by its name.  "weir-opener" and "weir-firewall": only what they
 * need.  "weir-maps" runs a program that makes a table, and both never do what
 * the agent never does to the kernel and to others.  "weir-programs" has no
 * filter: without no_new_privs that takes CAP_SYS_ADMIN, and its programs would
 * inherit it.  A name that is not known is an error.
 */
int filter_helper(const char *name, struct err *);

#endif
