/* shapes.c - what lines that are not understood look like */
#include "collectors/shapes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"

struct shape {
	char text[SHAPE_TEXT];
	uint64_t count;
};

struct shapes {
	struct shape shapes[SHAPES];
	size_t count;
	uint64_t others;
};

struct shapes *
shapes_new(void)
{
	return mem_zero(1, sizeof(struct shapes));
}

void
shapes_free(struct shapes *shapes)
{
	free(shapes);
}

static bool
ends_token(char c)
{
	return c == ' ' || c == ',' || c == ';' || c == '(' || c == ')';
}

/* A token with a digit, '@' or an inner dot is somebody's name or number. */
static bool
is_name(struct slice token)
{
	for (size_t i = 0; i < token.n; i++)
		if ((token.p[i] >= '0' && token.p[i] <= '9') ||
		    token.p[i] == '@' || (unsigned char)token.p[i] >= 0x80 ||
		    (token.p[i] == '.' && i > 0 && i + 1 < token.n))
			return true;
	return false;
}

/* What is within <>, "" or [] is not shown either. */
static size_t
skip_enclosed(struct slice text, size_t i)
{
	char close = text.p[i] == '<' ? '>' : text.p[i] == '[' ? ']' : '"';

	for (i++; i < text.n && text.p[i] != close; i++)
		;
	return i < text.n ? i + 1 : i;
}

static void
mask(struct slice text, char *shape, size_t size)
{
	size_t used = 0, i = 0, end;

	while (i < text.n && used + 4 < size) {
		char c = text.p[i];

		if (c == '<' || c == '[' || c == '"') {
			shape[used++] = c;
			shape[used++] = c == '<' ? '>' : c == '[' ? ']' : '"';
			i = skip_enclosed(text, i);
			continue;
		}
		for (end = i; end < text.n && !ends_token(text.p[end]) &&
			      strchr("<[\"=", text.p[end]) == NULL;
		     end++)
			;
		if (end == i) {
			shape[used++] = c;
			i++;
		} else if (is_name((struct slice){ text.p + i, end - i })) {
			shape[used++] = 'N';
			i = end;
		} else {
			used +=
			    slice_copy((struct slice){ text.p + i, end - i },
				shape + used, size - used);
			i = end;
		}
	}
	shape[used] = '\0';
}

void
shapes_add(struct shapes *shapes, struct slice program, struct slice text)
{
	char shape[SHAPE_TEXT];
	size_t used = slice_copy(program, shape, 40), i = 0;

	memcpy(shape + used, ": ", 2);
	mask(text, shape + used + 2, sizeof(shape) - used - 2);
	while (i < shapes->count && strcmp(shapes->shapes[i].text, shape) != 0)
		i++;
	if (i == SHAPES) {
		shapes->others++;
		return;
	}
	if (i == shapes->count)
		memcpy(
		    shapes->shapes[shapes->count++].text, shape, sizeof(shape));
	shapes->shapes[i].count++;
}

static int
compare(const void *a, const void *b)
{
	const struct line_shape *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->text, y->text);
}

size_t
shapes_top(const struct shapes *shapes, struct line_shape *rows, size_t most,
    uint64_t *others)
{
	struct line_shape sorted[SHAPES] = { 0 };
	size_t n = shapes->count < most ? shapes->count : most;

	for (size_t i = 0; i < shapes->count; i++)
		sorted[i] = (struct line_shape){ shapes->shapes[i].text,
			shapes->shapes[i].count };
	qsort(sorted, shapes->count, sizeof(sorted[0]), compare);
	memcpy(rows, sorted, n * sizeof(*rows));
	*others = shapes->others;
	for (size_t i = n; i < shapes->count; i++)
		*others += sorted[i].count;
	return n;
}

void
shapes_print(const struct shapes *shapes, FILE *out)
{
	struct line_shape rows[SHAPES];
	char text[SHAPE_TEXT * 4 + 1];
	uint64_t others;
	size_t n = shapes_top(shapes, rows, SHAPES, &others);

	for (size_t i = 0; i < n; i++) {
		slice_escape(slice_of(rows[i].text), text, sizeof(text));
		fprintf(out, "%8" PRIu64 "  %s\n", rows[i].count, text);
	}
	if (others != 0)
		fprintf(out, "%8" PRIu64 "  of other shapes\n", others);
}
