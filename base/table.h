/*
 * table.h - a hash table with a hard cap, for what every line looks up
 *
 * Rows are the caller's structs; each begins with a struct table_row.  They
 * are made zeroed, in blocks, so that a row stays where it is until it is
 * removed.  The table grows by itself up to `most' rows; at the cap
 * table_add() gives NULL and the caller decides who makes room.
 *
 * Rows are also a list in the order of their last table_touch(), so that the
 * longest untouched is found at once.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_row {
	uint64_t hash;
	struct table_row *older, *newer; /* free rows: only `older' */
	uint32_t index;
	bool used;
};

struct table {
	size_t row_bytes, most;
	size_t count; /* rows in use */
	struct table_slot {
		uint32_t number; /* row index + 1; 0 is empty */
		uint32_t half;   /* the lower one of the row's hash */
	} * slots;
	size_t slot_count; /* a power of two, of 32 bits at most */
	char **blocks;
	size_t made; /* rows ever made: in use or free */
	struct table_row *free_rows;
	struct table_row *oldest, *newest;
};

typedef bool table_same_fn(const void *row, const void *key);

void table_init(struct table *, size_t row_bytes, size_t most);
void table_fini(struct table *);

/* NULL if there is none. */
void *table_find(
    const struct table *, uint64_t hash, table_same_fn *same, const void *key);
/* A zeroed row, now the newest; NULL at the cap. */
void *table_add(struct table *, uint64_t hash);
void table_remove(struct table *, void *gone);
void table_touch(struct table *, void *touched);
/* Remove all that `keep' is false for, each told to it once, oldest first. */
void table_keep(struct table *, bool (*keep)(void *row, void *arg), void *arg);

/*
 * The i-th of the `made' rows, as they lie in memory; NULL: it is not in use.
 * Where the order does not matter this is many times as quick as a walk along
 * the list, which is a leap to a cold line at each row.
 */
void *table_row(const struct table *, size_t i);

/* Walk from the oldest to the newest; the row at hand may be removed. */
#define TABLE_EACH(table, row, next)                                           \
	for ((row) = (void *)(table)->oldest;                                  \
	     (row) != NULL &&                                                  \
	     ((next) = (void *)((struct table_row *)(void *)(row))->newer,     \
	     true);                                                            \
	     (row) = (next))

#endif
