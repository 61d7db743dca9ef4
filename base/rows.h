/*
 * rows.h - what one part changes in one commit
 *
 * A sequence of puts and drops in one buffer, in the order they were made.
 * Belongs to state.c; parts fill it by rows_put() and rows_drop() of state.h.
 */
#ifndef BASE_ROWS_H
#define BASE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct state_rows {
	char *p;
	size_t n, size;
	size_t count;
};

struct row {
	bool dropped;
	struct slice key, value; /* borrowed from the rows */
};

/* The row at *at, which steps on; false at the end.  Start with *at = 0. */
bool rows_next(const struct state_rows *, size_t *at, struct row *);

/*
 * Put what *older holds in front of *newer, one row a key: the last one made.
 * *older is empty afterwards.
 */
void rows_merge(struct state_rows *newer, struct state_rows *older);

void rows_fini(struct state_rows *);

#endif
