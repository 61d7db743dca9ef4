/*
 * limbo.c - segments that came before the handshake they belong to
 */
#include "collectors/wire/limbo.h"

#include <string.h>

#include "base/mem.h"

bool
flow_same_ends(const struct flow_ends *a, const struct flow_ends *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

void
limbo_put(struct limbo *limbo, const struct flow_ends *ends,
    const struct segment *segment, enum side from, uint64_t packet)
{
	struct limbo_entry *entry = &limbo->entries[limbo->count++];

	entry->ends = *ends;
	entry->from = from;
	entry->segment = *segment;
	entry->bytes = mem_copy(
	    segment->payload.n ? segment->payload.p : "", segment->payload.n);
	entry->segment.payload.p = entry->bytes;
	entry->packet = packet;
}

static void
take(struct limbo *limbo, size_t i, struct limbo_entry *entry)
{
	*entry = limbo->entries[i];
	limbo->count--;
	memmove(&limbo->entries[i], &limbo->entries[i + 1],
	    (limbo->count - i) * sizeof(*entry));
}

bool
limbo_take_due(struct limbo *limbo, uint64_t packet, struct limbo_entry *entry)
{
	if (limbo->count == 0 ||
	    packet - limbo->entries[0].packet < STREAM_PATIENCE)
		return false;
	take(limbo, 0, entry);
	return true;
}

bool
limbo_take_of(struct limbo *limbo, const struct flow_ends *ends, uint8_t flags,
    struct limbo_entry *entry)
{
	for (size_t i = 0; i < limbo->count; i++) {
		if ((limbo->entries[i].segment.flags & flags) != flags ||
		    !flow_same_ends(&limbo->entries[i].ends, ends))
			continue;
		take(limbo, i, entry);
		return true;
	}
	return false;
}
