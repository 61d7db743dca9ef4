/*
 * compare.h - what a firewall holds, beside what it should
 *
 * In the helper, or in a child of it where that takes long.
 */
#ifndef BLOCKS_COMPARE_H
#define BLOCKS_COMPARE_H

#include "blocks/wire.h"

struct comparison;

/* To the list (a file in memory of struct block_element); NULL: it, or memory
   for the difference, cannot be had. */
struct comparison *compare_new(int list);
/* This the firewall has. */
void compare_take(struct comparison *, const struct block_element *);
/* That was all: the difference goes to the agent.  With `wiped', what holds
   the elements was not there. */
void compare_tell(struct comparison *, bool wiped);
void compare_free(struct comparison *);

#endif
