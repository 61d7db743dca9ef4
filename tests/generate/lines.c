/* lines.c - a heap of lines, the earliest first, each with its worth */
#include "tests/generate/generate.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define WORTHS 16 /* what one line can be worth, at most */

struct line {
	int64_t when;
	uint64_t order; /* of two at the same time the first said is first */
	char *text;
	unsigned worths;
	struct {
		uint32_t what;
		uint64_t n;
	} worth[WORTHS];
};

static struct line **heap;
static size_t heap_n, heap_size;

static bool
before(const struct line *a, const struct line *b)
{
	return a->when != b->when ? a->when < b->when : a->order < b->order;
}

static void
swap(size_t i, size_t j)
{
	struct line *line = heap[i];

	heap[i] = heap[j];
	heap[j] = line;
}

static void
push(struct line *line)
{
	size_t i = heap_n++;

	if (heap_n > heap_size) {
		heap_size = heap_size * 2 + 1024;
		heap = realloc(heap, heap_size * sizeof(struct line *));
		if (heap == NULL)
			abort();
	}
	heap[i] = line;
	for (; i > 0 && before(heap[i], heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

static struct line *
pop(void)
{
	struct line *first = heap[0];
	size_t i = 0, child;

	heap[0] = heap[--heap_n];
	while ((child = 2 * i + 1) < heap_n) {
		if (child + 1 < heap_n && before(heap[child + 1], heap[child]))
			child++;
		if (!before(heap[child], heap[i]))
			break;
		swap(i, child);
		i = child;
	}
	return first;
}

struct line *
say(int64_t when, const char *program, unsigned pid, const char *format, ...)
{
	static uint64_t said;
	struct line *line = mem_zero(1, sizeof(*line));
	char text[4096];
	va_list ap;
	int n;

	n = pid != 0 ? snprintf(text, sizeof(text), "%s[%u]: ", program, pid)
		     : snprintf(text, sizeof(text), "%s: ", program);
	va_start(ap, format);
	vsnprintf(text + n, sizeof(text) - (size_t)n, format, ap);
	va_end(ap);
	line->when = when;
	line->order = said++;
	line->text = strdup(text);
	if (line->text == NULL)
		abort();
	push(line);
	return line;
}

struct line *
worth(struct line *line, unsigned what, uint64_t n)
{
	if (line->worths == WORTHS)
		abort();
	line->worth[line->worths].what = what;
	line->worth[line->worths++].n = n;
	return line;
}

unsigned
mailer_cell(enum mailer mailer, enum column column)
{
	return TRUTH_MAILERS + (unsigned)mailer * COLUMNS + (unsigned)column;
}

int64_t
lines_next(void)
{
	return heap_n == 0 ? INT64_MAX : heap[0]->when;
}

char *
lines_take(int64_t *when)
{
	struct line *line = pop();
	char *text = line->text;

	*when = line->when;
	for (unsigned i = 0; i < line->worths; i++)
		truth_add(line->worth[i].what, line->worth[i].n);
	free(line);
	return text;
}
