/*
 * table.c - a hash table with a hard cap, for what every line looks up
 *
 * Open addressing with linear probing over 32-bit row numbers; a removal
 * shifts back what had to step aside, so there are no tombstones and a table
 * that lives for years stays as quick as a new one.  Half of its hash stands
 * beside a row's number: the rows that are passed on the way are mostly far
 * away in memory, and need not be looked at.
 */
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK_ROWS  256
#define FIRST_SLOTS 256

void
table_init(struct table *table, size_t row_bytes, size_t most)
{
	memset(table, 0, sizeof(*table));
	table->row_bytes = row_bytes;
	table->most = most;
	table->slot_count = FIRST_SLOTS;
	table->slots = mem_zero(FIRST_SLOTS, sizeof(*table->slots));
}

void
table_fini(struct table *table)
{
	for (size_t i = 0; i * BLOCK_ROWS < table->made; i++)
		free(table->blocks[i]);
	free(table->blocks);
	free(table->slots);
	memset(table, 0, sizeof(*table));
}

static struct table_row *
row_at(const struct table *table, uint32_t index)
{
	return (struct table_row *)(void *)(table->blocks[index / BLOCK_ROWS] +
					    (index % BLOCK_ROWS) *
						table->row_bytes);
}

void *
table_find(const struct table *table, uint64_t hash, table_same_fn *same,
    const void *key)
{
	size_t mask = table->slot_count - 1;
	const struct table_slot *slot;
	struct table_row *row;

	for (size_t i = hash & mask; (slot = &table->slots[i])->number != 0;
	     i = (i + 1) & mask) {
		if (slot->half != (uint32_t)hash)
			continue;
		row = row_at(table, slot->number - 1);
		if (row->hash == hash && same(row, key))
			return row;
	}
	return NULL;
}

void *
table_row(const struct table *table, size_t i)
{
	struct table_row *row = row_at(table, (uint32_t)i);

	return row->used ? row : NULL;
}

static void
place(struct table *table, const struct table_row *row)
{
	size_t mask = table->slot_count - 1, i = row->hash & mask;

	while (table->slots[i].number != 0)
		i = (i + 1) & mask;
	table->slots[i] =
	    (struct table_slot){ row->index + 1, (uint32_t)row->hash };
}

static void
grow(struct table *table)
{
	free(table->slots);
	table->slot_count *= 2;
	table->slots = mem_zero(table->slot_count, sizeof(*table->slots));
	for (struct table_row *row = table->oldest; row != NULL;
	     row = row->newer)
		place(table, row);
}

static struct table_row *
make_row(struct table *table)
{
	size_t block = table->made / BLOCK_ROWS;
	struct table_row *row;

	if (table->made % BLOCK_ROWS == 0) {
		table->blocks =
		    mem_grow(table->blocks, block + 1, sizeof(*table->blocks));
		table->blocks[block] = mem_zero(BLOCK_ROWS, table->row_bytes);
	}
	row = row_at(table, (uint32_t)table->made);
	row->index = (uint32_t)table->made++;
	return row;
}

static void
link_newest(struct table *table, struct table_row *row)
{
	row->newer = NULL;
	row->older = table->newest;
	if (table->newest != NULL)
		table->newest->newer = row;
	else
		table->oldest = row;
	table->newest = row;
}

static void
unlink_row(struct table *table, struct table_row *row)
{
	if (row->older != NULL)
		row->older->newer = row->newer;
	else
		table->oldest = row->newer;
	if (row->newer != NULL)
		row->newer->older = row->older;
	else
		table->newest = row->older;
}

void *
table_add(struct table *table, uint64_t hash)
{
	struct table_row *row = table->free_rows;
	uint32_t index;

	if (table->count >= table->most)
		return NULL;
	if ((table->count + 1) * 4 > table->slot_count * 3)
		grow(table);
	if (row != NULL) {
		table->free_rows = row->older;
		index = row->index;
		memset(row, 0, table->row_bytes);
		row->index = index;
	} else {
		row = make_row(table);
	}
	row->hash = hash;
	row->used = true;
	link_newest(table, row);
	place(table, row);
	table->count++;
	return row;
}

static size_t
slot_of(const struct table *table, const struct table_row *row)
{
	size_t mask = table->slot_count - 1, i = row->hash & mask;

	while (table->slots[i].number != row->index + 1)
		i = (i + 1) & mask;
	return i;
}

void
table_remove(struct table *table, void *gone)
{
	struct table_row *row = gone;
	size_t mask = table->slot_count - 1, hole = slot_of(table, row), home;

	/* Move up whoever would not be found across the hole. */
	for (size_t i = (hole + 1) & mask; table->slots[i].number != 0;
	     i = (i + 1) & mask) {
		home = table->slots[i].half & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			table->slots[hole] = table->slots[i];
			hole = i;
		}
	}
	table->slots[hole].number = 0;
	unlink_row(table, row);
	row->used = false;
	row->older = table->free_rows;
	table->free_rows = row;
	table->count--;
}

void
table_touch(struct table *table, void *touched)
{
	struct table_row *row = touched;

	if (row == table->newest)
		return;
	unlink_row(table, row);
	link_newest(table, row);
}

void
table_keep(struct table *table, bool (*keep)(void *row, void *arg), void *arg)
{
	struct table_row *row, *next;

	memset(table->slots, 0, table->slot_count * sizeof(*table->slots));
	for (row = table->oldest; row != NULL; row = next) {
		next = row->newer;
		if (keep(row, arg)) {
			place(table, row);
			continue;
		}
		unlink_row(table, row);
		row->used = false;
		row->older = table->free_rows;
		table->free_rows = row;
		table->count--;
	}
}
