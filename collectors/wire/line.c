/* line.c - the lines of a dialogue, out of bytes that may be cut anywhere */
#include "collectors/wire/line.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
line_wipe(struct partial *partial)
{
	if (partial->p != NULL)
		explicit_bzero(partial->p, LINE_MOST);
	partial->n = 0;
}

void
line_fini(struct partial *partial)
{
	line_wipe(partial);
	free(partial->p);
	partial->p = NULL;
}

bool
line_take(struct partial *partial, struct slice *bytes, struct slice *line)
{
	ptrdiff_t at = slice_find_char(*bytes, '\n');
	struct slice part = { bytes->p, at == -1 ? bytes->n : (size_t)at };
	bool skipped = partial->skip;
	size_t room;

	*bytes = slice_from(*bytes, at == -1 ? bytes->n : (size_t)at + 1);
	*line = part;
	if (at == -1 || partial->n > 0) {
		if (partial->p == NULL)
			partial->p = mem_zero(1, LINE_MOST);
		room = LINE_MOST - partial->n;
		part.n = part.n < room ? part.n : room;
		if (part.n > 0)
			memcpy(partial->p + partial->n, part.p, part.n);
		partial->n += part.n;
		*line = (struct slice){ partial->p, partial->n };
	}
	if (at == -1)
		return false;
	partial->n = 0;
	partial->skip = false;
	if (line->n > LINE_MOST)
		line->n = LINE_MOST;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return !skipped;
}
