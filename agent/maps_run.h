/*
 * maps_run.h - makemap and postmap, for the helper that writes the maps
 *
 * The helper weir-firewall runs them itself, with the rights that writing the
 * maps takes: the helper `programs' has given those up.
 */
#ifndef AGENT_MAPS_RUN_H
#define AGENT_MAPS_RUN_H

#include "base/err.h"

/* In the helper.  A block_run_fn (blocks/blocks.h). */
int maps_run(const char *const argv[], int in, struct err *);

#endif
