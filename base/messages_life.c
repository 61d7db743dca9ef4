/*
 * messages_life.c - all that is known of one message
 *
 * Its events are sought by queue id.  Queue ids are used again: of what has
 * the id, a message is what lies between two beginnings.  A message that
 * passed a filter has several ids, and the returns tell the next and the one
 * before.
 */
#include <stdlib.h>
#include <string.h>

#include "base/messages_impl.h"
#include "base/mem.h"

#define LIFE_BLOCKS  256
#define BEFORE_BEGIN 600000000 /* a refused recipient, a verdict: us */

struct found_event {
	struct mail_event event; /* texts are the answer's */
	int64_t block;
	uint32_t number; /* in the block */
	bool chosen;
};

struct life {
	struct search *search;
	struct slice host, id; /* at hand */
	int64_t block;
	struct found_event *events;
	size_t count, first; /* `first' of them are of other ids */
	bool cut;
	struct slice ids[LIFE_IDS];
	int64_t when[LIFE_IDS];
	size_t id_count;
};

static bool
has_id(const struct mail_event *event, struct slice id)
{
	return slice_eq(event->queue_id, id) ||
	       (event->kind == EVENT_RETURNED && slice_eq(event->original, id));
}

static bool
take_event(void *arg, const struct mail_event *event, uint32_t number)
{
	struct life *life = arg;
	struct found_event *one;

	if (!slice_eq(event->host, life->host) || !has_id(event, life->id))
		return true;
	if (life->count == LIFE_EVENTS) {
		life->cut = true;
		return false;
	}
	if ((life->count & (life->count + 1)) == 0)
		life->events = mem_grow(
		    life->events, 2 * life->count + 2, sizeof(*life->events));
	one = &life->events[life->count++];
	*one = (struct found_event){ *event, life->block, number, false };
	search_own(life->search, &one->event);
	return true;
}

/* Beginnings before what follows them in the same second. */
static int
rank(const struct mail_event *event)
{
	return event->kind == EVENT_RECEIVED || event->kind == EVENT_RETURNED
		   ? 0
		   : 1;
}

static int
by_time(const void *a, const void *b)
{
	const struct found_event *x = a, *y = b;

	if (x->event.when != y->event.when)
		return x->event.when < y->event.when ? -1 : 1;
	if (rank(&x->event) != rank(&y->event))
		return rank(&x->event) - rank(&y->event);
	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static bool
begins(const struct life *life, const struct mail_event *event)
{
	return rank(event) == 0 && slice_eq(event->queue_id, life->id);
}

/* What a beginning takes from before it: refused recipients, verdicts. */
static bool
leads_in(const struct mail_event *event, const struct mail_event *begin)
{
	return (event->kind == EVENT_REJECTED || event->kind == EVENT_VERDICT ||
		   event->kind == EVENT_QUARANTINED ||
		   event->kind == EVENT_RELAYED) &&
	       begin->when - event->when <= BEFORE_BEGIN;
}

/* Of the events of this id, those of the message that it was at that time. */
static void
choose(struct life *life, int64_t when)
{
	struct found_event *events = life->events + life->first;
	size_t n = life->count - life->first, from = 0;

	for (size_t i = 0; i < n; i++) {
		size_t begin = i;

		if (!begins(life, &events[i].event))
			continue;
		while (begin > from &&
		       leads_in(&events[begin - 1].event, &events[i].event))
			begin--;
		if (events[begin].event.when > when) {
			n = begin;
			break;
		}
		from = begin;
	}
	for (size_t i = from; i < n; i++)
		events[i].chosen = true;
}

static void
add_id(struct life *life, struct slice id, int64_t when)
{
	for (size_t i = 0; i < life->id_count; i++)
		if (slice_eq(life->ids[i], id))
			return;
	if (id.n == 0 || life->id_count == LIFE_IDS)
		return;
	life->ids[life->id_count] = id;
	life->when[life->id_count++] = when;
}

static void
follow(struct life *life)
{
	for (size_t i = life->first; i < life->count; i++) {
		const struct mail_event *event = &life->events[i].event;

		if (!life->events[i].chosen || event->kind != EVENT_RETURNED)
			continue;
		add_id(life, event->queue_id, event->when);
		add_id(life, event->original, event->when);
	}
}

static int
gather(struct life *life, size_t which, struct err *err)
{
	uint32_t key = key_of_text(KEY_QUEUE_ID, life->ids[which]);
	int64_t blocks[LIFE_BLOCKS];
	ptrdiff_t n = messages_store_find(life->search->store, &key, 1,
	    INT64_MIN, INT64_MAX, blocks, LIFE_BLOCKS, err);

	if (n == -1)
		return -1;
	life->id = life->ids[which];
	life->first = life->count;
	life->cut |= n == LIFE_BLOCKS;
	for (ptrdiff_t i = 0; i < n; i++) {
		life->block = blocks[i];
		if (search_block(
			life->search, blocks[i], take_event, life, err) == -1)
			return -1;
	}
	if (life->count > life->first)
		qsort(life->events + life->first, life->count - life->first,
		    sizeof(*life->events), by_time);
	choose(life, life->when[which]);
	follow(life);
	return 0;
}

/* The same in `block' as in this one: how often. */
static size_t
copies(
    const struct life *life, size_t from, size_t to, size_t of, int64_t block)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += life->events[i].chosen && life->events[i].block == block &&
		     pack_same(&life->events[i].event, &life->events[of].event);
	return n;
}

/*
 * What was written twice is in two blocks: that of them counts which has it
 * more often, for one event may truly have been twice.
 */
static bool
is_copy(const struct life *life, size_t from, size_t to, size_t at)
{
	const struct found_event *one = &life->events[at];
	size_t own = 0, other;

	for (size_t i = from; i < to; i++) {
		const struct found_event *two = &life->events[i];

		if (two->block == one->block || !two->chosen ||
		    !pack_same(&two->event, &one->event))
			continue;
		if (own == 0)
			own = copies(life, from, to, at, one->block);
		other = copies(life, from, to, at, two->block);
		if (other > own || (other == own && two->block < one->block))
			return true;
	}
	return false;
}

/* A return is found by both of its ids. */
static bool
is_twin(const struct found_event *a, const struct found_event *b)
{
	return a != NULL && a->block == b->block && a->number == b->number;
}

static void
keep(struct life *life)
{
	const struct found_event *last = NULL;
	struct messages_found *found = life->search->found;
	struct messages_message *message = &found->messages[found->count++];
	size_t from = 0, to = 0;

	*message =
	    (struct messages_message){ found->event_count, 0, life->cut };
	for (size_t i = 0; i < life->count; i++) {
		if (i == to) {
			from = to;
			while (to < life->count &&
			       life->events[to].event.when ==
				   life->events[from].event.when)
				to++;
		}
		if (!life->events[i].chosen || is_twin(last, &life->events[i]))
			continue;
		last = &life->events[i];
		if (!is_copy(life, from, to, i))
			search_keep(life->search, &last->event);
	}
	message->count = found->event_count - message->first;
	if (message->count == 0)
		found->count--;
}

int
search_life(struct search *search, struct slice host, struct slice queue_id,
    int64_t when, struct err *err)
{
	struct life life = { .search = search, .host = host };
	int rc = 0;

	add_id(&life, queue_id, when);
	for (size_t i = 0; rc == 0 && i < life.id_count; i++)
		rc = gather(&life, i, err);
	if (rc == 0 && life.count != 0) {
		qsort(life.events, life.count, sizeof(*life.events), by_time);
		keep(&life);
	}
	free(life.events);
	return rc;
}
