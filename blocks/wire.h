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
#include "blocks/blocks.h"

#define BLOCK_CHANGES 1000 /* elements a request */

enum block_op {
	BLOCK_OP_NEVER,  /* these too are never to be blocked, or with `remove'
			    no longer: of any length */
	BLOCK_OP_OPEN,   /* make the sets and the rules; what is there stays */
	BLOCK_OP_CHANGE, /* add and remove elements */
	BLOCK_OP_CHECK,  /* is it all there?  See struct block_answer */
	BLOCK_OP_WRITE,  /* a map: the whole list, in a file in memory */
	BLOCK_OP_CLOSE,  /* leave nothing behind */
	BLOCK_OPS
};

/* Also a record of a list in memory, followed by its sender's bytes. */
struct block_element {
	uint8_t family;       /* 4, 6; 0: a sender */
	uint8_t bits;         /* 24 or 32; 64 or 128 */
	uint8_t sender_bytes; /* only in a list in memory */
	bool remove;          /* only in a change, and of what was told */
	bool again;           /* only in a change: it is there as it should be,
				 or not at all */
	uint8_t b[16];        /* network order, 0 behind its bits */
	uint32_t seconds;     /* until it is over; 1 or more */
	bool counted;         /* only in a report: it is as it should be, and so
				 many packets of it were refused */
	uint64_t packets;
};

struct block_request {
	uint32_t op, count;
	struct {
		uint32_t max_blocks;
		bool forward;
		uint8_t port_count;
		uint16_t ports[BLOCK_PORTS];
	} open;
	struct block_element elements[BLOCK_CHANGES];
};

struct block_answer {
	struct err err;
	bool failed;  /* err says why */
	bool found;   /* opened: what a former run left was there */
	bool wiped;   /* what we made was gone: send it all again */
	bool touched; /* somebody may have changed it: ask for the difference */
	bool report;  /* unasked: with it comes the difference */
	bool born;    /* unasked: a helper begins, and has nothing open */
	bool counts;  /* with a report: each element has its own count; one that
			 is not told of has none */
	uint64_t refused;          /* packets, since the table was made */
	bool never[BLOCK_CHANGES]; /* elements that were left out: never to be
				      blocked */
};

struct block_element wire_element(const struct prefix *);
/* False: it is not sound, or a sender. */
bool wire_prefix(const struct block_element *, struct prefix *);
/* For qsort() and bsearch(): by what is blocked. */
int wire_order(const void *, const void *);
/*
 * A list in memory that has no senders; to be freed, *n elements of it, all
 * sound.  NULL: it cannot be read.
 */
struct block_element *wire_read(int fd, size_t *n);

#endif
