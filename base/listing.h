/*
 * listing.h - the first rows of a table in some order, for who asks for them
 *
 * A table of tens of thousands of rows is walked once and not sorted: of those
 * that pass the filter only the first `most' are held on the way.
 */
#ifndef BASE_LISTING_H
#define BASE_LISTING_H

#include "base/slice.h"

struct listing {
	/* What is asked for. */
	unsigned order; /* as the table has them */
	size_t most;
	struct slice filter; /* only rows whose name holds it; empty: all */
	int64_t now;         /* Unix seconds, where the order depends on it */
	/* What is given: rows of the table, borrowed until it changes. */
	const void **rows;
	size_t n, total; /* of them; that passed the filter */
	/* Below 0: `a' comes before `b'; never 0.  The table's own. */
	int (*compare)(const struct listing *, const void *a, const void *b);
	size_t size;
};

void listing_offer(struct listing *, const void *row);
void listing_sort(struct listing *); /* behind the last offer */
void listing_fini(struct listing *);

/* By number, the highest first. */
static inline int
listing_by(uint64_t a, uint64_t b)
{
	return a == b ? 0 : a < b ? 1 : -1;
}

#endif
