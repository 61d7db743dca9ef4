/*
 * digest_pack.c - a day that is over, in one piece
 *
 * Of each table the DIGEST_KEPT first rows in the order of every column stay.
 * A row: table, tag, hash of the whole name, times, the cells that are not 0,
 * the name.
 */
#include <stdlib.h>

#include "base/digest_impl.h"
#include "base/mem.h"
#include "base/order.h"

/* The rows of one day and table, and which of them stay. */
struct sieve {
	struct digest_line **rows;
	bool *stays;
	uint64_t *values;
	size_t n;
};

/* Of equals the lowest hashes stay, so that their order does not matter. */
static void
keep_equals(struct sieve *sieve, unsigned cell, uint64_t value, size_t room)
{
	uint64_t highest;
	size_t n = 0;

	for (size_t i = 0; i < sieve->n; i++)
		if (sieve->rows[i]->cells[cell] == value)
			sieve->values[n++] = sieve->rows[i]->row.hash;
	highest = order_kth(sieve->values, n, room - 1);
	for (size_t i = 0; i < sieve->n; i++)
		if (sieve->rows[i]->cells[cell] == value &&
		    sieve->rows[i]->row.hash <= highest)
			sieve->stays[i] = true;
}

static void
keep_by_cell(struct sieve *sieve, unsigned cell)
{
	size_t room = DIGEST_KEPT;
	uint64_t least;

	for (size_t i = 0; i < sieve->n; i++)
		sieve->values[i] = sieve->rows[i]->cells[cell];
	least = order_kth(sieve->values, sieve->n, sieve->n - DIGEST_KEPT);
	for (size_t i = 0; i < sieve->n; i++) {
		if (sieve->rows[i]->cells[cell] <= least)
			continue;
		sieve->stays[i] = true;
		room--;
	}
	if (least != 0)
		keep_equals(sieve, cell, least, room);
}

static void
choose(struct sieve *sieve, enum digest_table table)
{
	if (sieve->n <= DIGEST_KEPT) {
		for (size_t i = 0; i < sieve->n; i++)
			sieve->stays[i] = true;
		return;
	}
	for (unsigned c = 0; c < DIGEST_CELLS; c++)
		if (digest_shapes[table].cells[c].kind != CELL_NONE)
			keep_by_cell(sieve, c);
}

void
digest_put_line(struct state_writer *w, enum digest_table table,
    const struct digest_line *line)
{
	uint8_t present = 0;

	for (unsigned c = 0; c < DIGEST_CELLS; c++)
		present |= (uint8_t)(line->cells[c] != 0 ? 1u << c : 0);
	put_u8(w, (uint8_t)table);
	put_u32(w, line->tag);
	put_u64(w, digest_name_hash(line));
	put_u64(w, (uint64_t)line->first);
	put_u64(w, (uint64_t)line->last);
	put_u8(w, present);
	for (unsigned c = 0; c < DIGEST_CELLS; c++)
		if (line->cells[c] != 0)
			put_u64(w, line->cells[c]);
	put_text(w, (struct slice){ line->name, line->length });
}

bool
digest_packed_next(struct slice *at, struct packed_row *packed)
{
	uint8_t table, present;
	uint64_t first, last;
	struct digest_row *row = &packed->row;

	memset(packed, 0, sizeof(*packed));
	if (!get_u8(at, &table) || table >= DIGEST_TABLES ||
	    !get_u32(at, &row->tag) || !get_u64(at, &row->hash) ||
	    !get_u64(at, &first) || !get_u64(at, &last) ||
	    !get_u8(at, &present))
		return false;
	packed->table = (enum digest_table)table;
	row->first = (int64_t)first;
	row->last = (int64_t)last;
	for (unsigned c = 0; c < DIGEST_CELLS; c++)
		if ((present >> c & 1) && !get_u64(at, &row->cells[c]))
			return false;
	return get_text(at, &row->name) &&
	       row->name.n <= digest_name_room(packed->table);
}

static struct day *
oldest_packed(const struct digest *digest)
{
	struct day *oldest = NULL;

	for (size_t i = 0; i < digest->host_count; i++)
		for (struct day *day = digest->hosts[i].days; day != NULL;
		     day = day->older)
			if (day->packed_length != 0 &&
			    (oldest == NULL || day->number < oldest->number))
				oldest = day;
	return oldest;
}

/* Room for all packed days is bounded: the oldest day's tables go first. */
static void
forget_tables(struct digest *digest)
{
	struct day *oldest;

	while (digest->packed_bytes > DIGEST_PACKED &&
	       (oldest = oldest_packed(digest)) != NULL) {
		digest->packed_bytes -= oldest->packed_length;
		oldest->packed_length = 0;
		oldest->packed_dirty = true;
	}
}

struct gathering {
	struct digest *digest;
	struct day *day;
	enum digest_table table;
};

static bool
is_of_another_day(void *row, void *arg)
{
	const struct gathering *gathering = arg;
	const struct digest_line *line = row;

	if (line->day != gathering->day)
		return true;
	if (line->saved)
		digest_forget_line(gathering->digest, gathering->table, line);
	return false;
}

static void
pack_table(struct digest *digest, struct day *day, enum digest_table table,
    struct state_writer *w)
{
	struct table *rows = &digest->lines[table].table;
	struct gathering gathering = { digest, day, table };
	struct sieve sieve = { NULL, NULL, NULL, 0 };
	struct digest_line *line, *next;

	sieve.rows = mem_zero(rows->count + 1, sizeof(*sieve.rows));
	sieve.stays = mem_zero(rows->count + 1, sizeof(*sieve.stays));
	sieve.values = mem_zero(rows->count + 1, sizeof(*sieve.values));
	TABLE_EACH (rows, line, next)
		if (line->day == day)
			sieve.rows[sieve.n++] = line;
	choose(&sieve, table);
	for (size_t i = 0; i < sieve.n; i++) {
		if (sieve.stays[i])
			digest_put_line(w, table, sieve.rows[i]);
		else
			day->notes[table].pruned +=
			    digest_weight(table, sieve.rows[i]->cells);
	}
	if (sieve.n != 0)
		table_keep(rows, is_of_another_day, &gathering);
	free(sieve.rows);
	free(sieve.stays);
	free(sieve.values);
}

void
digest_day_pack(struct digest *digest, struct day *day)
{
	struct state_writer w = { 0 };

	for (unsigned t = 0; t < DIGEST_TABLES; t++)
		pack_table(digest, day, (enum digest_table)t, &w);
	put_bytes(&w, "", 1); /* packed is not NULL though there be no row */
	day->packed = w.p;
	day->packed_length = w.n - 1;
	day->packed_dirty = day->dirty = true;
	digest->packed_bytes += day->packed_length;
	forget_tables(digest);
}

void
digest_day_unpack(struct digest *digest, struct day *day)
{
	char *bytes = day->packed;
	struct slice at = { bytes, day->packed_length };
	struct packed_row packed;
	struct digest_line *line;

	day->packed = NULL; /* from here on its tables are open */
	while (digest_packed_next(&at, &packed)) {
		line = digest_line_get(digest, day, packed.table,
		    packed.row.tag, packed.row.name, packed.row.hash);
		digest_line_merge(packed.table, line->cells, packed.row.cells);
		line->first = packed.row.first;
		line->last = packed.row.last;
		line->dirty = digest->lines[packed.table].dirty = true;
	}
	for (unsigned t = 0; t < DIGEST_TABLES; t++) {
		day->notes[t].unlisted += day->notes[t].pruned;
		day->notes[t].pruned = 0;
	}
	digest->packed_bytes -= day->packed_length;
	free(bytes);
	day->packed_length = 0;
	day->packed_dirty = day->dirty = true;
}
