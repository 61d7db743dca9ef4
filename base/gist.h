/*
 * gist.h - what a message says, without whom and which it says it of
 *
 * "450 4.2.0 <kim@example.org>: Greylisted, see id 4Z1B2C" becomes
 * "450 4.2.0 <>: Greylisted, see id *", so that alike can be counted.  What is
 * in <>, [] or "" goes, so do words with '@' or digits; reply codes stay.
 */
#ifndef BASE_GIST_H
#define BASE_GIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* At most size bytes, without a NUL; how many they are. */
size_t gist(struct slice text, char *out, size_t size);

/*
 * The same for texts that come by the thousand and differ in what is enclosed
 * alone: what such a text became is remembered.
 */
#define GIST_SHORT 80  /* bytes of it that are made */
#define GIST_MEMOS 128 /* then another's place is taken */

struct gist_memo {
	struct slice outside; /* of what is enclosed; in `text' */
	uint64_t hash;
	size_t n;
	char gist[GIST_SHORT];
	char text[128];
};

/* Holds until the next call with these memos. */
struct slice gist_again(struct gist_memo[GIST_MEMOS], struct slice text);

#endif
