/*
 * ends.c - which end of a connection is ours
 */
#include "collectors/wire/ends.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"

/* Then nothing more is learnt: who has many clients is known by then. */
#define MOST_ENDS  4096
#define MOST_PAIRS 16384

struct end {
	struct table_row row;
	uint64_t key;
	uint32_t clients; /* addresses that it took connections from */
};

/* A server's end and a client's address. */
struct pair {
	struct table_row row;
	uint64_t key;
};

struct ends {
	struct table ends, pairs;
	struct addr *own;
	size_t own_count;
};

struct ends *
ends_new(void)
{
	struct ends *ends = mem_zero(1, sizeof(*ends));

	table_init(&ends->ends, sizeof(struct end), MOST_ENDS);
	table_init(&ends->pairs, sizeof(struct pair), MOST_PAIRS);
	return ends;
}

void
ends_free(struct ends *ends)
{
	if (ends == NULL)
		return;
	table_fini(&ends->ends);
	table_fini(&ends->pairs);
	free(ends->own);
	free(ends);
}

void
ends_set_own(struct ends *ends, const struct addr *own, size_t n)
{
	free(ends->own);
	ends->own = mem_copy(own, n * sizeof(*own));
	ends->own_count = n;
}

static bool
same_key(const void *row, const void *key)
{
	return ((const struct pair *)row)->key == *(const uint64_t *)key;
}

static bool
same_end(const void *row, const void *key)
{
	return ((const struct end *)row)->key == *(const uint64_t *)key;
}

static uint64_t
key_of(uint64_t link, const struct addr *addr)
{
	return link != 0 ? link * 0x9e3779b97f4a7c15u : addr_hash(addr);
}

void
ends_learn(struct ends *ends, const struct segment *syn_ack)
{
	uint64_t link =
	    syn_ack->from_link == syn_ack->to_link ? 0 : syn_ack->from_link;
	uint64_t key = key_of(link, &syn_ack->from);
	uint64_t both = key ^ addr_hash(&syn_ack->to);
	struct end *end;
	struct pair *pair;

	if (table_find(&ends->pairs, both, same_key, &both) != NULL)
		return;
	end = table_find(&ends->ends, key, same_end, &key);
	if (end == NULL)
		end = table_add(&ends->ends, key);
	pair = table_add(&ends->pairs, both);
	if (end == NULL || pair == NULL)
		return;
	pair->key = both;
	end->key = key;
	end->clients++;
}

bool
ends_own(const struct ends *ends, const struct addr *addr)
{
	for (size_t i = 0; i < ends->own_count; i++)
		if (addr_eq(addr, &ends->own[i]))
			return true;
	return false;
}

static uint32_t
clients_of(const struct ends *ends, uint64_t link, const struct addr *addr)
{
	uint64_t key = key_of(link, addr);
	const struct end *end = table_find(&ends->ends, key, same_end, &key);

	return end != NULL ? end->clients : 0;
}

bool
ends_are_outbound(const struct ends *ends, const struct flow_start *start)
{
	const struct segment *segment = start->segment;
	bool client = start->from == CLIENT;
	uint64_t from = client ? segment->from_link : segment->to_link;
	uint64_t to = client ? segment->to_link : segment->from_link;

	if (ends_own(ends, &start->ends.server))
		return false;
	if (ends_own(ends, &start->ends.client))
		return true;
	/* What comes in may be a guest's of ours, on its way out. */
	if (segment->outgoing && client)
		return true;
	if (from == to) /* one host, or a link that does not tell */
		from = to = 0;
	return clients_of(ends, from, &start->ends.client) >
	       clients_of(ends, to, &start->ends.server);
}
