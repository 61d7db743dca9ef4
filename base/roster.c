/*
 * roster.c - capped tables of named rows: domains, hosts, accounts
 *
 * Room is made for many at once, as in the tally: a flood of new names costs a
 * little for each of them and not a search for every one.
 */
#include "base/roster.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/order.h"

void
roster_init(struct roster *roster, char mark, size_t row_bytes, size_t most,
    uint64_t (*worth)(const void *row))
{
	*roster = (struct roster){ .worth = worth, .mark = mark };
	table_init(&roster->table, row_bytes, most);
}

void
roster_fini(struct roster *roster)
{
	table_fini(&roster->table);
	writer_fini(&roster->gone);
}

static bool
same_name(const void *row, const void *key)
{
	return slice_eq(roster_name(row), *(const struct slice *)key);
}

static struct slice
kept_of(struct slice name)
{
	return name.n <= ROSTER_TEXT ? name
				     : slice_from(name, name.n - ROSTER_TEXT);
}

/* A name's length is a byte, and so is that of its key in `gone'. */
static void
forget(struct roster *roster, const struct roster_row *row)
{
	roster->evicted++;
	if (!row->saved)
		return;
	put_u8(&roster->gone, row->length);
	put_bytes(&roster->gone, row->name, row->length);
}

struct eviction {
	struct roster *roster;
	uint64_t limit; /* who is worth no more may go */
	size_t goes;    /* so many still have to */
};

static bool
is_kept(void *row, void *arg)
{
	struct eviction *eviction = arg;

	if (eviction->goes == 0 ||
	    eviction->roster->worth(row) > eviction->limit)
		return true;
	eviction->goes--;
	forget(eviction->roster, row);
	return false;
}

/* At most half goes, also where all are worth the same. */
static void
make_room(struct roster *roster)
{
	struct eviction eviction = { roster, 0, roster->table.count / 2 };
	uint64_t *worths = mem_zero(roster->table.count, sizeof(*worths));
	const void *row;
	size_t n = 0;

	for (size_t i = 0; i < roster->table.made; i++) {
		row = table_row(&roster->table, i);
		if (row != NULL)
			worths[n++] = roster->worth(row);
	}
	eviction.limit = order_kth(worths, n, eviction.goes);
	free(worths);
	table_keep(&roster->table, is_kept, &eviction);
}

void *
roster_find(const struct roster *roster, struct slice name)
{
	name = kept_of(name);
	return table_find(&roster->table, slice_hash(name), same_name, &name);
}

void *
roster_get(struct roster *roster, struct slice name)
{
	struct slice kept = kept_of(name);
	uint64_t hash = slice_hash(kept);
	struct roster_row *row =
	    table_find(&roster->table, hash, same_name, &kept);

	if (row == NULL) {
		row = table_add(&roster->table, hash);
		if (row == NULL) {
			make_room(roster);
			row = table_add(&roster->table, hash);
		}
		row->length = (uint8_t)kept.n;
		if (kept.n != 0)
			memcpy(row->name, kept.p, kept.n);
	}
	row->dirty = true;
	return row;
}

uint64_t
roster_worth(uint64_t weight, int64_t last)
{
	uint64_t magnitude = 0;

	for (; weight != 0 && magnitude < 19; weight >>= 1)
		magnitude++;
	return magnitude << 44 | ((uint64_t)last & 0xfffffffffff);
}

struct slice
roster_host(struct slice host, char text[ROSTER_TEXT])
{
	if (host.n > 1 && host.p[host.n - 1] == '.')
		host.n--;
	host = kept_of(host);
	for (size_t i = 0; i < host.n; i++)
		text[i] = host.p[i] >= 'A' && host.p[i] <= 'Z'
			      ? (char)(host.p[i] + ('a' - 'A'))
			      : host.p[i];
	return (struct slice){ text, host.n };
}

struct slice
roster_relay(struct slice relay)
{
	struct slice name = relay;
	ptrdiff_t end = slice_find(relay, SLICE(" ["));

	if (end > 0)
		name.n = (size_t)end;
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

struct slice
roster_domain(struct slice address, char text[ROSTER_TEXT])
{
	const char *at;

	if (address.n == 0)
		return SLICE("<>");
	at = memrchr(address.p, '@', address.n);
	if (at == NULL)
		return SLICE("(no domain)");
	return roster_host(
	    slice_from(address, (size_t)(at + 1 - address.p)), text);
}

static bool
matches_at(const char *at, struct slice filter)
{
	return slice_same_word((struct slice){ at, filter.n }, filter);
}

bool
roster_match(struct slice name, struct slice filter)
{
	for (size_t i = 0; i + filter.n <= name.n; i++)
		if (matches_at(name.p + i, filter))
			return true;
	return false;
}

void
roster_list(const struct roster *roster, struct listing *listing)
{
	const void *row;

	for (size_t i = 0; i < roster->table.made; i++) {
		row = table_row(&roster->table, i);
		if (row != NULL &&
		    roster_match(roster_name(row), listing->filter))
			listing_offer(listing, row);
	}
	listing_sort(listing);
}

int
roster_compare(const void *a, const void *b)
{
	struct slice x = roster_name(a), y = roster_name(b);
	int diff = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);

	return diff != 0 ? diff : (x.n > y.n) - (x.n < y.n);
}

static void
save_gone(struct roster *roster, struct state_rows *rows, char *key)
{
	struct slice at = { roster->gone.p, roster->gone.n };
	uint8_t length;

	while (get_u8(&at, &length) && get_bytes(&at, key + 1, length))
		rows_drop(rows, (struct slice){ key, 1 + (size_t)length });
	roster->gone.n = 0;
}

/* First what is gone: a name may have come back since. */
void
roster_save(struct roster *roster, struct state_rows *rows,
    void (*put)(struct state_writer *, const void *row))
{
	struct state_writer w = { 0 };
	char key[1 + ROSTER_TEXT];
	struct roster_row *row;

	key[0] = roster->mark;
	save_gone(roster, rows, key);
	for (size_t i = 0; i < roster->table.made; i++) {
		row = table_row(&roster->table, i);
		if (row == NULL || !row->dirty)
			continue;
		row->dirty = false;
		row->saved = true;
		memcpy(key + 1, row->name, row->length);
		w.n = 0;
		put(&w, row);
		rows_put(rows, (struct slice){ key, 1 + (size_t)row->length },
		    (struct slice){ w.p, w.n });
	}
	writer_fini(&w);
}

void *
roster_load(struct roster *roster, struct slice key)
{
	struct roster_row *row = roster_get(roster, key);

	row->dirty = false;
	row->saved = true;
	return row;
}
