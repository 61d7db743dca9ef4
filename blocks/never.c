/* never.c - what a person said is never to be blocked, while we run */
#include "blocks/never.h"

#include <stdlib.h>

#include "base/mem.h"
#include "blocks/blocks_impl.h"
#include "blocks/enforce.h"

#define STATE_VERSION 1
#define LATEST        (UINT64_C(1) << 60) /* microseconds: no time is later */

static void
forget_reason(struct never_row *row)
{
	free((void *)(uintptr_t)row->public.reason);
}

void
nevers_fini(struct nevers *nevers)
{
	for (size_t i = 0; i < nevers->count; i++)
		forget_reason(&nevers->rows[i]);
	free(nevers->rows);
	writer_fini(&nevers->gone.keys);
}

static struct never_row *
find(const struct nevers *nevers, const struct prefix *what)
{
	for (size_t i = 0; i < nevers->count; i++)
		if (prefix_eq(&nevers->rows[i].public.what, what))
			return &nevers->rows[i];
	return NULL;
}

/* The list, as the policy and the helper know it. */
static void
tell(struct blocks *blocks, bool lift)
{
	struct prefix list[BLOCK_NEVERS];
	const struct nevers *nevers = &blocks->nevers;

	for (size_t i = 0; i < nevers->count; i++)
		list[i] = nevers->rows[i].public.what;
	if (lift)
		blocks_exempt(blocks, EXEMPT_SAID, list, nevers->count);
	else
		exempt_set(&blocks->exempt, EXEMPT_SAID, list, nevers->count);
}

static struct never_row *
add(struct nevers *nevers, const struct prefix *what, struct slice reason,
    int64_t at)
{
	struct never_row *row;

	if (nevers->rows == NULL)
		nevers->rows = mem_zero(BLOCK_NEVERS, sizeof(*nevers->rows));
	if (reason.n > BLOCK_REASON)
		reason.n = BLOCK_REASON;
	row = &nevers->rows[nevers->count++];
	*row = (struct never_row){ .public = { *what, mem_slice(reason), at } };
	return row;
}

enum never_outcome
blocks_never_add(struct blocks *blocks, struct prefix *what,
    struct slice reason, int64_t now)
{
	prefix_mask(what);
	blocks->now = now;
	if (find(&blocks->nevers, what) != NULL)
		return NEVER_ALREADY;
	if (blocks->nevers.count == BLOCK_NEVERS)
		return NEVER_FULL;
	add(&blocks->nevers, what, reason, now)->dirty = true;
	tell(blocks, true);
	return NEVER_DONE;
}

static void
put_key(struct state_writer *w, const struct prefix *what)
{
	put_bytes(w, &what->addr, sizeof(what->addr));
	put_u8(w, (uint8_t)what->bits);
}

bool
blocks_never_remove(struct blocks *blocks, const struct prefix *asked)
{
	struct nevers *nevers = &blocks->nevers;
	struct state_writer key = { 0 };
	struct prefix what = *asked;
	struct never_row *row;

	prefix_mask(&what);
	row = find(nevers, &what);
	if (row == NULL)
		return false;
	put_key(&key, &what);
	if (row->saved)
		rows_gone_add(&nevers->gone, (struct slice){ key.p, key.n });
	writer_fini(&key);
	forget_reason(row);
	/* In the order in which they were said. */
	memmove(row, row + 1,
	    (size_t)(nevers->rows + --nevers->count - row) * sizeof(*row));
	tell(blocks, false);
	if (blocks->enforcer != NULL)
		enforcer_not_never(blocks->enforcer, &what);
	return true;
}

size_t
blocks_never_count(const struct blocks *blocks)
{
	return blocks->nevers.count;
}

const struct block_never *
blocks_never(const struct blocks *blocks, size_t i)
{
	return &blocks->nevers.rows[i].public;
}

static void
save(void *arg, struct state_rows *rows)
{
	struct blocks *blocks = arg;
	struct nevers *nevers = &blocks->nevers;

	rows_gone_save(&nevers->gone, rows);
	for (size_t i = 0; i < nevers->count; i++) {
		struct never_row *row = &nevers->rows[i];
		struct state_writer key = { 0 }, w = { 0 };

		if (!row->dirty)
			continue;
		put_key(&key, &row->public.what);
		put_u64(&w, (uint64_t)row->public.at);
		put_text(&w, slice_of(row->public.reason));
		rows_put(rows, (struct slice){ key.p, key.n },
		    (struct slice){ w.p, w.n });
		writer_fini(&key);
		writer_fini(&w);
		row->dirty = false;
		row->saved = true;
	}
}

static bool
get_never(struct slice key, struct slice value, struct block_never *row,
    struct slice *reason)
{
	uint64_t at;
	uint8_t bits;

	*row = (struct block_never){ 0 };
	if (!get_bytes(&key, &row->what.addr, sizeof(row->what.addr)) ||
	    !get_u8(&key, &bits) || !get_u64(&value, &at) ||
	    !get_text(&value, reason))
		return false;
	row->what.bits = bits;
	row->at = (int64_t)at;
	return key.n == 0 && value.n == 0 && at < LATEST &&
	       (row->what.addr.family == 4
		       ? bits <= 32
		       : row->what.addr.family == 6 && bits <= 128);
}

static int
by_at(const void *a, const void *b)
{
	const struct never_row *x = a, *y = b;

	return (x->public.at > y->public.at) - (x->public.at < y->public.at);
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct blocks *blocks = arg;
	struct nevers *nevers = &blocks->nevers;
	struct block_never row;
	struct slice reason;

	if (!get_never(key, value, &row, &reason))
		return err_set(err, "never: damaged row");
	prefix_mask(&row.what);
	if (find(nevers, &row.what) != NULL || nevers->count == BLOCK_NEVERS)
		return err_set(
		    err, "never: no room for one, or twice the same");
	add(nevers, &row.what, reason, row.at)->saved = true;
	qsort(nevers->rows, nevers->count, sizeof(*nevers->rows), by_at);
	tell(blocks, false);
	if (blocks->enforcer != NULL)
		enforcer_never(blocks->enforcer);
	return 0;
}

struct state_part
blocks_never_part(struct blocks *blocks)
{
	return (
	    struct state_part){ "never", STATE_VERSION, blocks, save, load };
}
