/* enforce_answer.c - what the helper answered, and told unasked */
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "blocks/enforce_impl.h"

#define RETRY_SECS  30  /* after a failure */
#define FAILURES    8   /* elements in a row, and the rest waits as well */
#define REPAIR_SECS 600 /* so long a repair is told */

/* A helper begins; what the one before was asked is lost. */
static void
begin(struct enforcer *enforcer)
{
	enforcer->born = true;
	enforcer->open = enforcer->asked = false;
	enforcer->cleared = false;
	enforcer->never_set = enforcer->never_at = 0;
	enforcer->unsaid_count = 0;
	enforcer->try_at = 0;
	enforcer->batch = BLOCK_CHANGES;
}

static void
failed(struct enforcer *enforcer, const struct block_answer *answer)
{
	enforcer_trouble(enforcer, &answer->err);
	enforcer->try_at =
	    enforcer->blocks->now + (enforcer->backend->write != NULL
					    ? enforcer->backend->write_seconds
					    : RETRY_SECS) *
					SECOND;
}

/* Trouble is over when all that should be is there. */
static void
settle(struct enforcer *enforcer)
{
	if (enforcer->skipped == 0 && enforcer_idle(enforcer))
		enforcer_trouble(enforcer, NULL);
}

static void
forget_enforced(struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->entries.made; i++) {
		struct entry *entry = table_row(&blocks->entries, i);

		if (entry != NULL)
			blocks_set_enforced(blocks, entry, false);
	}
}

static void
opened(struct enforcer *enforcer, const struct block_answer *answer)
{
	if (answer->failed) {
		failed(enforcer, answer);
		return;
	}
	enforcer->open = true;
	enforcer->cleared = false;
	/* Only the first time is it a run that was killed that left it. */
	enforcer->adopt = answer->found && !enforcer->opened;
	enforcer->compare |= answer->found;
	enforcer->opened = true;
	enforcer->compare_at = 0;
	enforcer_resend(enforcer);
	enforcer->anew = !answer->found;
}

struct entry *
enforcer_entry(
    const struct enforcer *enforcer, const struct block_element *element)
{
	struct block_key key = { 0 };

	if (!wire_prefix(element, &key.what))
		return NULL;
	return blocks_entry(enforcer->blocks, &key);
}

/* The helper knows of an address of ours that we do not know of yet. */
static void
drop_never(struct enforcer *enforcer, const struct block_element *element)
{
	struct entry *entry = enforcer_entry(enforcer, element);
	char text[ADDR_TEXT];

	if (entry == NULL)
		return;
	addr_print(&entry->block.what.addr, text);
	log_warn("%s/%u: the helper weir-firewall says that it is never to be "
		 "blocked",
	    text, entry->block.what.bits);
	blocks_drop(enforcer->blocks, entry);
}

/*
 * All or none of a request is done.  When it fails, halves of it are tried: of
 * a set that is nearly full, what has room is made.  What fails alone is left
 * out; after some in a row everything is tried again later.
 */
static void
change_failed(struct enforcer *enforcer, const struct block_answer *answer)
{
	if (enforcer->request.count > 1) {
		enforcer_requeue(enforcer);
		enforcer->batch = (enforcer->request.count + 1) / 2;
		return;
	}
	enforcer_trouble(enforcer, &answer->err);
	if (++enforcer->failures < FAILURES && !enforcer_idle(enforcer)) {
		enforcer->skipped++;
		enforcer->retry_at =
		    enforcer->blocks->now + RETRY_SECS * SECOND;
		return;
	}
	enforcer->failures = 0;
	failed(enforcer, answer);
	enforcer_resend(enforcer);
	enforcer->compare = true; /* what was to be removed may be there */
}

static void
changed(struct enforcer *enforcer, const struct block_answer *answer)
{
	const struct block_request *request = &enforcer->request;
	struct entry *entry;

	if (answer->failed) {
		change_failed(enforcer, answer);
		return;
	}
	for (uint32_t i = 0; i < request->count; i++) {
		if (answer->never[i]) {
			drop_never(enforcer, &request->elements[i]);
			continue;
		}
		entry = enforcer_entry(enforcer, &request->elements[i]);
		if (entry == NULL || request->elements[i].remove)
			continue;
		blocks_set_enforced(enforcer->blocks, entry, true);
		if (!request->elements[i].again)
			entry->counter = 0; /* it was made anew */
	}
	enforcer->failures = 0;
	enforcer->batch = enforcer->batch > BLOCK_CHANGES / 2
			      ? BLOCK_CHANGES
			      : enforcer->batch * 2;
	settle(enforcer);
}

void
enforcer_repaired(struct enforcer *enforcer)
{
	enforcer->repaired++;
	enforcer->repaired_at = enforcer->blocks->now;
}

static void
wiped(struct enforcer *enforcer)
{
	const struct blocks *blocks = enforcer->blocks;

	forget_enforced(enforcer->blocks);
	if (enforcer->backend->write != NULL && enforcer->in_trouble) {
		enforcer_resend(enforcer); /* it was to be taken away */
		return;
	}
	err_set(&enforcer->repair,
	    enforcer->backend->write != NULL
		? "somebody took our lines out of a map, or changed them; they "
		  "are written anew, for %zu blocks"
		: "somebody removed the firewall's table mailweir, or a part "
		  "of it; it is made anew, with %zu blocks",
	    blocks->entries.count - blocks->over);
	enforcer_repaired(enforcer);
	enforcer_resend(enforcer);
	enforcer->anew = true;
}

/* Of a request for the state, or told by itself. */
static void
checked(struct enforcer *enforcer, const struct block_answer *answer)
{
	if (answer->failed) {
		failed(enforcer, answer);
		return;
	}
	if (answer->wiped)
		wiped(enforcer);
	enforcer->compare |= answer->touched;
	if (answer->refused != 0)
		enforcer->refused = answer->refused;
	if (enforcer->backend->write != NULL && !enforcer->changed)
		enforcer_trouble(enforcer, NULL);
	settle(enforcer);
}

static void
written(struct enforcer *enforcer, const struct block_answer *answer)
{
	struct blocks *blocks = enforcer->blocks;

	if (answer->failed) {
		failed(enforcer, answer);
		enforcer->changed = true;
		return;
	}
	for (size_t i = 0; i < blocks->entries.made; i++) {
		struct entry *entry = table_row(&blocks->entries, i);

		if (entry != NULL && entry->block.at <= enforcer->sent_at)
			blocks_set_enforced(blocks, entry,
			    blocks_in_force(&entry->block, blocks->now));
	}
	enforcer_trouble(enforcer, NULL);
}

void
enforcer_answered(struct enforcer *enforcer, const struct block_answer *answer)
{
	enforcer->asked = false;
	switch (enforcer->request.op) {
	case BLOCK_OP_OPEN:
		opened(enforcer, answer);
		break;
	case BLOCK_OP_CHANGE:
		changed(enforcer, answer);
		break;
	case BLOCK_OP_CHECK:
		checked(enforcer, answer);
		break;
	case BLOCK_OP_WRITE:
		written(enforcer, answer);
		break;
	case BLOCK_OP_CLOSE:
		enforcer->cleared = true;
		enforcer->made = enforcer->open = false;
		forget_enforced(enforcer->blocks);
		enforcer_trouble(enforcer, NULL);
		break;
	default:
		break;
	}
}

void
enforcer_told(
    struct enforcer *enforcer, const struct block_answer *answer, int fd)
{
	if (answer->born)
		begin(enforcer);
	else if (answer->report)
		enforcer_compared(enforcer, answer, fd);
	else
		checked(enforcer, answer);
}

void
enforcer_ended(struct enforcer *enforcer)
{
	enforcer->changed = true;
}

void
enforcer_never(struct enforcer *enforcer)
{
	enforcer->never_set = enforcer->never_at = 0;
	enforcer_pump(enforcer);
}

void
enforcer_not_never(struct enforcer *enforcer, const struct prefix *what)
{
	size_t n = enforcer->unsaid_count;

	/* At each power of two, for twice as many. */
	if ((n & (n - 1)) == 0)
		enforcer->unsaid = mem_grow(
		    enforcer->unsaid, n == 0 ? 1 : 2 * n, sizeof(*what));
	enforcer->unsaid[enforcer->unsaid_count++] = *what;
	enforcer_pump(enforcer);
}

void
enforcer_count(const struct enforcer *enforcer, struct block_counts *counts)
{
	const struct blocks *blocks = enforcer->blocks;

	if (blocks_mode(blocks) == BLOCK_ENFORCE)
		counts->expected = blocks->entries.count - blocks->over;
	counts->enforced = blocks->enforced;
	counts->refused = enforcer->refused;
	counts->counts =
	    enforcer->backend->change != NULL && !enforcer->uncounted;
	counts->repaired = enforcer->repaired;
}

const char *
blocks_trouble(const struct blocks *blocks)
{
	const struct enforcer *enforcer = blocks->enforcer;

	return enforcer == NULL || !enforcer->in_trouble
		   ? NULL
		   : enforcer->trouble.text;
}

const char *
blocks_repair(const struct blocks *blocks)
{
	const struct enforcer *enforcer = blocks->enforcer;

	if (enforcer == NULL || enforcer->repaired == 0 ||
	    blocks->now - enforcer->repaired_at >= REPAIR_SECS * SECOND)
		return NULL;
	return enforcer->repair.text;
}

void
enforcer_reopen(struct enforcer *enforcer)
{
	enforcer->open = false;
	enforcer->try_at = 0;
	enforcer_pump(enforcer);
}
