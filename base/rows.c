/* rows.c - what one part changes in one commit */
#include "base/rows.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/state.h"

struct head {
	uint32_t key_bytes, value_bytes;
	uint32_t dropped;
};

static void
add(struct state_rows *rows, bool dropped, struct slice key, struct slice value)
{
	struct head head = { (uint32_t)key.n, (uint32_t)value.n, dropped };
	size_t need = rows->n + sizeof(head) + key.n + value.n;

	assert(key.n <= UINT32_MAX && value.n <= UINT32_MAX);
	if (need > rows->size) {
		rows->size = need + need / 2;
		rows->p = mem_grow(rows->p, rows->size, 1);
	}
	assert(rows->p != NULL);
	memcpy(rows->p + rows->n, &head, sizeof(head));
	rows->n += sizeof(head);
	if (key.n != 0)
		memcpy(rows->p + rows->n, key.p, key.n);
	rows->n += key.n;
	if (value.n != 0)
		memcpy(rows->p + rows->n, value.p, value.n);
	rows->n += value.n;
	rows->count++;
}

void
rows_put(struct state_rows *rows, struct slice key, struct slice value)
{
	add(rows, false, key, value);
}

void
rows_drop(struct state_rows *rows, struct slice key)
{
	add(rows, true, key, SLICE(""));
}

bool
rows_next(const struct state_rows *rows, size_t *at, struct row *row)
{
	struct head head;

	if (*at >= rows->n)
		return false;
	memcpy(&head, rows->p + *at, sizeof(head));
	*at += sizeof(head);
	row->dropped = head.dropped;
	row->key = (struct slice){ rows->p + *at, head.key_bytes };
	*at += head.key_bytes;
	row->value = (struct slice){ rows->p + *at, head.value_bytes };
	*at += head.value_bytes;
	return true;
}

struct ordered {
	struct row row;
	size_t order;
};

static int
by_key_and_order(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;
	size_t n = x->row.key.n < y->row.key.n ? x->row.key.n : y->row.key.n;
	int diff = n == 0 ? 0 : memcmp(x->row.key.p, y->row.key.p, n);

	if (diff != 0)
		return diff;
	if (x->row.key.n != y->row.key.n)
		return x->row.key.n < y->row.key.n ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/*
 * A full disk may last for days and the same rows change all the time: without
 * the doubles gone the memory of what was missed would grow with time, not
 * with the number of things.
 */
void
rows_merge(struct state_rows *newer, struct state_rows *older)
{
	size_t n = 0, total = older->count + newer->count;
	struct ordered *all = mem_zero(total, sizeof(*all));
	struct state_rows merged = { 0 };

	for (size_t at = 0; rows_next(older, &at, &all[n].row); n++)
		all[n].order = n;
	for (size_t at = 0; rows_next(newer, &at, &all[n].row); n++)
		all[n].order = n;
	assert(n == total);
	qsort(all, n, sizeof(*all), by_key_and_order);
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n && slice_eq(all[i].row.key, all[i + 1].row.key))
			continue;
		add(&merged, all[i].row.dropped, all[i].row.key,
		    all[i].row.value);
	}
	free(all);
	rows_fini(older);
	rows_fini(newer);
	*newer = merged;
}

void
rows_fini(struct state_rows *rows)
{
	free(rows->p);
	*rows = (struct state_rows){ 0 };
}
