/*
 * damaged.h - archives that cannot be read, or not yet
 *
 * A compressor may be at work on it, so it is waited for; but a file that
 * stays as it is must not hold up all that comes after it.
 */
#ifndef COLLECTORS_DAMAGED_H
#define COLLECTORS_DAMAGED_H

#include "base/err.h"
#include "collectors/siblings.h"

#define DAMAGED_MS    30000 /* until it is given up */
#define DAMAGED_FILES 16    /* at a time; with more the first is forgotten */

struct damaged {
	size_t n;
	struct damaged_file {
		uint64_t device, inode, bytes; /* as it was then */
		int64_t until_ms;
		bool said;
	} of[DAMAGED_FILES];
};

bool damaged_is_given_up(
    const struct damaged *, const struct sibling *, int64_t now_ms);

/*
 * It could not be read, for `err'.  When to try again at the latest; 0: no
 * more, which is logged once.
 */
int64_t damaged_wait(struct damaged *, const struct sibling *, int64_t now_ms,
    const struct err *);

#endif
