/* shares.c - how many lines each program has, and how many are understood */
#include "collectors/shares.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/mem.h"

struct shares {
	struct share rows[1 + SHARES]; /* the first: all others */
	size_t count;
};

struct shares *
shares_new(void)
{
	struct shares *shares = mem_zero(1, sizeof(*shares));

	shares->count = 1;
	return shares;
}

void
shares_free(struct shares *shares)
{
	free(shares);
}

struct share *
shares_others(struct shares *shares)
{
	return &shares->rows[0];
}

struct share *
shares_of(struct shares *shares, struct slice program)
{
	if (program.n >= PROGRAM_TEXT)
		program.n = PROGRAM_TEXT - 1;
	for (size_t i = 0; i < shares->count; i++)
		if (slice_eq(program, slice_of(shares->rows[i].program)))
			return &shares->rows[i];
	if (shares->count == NELEMS(shares->rows))
		return &shares->rows[0];
	slice_copy(program, shares->rows[shares->count].program, PROGRAM_TEXT);
	return &shares->rows[shares->count++];
}

static struct program_share
as_told(const struct share *share)
{
	const uint64_t *n = share->lines;

	return (struct program_share){ share->program, n[MEANS_FACT],
		n[MEANS_NOTHING], n[MEANS_UNKNOWN] };
}

static uint64_t
lines_of(const struct program_share *share)
{
	return share->recognised + share->ignored + share->unrecognised;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = lines_of(a), y = lines_of(b);

	if (x != y)
		return x < y ? 1 : -1;
	return strcmp(((const struct program_share *)a)->program,
	    ((const struct program_share *)b)->program);
}

size_t
shares_top(const struct shares *shares, struct program_share *rows, size_t most,
    struct program_share *others)
{
	struct program_share sorted[SHARES] = { 0 };
	size_t all = 0, n;

	*others = as_told(&shares->rows[0]);
	/* Names are known that have not said anything yet. */
	for (size_t i = 1; i < shares->count; i++) {
		sorted[all] = as_told(&shares->rows[i]);
		all += lines_of(&sorted[all]) != 0;
	}
	qsort(sorted, all, sizeof(sorted[0]), compare);
	n = all < most ? all : most;
	memcpy(rows, sorted, n * sizeof(*rows));
	for (size_t i = n; i < all; i++) {
		others->recognised += sorted[i].recognised;
		others->ignored += sorted[i].ignored;
		others->unrecognised += sorted[i].unrecognised;
	}
	return n;
}

static void
print_share(FILE *out, const struct program_share *share, const char *name)
{
	fprintf(out, " %12" PRIu64 " %16" PRIu64 "  %s\n", lines_of(share),
	    share->unrecognised, name);
}

void
shares_print(const struct shares *shares, FILE *out)
{
	struct program_share rows[SHARES], others;
	size_t n = shares_top(shares, rows, SHARES, &others);
	char name[PROGRAM_TEXT * 4 + 1];

	if (n == 0)
		return;
	fputs("\n        lines   not understood  program\n", out);
	for (size_t i = 0; i < n; i++) {
		slice_escape(slice_of(rows[i].program), name, sizeof(name));
		print_share(out, &rows[i], name);
	}
	if (lines_of(&others) != 0)
		print_share(out, &others, "(others)");
}

void
shares_save(const struct shares *shares, struct state_writer *w)
{
	for (size_t i = 0; i < shares->count; i++) {
		put_text(w, slice_of(shares->rows[i].program));
		for (size_t k = 0; k < NELEMS(shares->rows[i].lines); k++)
			put_u64(w, shares->rows[i].lines[k]);
	}
}

bool
shares_load(struct shares *shares, struct slice value)
{
	struct share *share;
	struct slice program;
	uint64_t n;

	while (value.n != 0) {
		if (!get_text(&value, &program))
			return false;
		share = shares_of(shares, program);
		for (size_t k = 0; k < NELEMS(share->lines); k++) {
			if (!get_u64(&value, &n))
				return false;
			share->lines[k] += n;
		}
	}
	return true;
}
