/*
 * address.h - mail addresses in log lines, as strangers chose them
 *
 * A quoted local part may hold anything (RFC 5321, 4.1.2), so an address in
 * angle brackets does not end at the first '>'.
 */
#ifndef COLLECTORS_ADDRESS_H
#define COLLECTORS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Where the address ends if quotes mean what they say; -1: they do not. */
ptrdiff_t quoted_end(struct slice text);

/*
 * An address, from behind its '<' to behind its '>'.  Quotes and backslashes
 * are honoured, and one of `followers' must come next (it is not stepped
 * over; an empty one is the end of the text).  Where that reading fails, as
 * for a lone quote, the address ends at the first '>' with a follower, and
 * *ambiguous is set.
 */
bool cut_address(struct slice *text, const struct slice *followers, size_t n,
    struct slice *address, bool *ambiguous);

#endif
