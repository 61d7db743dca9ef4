/*
 * maps_run.h - makemap and postmap, for the helper that writes the maps
 *
 * The helper weir-maps runs them itself, with the rights that writing the
 * maps takes: the helper `programs' has given those up.
 */
#ifndef AGENT_MAPS_RUN_H
#define AGENT_MAPS_RUN_H

#include "base/err.h"

/* Of the type block_run_fn (blocks/blocks.h): in the helper, where it ends with
   the agent; and in a command, without an agent. */
int maps_run(const char *const argv[], int in, struct err *);
int maps_run_alone(const char *const argv[], int in, struct err *);
/* Where "makemap" or "postmap" is, or NULL. */
const char *maps_program(const char *name);

#endif
