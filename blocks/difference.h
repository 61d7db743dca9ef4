/*
 * difference.h - what a firewall holds, beside what it should
 *
 * In the helper, or in a child of it where that takes long.
 */
#ifndef BLOCKS_DIFFERENCE_H
#define BLOCKS_DIFFERENCE_H

#include "blocks/wire.h"

struct difference;

/* To the list (a file in memory of struct block_element); NULL: it, or memory
   for the difference, cannot be had. */
struct difference *difference_new(int list);
/* This the firewall has; `packets' of it were refused, -1: nobody counts. */
void difference_take(
    struct difference *, const struct block_element *, int64_t packets);
/* That was all: the difference goes to the agent.  With `wiped', what holds
   the elements was not there. */
void difference_tell(struct difference *, bool wiped);
void difference_free(struct difference *);

#endif
