/* map.c - our lines in a map that an administrator keeps: its text */
#include "blocks/map.h"

#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"

#define BEGIN "# mailweir: begin"
#define END   "# mailweir: end"

static const char begin_mark[] =
    BEGIN ", written by mailweir; edit above or below it\n";

/* FNV-1a: it stays in files, so it must not change with slice_hash(). */
static uint64_t
sum_of(struct slice text)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text.n; i++)
		sum =
		    (sum ^ (unsigned char)text.p[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static size_t
count_lines(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

/* A line without its end; false when there is none. */
static bool
next_line(struct slice *rest, struct slice *line)
{
	if (rest->n == 0)
		return false;
	if (!slice_cut(rest, SLICE("\n"), line)) {
		*line = *rest;
		*rest = slice_from(*rest, rest->n);
	}
	return true;
}

static bool
end_fits(struct slice line, struct slice region)
{
	char mark[128];

	snprintf(mark, sizeof(mark), END ", %zu lines, %016" PRIx64,
	    count_lines(region), sum_of(region));
	return slice_eq(line, slice_of(mark));
}

static bool
continues(struct slice text)
{
	return text.n > 1 && (text.p[0] == ' ' || text.p[0] == '\t') &&
	       text.p[1] != '\n';
}

static int
damaged(struct err *err, size_t number, const char *what)
{
	return err_set(err,
	    "line %zu: %s; nothing is written until the lines from \"" BEGIN
	    "\" to \"" END "\" are removed, or as they were",
	    number, what);
}

int
map_split(struct slice text, struct map_parts *parts, struct err *err)
{
	struct slice rest = text, line;
	const char *start = NULL;
	size_t number = 0;

	*parts = (struct map_parts){ .before = text,
		.after = slice_from(text, text.n) };
	parts->region = parts->after;
	while (next_line(&rest, &line)) {
		number++;
		if (slice_begins(line, BEGIN)) {
			if (start != NULL)
				return damaged(err, number, "a second region");
			start = rest.p;
			parts->before.n = (size_t)(line.p - text.p);
		} else if (slice_begins(line, END)) {
			if (start == NULL || parts->found)
				return damaged(err, number, "an end alone");
			parts->region =
			    (struct slice){ start, (size_t)(line.p - start) };
			parts->after = rest;
			parts->found = true;
			if (!end_fits(line, parts->region))
				return damaged(
				    err, number, "the region above was edited");
			if (continues(rest))
				return damaged(err, number + 1,
				    "it continues a line of ours");
		}
	}
	if (start != NULL && !parts->found)
		return damaged(err, number, "the region has no end");
	return 0;
}

void
map_compose(
    FILE *out, const struct map_parts *parts, const struct map_lines *lines)
{
	struct slice before = parts->before;
	struct slice region = { lines->text, lines->n };

	fwrite(before.p, 1, before.n, out);
	if (lines->lines != 0) {
		if (before.n != 0 && before.p[before.n - 1] != '\n')
			putc('\n', out);
		fputs(begin_mark, out);
		fwrite(region.p, 1, region.n, out);
		fprintf(out, END ", %zu lines, %016" PRIx64 "\n", lines->lines,
		    sum_of(region));
	}
	fwrite(parts->after.p, 1, parts->after.n, out);
}

/* Keys that stand above or below, sorted. */
struct taken {
	struct slice *keys;
	size_t n, room;
};

static struct slice
without_tag(struct slice key)
{
	static const struct slice tags[] = { { "connect:", 8 },
		{ "from:", 5 } };

	for (size_t i = 0; i < 2; i++)
		if (key.n > tags[i].n &&
		    slice_same_word(
			(struct slice){ key.p, tags[i].n }, tags[i]))
			return slice_from(key, tags[i].n);
	return key;
}

static int
compare(const void *a, const void *b)
{
	const struct slice *left = a, *right = b;
	size_t n = left->n < right->n ? left->n : right->n;
	int differ = strncasecmp(left->p, right->p, n);

	if (differ != 0)
		return differ;
	return left->n < right->n ? -1 : left->n > right->n;
}

static void
take_keys(struct taken *taken, struct slice text)
{
	struct slice line, key;

	while (next_line(&text, &line)) {
		key = (struct slice){ line.p, 0 };
		while (key.n < line.n && key.p[key.n] != ' ' &&
		       key.p[key.n] != '\t' && key.p[key.n] != '\r')
			key.n++;
		if (key.n == 0 || key.p[0] == '#')
			continue;
		if (taken->n == taken->room) {
			taken->room = taken->room * 2 + 64;
			taken->keys = mem_grow(
			    taken->keys, taken->room, sizeof(*taken->keys));
		}
		taken->keys[taken->n++] = without_tag(key);
	}
}

struct making {
	FILE *out;
	const struct map_form *form;
	struct taken taken;
	struct map_lines *lines;
	size_t entries;
};

static bool
is_taken(const struct taken *taken, const char *text)
{
	struct slice key = without_tag(slice_of(text));

	return taken->n != 0 && bsearch(&key, taken->keys, taken->n,
				    sizeof(key), compare) != NULL;
}

static void
make_one(struct making *making, int rc, const struct map_keys *keys,
    const struct err *why)
{
	struct map_lines *lines = making->lines;
	size_t most = making->form->most, written = 0;

	if (rc == -1) {
		if (lines->unsaid++ == 0)
			lines->why = *why;
	} else if (most != 0 && making->entries == most) {
		lines->beyond++;
	} else {
		for (size_t i = 0; i < keys->n; i++) {
			if (is_taken(&making->taken, keys->text[i]))
				continue;
			fprintf(making->out, "%s\tREJECT\n", keys->text[i]);
			written++;
		}
		lines->lines += written;
		lines->theirs += written == 0;
		making->entries += written != 0;
	}
}

void
map_make(const struct map_parts *parts, const struct map_wanted *wanted,
    struct map_lines *lines)
{
	const struct map_form *form = wanted->form;
	struct making making = { .form = form, .lines = lines };
	struct map_keys keys;
	struct err why;

	*lines = (struct map_lines){ 0 };
	making.out = open_memstream(&lines->text, &lines->n);
	if (making.out == NULL)
		return;
	if (form->unique) {
		take_keys(&making.taken, parts->before);
		take_keys(&making.taken, parts->after);
	}
	if (making.taken.n != 0)
		qsort(making.taken.keys, making.taken.n,
		    sizeof(*making.taken.keys), compare);
	for (size_t i = 0; i < wanted->client_count; i++)
		make_one(&making,
		    form->client(&wanted->clients[i], &keys, &why), &keys,
		    &why);
	for (size_t i = 0; i < wanted->sender_count; i++)
		make_one(&making, form->sender(wanted->senders[i], &keys, &why),
		    &keys, &why);
	fclose(making.out);
	lines->sum = slice_hash((struct slice){ lines->text, lines->n });
	free(making.taken.keys);
}
