/* line.h - the lines of a dialogue, out of bytes that may be cut anywhere */
#ifndef WIRE_LINE_H
#define WIRE_LINE_H

#include "base/slice.h"

#define LINE_MOST 2048 /* what is longer is cut; RFC 5321, 4.5.3.1: 512 */

/* A line's beginning, while its end is not there. */
struct partial {
	char *p; /* LINE_MOST bytes, or NULL; what is more is dropped */
	size_t n;
	bool skip; /* the line was in a gap, or is answered already */
};

/* Bytes to a line, without its end; true: *line is one, which holds until the
   next call, and *bytes what follows it. */
bool line_take(struct partial *, struct slice *bytes, struct slice *line);
/* Nothing that it held is in memory any more. */
void line_wipe(struct partial *);
void line_fini(struct partial *);

#endif
