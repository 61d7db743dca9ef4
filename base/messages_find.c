/*
 * messages_find.c - finding messages, in the worker
 *
 * The keys lead to blocks, the newest first; what there matches is a hit.
 * Then the hits are messages, each with all that is known of it.  Whatever is
 * asked, a bounded number of blocks is read.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/messages_gather.h"
#include "base/messages_impl.h"
#include "base/mem.h"

#define FIND_BLOCKS 512  /* that may have a hit */
#define FIND_READS  2048 /* blocks read for one answer */
#define HITS        2000
#define ARENA_BYTES 65536

struct hit {
	struct mail_event event; /* texts are the answer's */
};

struct hits {
	struct search *search;
	struct hit *list;
	size_t count;
	bool cut;
};

struct find_job {
	struct job job;
	struct messages_store *store;
	struct messages_question question;
	struct messages_found *found;
	void (*take)(void *arg, const struct messages_found *);
	void *arg;
};

static struct slice
own_text(struct search *search, struct slice text)
{
	struct arena *arena = search->found->memory;

	if (arena == NULL || arena->size - arena->used < text.n) {
		size_t size = text.n > ARENA_BYTES ? text.n : ARENA_BYTES;
		struct arena *fresh = mem_zero(1, sizeof(*fresh) + size);

		fresh->before = arena;
		fresh->size = size;
		search->found->memory = arena = fresh;
	}
	memcpy(arena->bytes + arena->used, text.p, text.n);
	text.p = arena->bytes + arena->used;
	arena->used += text.n;
	return text;
}

static void
own(void *arg, struct slice *text)
{
	if (text->n != 0)
		*text = own_text(arg, *text);
}

void
search_own(struct search *search, struct mail_event *event)
{
	pack_walk_texts(event, own, search);
}

void
search_keep(struct search *search, const struct mail_event *event)
{
	struct messages_found *found = search->found;

	if ((found->event_count & (found->event_count + 1)) == 0)
		found->events = mem_grow(found->events,
		    2 * found->event_count + 2, sizeof(*found->events));
	found->events[found->event_count++] = *event;
}

int
search_block(struct search *search, int64_t block,
    bool (*wants)(void *arg, const struct mail_event *, uint32_t number),
    void *arg, struct err *err)
{
	struct mail_event event;
	uint32_t number = 0;

	if (search->reads == 0) {
		search->found->more = true;
		return 0;
	}
	search->reads--;
	if (messages_store_read(search->store, block, &search->block, err) ==
	    -1)
		return -1;
	unpack_begin(&search->unpacker,
	    (struct slice){ search->block.p, search->block.n });
	while (unpack_event(&search->unpacker, &event) == 1)
		if (!wants(arg, &event, number++))
			break;
	return 0;
}

static bool
is_asked_for(const struct search *search, const struct mail_event *event)
{
	const struct messages_question *question = search->question;
	int64_t when = event->when / 1000000;

	return when >= question->from && when < question->to &&
	       (question->host[0] == '\0' ||
		   slice_same_word(event->host, slice_of(question->host))) &&
	       sought_matches(&search->sought, event);
}

/* Of a message a hit is enough, if an id was not used again meanwhile. */
static bool
is_known(const struct hits *hits, const struct mail_event *event)
{
	for (size_t i = 0; i < hits->count; i++) {
		const struct mail_event *hit = &hits->list[i].event;

		if (event->queue_id.n == 0
			? pack_same(hit, event)
			: event->kind != EVENT_RECEIVED &&
			      hit->kind != EVENT_RECEIVED &&
			      slice_eq(hit->queue_id, event->queue_id) &&
			      slice_eq(hit->host, event->host))
			return true;
	}
	return false;
}

static bool
take_hit(void *arg, const struct mail_event *event, uint32_t number)
{
	struct hits *hits = arg;

	(void)number;
	if (!is_asked_for(hits->search, event) || is_known(hits, event))
		return true;
	if (hits->count == HITS) {
		hits->cut = true;
		return false;
	}
	hits->list[hits->count].event = *event;
	search_own(hits->search, &hits->list[hits->count++].event);
	return true;
}

static int
newest_first(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	return x->event.when > y->event.when ? -1
					     : x->event.when < y->event.when;
}

/* Is it among the messages that the answer has? */
static bool
is_shown(const struct messages_found *found, const struct mail_event *event)
{
	for (size_t i = 0; i < found->event_count; i++)
		if (pack_same(&found->events[i], event))
			return true;
	return false;
}

static int
show(struct search *search, const struct mail_event *event, struct err *err)
{
	struct messages_found *found = search->found;

	if (is_shown(found, event))
		return 0;
	if (found->count == search->question->limit) {
		found->more = true;
		return 0;
	}
	if (event->queue_id.n != 0)
		return search_life(
		    search, event->host, event->queue_id, event->when, err);
	found->messages[found->count++] =
	    (struct messages_message){ found->event_count, 1, false };
	search_keep(search, event);
	return 0;
}

/* What one block has, the newest first. */
static int
show_block(struct hits *hits, int64_t block, struct err *err)
{
	struct search *search = hits->search;
	size_t first = hits->count;

	if (search_block(search, block, take_hit, hits, err) == -1)
		return -1;
	qsort(hits->list + first, hits->count - first, sizeof(*hits->list),
	    newest_first);
	for (size_t i = first; i < hits->count; i++)
		if (show(search, &hits->list[i].event, err) == -1)
			return -1;
	return 0;
}

static int
show_blocks(struct hits *hits, struct err *err)
{
	struct search *search = hits->search;
	int64_t blocks[FIND_BLOCKS];
	uint32_t keys[KEY_KINDS];
	size_t n = 0;
	ptrdiff_t found;

	for (size_t i = 0; i < KEY_KINDS; i++)
		if (search->sought.of[i])
			keys[n++] = search->sought.keys[i];
	found =
	    messages_store_find(search->store, keys, n, search->question->from,
		search->question->to, blocks, FIND_BLOCKS, err);
	if (found == -1)
		return -1;
	search->found->more |= found == FIND_BLOCKS;
	for (ptrdiff_t i = 0; i < found && !search->found->more; i++)
		if (show_block(hits, blocks[i], err) == -1)
			return -1;
	return 0;
}

static int64_t
end_of(const struct messages_found *found, const struct messages_message *of)
{
	return found->events[of->first + of->count - 1].when;
}

/* They came nearly so: there are few. */
static void
sort(struct messages_found *found)
{
	struct messages_message *list = found->messages, one;

	for (size_t i = 1; i < found->count; i++) {
		size_t k = i;

		one = list[i];
		for (;
		     k > 0 && end_of(found, &list[k - 1]) < end_of(found, &one);
		     k--)
			list[k] = list[k - 1];
		list[k] = one;
	}
}

static int
search_all(struct search *search, struct err *err)
{
	struct hits hits = { .search = search };
	int rc;

	hits.list = mem_zero(HITS, sizeof(*hits.list));
	rc = show_blocks(&hits, err);
	search->found->more |= hits.cut;
	sort(search->found);
	free(hits.list);
	return rc;
}

static struct messages_found *
answer(struct messages_store *store, const struct messages_question *question)
{
	struct search *search = mem_zero(1, sizeof(*search));
	struct messages_found *found = mem_zero(1, sizeof(*found));

	search->store = store;
	search->question = question;
	search->found = found;
	search->reads = FIND_READS;
	found->messages = mem_zero(question->limit, sizeof(*found->messages));
	if (sought_read(&search->sought, slice_of(question->text)) &&
	    search_all(search, &found->err) == -1) {
		found->failed = true;
		messages_store_mend(store);
	}
	writer_fini(&search->block);
	free(search);
	return found;
}

void
messages_found_free(struct messages_found *found)
{
	struct arena *arena, *before;

	if (found == NULL)
		return;
	for (arena = found->memory; arena != NULL; arena = before) {
		before = arena->before;
		free(arena);
	}
	free(found->messages);
	free(found->events);
	free(found);
}

int
messages_check(const struct messages_question *question, struct err *err)
{
	struct sought sought;

	if (sought_read(&sought, slice_of(question->text)))
		return 0;
	return err_set(err,
	    "filter: expected an address, a domain, a queue id, a Message-ID "
	    "or a client's address");
}

static void
find_run(struct job *job)
{
	struct find_job *find = (struct find_job *)job;

	find->found = answer(find->store, &find->question);
}

static void
find_done(struct job *job)
{
	struct find_job *find = (struct find_job *)job;

	find->take(find->arg, find->found);
	messages_found_free(find->found);
	free(find);
}

bool
messages_find(struct messages *messages,
    const struct messages_question *question,
    void (*take)(void *arg, const struct messages_found *), void *arg)
{
	struct find_job *find = mem_zero(1, sizeof(*find));
	struct worker *worker;

	/* While a disk stalls no room is taken by little blocks. */
	if (!messages_is_behind(messages))
		messages_flush(messages);
	find->job = (struct job){ NULL, find_run, find_done };
	find->store = messages_store_of(messages, &worker);
	find->question = *question;
	find->take = take;
	find->arg = arg;
	if (worker_submit(worker, JOB_READ, &find->job))
		return true;
	free(find);
	return false;
}

struct messages_found *
messages_look(
    const char *data, const struct messages_question *question, struct err *err)
{
	struct messages_found *found = NULL;
	struct messages_store *store;
	char path[PATH_MAX];

	if (messages_check(question, err) == -1)
		return NULL;
	snprintf(path, sizeof(path), "%s/messages.db", data);
	store = messages_store_look(path, err);
	if (store == NULL)
		return NULL;
	found = answer(store, question);
	messages_store_free(store);
	if (!found->failed)
		return found;
	*err = found->err;
	messages_found_free(found);
	return NULL;
}
