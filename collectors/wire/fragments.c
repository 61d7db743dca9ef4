/*
 * fragments.c - IP packets put together again
 */
#include "collectors/wire/fragments.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"

#define PACKETS   256        /* being put together; then the oldest goes */
#define ALL_BYTES (4u << 20) /* of all of them; the same */
#define PARTS     128        /* of one packet, apart from each other */
#define LONGEST   65535u     /* of one packet; more is no packet */
#define WAIT      (30 * 1000000LL)

/* A span of the packet that is there. */
struct part {
	uint32_t begin, end;
};

struct packet {
	struct table_row row;
	struct addr from, to;
	uint32_t id;
	uint8_t protocol;
	int64_t since;
	uint32_t length; /* of the whole; 0: its end was not seen */
	char *bytes;
	uint32_t room;
	size_t parts;
	struct part part[PARTS]; /* in order, apart */
};

struct fragments {
	struct table packets;
	size_t bytes; /* of all rooms */
	uint64_t dropped;
	char *whole; /* given out last */
};

struct fragments *
fragments_new(void)
{
	struct fragments *f = mem_zero(1, sizeof(*f));

	table_init(&f->packets, sizeof(struct packet), PACKETS);
	return f;
}

static void
forget(struct fragments *f, struct packet *packet)
{
	f->bytes -= packet->room;
	free(packet->bytes);
	table_remove(&f->packets, packet);
}

void
fragments_free(struct fragments *f)
{
	struct packet *packet, *next;

	if (f == NULL)
		return;
	TABLE_EACH (&f->packets, packet, next)
		forget(f, packet);
	table_fini(&f->packets);
	free(f->whole);
	free(f);
}

uint64_t
fragments_dropped(const struct fragments *f)
{
	return f->dropped;
}

static bool
same_packet(const void *row, const void *key)
{
	const struct packet *packet = row;
	const struct fragment *fragment = key;

	return packet->id == fragment->id &&
	       packet->protocol == fragment->protocol &&
	       addr_eq(&packet->from, &fragment->from) &&
	       addr_eq(&packet->to, &fragment->to);
}

static void
drop_oldest(struct fragments *f)
{
	f->dropped++;
	forget(f, (struct packet *)(void *)f->packets.oldest);
}

/* Those that waited too long, and what there is no room for. */
static void
make_room(struct fragments *f, int64_t now)
{
	while (f->packets.oldest != NULL &&
	       (f->packets.count >= PACKETS || f->bytes > ALL_BYTES ||
		   now - ((struct packet *)(void *)f->packets.oldest)->since >
		       WAIT))
		drop_oldest(f);
}

static struct packet *
packet_of(struct fragments *f, const struct fragment *fragment)
{
	uint64_t hash = addr_hash(&fragment->from) ^
			addr_hash(&fragment->to) * 3 ^
			fragment->id * 0x9e3779b97f4a7c15u;
	struct packet *packet =
	    table_find(&f->packets, hash, same_packet, fragment);

	if (packet != NULL && fragment->when - packet->since <= WAIT)
		return packet;
	make_room(f, fragment->when);
	packet = table_add(&f->packets, hash);
	packet->from = fragment->from;
	packet->to = fragment->to;
	packet->id = fragment->id;
	packet->protocol = fragment->protocol;
	packet->since = fragment->when;
	return packet;
}

static void
grow(struct fragments *f, struct packet *packet, uint32_t end)
{
	uint32_t room = packet->room ? packet->room : 2048;

	while (room < end)
		room *= 2;
	if (room == packet->room)
		return;
	packet->bytes = mem_grow(packet->bytes, room, 1);
	f->bytes += room - packet->room;
	packet->room = room;
}

/* Copy what is not there yet; its span is joined with those it touches. */
static bool
put(struct packet *packet, uint32_t begin, struct slice data)
{
	uint32_t end = begin + (uint32_t)data.n, at = begin;
	struct part joined = { begin, end };
	size_t first = 0, last;

	while (first < packet->parts && packet->part[first].end < begin)
		first++;
	for (last = first;
	     last < packet->parts && packet->part[last].begin <= end; last++) {
		struct part *part = &packet->part[last];

		if (part->begin > at)
			memcpy(packet->bytes + at, data.p + (at - begin),
			    part->begin - at);
		at = part->end > at ? part->end : at;
		joined.begin =
		    part->begin < joined.begin ? part->begin : joined.begin;
		joined.end = part->end > joined.end ? part->end : joined.end;
	}
	if (at < end)
		memcpy(packet->bytes + at, data.p + (at - begin), end - at);
	if (last == first && packet->parts == PARTS)
		return false;
	memmove(&packet->part[first + 1], &packet->part[last],
	    (packet->parts - last) * sizeof(packet->part[0]));
	packet->part[first] = joined;
	packet->parts += 1 + first - last;
	return true;
}

bool
fragments_add(
    struct fragments *f, const struct fragment *fragment, struct slice *whole)
{
	uint64_t end = (uint64_t)fragment->offset + fragment->data.n;
	struct packet *packet;

	if (end > LONGEST || fragment->data.n == 0)
		return false;
	packet = packet_of(f, fragment);
	grow(f, packet, (uint32_t)end);
	if (!fragment->more && packet->length == 0)
		packet->length = (uint32_t)end;
	if (!put(packet, fragment->offset, fragment->data)) {
		f->dropped++;
		forget(f, packet);
		return false;
	}
	if (packet->length == 0 || packet->parts != 1 ||
	    packet->part[0].begin != 0 || packet->part[0].end < packet->length)
		return false;
	free(f->whole);
	f->whole = packet->bytes;
	*whole = (struct slice){ f->whole, packet->length };
	packet->bytes = NULL;
	forget(f, packet);
	return true;
}
