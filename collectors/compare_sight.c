/*
 * compare_sight.c - what of the mail the wire and the log could have shown
 */
#include <stdlib.h>

#include "base/mem.h"
#include "collectors/compare_impl.h"

#define MINUTE (60 * INT64_C(1000000))

void
compare_set_own(struct compare *compare, const struct addr *own, size_t n)
{
	free(compare->own);
	compare->own = mem_copy(own, n * sizeof(*own));
	compare->own_count = n;
}

bool
compare_same_host(struct slice a, struct slice b)
{
	struct slice full = a.n > b.n ? a : b, name = a.n > b.n ? b : a;

	if (full.n > name.n) {
		if (name.n == 0 || full.p[name.n] != '.')
			return false;
		full.n = name.n;
	}
	return slice_same_word(full, name);
}

bool
compare_is_own(const struct compare *compare, const struct addr *addr)
{
	for (size_t i = 0; i < compare->own_count; i++)
		if (addr_eq(addr, &compare->own[i]))
			return true;
	return addr_is_loopback(addr);
}

void
compare_lost(struct compare *compare, enum event_source source, int64_t when)
{
	struct side *side = &compare->sides[source];

	side->lost[when / MINUTE % COMPARE_MINUTES] = when / MINUTE;
}

/* Also shortly before and after: what tells of the loss is not so exact. */
bool
compare_was_lost(const struct side *side, int64_t when)
{
	for (int64_t m = when / MINUTE - 1; m <= when / MINUTE + 1; m++)
		if (side->lost[m % COMPARE_MINUTES] == m)
			return true;
	return false;
}

static bool
same_client(const void *row, const void *key)
{
	return addr_eq(&((const struct unread *)row)->client, key);
}

static struct unread *
add_unread(struct compare *compare, const struct addr *client)
{
	struct unread *row;

	if (compare->unread.count == COMPARE_UNREAD) {
		row = (void *)compare->unread.oldest;
		compare->forgotten += row->open;
		table_remove(&compare->unread, row);
	}
	row = table_add(&compare->unread, addr_hash(client));
	row->client = *client;
	return row;
}

void
compare_unread(
    struct compare *compare, const struct addr *client, int64_t when, bool over)
{
	struct unread *row = table_find(
	    &compare->unread, addr_hash(client), same_client, client);

	if (over) {
		if (row == NULL || row->open == 0)
			compare->forgotten -= compare->forgotten > 0;
		else if (--row->open == 0)
			row->until = when;
		return;
	}
	if (row == NULL)
		row = add_unread(compare, client);
	table_touch(&compare->unread, row);
	if (row->open++ == 0 &&
	    (row->from == 0 || row->until + compare->config.tolerance < when))
		row->from = when;
}

bool
compare_was_unread(const struct compare *compare, const struct waiting *message)
{
	int64_t tolerance = compare->config.tolerance;
	const struct unread *row = table_find(&compare->unread,
	    addr_hash(&message->client), same_client, &message->client);

	if (compare->forgotten != 0)
		return true;
	return row != NULL && row->from - tolerance <= message->when &&
	       (row->open != 0 || row->until + tolerance >= message->when);
}
