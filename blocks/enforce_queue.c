/* enforce_queue.c - which elements the next request is about */
#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "blocks/enforce_impl.h"

#define DOUBLES 4096 /* slots to find an element twice in a request */

static void
push(struct enforcer *enforcer, const struct prefix *what)
{
	if (enforcer->queue_end == enforcer->queue_size &&
	    enforcer->queue_at > enforcer->queue_size / 2) {
		enforcer->queue_end -= enforcer->queue_at;
		memmove(enforcer->queue, enforcer->queue + enforcer->queue_at,
		    enforcer->queue_end * sizeof(*enforcer->queue));
		enforcer->queue_at = 0;
	} else if (enforcer->queue_end == enforcer->queue_size) {
		enforcer->queue_size =
		    enforcer->queue_size == 0 ? 64 : enforcer->queue_size * 2;
		enforcer->queue = mem_grow(enforcer->queue,
		    enforcer->queue_size, sizeof(*enforcer->queue));
	}
	enforcer->queue[enforcer->queue_end++] = *what;
}

void
enforcer_changed(struct enforcer *enforcer, const struct prefix *what)
{
	enforcer->changed = true;
	if (addr_is_none(&what->addr))
		return;
	/* Once it is open all is sent, but what is over only for those who
	   did not see it end. */
	if (!enforcer->open && !enforcer->backend->lasting)
		return;
	/* More changes than there can be blocks: then all of them. */
	if (enforcer->queue_end - enforcer->queue_at >
	    enforcer->blocks->entries.most) {
		enforcer_resend(enforcer);
		enforcer->compare = true;
	}
	push(enforcer, what);
	enforcer_pump(enforcer);
}

void
enforcer_resend(struct enforcer *enforcer)
{
	enforcer->changed = true;
	if (!enforcer->backend->lasting)
		enforcer->queue_at = enforcer->queue_end = 0;
	enforcer->resend_at = 0;
	enforcer->anew = false;
	enforcer->skipped = 0;
}

bool
enforcer_idle(const struct enforcer *enforcer)
{
	return enforcer->queue_at == enforcer->queue_end &&
	       enforcer->resend_at == NOTHING;
}

/* The changes of the last request, which failed, are to be tried again. */
void
enforcer_requeue(struct enforcer *enforcer)
{
	struct prefix what = { 0 };

	for (uint32_t i = 0; i < enforcer->request.count; i++) {
		const struct block_element *element =
		    &enforcer->request.elements[i];

		what.addr.family = element->family;
		what.bits = element->bits;
		memcpy(what.addr.b, element->b, sizeof(what.addr.b));
		push(enforcer, &what);
	}
}

static bool
next_news(struct enforcer *enforcer, struct prefix *what, bool *again)
{
	if (enforcer->queue_at == enforcer->queue_end)
		return false;
	*what = enforcer->queue[enforcer->queue_at++];
	*again = false;
	return true;
}

static bool
next_resent(struct enforcer *enforcer, struct prefix *what, bool *again)
{
	struct table *entries = &enforcer->blocks->entries;
	const struct entry *entry;

	while (enforcer->resend_at < entries->made) {
		entry = table_row(entries, enforcer->resend_at++);
		if (entry == NULL || entry->block.sender != NULL ||
		    !blocks_in_force(&entry->block, enforcer->blocks->now))
			continue;
		*what = entry->block.what;
		*again = enforcer->anew;
		return true;
	}
	enforcer->resend_at = NOTHING;
	return false;
}

/*
 * News first: what is being sent again can wait for them.  But where elements
 * last, what was over before the start is news as well, and can wait itself.
 */
static bool
next(struct enforcer *enforcer, struct prefix *what, bool *again)
{
	if (enforcer->backend->lasting)
		return next_resent(enforcer, what, again) ||
		       next_news(enforcer, what, again);
	return next_news(enforcer, what, again) ||
	       next_resent(enforcer, what, again);
}

/* Until it is over, rounded up; 0: it is. */
static uint32_t
seconds_left(const struct blocks *blocks, const struct block *block)
{
	int64_t left = block->until - blocks->now;

	return left <= 0 ? 0 : (uint32_t)((left + SECOND - 1) / SECOND);
}

static struct block_element
element_of(const struct blocks *blocks, const struct prefix *what)
{
	struct block_key key = { *what, { 0 } };
	const struct entry *entry = blocks_entry(blocks, &key);
	struct block_element element = wire_element(what);

	if (entry != NULL)
		element.seconds = seconds_left(blocks, &entry->block);
	if (element.seconds == 0) {
		element.remove = true;
		element.seconds = 1;
	}
	return element;
}

size_t
enforcer_gather(struct enforcer *enforcer)
{
	static uint16_t slots[DOUBLES]; /* index + 1 of an element */
	struct block_request *request = &enforcer->request;
	struct block_element element;
	struct prefix what;
	size_t n = 0, i;
	bool again;

	if (enforcer_idle(enforcer))
		return 0;
	memset(slots, 0, sizeof(slots));
	while (n < enforcer->batch && next(enforcer, &what, &again)) {
		element = element_of(enforcer->blocks, &what);
		element.again = again;
		i = (addr_hash(&what.addr) + what.bits) % DOUBLES;
		while (
		    slots[i] != 0 &&
		    wire_order(&element, &request->elements[slots[i] - 1]) != 0)
			i = (i + 1) % DOUBLES;
		if (slots[i] != 0)
			continue; /* the same change, by the same list */
		request->elements[n++] = element;
		slots[i] = (uint16_t)n;
	}
	request->count = (uint32_t)n;
	return n;
}

int
enforcer_list(const struct enforcer *enforcer, struct err *err)
{
	const struct blocks *blocks = enforcer->blocks;
	int fd = memfd_create("blocks", MFD_CLOEXEC);
	FILE *out = fd == -1 ? NULL : fdopen(dup(fd), "w");
	const struct block *block = NULL;

	while (out != NULL &&
	       (block = blocks_next(blocks, block, blocks->now)) != NULL) {
		struct block_element element = wire_element(&block->what);
		size_t n = block->sender == NULL ? 0 : strlen(block->sender);

		if (n != 0 && !enforcer->backend->senders)
			continue;
		element.seconds = seconds_left(blocks, block);
		element.sender_bytes = (uint8_t)n;
		fwrite(&element, sizeof(element), 1, out);
		if (n != 0)
			fwrite(block->sender, 1, n, out);
	}
	if (out == NULL || fclose(out) == EOF || lseek(fd, 0, SEEK_SET) != 0) {
		err_sys(err, "blocks: list");
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}
