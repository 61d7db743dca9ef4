/* enforce_compare.c - what the backend holds beside the list, and refused */
#include <stdlib.h>

#include "blocks/enforce_impl.h"

#define CROWD 20000 /* to list so many takes half a second */

/* One that the list lacks: from a run that was killed before it was saved. */
static bool
adopt(struct enforcer *enforcer, const struct block_element *element)
{
	struct blocks *blocks = enforcer->blocks;
	struct block_wish wish = { .seconds = element->seconds,
		.when = blocks->now,
		.reason = SLICE("found in the firewall after a crash") };
	const struct block *made;

	return wire_prefix(element, &wish.what) &&
	       blocks_add(blocks, &wish, blocks->now, &made) == BLOCK_DONE &&
	       made->what.bits == wish.what.bits;
}

/* The list may have changed meanwhile: each is looked up in it again. */
static void
differs(struct enforcer *enforcer, const struct block_element *element)
{
	struct blocks *blocks = enforcer->blocks;
	struct entry *entry = enforcer_entry(enforcer, element);
	struct prefix what;
	bool wanted =
	    entry != NULL && blocks_in_force(&entry->block, blocks->now);

	if (!wire_prefix(element, &what) || wanted == element->remove)
		return;
	if (!wanted && enforcer->adopt && adopt(enforcer, element))
		return;
	if (wanted)
		blocks_set_enforced(blocks, entry, false);
	enforcer->differences++;
	enforcer_changed(enforcer, &what);
}

/* A counter that is less than it was has begun anew. */
static void
count(struct enforcer *enforcer, const struct block_element *element)
{
	struct entry *entry = enforcer_entry(enforcer, element);

	if (entry == NULL || !entry->block.enforced)
		return;
	if (element->packets < entry->counter)
		entry->counter = 0;
	entry->block.refused += element->packets - entry->counter;
	entry->counter = element->packets;
}

/* Of each that is enforced the count is known now. */
static void
mark_counted(struct blocks *blocks)
{
	struct entry *entry, *next;

	TABLE_EACH (&blocks->entries, entry, next)
		entry->block.counted |= entry->block.enforced;
}

void
enforcer_compared(
    struct enforcer *enforcer, const struct block_answer *answer, int fd)
{
	struct block_element *elements;
	size_t n = 0;

	if (answer->wiped) {
		enforcer->check_at = 0; /* that makes it anew */
		return;
	}
	elements = fd == -1 ? NULL : wire_read(fd, &n);
	enforcer->differences = 0;
	enforcer->uncounted =
	    !answer->counts && enforcer->blocks->enforced != 0;
	if (answer->counts && elements != NULL)
		mark_counted(enforcer->blocks);
	for (size_t i = 0; elements != NULL && i < n; i++)
		if (elements[i].counted)
			count(enforcer, &elements[i]);
		else
			differs(enforcer, &elements[i]);
	if (enforcer->differences != 0 && !enforcer->in_trouble) {
		err_set(&enforcer->repair,
		    "the firewall's sets differed from the list in %zu "
		    "elements; they are made the same",
		    enforcer->differences);
		enforcer_repaired(enforcer);
	}
	enforcer->adopt = false;
	free(elements);
}

void
blocks_ask_refused(struct blocks *blocks)
{
	struct enforcer *enforcer = blocks->enforcer;
	int64_t minutes = 1 + (int64_t)(blocks->enforced / CROWD);

	if (enforcer == NULL || enforcer->backend->change == NULL ||
	    blocks->now < enforcer->count_at)
		return;
	enforcer->count_at = blocks->now + minutes * 60 * SECOND;
	enforcer->compare = true;
}
