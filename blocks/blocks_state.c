/*
 * blocks_state.c - the list and what is known of clients, in the state
 *
 * One row a block; that it is over is told by its time, not by a change.
 */
#include "blocks/blocks_impl.h"

#include <stdlib.h>

#include "base/mem.h"

#define STATE_VERSION 1
#define LATEST        (UINT64_C(1) << 60) /* microseconds: no time is later */

static void
put_key(struct state_writer *w, const struct block *block)
{
	w->n = 0;
	if (block->sender != NULL) {
		put_u8(w, 's');
		put_bytes(w, block->sender, strlen(block->sender));
		return;
	}
	put_u8(w, 'p');
	put_bytes(w, &block->what.addr, sizeof(block->what.addr));
	put_u8(w, (uint8_t)block->what.bits);
}

void
blocks_gone(struct blocks *blocks, const struct entry *entry)
{
	struct state_writer key = { 0 };

	put_key(&key, &entry->block);
	rows_gone_add(&blocks->gone, (struct slice){ key.p, key.n });
	writer_fini(&key);
}

static void
save(void *arg, struct state_rows *rows)
{
	struct blocks *blocks = arg;
	struct state_writer key = { 0 }, w = { 0 };
	struct table_row *row = blocks->entries.newest;

	rows_gone_save(&blocks->gone, rows);
	for (; row != NULL && ((struct entry *)(void *)row)->dirty;
	     row = row->older) {
		struct entry *entry = (void *)row;
		const struct block *block = &entry->block;

		put_key(&key, block);
		w.n = 0;
		put_u64(&w, (uint64_t)block->when);
		put_u64(&w, (uint64_t)block->at);
		put_u64(&w, (uint64_t)block->until);
		put_u32(&w, block->seconds);
		put_u32(&w, block->times);
		put_text(&w, slice_of(block->rule));
		put_text(&w, slice_of(block->reason));
		rows_put(rows, (struct slice){ key.p, key.n },
		    (struct slice){ w.p, w.n });
		entry->dirty = false;
		entry->saved = true;
	}
	writer_fini(&key);
	writer_fini(&w);
}

static bool
get_key(struct slice text, struct block_key *key)
{
	uint8_t bits;

	*key = (struct block_key){ 0 };
	if (slice_skips(&text, "s")) {
		key->sender = text;
		return text.n != 0 && text.n <= BLOCK_SENDER;
	}
	if (!slice_skips(&text, "p") ||
	    !get_bytes(&text, &key->what.addr, sizeof(key->what.addr)) ||
	    !get_u8(&text, &bits))
		return false;
	key->what.bits = bits;
	return text.n == 0 && prefix_tidy(&key->what);
}

static bool
get_block(struct slice value, struct block *block, struct slice *rule,
    struct slice *reason)
{
	uint64_t when, at, until;

	if (!get_u64(&value, &when) || !get_u64(&value, &at) ||
	    !get_u64(&value, &until) || !get_u32(&value, &block->seconds) ||
	    !get_u32(&value, &block->times) || !get_text(&value, rule) ||
	    !get_text(&value, reason))
		return false;
	block->when = (int64_t)when;
	block->at = (int64_t)at;
	block->until = (int64_t)until;
	return value.n == 0 && block->times != 0 && when < LATEST &&
	       at < LATEST && until < LATEST;
}

static int
load(void *arg, struct slice key_text, struct slice value, struct err *err)
{
	struct blocks *blocks = arg;
	struct block_key key;
	struct block block = { 0 };
	struct slice rule, reason;
	struct entry *entry;

	if (!get_key(key_text, &key) ||
	    !get_block(value, &block, &rule, &reason))
		return err_set(err, "blocks: damaged row");
	entry = blocks_make(blocks, &key);
	if (entry == NULL)
		return err_set(err, "blocks: no room for one");
	free((void *)(uintptr_t)entry->block.reason);
	block.what = entry->block.what;
	block.sender = entry->block.sender;
	block.rule = blocks_rule(blocks, rule);
	block.reason = mem_slice(reason);
	entry->block = block;
	entry->saved = true;
	blocks->loaded = true;
	if (block.until < blocks->next_over)
		blocks->next_over = block.until;
	return 0;
}

void
blocks_parts(struct blocks *blocks, struct state_part parts[BLOCK_PARTS])
{
	parts[0] =
	    (struct state_part){ "blocks", STATE_VERSION, blocks, save, load };
	parts[1] = known_part(&blocks->known);
	parts[2] = blocks_never_part(blocks);
}
