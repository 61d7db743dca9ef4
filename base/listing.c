/*
 * listing.c - the first rows of a table in some order
 *
 * The rows held are a heap, the last of them on top: whoever comes before it
 * takes its place.
 */
#include "base/listing.h"

#include <stdlib.h>

#include "base/mem.h"

static void
swap(const void **a, const void **b)
{
	const void *was = *a;

	*a = *b;
	*b = was;
}

/* Down to where both below it come before it. */
static void
sink(struct listing *listing, size_t at)
{
	size_t below;

	while ((below = 2 * at + 1) < listing->n) {
		if (below + 1 < listing->n &&
		    listing->compare(listing, listing->rows[below],
			listing->rows[below + 1]) < 0)
			below++;
		if (listing->compare(
			listing, listing->rows[at], listing->rows[below]) > 0)
			return;
		swap(&listing->rows[at], &listing->rows[below]);
		at = below;
	}
}

static void
add(struct listing *listing, const void *row)
{
	size_t at = listing->n, above;

	if (listing->n == listing->size) {
		listing->size = listing->size == 0 ? 64 : 2 * listing->size;
		listing->rows = mem_grow(
		    listing->rows, listing->size, sizeof(*listing->rows));
	}
	listing->rows[listing->n++] = row;
	for (; at > 0; at = above) {
		above = (at - 1) / 2;
		if (listing->compare(
			listing, listing->rows[at], listing->rows[above]) < 0)
			return;
		swap(&listing->rows[at], &listing->rows[above]);
	}
}

void
listing_offer(struct listing *listing, const void *row)
{
	listing->total++;
	if (listing->n < listing->most) {
		add(listing, row);
	} else if (listing->most > 0 &&
		   listing->compare(listing, row, listing->rows[0]) < 0) {
		listing->rows[0] = row;
		sink(listing, 0);
	}
}

void
listing_sort(struct listing *listing)
{
	size_t n = listing->n;

	while (listing->n > 1) {
		swap(&listing->rows[0], &listing->rows[--listing->n]);
		sink(listing, 0);
	}
	listing->n = n;
}

void
listing_fini(struct listing *listing)
{
	free(listing->rows);
	listing->rows = NULL;
}
