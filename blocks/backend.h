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
	bool root;    /* its helper stays root: what it runs has to be */
	bool lasting; /* its elements do not end by themselves */
	bool senders; /* it can refuse a sender */
	/* Of a map: at most so often is it written. */
	unsigned write_seconds;

	/* Would this configuration do?  NULL: any does. */
	int (*fits)(const struct block_config *, struct err *);
	/* Make it ready; what a former run left in it stays, and was found. */
	int (*open)(const struct block_config *, bool *found, struct err *);
	/* A firewall: add and remove so many, all or none; NULL for a map. */
	int (*change)(const struct block_element *, size_t n, struct err *);
	/* A map: make it hold exactly the list that this file in memory holds;
	   NULL for a firewall. */
	int (*write)(int list, struct err *);
	/*
	 * Is all there?  Fills wiped, touched and refused of the answer.  With
	 * list (-1: none) the difference is told some time later, unasked, by
	 * helper_tell(): an answer with `report' set, and with it a file in
	 * memory of the elements that differ: `remove' is one too many, else
	 * one is missing.  NULL: nothing can be asked.
	 */
	int (*check)(int list, struct block_answer *, struct err *);
	/* Readable when somebody may have changed it; -1 or NULL: never. */
	int (*fd)(void);
	/* It was: make whole what can be, fill wiped and touched. */
	void (*stirred)(struct block_answer *);
	/* Leave nothing behind, opened or not. */
	int (*close)(const struct block_config *, struct err *);
};

extern const struct block_backend *const block_backends[];
extern const size_t block_backend_count;
const struct block_backend *block_backend(const char *name); /* or NULL */

#endif
