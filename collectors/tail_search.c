/*
 * tail_search.c - no file in hand: the place is sought among the siblings
 *
 * After a start, a truncation, or when the file that was read last has no name
 * any more.
 */
#include "collectors/tail_impl.h"

#include "base/log.h"

/* Nothing to do before names change or retry_ms comes. */
static enum step
wait_for_change(struct tail *tail)
{
	search_free(tail->search);
	tail->search = NULL;
	tail->waiting = true;
	return STEP_WAIT;
}

/* Was it written before the place was read? */
static bool
is_older(const struct sibling *sibling, const struct place *place)
{
	int64_t a = sibling->mtime_ns, b = place->mtime_ns;

	if (a / 1000000000 != b / 1000000000)
		return a < b;
	/* Some compressors keep only the seconds. */
	return a % 1000000000 != 0 && a < b;
}

/* What the place was in is gone: go on with what is surely newer. */
static size_t
first_unread(struct tail *tail, const struct search *search)
{
	const struct siblings *list = &search->list;
	size_t from = 0;

	for (size_t i = 0; i < list->count && !is_live(list, i); i++)
		if (tail_knows(tail, search->ids[i]) ||
		    is_older(&list->of[i], &tail->place))
			from = i + 1;
	if (!tail->expected)
		log_warn("%s/%s: the file that was read last is gone; lines "
			 "at its end may be lost",
		    opener_directory(tail->opener, tail->log),
		    opener_base(tail->opener, tail->log));
	tail->expected = true;
	return from;
}

/* True: what could not be looked at may still be what is sought. */
static bool
must_wait(struct tail *tail, const struct search *search)
{
	bool wait = false;

	for (size_t i = 0; i < search->list.count; i++) {
		int64_t until;

		if (!search->unread[i])
			continue;
		if (is_live(&search->list, i)) {
			tail_say(tail, &search->err);
			until = tail->now_ms + LOOK_BLIND_MS;
		} else {
			until = damaged_wait(&tail->damaged,
			    &search->list.of[i], tail->now_ms, &search->err);
		}
		if (until != 0) {
			tail_retry_at(tail, until);
			wait = true;
		}
	}
	return wait;
}

static enum step
start_from(struct tail *tail, size_t i, size_t *used)
{
	struct err err;
	enum step step;

	i = tail_next_readable(tail, &tail->search->list, i);
	if (i == tail->search->list.count) {
		err_set(&err, "%s/%s: there is no such file yet",
		    opener_directory(tail->opener, tail->log),
		    opener_base(tail->opener, tail->log));
		tail_say(tail, &err);
		return wait_for_change(tail);
	}
	step = tail_take_up(tail, &tail->search->list, i, used);
	if (step == STEP_WAIT)
		return wait_for_change(tail);
	search_free(tail->search);
	tail->search = NULL;
	return step;
}

static bool
begin_search(struct tail *tail, size_t *used)
{
	struct err err;

	tail->changed = tail->waiting = false;
	tail->search = search_new(tail->opener, tail->log, &err);
	if (tail->search == NULL) {
		tail_say(tail, &err);
		return false;
	}
	tail->later_bytes = tail_text_bytes(&tail->search->list, 0);
	*used += STEP_COST;
	return true;
}

enum step
tail_find(struct tail *tail, size_t most, size_t *used)
{
	struct search *search;

	if (tail->waiting && !tail_may_retry(tail))
		return STEP_WAIT;
	if (tail->search == NULL && !begin_search(tail, used))
		return wait_for_change(tail);
	if (!tail->place.known)
		return start_from(tail, 0, used);
	search = tail->search;
	switch (search_step(
	    search, tail->opener, tail->log, &tail->place, most, used)) {
	case SEARCH_MORE:
		return STEP_ON;
	case SEARCH_FOUND:
		tail_hold(tail, search->file, &search->list, search->at,
		    &search->trail);
		search->file = NULL;
		break;
	case SEARCH_NOWHERE:
		if (must_wait(tail, search))
			return wait_for_change(tail);
		return start_from(tail, first_unread(tail, search), used);
	case SEARCH_CHANGED:
		break;
	}
	search_free(search);
	tail->search = NULL;
	return STEP_ON;
}
