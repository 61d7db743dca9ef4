/* check_blocks.h - mailweir check: the maps that blocks are written into */
#ifndef AGENT_CHECK_BLOCKS_H
#define AGENT_CHECK_BLOCKS_H

#include "agent/config.h"

/* Prints.  False: a map or its program is missing. */
bool check_blocks_backend(const struct block_config *);

#endif
