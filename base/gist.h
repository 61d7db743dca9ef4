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

#include "base/slice.h"

/* At most size bytes, without a NUL; how many they are. */
size_t gist(struct slice text, char *out, size_t size);

#endif
