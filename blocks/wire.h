/*
 * wire.h - what the agent asks the firewall helper, and what it answers
 *
 * Of fixed size (base/helper.h).  The helper believes nothing of it: families,
 * lengths and counts are looked at again, and every address is held against
 * the helper's own copy of what is never blocked.
 */
#ifndef BLOCKS_WIRE_H
#define BLOCKS_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

#define BLOCK_CHANGES 1000 /* elements a request */

enum block_op {
	BLOCK_OP_OPEN,   /* make the sets and the rules; what is there stays */
	BLOCK_OP_CHANGE, /* add and remove elements */
	BLOCK_OP_CHECK,  /* is it all there?  See struct block_answer */
	BLOCK_OP_WRITE,  /* a map: the whole list, in a file in memory */
	BLOCK_OP_CLOSE,  /* leave nothing behind */
	BLOCK_OPS
};

/* Also a record of the list in memory, followed by its sender's bytes. */
struct block_element {
	uint8_t family;       /* 4, 6; 0: a sender */
	uint8_t bits;         /* 24 or 32; 64 or 128 */
	uint8_t sender_bytes; /* only in a list in memory */
	bool remove;          /* only in a change */
	uint8_t b[16];        /* network order, 0 behind its bits */
	uint32_t seconds;     /* until it is over; 1 or more */
};

struct block_request {
	uint32_t op, count;
	struct block_element elements[BLOCK_CHANGES];
};

struct block_answer {
	bool failed;      /* err says why */
	bool wiped;       /* what we made is gone: send it all again */
	bool touched;     /* somebody changed it: ask for the difference */
	uint32_t never;   /* elements refused: never to be blocked */
	uint64_t refused; /* packets, since the table was made */
	struct err err;
};

#endif
