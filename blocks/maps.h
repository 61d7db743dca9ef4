/*
 * maps.h - blocks written into maps, and made tables by the mail system's own
 *
 * What the backends `access' and `postfix' share.  It runs in the helper, with
 * the rights of whoever owns the maps: root, on most systems.
 */
#ifndef BLOCKS_MAPS_H
#define BLOCKS_MAPS_H

#include <linux/capability.h>

#include "blocks/blocks.h"
#include "blocks/map_form.h"
#include "blocks/wire.h"

#define MAPS_SECONDS 5 /* a map is written so often at most */

/*
 * Bit CAP_x, for an owner who is root or anybody: to write a new file beside
 * another's and give it its owner and mode; postmap itself becomes the owner.
 */
#define MAPS_CAPABILITIES                                                      \
	(UINT64_C(1) << CAP_DAC_OVERRIDE | UINT64_C(1) << CAP_CHOWN |          \
	    UINT64_C(1) << CAP_FOWNER | UINT64_C(1) << CAP_SETUID |            \
	    UINT64_C(1) << CAP_SETGID)

struct map_place {
	char type[16];    /* "hash": of the table that is made of the text */
	const char *path; /* of the text; borrowed */
	const struct map_form *form;
	bool clients, senders; /* what it takes */
	/* Make the table; NULL: the text is all there is. */
	int (*make)(const struct map_place *, block_run_fn *, struct err *);
	bool made;      /* the table is of this text */
	size_t unfound; /* blocks without a line, as last complained of */
	uint64_t sum;   /* of our region, as it was written last */
};

/* "hash:/etc/mail/access"; without a type it is `type'. */
int maps_parse(
    struct map_place *, const char *text, const char *type, struct err *);

/*
 * The list in a file in memory (blocks/wire.h), into every place; -1: not all
 * of it, err has the first reason.
 */
int maps_write(
    struct map_place *, size_t n, int list, block_run_fn *, struct err *);
/* Somebody changed our lines, or took them out: wiped. */
int maps_check(const struct map_place *, size_t n, struct block_answer *);
/* Our lines out of every place; where there are none nothing is done. */
int maps_clear(struct map_place *, size_t n, block_run_fn *, struct err *);

#endif
