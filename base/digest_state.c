/*
 * digest_state.c - the digest's rows in the state
 *
 * 'c' HOST DAY holds a day's counts, by name, and what was not listed; 'p'
 * HOST DAY its tables once it is packed; until then each row of a table that
 * changed is one of 'r' HOST DAY TABLE TAG HASH.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest_impl.h"
#include "base/mem.h"

#define STATE_VERSION 1

static void
put_day_key(struct state_writer *key, const struct day *day, char kind)
{
	put_u8(key, (uint8_t)kind);
	put_text(key, (struct slice){ day->host->name, day->host->length });
	put_u64(key, (uint64_t)day->number);
}

static void
put_line_key(struct state_writer *key, enum digest_table table,
    const struct digest_line *line)
{
	put_day_key(key, line->day, 'r');
	put_u8(key, (uint8_t)table);
	put_u32(key, line->tag);
	put_u64(key, digest_name_hash(line));
}

/* Keys that must go are kept, each as a text, until the next commit. */
static void
forget(struct digest *digest, struct state_writer *key)
{
	put_text(&digest->gone, (struct slice){ key->p, key->n });
	writer_fini(key);
}

void
digest_forget_line(struct digest *digest, enum digest_table table,
    const struct digest_line *line)
{
	struct state_writer key = { 0 };

	put_line_key(&key, table, line);
	forget(digest, &key);
}

void
digest_forget_day(struct digest *digest, const struct day *day, char kind)
{
	struct state_writer key = { 0 };

	put_day_key(&key, day, kind);
	forget(digest, &key);
}

/* Each count that is not 0: its name, which hours have some, and how many. */
static void
put_counts(struct state_writer *w, const struct day *day)
{
	for (unsigned c = 0; c < DIGEST_COUNTS; c++) {
		uint32_t hours = 0;

		for (unsigned h = 0; h < 24; h++)
			hours |= day->hours[h][c] != 0 ? 1u << h : 0;
		if (hours == 0)
			continue;
		put_text(w, slice_of(digest_count_name((enum digest_count)c)));
		put_u32(w, hours);
		for (unsigned h = 0; h < 24; h++)
			if (day->hours[h][c] != 0)
				put_u64(w, day->hours[h][c]);
	}
	put_text(w, SLICE(""));
}

static void
put_reasons(struct state_writer *w, const struct day *day)
{
	for (unsigned r = 0; r < REASONS; r++) {
		if (day->reasons[r] == 0)
			continue;
		put_text(w, slice_of(reason_name((enum reason)r)));
		put_u64(w, day->reasons[r]);
	}
	put_text(w, SLICE(""));
}

static void
put_queue(struct state_writer *w, const struct digest_queue *queue)
{
	put_u8(w, queue->known);
	put_u64(w, queue->first);
	put_u64(w, queue->last);
	put_u64(w, queue->highest);
	put_u64(w, queue->oldest_seconds);
}

static bool
get_queue(struct slice *at, struct digest_queue *queue)
{
	uint8_t known;

	if (!get_u8(at, &known) || !get_u64(at, &queue->first) ||
	    !get_u64(at, &queue->last) || !get_u64(at, &queue->highest) ||
	    !get_u64(at, &queue->oldest_seconds))
		return false;
	queue->known = known != 0;
	return true;
}

static void
put_row(struct state_rows *rows, struct state_writer *key,
    struct state_writer *value)
{
	rows_put(rows, (struct slice){ key->p, key->n },
	    (struct slice){ value->p, value->n });
	writer_fini(key);
	writer_fini(value);
}

static void
save_counts(struct state_rows *rows, struct day *day)
{
	struct state_writer key = { 0 }, w = { 0 };

	put_counts(&w, day);
	put_reasons(&w, day);
	put_queue(&w, &day->queue);
	for (unsigned t = 0; t < DIGEST_TABLES; t++) {
		put_u64(&w, day->notes[t].named);
		put_u64(&w, day->notes[t].unlisted);
		put_u64(&w, day->notes[t].pruned);
	}
	put_day_key(&key, day, 'c');
	put_row(rows, &key, &w);
	day->dirty = false;
	day->saved = true;
}

static void
save_packed(struct state_rows *rows, struct day *day)
{
	struct state_writer key = { 0 };

	put_day_key(&key, day, 'p');
	if (day->packed != NULL)
		rows_put(rows, (struct slice){ key.p, key.n },
		    (struct slice){ day->packed, day->packed_length });
	else if (day->packed_saved)
		rows_drop(rows, (struct slice){ key.p, key.n });
	writer_fini(&key);
	day->packed_saved = day->packed != NULL;
	day->packed_dirty = false;
}

static void
save_lines(
    struct digest *digest, enum digest_table table, struct state_rows *rows)
{
	struct digest_line *line, *next;

	TABLE_EACH (&digest->lines[table].table, line, next) {
		struct state_writer key = { 0 }, w = { 0 };

		if (!line->dirty)
			continue;
		put_line_key(&key, table, line);
		digest_put_line(&w, table, line);
		put_row(rows, &key, &w);
		line->dirty = false;
		line->saved = true;
	}
	digest->lines[table].dirty = false;
}

static void
save(void *arg, struct state_rows *rows)
{
	struct digest *digest = arg;
	struct slice gone = { digest->gone.p, digest->gone.n }, key;

	while (get_text(&gone, &key))
		rows_drop(rows, key);
	writer_fini(&digest->gone);
	for (size_t i = 0; i < digest->host_count; i++) {
		for (struct day *day = digest->hosts[i].days; day != NULL;
		     day = day->older) {
			if (day->dirty)
				save_counts(rows, day);
			if (day->packed_dirty)
				save_packed(rows, day);
		}
	}
	for (unsigned t = 0; t < DIGEST_TABLES; t++)
		if (digest->lines[t].dirty)
			save_lines(digest, (enum digest_table)t, rows);
}

static bool
get_counts(struct slice *at, struct day *day)
{
	struct slice name;
	uint32_t hours;
	unsigned c;
	uint64_t value;

	while (get_text(at, &name)) {
		if (name.n == 0)
			return true;
		for (c = 0; c < DIGEST_COUNTS; c++)
			if (slice_eq(name, slice_of(digest_count_name(
					       (enum digest_count)c))))
				break;
		if (!get_u32(at, &hours))
			return false;
		for (unsigned h = 0; h < 24; h++) {
			if (!(hours >> h & 1))
				continue;
			if (!get_u64(at, &value))
				return false;
			if (c < DIGEST_COUNTS)
				day->hours[h][c] = value;
		}
	}
	return false;
}

static bool
get_reasons(struct slice *at, struct day *day)
{
	struct slice name;
	uint64_t value;

	while (get_text(at, &name)) {
		if (name.n == 0)
			return true;
		if (!get_u64(at, &value))
			return false;
		for (unsigned r = 0; r < REASONS; r++)
			if (slice_eq(
				name, slice_of(reason_name((enum reason)r))))
				day->reasons[r] = value;
	}
	return false;
}

static bool
load_counts(struct day *day, struct slice value)
{
	if (!get_counts(&value, day) || !get_reasons(&value, day) ||
	    !get_queue(&value, &day->queue))
		return false;
	for (unsigned t = 0; t < DIGEST_TABLES; t++)
		if (!get_u64(&value, &day->notes[t].named) ||
		    !get_u64(&value, &day->notes[t].unlisted) ||
		    !get_u64(&value, &day->notes[t].pruned))
			return false;
	day->saved = true;
	return true;
}

static bool
load_packed(struct digest *digest, struct day *day, struct slice value)
{
	struct slice at = value;
	struct packed_row packed;

	while (at.n != 0)
		if (!digest_packed_next(&at, &packed))
			return false;
	if (day->packed != NULL)
		return false;
	day->packed = mem_zero(1, value.n + 1);
	if (value.n != 0)
		memcpy(day->packed, value.p, value.n);
	day->packed_length = value.n;
	digest->packed_bytes += value.n;
	day->packed_saved = true;
	return true;
}

static bool
load_line(struct digest *digest, struct day *day, struct slice value)
{
	struct packed_row packed;
	struct digest_line *line;

	if (!digest_packed_next(&value, &packed) || value.n != 0 ||
	    day->packed != NULL)
		return false;
	line = digest_line_get(digest, day, packed.table, packed.row.tag,
	    packed.row.name, packed.row.hash);
	memcpy(line->cells, packed.row.cells, sizeof(line->cells));
	line->first = packed.row.first;
	line->last = packed.row.last;
	line->saved = true;
	return true;
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct digest *digest = arg;
	struct slice host;
	struct day *day = NULL;
	uint64_t number;
	uint8_t kind;
	bool good = false;

	if (get_u8(&key, &kind) && get_text(&key, &host) &&
	    get_u64(&key, &number) && number <= FURTHEST_DAY)
		day = digest_get_day(
		    digest, digest_get_host(digest, host), (int64_t)number);
	if (day != NULL && kind == 'c')
		good = load_counts(day, value);
	else if (day != NULL && kind == 'p')
		good = load_packed(digest, day, value);
	else if (day != NULL && kind == 'r')
		good = load_line(digest, day, value);
	return good ? 0 : err_set(err, "digest: damaged row");
}

struct state_part
digest_part(struct digest *digest)
{
	return (
	    struct state_part){ "digest", STATE_VERSION, digest, save, load };
}
