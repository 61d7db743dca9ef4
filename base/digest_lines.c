/*
 * digest_lines.c - the tables, and who gets into a full one
 *
 * Room is made for many at once, as in the tally.  Once a table was full, a
 * new name leaves its mark at a door and is let in when it comes again before
 * another has knocked there: names that are seen once, of which there may be
 * millions, do not push out the others.
 */
#include <stdlib.h>

#include "base/digest_impl.h"
#include "base/mem.h"
#include "base/order.h"

#define TAG_FACTOR 0xff51afd7ed558ccdu

#define C(name)                                                                \
	{                                                                      \
		name, CELL_COUNT                                               \
	}
#define B(name)                                                                \
	{                                                                      \
		name, CELL_BYTES                                               \
	}

const struct table_shape digest_shapes[DIGEST_TABLES] = {
	[DIGEST_SENDING] = { "sending_domains", false, 2, 2,
	    { C("messages"), B("bytes") } },
	[DIGEST_RECEIVING] = { "receiving_domains", false, 6, 7,
	    { C("sent"), B("bytes"), C("deferred"), C("bounced"), C("rejected"),
		{ "delay_ms", CELL_SILENT },
		{ "max_delay_ms", CELL_SILENT } } },
	[DIGEST_SENDERS] = { "senders", false, 3, 3,
	    { C("messages"), B("bytes"), { "recipients", CELL_SILENT } } },
	[DIGEST_RECIPIENTS] = { "recipients", false, 2, 2,
	    { C("sent"), B("bytes") } },
	[DIGEST_ACCOUNTS] = { "accounts", false, 6, 6,
	    { C("messages"), B("bytes"), C("recipients"), C("sent"),
		C("deferred"), C("bounced") } },
	[DIGEST_CLIENTS] = { "clients", false, 4, 4,
	    { C("rejected"), C("relay_denied"), C("auth_failed"),
		C("relay_open") } },
	[DIGEST_DEFERRALS] = { "deferrals", true, 1, 1, { C("count") } },
	[DIGEST_BOUNCES] = { "bounces", true, 1, 1, { C("count") } },
	[DIGEST_REJECTS] = { "rejects", true, 1, 1, { C("count") } },
	[DIGEST_SET_ASIDE] = { "set_aside", true, 1, 1, { C("count") } },
	[DIGEST_COMPLAINTS] = { "complaints", true, 1, 1, { C("count") } },
};

const char *
digest_table_name(enum digest_table table)
{
	return digest_shapes[table].name;
}

const char *
digest_cell_name(enum digest_table table, unsigned cell)
{
	return cell < DIGEST_CELLS ? digest_shapes[table].cells[cell].name
				   : NULL;
}

uint64_t
digest_weight(enum digest_table table, const uint64_t *cells)
{
	uint64_t weight = 0;

	for (unsigned c = 0; c < DIGEST_CELLS; c++) {
		if (digest_shapes[table].cells[c].kind == CELL_COUNT)
			weight += cells[c];
		else if (digest_shapes[table].cells[c].kind == CELL_BYTES)
			weight += cells[c] / 100000;
	}
	return weight;
}

void
digest_lines_init(struct digest *digest)
{
	for (unsigned t = 0; t < DIGEST_TABLES; t++)
		table_init(&digest->lines[t].table,
		    sizeof(struct digest_line) +
			(digest_name_room((enum digest_table)t) + 7) / 8 * 8,
		    digest_shapes[t].is_text ? DIGEST_TEXTS
		    : t == DIGEST_CLIENTS    ? DIGEST_CLIENTS_MOST
					     : DIGEST_NAMES);
}

void
digest_lines_fini(struct digest *digest)
{
	for (unsigned t = 0; t < DIGEST_TABLES; t++)
		table_fini(&digest->lines[t].table);
}

struct wanted {
	const struct day *day;
	uint32_t tag;
	struct slice kept; /* of the name */
};

static bool
same_line(const void *row, const void *key)
{
	const struct digest_line *line = row;
	const struct wanted *wanted = key;

	return line->day == wanted->day && line->tag == wanted->tag &&
	       line->length == wanted->kept.n &&
	       memcmp(line->name, wanted->kept.p, wanted->kept.n) == 0;
}

struct eviction {
	struct digest *digest;
	enum digest_table table;
	uint64_t limit; /* who weighs no more may go */
	size_t goes;    /* so many still have to */
};

static bool
is_kept(void *row, void *arg)
{
	struct eviction *eviction = arg;
	struct digest_line *line = row;
	uint64_t weight = digest_weight(eviction->table, line->cells);

	if (eviction->goes == 0 || weight > eviction->limit)
		return true;
	eviction->goes--;
	line->day->notes[eviction->table].unlisted += weight;
	line->day->dirty = true;
	if (line->saved)
		digest_forget_line(eviction->digest, eviction->table, line);
	return false;
}

static void
make_room(struct digest *digest, enum digest_table table)
{
	struct table *rows = &digest->lines[table].table;
	struct eviction eviction = { digest, table, 0, rows->count / 2 };
	uint64_t *weights = mem_zero(rows->count, sizeof(*weights));
	const struct digest_line *line;
	size_t n = 0;

	for (size_t i = 0; i < rows->made; i++) {
		line = table_row(rows, i);
		if (line != NULL)
			weights[n++] = digest_weight(table, line->cells);
	}
	eviction.limit = order_kth(weights, n, eviction.goes);
	free(weights);
	table_keep(rows, is_kept, &eviction);
	digest->lines[table].was_full = true;
}

static uint64_t
hash_in(const struct day *day, uint32_t tag, uint64_t name_hash)
{
	return (name_hash + tag * TAG_FACTOR) ^ day->salt;
}

uint64_t
digest_name_hash(const struct digest_line *line)
{
	return (line->row.hash ^ line->day->salt) - line->tag * TAG_FACTOR;
}

/*
 * What is kept of a name: all of it, or where it is long its beginning and its
 * end, which of an address is the domain.
 */
static struct slice
kept_of(enum digest_table table, struct slice name, char text[GIST_TEXT])
{
	size_t room = digest_name_room(table), head = room / 2;

	if (name.n <= room)
		return name;
	memcpy(text, name.p, head);
	memcpy(text + head, "...", 3);
	memcpy(text + head + 3, name.p + name.n - (room - head - 3),
	    room - head - 3);
	return (struct slice){ text, room };
}

static struct digest_line *
add_line(struct digest *digest, struct day *day, enum digest_table table,
    const struct wanted *wanted, uint64_t hash)
{
	struct table *rows = &digest->lines[table].table;
	struct digest_line *line = table_add(rows, hash);

	if (line == NULL) {
		make_room(digest, table);
		line = table_add(rows, hash);
	}
	line->day = day;
	line->tag = wanted->tag;
	line->length = (uint16_t)wanted->kept.n;
	if (wanted->kept.n != 0)
		memcpy(line->name, wanted->kept.p, wanted->kept.n);
	return line;
}

struct digest_line *
digest_line_get(struct digest *digest, struct day *day, enum digest_table table,
    uint32_t tag, struct slice name, uint64_t name_hash)
{
	char text[GIST_TEXT];
	struct wanted wanted = { day, tag, kept_of(table, name, text) };
	uint64_t hash = hash_in(day, tag, name_hash);
	struct digest_line *line =
	    table_find(&digest->lines[table].table, hash, same_line, &wanted);

	if (line == NULL)
		line = add_line(digest, day, table, &wanted, hash);
	return line;
}

void
digest_line_merge(enum digest_table table, uint64_t *cells, const uint64_t *add)
{
	const struct table_shape *shape = &digest_shapes[table];

	for (unsigned c = 0; c < shape->sums; c++)
		cells[c] += add[c];
	for (unsigned c = shape->sums; c < shape->n; c++)
		if (add[c] > cells[c])
			cells[c] = add[c];
}

/* True if it came before and nobody knocked at its door since. */
static bool
may_enter(struct lines *lines, uint64_t hash)
{
	uint32_t *door = &lines->doors[hash % DOORS];
	uint32_t mark = (uint32_t)(hash >> 32) | 1;
	bool known = *door == mark;

	*door = known ? 0 : mark;
	return known;
}

void
digest_line_add(struct digest *digest, struct day *day, enum digest_table table,
    uint32_t tag, struct slice name, const struct increment *increment)
{
	char text[GIST_TEXT];
	struct wanted wanted = { day, tag, kept_of(table, name, text) };
	uint64_t hash = hash_in(day, tag, slice_hash(name));
	struct lines *lines = &digest->lines[table];
	struct digest_line *line =
	    table_find(&lines->table, hash, same_line, &wanted);

	if (line == NULL) {
		if (lines->was_full && !may_enter(lines, hash)) {
			day->notes[table].unlisted +=
			    digest_weight(table, increment->cells);
			return;
		}
		line = add_line(digest, day, table, &wanted, hash);
		line->first = increment->when;
		day->notes[table].named++;
	}
	digest_line_merge(table, line->cells, increment->cells);
	if (increment->when < line->first)
		line->first = increment->when;
	if (increment->when > line->last)
		line->last = increment->when;
	line->dirty = true;
	lines->dirty = true;
}
