/* blocks_change.c - the list over time: wishes, removals, endings, a walk */
#include "blocks/blocks_impl.h"

#include <stdlib.h>

#include "base/mem.h"
#include "blocks/enforce.h"

#define REMEMBERED (14 * INT64_C(86400) * SECOND) /* after its last block */
#define LOOK_ROWS  10000 /* so many may be looked through each second */

const char *
block_outcome_words(enum block_outcome outcome)
{
	static const char *const words[BLOCK_OUTCOMES] = {
		[BLOCK_DONE] = "blocked",
		[BLOCK_EXTENDED] = "blocked for longer",
		[BLOCK_ALREADY] = "is blocked as long already",
		[BLOCK_OVER] = "its block would be over already",
		[BLOCK_NEVER] = "never blocked: it is, or holds, an address of "
				"this host, its networks or neighbours, its "
				"administrators, or `never'",
		[BLOCK_AUTHENTICATED] = "not blocked: it is, or holds, a "
					"client that authenticated within 24 h",
		[BLOCK_SPARED] = "spared: it delivered good mail on 2 of the "
				 "last 14 days",
		[BLOCK_FULL] = "not blocked: there are max_blocks already",
		[BLOCK_TOO_FAST] = "not blocked: there were max_new within the "
				   "last minute",
		[BLOCK_UNFIT] = "cannot be blocked; expected an address, an "
				"IPv4 /24 or an IPv6 /64, or for a map a "
				"sender such as kim@example.org",
	};

	return words[outcome];
}

bool
blocks_in_force(const struct block *block, int64_t now)
{
	return block->until > now;
}

/* A larger block that holds it, as long or longer. */
static const struct block *
covering(
    const struct blocks *blocks, const struct block_key *key, int64_t until)
{
	struct block_key around = { prefix_around(&key->what.addr), { 0 } };
	const struct entry *entry;

	if (key->sender.n != 0 || around.what.bits >= key->what.bits)
		return NULL;
	entry = blocks_entry(blocks, &around);
	return entry != NULL && entry->block.until >= until ? &entry->block
							    : NULL;
}

/* What the wish would make of what is there (all 0: nothing is). */
static struct block
as_wished(const struct block *old, const struct block_wish *wish, int64_t at)
{
	struct block fresh = *old;
	bool person = wish->rule.n == 0;

	if (old->until + REMEMBERED <= at)
		fresh.times = 0;
	if (old->until <= at) {
		fresh.times++;
		fresh.at = at;
	}
	fresh.seconds =
	    person ? wish->seconds : policy_seconds(wish->seconds, fresh.times);
	fresh.until = at + fresh.seconds * SECOND;
	fresh.when = wish->when;
	return fresh;
}

/* For what is not in force: is there room for it? */
static enum block_outcome
find_room(struct blocks *blocks, const struct block_wish *wish, int64_t at)
{
	enum block_outcome outcome = BLOCK_DONE;

	if (blocks->entries.count - blocks->over >= blocks->config->max_blocks)
		outcome = BLOCK_FULL;
	else if (wish->rule.n != 0 && !policy_pace(blocks, at / SECOND))
		outcome = BLOCK_TOO_FAST;
	blocks->over_cap += outcome != BLOCK_DONE;
	return outcome;
}

static void
set_reason(
    struct blocks *blocks, struct entry *entry, const struct block_wish *wish)
{
	struct slice reason = wish->reason;

	if (reason.n > BLOCK_REASON)
		reason.n = BLOCK_REASON;
	free((void *)(uintptr_t)entry->block.reason);
	entry->block.reason = mem_slice(reason);
	entry->block.rule = blocks_rule(blocks, wish->rule);
}

static struct entry *
take(struct blocks *blocks, const struct block_key *key,
    const struct block *fresh, const struct block_wish *wish)
{
	struct entry *entry = blocks_make(blocks, key);
	bool extended;

	if (entry == NULL)
		return NULL;
	extended = entry->block.at == fresh->at && entry->block.reason != NULL;
	/* A person who only makes it longer does not say why anew. */
	if (!extended || wish->rule.n != 0 || wish->reason.n != 0)
		set_reason(blocks, entry, wish);
	if (!extended) {
		entry->block.counted = false;
		entry->block.refused = entry->counter = 0;
	}
	entry->block.when = fresh->when;
	entry->block.at = fresh->at;
	entry->block.until = fresh->until;
	entry->block.seconds = fresh->seconds;
	entry->block.times = fresh->times;
	entry->dirty = true;
	blocks->over -= entry->over;
	entry->over = false;
	if (fresh->until < blocks->next_over)
		blocks->next_over = fresh->until;
	if (blocks->enforcer != NULL)
		enforcer_changed(blocks->enforcer, &entry->block.what);
	return entry;
}

enum block_outcome
blocks_add(struct blocks *blocks, const struct block_wish *wish, int64_t now,
    const struct block **block)
{
	static const struct block none;
	int64_t at = wish->when < now ? wish->when : now;
	struct block_key key;
	enum block_outcome outcome;
	const struct entry *entry;
	const struct block *old, *cover, *ignored = NULL;
	struct block fresh;

	block = block == NULL ? &ignored : block;
	*block = NULL;
	blocks_tick(blocks, now);
	outcome = policy_judge(blocks, wish, at, &key);
	if (outcome != BLOCK_DONE)
		return outcome;
	entry = blocks_entry(blocks, &key);
	old = entry == NULL ? &none : &entry->block;
	fresh = as_wished(old, wish, at);
	if (fresh.until <= now)
		return BLOCK_OVER;
	cover = covering(blocks, &key, fresh.until);
	*block = cover != NULL ? cover : entry == NULL ? NULL : old;
	if (cover != NULL || old->until >= fresh.until ||
	    (wish->rule.n != 0 && wish->when <= old->when))
		return BLOCK_ALREADY;
	if (blocks_in_force(old, now))
		outcome = BLOCK_EXTENDED;
	else
		outcome = find_room(blocks, wish, at);
	if (outcome != BLOCK_DONE && outcome != BLOCK_EXTENDED)
		return outcome;
	entry = take(blocks, &key, &fresh, wish);
	if (entry == NULL)
		return BLOCK_FULL;
	*block = &entry->block;
	return outcome;
}

bool
blocks_would(const struct blocks *blocks, const struct block_wish *wish)
{
	struct block_key key;

	return policy_judge(blocks, wish, wish->when, &key) == BLOCK_DONE;
}

/* False: there is none in force. */
static bool
remove_key(struct blocks *blocks, const struct block_key *key, int64_t now)
{
	struct entry *entry = blocks_entry(blocks, key);
	bool was;

	if (entry == NULL)
		return false;
	was = blocks_in_force(&entry->block, now);
	blocks_drop(blocks, entry);
	if (was && blocks->enforcer != NULL)
		enforcer_changed(blocks->enforcer, &key->what);
	return was;
}

bool
blocks_remove(struct blocks *blocks, const struct prefix *what, int64_t now)
{
	struct block_key key = { *what, { 0 } };
	bool was;

	if (!prefix_tidy(&key.what))
		return false;
	was = remove_key(blocks, &key, now);
	/* An IPv6 client is blocked with its network. */
	if (key.what.bits == 128) {
		key.what = prefix_around(&key.what.addr);
		was |= remove_key(blocks, &key, now);
	}
	return was;
}

bool
blocks_remove_sender(struct blocks *blocks, struct slice sender, int64_t now)
{
	struct block_key key = { .sender = sender };

	return sender.n != 0 && remove_key(blocks, &key, now);
}

size_t
blocks_remove_all(struct blocks *blocks, int64_t now)
{
	struct entry *entry, *next;
	size_t n = 0;

	TABLE_EACH (&blocks->entries, entry, next) {
		struct prefix what = entry->block.what;
		bool was = blocks_in_force(&entry->block, now);

		n += was;
		blocks_drop(blocks, entry);
		if (was && blocks->enforcer != NULL)
			enforcer_changed(blocks->enforcer, &what);
	}
	return n;
}

const struct block *
blocks_find(const struct blocks *blocks, const struct addr *addr, int64_t now)
{
	struct block_key key = { { *addr, addr->family == 4 ? 32 : 128 },
		{ 0 } };
	const struct entry *entry;

	if (!prefix_tidy(&key.what))
		return NULL;
	entry = blocks_entry(blocks, &key);
	if (entry != NULL && blocks_in_force(&entry->block, now))
		return &entry->block;
	key.what = prefix_around(&key.what.addr);
	entry = blocks_entry(blocks, &key);
	return entry != NULL && blocks_in_force(&entry->block, now)
		   ? &entry->block
		   : NULL;
}

const struct block *
blocks_look_up(const struct blocks *blocks, const struct prefix *what,
    struct slice sender, int64_t now)
{
	struct block_key key = { *what, sender };
	const struct entry *entry;

	if (sender.n == 0 && !prefix_tidy(&key.what))
		return NULL;
	entry = blocks_entry(blocks, &key);
	return entry != NULL && blocks_in_force(&entry->block, now)
		   ? &entry->block
		   : NULL;
}

const struct block *
blocks_next(const struct blocks *blocks, const struct block *block, int64_t now)
{
	const struct table_row *row = blocks->entries.newest;

	if (block != NULL)
		row =
		    ((const struct entry *)(const void *)((const char *)block -
							  offsetof(struct entry,
							      block)))
			->row.older;
	for (; row != NULL; row = row->older) {
		block = &((const struct entry *)(const void *)row)->block;
		if (blocks_in_force(block, now))
			return block;
	}
	return NULL;
}

/* What is over is marked; what was for long is forgotten. */
static void
look(struct blocks *blocks, int64_t now)
{
	bool ended = false;

	blocks->next_over = INT64_MAX;
	blocks->last_look = now;
	for (size_t i = 0; i < blocks->entries.made; i++) {
		struct entry *entry = table_row(&blocks->entries, i);
		bool over;

		if (entry == NULL)
			continue;
		over = !blocks_in_force(&entry->block, now);
		if (over && !entry->over) {
			blocks_set_enforced(blocks, entry, false);
			ended = true;
		}
		blocks->over += over;
		blocks->over -= entry->over;
		entry->over = over;
		if (!over && entry->block.until < blocks->next_over)
			blocks->next_over = entry->block.until;
		if (entry->block.until + REMEMBERED <= now)
			blocks_drop(blocks, entry);
	}
	/* A firewall forgets by itself, a map does not. */
	if (ended && blocks->enforcer != NULL)
		enforcer_ended(blocks->enforcer);
}

static int
by_at(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return ((*x)->block.at > (*y)->block.at) -
	       ((*x)->block.at < (*y)->block.at);
}

/* The state gave them in the order of their keys. */
static void
put_in_order(struct blocks *blocks)
{
	struct entry **all = mem_zero(blocks->entries.count, sizeof(*all));
	struct entry *entry, *next;
	size_t n = 0;

	TABLE_EACH (&blocks->entries, entry, next)
		all[n++] = entry;
	qsort(all, n, sizeof(*all), by_at);
	for (size_t i = 0; i < n; i++)
		table_touch(&blocks->entries, all[i]);
	free(all);
	blocks->loaded = false;
}

struct block_counts
blocks_counts(const struct blocks *blocks)
{
	struct block_counts counts = { .over_cap = blocks->over_cap,
		.forgotten = blocks->known.forgotten };

	if (blocks->enforcer != NULL)
		enforcer_count(blocks->enforcer, &counts);
	return counts;
}

/* A look at many rows costs milliseconds: then it is not each second. */
void
blocks_tick(struct blocks *blocks, int64_t now)
{
	int64_t pause = (int64_t)(blocks->entries.count / LOOK_ROWS) * SECOND;

	if (blocks->loaded)
		put_in_order(blocks);
	blocks->now = now;
	blocks->known.now = now / SECOND;
	if (now >= blocks->next_over &&
	    (now >= blocks->last_look + pause || now < blocks->last_look))
		look(blocks, now);
	if (blocks->enforcer != NULL)
		enforcer_tick(blocks->enforcer);
}
