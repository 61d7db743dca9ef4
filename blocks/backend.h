/*
 * backend.h - what a firewall or map provides that refuses clients
 *
 * One file and one row in backends.c each.  All of it runs in the helper, one
 * backend a process; what it keeps is static.  Elements are already checked:
 * sound, masked, and none that is never to be blocked.
 */
#ifndef BLOCKS_BACKEND_H
#define BLOCKS_BACKEND_H

#include "blocks/blocks.h"
#include "blocks/wire.h"

struct block_backend {
	const char *name;
	uint64_t capabilities; /* bit CAP_x: what its helper keeps */
	bool senders;          /* it can refuse a sender */
	/* Of a map: at most so often is it written. */
	unsigned write_seconds;

	/* Make it ready; what a former run left in it stays. */
	int (*open)(const struct block_config *, struct err *);
	/* A firewall: add and remove so many, all or none; NULL for a map. */
	int (*change)(const struct block_element *, size_t n, struct err *);
	/* A map: make it hold exactly the list that this file in memory holds;
	   NULL for a firewall. */
	int (*write)(int list, struct err *);
	/*
	 * Is all there?  Fills wiped, touched, refused.  With list (-1: none)
	 * *report may be set to a descriptor that gives, some time later and up
	 * to its end, a struct block_answer and the elements that differ:
	 * `remove' is one too many, else one that is missing.  NULL: nothing
	 * can be asked.
	 */
	int (*check)(
	    int list, int *report, struct block_answer *, struct err *);
	/* Readable when somebody may have changed it; -1 or NULL: never. */
	int (*fd)(void);
	/* Leave nothing behind. */
	void (*close)(void);
};

extern const struct block_backend *const block_backends[];
extern const size_t block_backend_count;
const struct block_backend *block_backend(const char *name); /* or NULL */

#endif
