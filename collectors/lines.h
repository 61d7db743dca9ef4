/*
 * lines.h - whole lines out of a stream of bytes
 *
 * A line is handed out without its LF, and without a CR before it.  It points
 * into the block it came in; only one that straddles two blocks is copied.
 * NULs at its beginning (the hole that truncation leaves under a writer) are
 * stepped over.  A line of more than LINE_MAX_BYTES is dropped whole and
 * counted, for half a line would parse as a different one.  What follows the
 * last LF is never handed out.
 */
#ifndef COLLECTORS_LINES_H
#define COLLECTORS_LINES_H

#include <stdbool.h>

#include "base/slice.h"

#define LINE_MAX_BYTES 8192

struct lines {
	uint64_t fed;      /* stream offset of the next byte to come */
	uint64_t offset;   /* behind the last LF: where a reader may resume */
	uint64_t overlong; /* lines dropped for their length */
	bool dropping;     /* until the next LF */
	size_t used;
	char begun[LINE_MAX_BYTES]; /* of a line that is not whole yet */
};

/* A stream that is read from `offset', the beginning of a line.  Counts stay. */
void lines_start(struct lines *, uint64_t offset);

/* `begin' is the line's own stream offset; the line is borrowed for the call. */
void lines_feed(struct lines *, const char *block, size_t n,
    void (*take)(void *arg, struct slice line, uint64_t begin), void *arg);

#endif
