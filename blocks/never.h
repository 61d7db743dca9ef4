/*
 * never.h - what a person said is never to be blocked, while we run
 *
 * Beside `never' of the configuration, which is the first truth and is not
 * touched by it.  Few: a list is looked through.
 */
#ifndef BLOCKS_NEVER_H
#define BLOCKS_NEVER_H

#include "blocks/blocks.h"
#include "blocks/exempt.h"
#include "blocks/rows_gone.h"

struct nevers {
	struct never_row {
		struct block_never public;
		bool dirty, saved;
	} * rows;
	size_t count;
	struct rows_gone gone;
};

void nevers_fini(struct nevers *);

#endif
