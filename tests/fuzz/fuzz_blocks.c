/*
 * fuzz_blocks.c - any rows may be in the state, any wish be made
 *
 * Each record: what it is, how long key and value are, both.
 */
#include <stdlib.h>
#include <string.h>

#include "blocks/blocks.h"
#include "blocks/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct block_config config = {
	.mode = BLOCK_ENFORCE, .max_blocks = 8, .max_new = 5
};

static bool
cut(struct slice *rest, size_t n, struct slice *part)
{
	if (rest->n < n)
		return false;
	*part = (struct slice){ rest->p, n };
	*rest = slice_from(*rest, n);
	return true;
}

static void
wish(struct blocks *blocks, struct slice key, struct slice value, int64_t now)
{
	struct block_wish what = { .rule = value, .when = now, .seconds = 60 };
	const struct block *made;

	if (key.n >= sizeof(what.what.addr)) {
		memcpy(&what.what.addr, key.p, sizeof(what.what.addr));
		what.what.bits = (unsigned)key.p[key.n - 1] & 0xff;
	} else {
		what.sender = key;
		what.rule = SLICE("");
	}
	if (blocks_add(blocks, &what, now, &made) == BLOCK_DONE) {
		if (made == NULL || made->until <= now)
			abort();
		/* loopback is never in it */
		if (addr_is_loopback(&made->what.addr))
			abort();
	}
}

static void
event(struct blocks *blocks, uint8_t kind, struct slice key, int64_t now)
{
	struct mail_event what = { .when = now,
		.count = 1,
		.kind = (enum event_kind)(kind % EVENT_KINDS),
		.account = key };

	if (key.n >= sizeof(what.client))
		memcpy(&what.client, key.p, sizeof(what.client));
	blocks_learn(blocks, &what);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, head, key, value;
	struct blocks *blocks = blocks_new(&config);
	struct state_part parts[BLOCK_PARTS];
	const struct block *block = NULL;
	int64_t now = INT64_C(1795338000000000);
	struct err err;
	size_t n = 0;

	blocks_parts(blocks, parts);
	while (cut(&rest, 3, &head) && cut(&rest, (uint8_t)head.p[1], &key) &&
	       cut(&rest, (uint8_t)head.p[2], &value)) {
		uint8_t what = (uint8_t)head.p[0];

		now += (what >> 3) * INT64_C(1000000);
		switch (what % 8) {
		case 0:
		case 1:
			(void)parts[what % 8].load(
			    parts[what % 8].arg, key, value, &err);
			break;
		case 2:
			event(blocks, (uint8_t)(value.n ? value.p[0] : 0), key,
			    now);
			break;
		case 4:
			(void)parts[2].load(parts[2].arg, key, value, &err);
			break;
		case 3:
			blocks_tick(blocks, now);
			break;
		default:
			wish(blocks, key, value, now);
		}
	}
	blocks_tick(blocks, now);
	while ((block = blocks_next(blocks, block, now)) != NULL)
		n++;
	if (blocks_remove_all(blocks, now) != n)
		abort();
	blocks_free(blocks);
	return 0;
}
