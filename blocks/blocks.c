/*
 * blocks.c - the list: who is blocked, until when, and who was
 *
 * A block that is over stays in the list as a memory, for doubling: it is the
 * time that tells which is which, so that nothing has to be done (nor written)
 * at the moment one ends.
 */
#include "blocks/blocks.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "blocks/blocks_impl.h"
#include "blocks/enforce.h"

struct blocks *
blocks_new(const struct block_config *config)
{
	struct blocks *blocks = mem_zero(1, sizeof(*blocks));

	table_init(&blocks->entries, sizeof(struct entry), 0);
	known_init(&blocks->known);
	blocks->next_over = INT64_MAX;
	blocks_reconfigure(blocks, config);
	return blocks;
}

static void
forget_texts(struct entry *entry)
{
	free((void *)(uintptr_t)entry->block.sender);
	free((void *)(uintptr_t)entry->block.reason);
	entry->block.sender = entry->block.reason = NULL;
}

void
blocks_free(struct blocks *blocks)
{
	struct entry *entry, *next;

	if (blocks == NULL)
		return;
	enforcer_close(blocks->enforcer);
	TABLE_EACH (&blocks->entries, entry, next)
		forget_texts(entry);
	table_fini(&blocks->entries);
	known_fini(&blocks->known);
	nevers_fini(&blocks->nevers);
	exempt_fini(&blocks->exempt);
	writer_fini(&blocks->gone.keys);
	for (size_t i = 0; i < blocks->rule_count; i++)
		free(blocks->rules[i]);
	free(blocks);
}

void
blocks_reconfigure(struct blocks *blocks, const struct block_config *config)
{
	blocks->config = config;
	blocks->entries.most = (size_t)config->max_blocks + BLOCK_PAST;
	exempt_set(
	    &blocks->exempt, EXEMPT_NEVER, config->never, config->never_count);
	if (blocks->enforcer != NULL)
		enforcer_reopen(blocks->enforcer);
}

enum block_mode
blocks_mode(const struct blocks *blocks)
{
	return blocks->config->mode;
}

void
blocks_exempt(struct blocks *blocks, enum block_exempt which,
    const struct prefix *list, size_t n)
{
	exempt_set(&blocks->exempt, which, list, n);
	blocks_lift(blocks);
}

const struct prefix *
blocks_exempted(const struct blocks *blocks, enum block_exempt which, size_t *n)
{
	*n = blocks->exempt.sets[which].count;
	return blocks->exempt.sets[which].list;
}

void
blocks_admin(struct blocks *blocks, const struct addr *from, int64_t now)
{
	if (known_admin(&blocks->known, from, now / SECOND))
		blocks_lift(blocks);
}

void
blocks_lift(struct blocks *blocks)
{
	struct entry *entry, *next;
	char text[ADDR_TEXT];
	struct prefix what;

	TABLE_EACH (&blocks->entries, entry, next) {
		what = entry->block.what;
		if (entry->block.sender != NULL ||
		    !blocks_in_force(&entry->block, blocks->now) ||
		    !policy_is_never(blocks, &what, blocks->now / SECOND))
			continue;
		addr_print(&what.addr, text);
		log_info("%s/%u: is never to be blocked now, and is no longer",
		    text, what.bits);
		blocks_drop(blocks, entry);
		if (blocks->enforcer != NULL)
			enforcer_changed(blocks->enforcer, &what);
	}
	if (blocks->enforcer != NULL)
		enforcer_never(blocks->enforcer);
}

void
blocks_learn(struct blocks *blocks, const struct mail_event *event)
{
	known_learn(&blocks->known, event);
}

static uint64_t
hash_of(const struct block_key *key)
{
	return key->sender.n != 0 ? slice_hash(key->sender)
				  : addr_hash(&key->what.addr) + key->what.bits;
}

static bool
is_entry(const void *row, const void *wanted)
{
	const struct block *block = &((const struct entry *)row)->block;
	const struct block_key *key = wanted;

	if (block->sender != NULL || key->sender.n != 0)
		return block->sender != NULL &&
		       slice_eq(slice_of(block->sender), key->sender);
	return block->what.bits == key->what.bits &&
	       addr_eq(&block->what.addr, &key->what.addr);
}

struct entry *
blocks_entry(const struct blocks *blocks, const struct block_key *key)
{
	return table_find(&blocks->entries, hash_of(key), is_entry, key);
}

void
blocks_set_enforced(struct blocks *blocks, struct entry *entry, bool enforced)
{
	blocks->enforced += enforced;
	blocks->enforced -= entry->block.enforced;
	entry->block.enforced = enforced;
}

void
blocks_drop(struct blocks *blocks, struct entry *entry)
{
	if (entry->saved)
		blocks_gone(blocks, entry);
	blocks_set_enforced(blocks, entry, false);
	blocks->over -= entry->over;
	forget_texts(entry);
	table_remove(&blocks->entries, entry);
}

/* Of the memories the older half goes. */
static void
forget_half(struct blocks *blocks)
{
	size_t left = blocks->over / 2 + 1;
	struct entry *entry, *next;

	TABLE_EACH (&blocks->entries, entry, next)
		if (entry->over && left > 0) {
			left--;
			blocks_drop(blocks, entry);
		}
}

struct entry *
blocks_make(struct blocks *blocks, const struct block_key *key)
{
	struct entry *entry = blocks_entry(blocks, key);

	if (entry != NULL) {
		table_touch(&blocks->entries, entry);
		return entry;
	}
	if (blocks->entries.count >= blocks->entries.most)
		forget_half(blocks);
	entry = table_add(&blocks->entries, hash_of(key));
	if (entry == NULL)
		return NULL;
	entry->block.what = key->what;
	if (key->sender.n != 0)
		entry->block.sender = mem_slice(key->sender);
	return entry;
}

const char *
blocks_rule(struct blocks *blocks, struct slice name)
{
	for (size_t i = 0; i < blocks->rule_count; i++)
		if (slice_eq(slice_of(blocks->rules[i]), name))
			return blocks->rules[i];
	if (blocks->rule_count == BLOCK_RULES)
		return "other";
	return blocks->rules[blocks->rule_count++] = mem_slice(name);
}
