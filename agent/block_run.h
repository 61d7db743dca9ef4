/*
 * block_run.h - the programs of backends: map makers, firewalls, commands
 *
 * The helper that has such a backend runs them itself, with the rights that
 * this takes: the helper `programs' has given those up.
 */
#ifndef AGENT_BLOCK_RUN_H
#define AGENT_BLOCK_RUN_H

#include "base/err.h"

/* Of the type block_run_fn (blocks/blocks.h): in the helper, where it ends with
   the agent; and in a command, without an agent. */
int block_run(const char *const argv[], int in, char **output, struct err *err);
int block_run_alone(
    const char *const argv[], int in, char **output, struct err *err);
/* Where "makemap", "ipset" and so on is, or NULL. */
const char *block_program(const char *name);

#endif
