/* envelope.c - Sendmail's messages under way, by host and queue id */
#include "collectors/sendmail/envelope.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/people.h"
#include "collectors/sendmail/envelope_impl.h"
#include "collectors/sendmail/sendmail.h"

/* Microseconds of event time. */
#define SWEEP_EVERY    60000000
#define FORGET_NOTHING 60000000     /* of which no message came */
#define FORGET_DONE    300000000    /* of which nothing is left to deliver */
#define FORGET_ANY     864000000000 /* confTO_QUEUERETURN is 5 days */

struct key {
	uint32_t host_index;
	struct slice id;
};

struct envelopes *
envelopes_new(void)
{
	struct envelopes *envelopes = mem_zero(1, sizeof(*envelopes));

	table_init(&envelopes->rows, sizeof(struct envelope), ENVELOPES);
	table_init(
	    &envelopes->message_ids, sizeof(struct arrival_row), ENVELOPES);
	table_init(
	    &envelopes->domains, sizeof(struct local_domain), SENDMAIL_DOMAINS);
	table_init(&envelopes->processes, sizeof(struct process_row),
	    SENDMAIL_WAITING);
	return envelopes;
}

void
envelopes_free(struct envelopes *envelopes)
{
	struct envelope *envelope, *next;
	struct waiting *waiting, *following;

	if (envelopes == NULL)
		return;
	for (size_t i = 0; i < NELEMS(envelopes->waiting); i++)
		for (waiting = envelopes->waiting[i]; waiting != NULL;
		     waiting = following) {
			following = waiting->next;
			free(waiting);
		}
	free(envelopes->spare);
	TABLE_EACH (&envelopes->rows, envelope, next) {
		free(envelope->sender);
		free(envelope->deferred);
	}
	table_fini(&envelopes->rows);
	table_fini(&envelopes->message_ids);
	table_fini(&envelopes->domains);
	table_fini(&envelopes->processes);
	free(envelopes);
}

struct envelopes *
envelopes_of(struct tracker *tracker)
{
	if (tracker->envelopes == NULL)
		tracker->envelopes = envelopes_new();
	return tracker->envelopes;
}

static uint64_t
hash_key(uint32_t host_index, struct slice id)
{
	return slice_hash(id) ^ (host_index * 0x9e3779b97f4a7c15u);
}

static bool
same_envelope(const void *row, const void *key)
{
	const struct envelope *envelope = row;
	const struct key *wanted = key;

	return envelope->host_index == wanted->host_index &&
	       slice_eq(envelope_id(envelope), wanted->id);
}

struct envelope *
envelope_find(struct tracker *tracker, uint32_t host_index, struct slice id)
{
	struct key key = { host_index, id };

	return table_find(&envelopes_of(tracker)->rows,
	    hash_key(host_index, id), same_envelope, &key);
}

static struct envelope *
add(struct tracker *tracker, const struct log_line *line, struct slice id)
{
	struct table *rows = &envelopes_of(tracker)->rows;
	uint64_t hash = hash_key(line->host_index, id);
	struct envelope *envelope = table_add(rows, hash);

	if (envelope == NULL) {
		envelope_remove(tracker, (void *)rows->oldest);
		tracker->counts.dropped++;
		envelope = table_add(rows, hash);
	}
	envelope->host_index = line->host_index;
	envelope->id_length =
	    (uint8_t)slice_copy(id, envelope->id, sizeof(envelope->id));
	return envelope;
}

static struct envelope *
touch(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope)
{
	table_touch(&tracker->envelopes->rows, envelope);
	envelope->last = line->when;
	envelope->dirty = true;
	return envelope;
}

struct envelope *
envelope_get(
    struct tracker *tracker, const struct log_line *line, struct slice id)
{
	struct envelope *envelope =
	    envelope_find(tracker, line->host_index, id);

	if (envelope == NULL)
		envelope = add(tracker, line, id);
	return touch(tracker, line, envelope);
}

struct envelope *
envelope_new(
    struct tracker *tracker, const struct log_line *line, struct slice id)
{
	struct envelope *old = envelope_find(tracker, line->host_index, id);

	if (old != NULL && old->from_seen) {
		envelope_remove(tracker, old);
		old = NULL;
	}
	if (old == NULL)
		old = add(tracker, line, id);
	return touch(tracker, line, old);
}

static bool
same_message_id(const void *row, const void *key)
{
	const struct arrival_row *have = row;
	const struct arrival_row *wanted = key;

	return have->message_id == wanted->message_id &&
	       have->host_index == wanted->host_index;
}

static struct arrival_row *
find_arrival(struct tracker *tracker, uint32_t host_index, uint64_t message_id)
{
	struct arrival_row key = { .host_index = host_index,
		.message_id = message_id };

	return table_find(&envelopes_of(tracker)->message_ids, message_id,
	    same_message_id, &key);
}

void
envelope_index(struct tracker *tracker, struct envelope *envelope)
{
	struct arrival_row *row;

	if (envelope->message_id == 0 ||
	    find_arrival(tracker, envelope->host_index, envelope->message_id) !=
		NULL)
		return;
	row = table_add(
	    &envelopes_of(tracker)->message_ids, envelope->message_id);
	if (row == NULL)
		return;
	row->host_index = envelope->host_index;
	row->message_id = envelope->message_id;
	row->envelope = envelope;
}

struct envelope *
envelope_original(
    struct tracker *tracker, uint32_t host_index, uint64_t message_id)
{
	struct arrival_row *row =
	    message_id == 0 ? NULL
			    : find_arrival(tracker, host_index, message_id);

	return row == NULL ? NULL : row->envelope;
}

void
envelope_remove(struct tracker *tracker, struct envelope *envelope)
{
	struct envelopes *envelopes = envelopes_of(tracker);
	struct arrival_row *row;

	while (envelope->waiting != NULL)
		waiting_decide(tracker, envelope->waiting);
	row = envelope->message_id == 0
		  ? NULL
		  : find_arrival(
			tracker, envelope->host_index, envelope->message_id);
	if (row != NULL && row->envelope == envelope)
		table_remove(&envelopes->message_ids, row);
	if (envelope->saved)
		envelope_forget(tracker, envelope);
	free(envelope->sender);
	(void)envelope_expired(tracker, envelope);
	table_remove(&envelopes->rows, envelope);
}

/* How long after its last line nothing more is to be said of it. */
static int64_t
lasts(const struct envelope *envelope)
{
	if (envelope->deferred_count != 0 || envelope->waiting != NULL)
		return FORGET_ANY;
	if (!envelope->decided)
		return FORGET_NOTHING;
	return envelope->finished != 0 ? FORGET_DONE : FORGET_ANY;
}

/*
 * Forget what no line will speak of again.  Rows of other hosts may be as old
 * as they like by their own times: they do not end the walk.
 */
static void
sweep(struct tracker *tracker, uint32_t host_index)
{
	struct envelopes *envelopes = tracker->envelopes;
	struct table *rows = &envelopes->rows;
	struct envelope *envelope;
	int64_t idle;

	memcpy(envelopes->swept, envelopes->now, sizeof(envelopes->swept));
	for (size_t n = rows->count; n > 0; n--) {
		envelope = (void *)rows->oldest;
		idle = envelopes->now[envelope->host_index] - envelope->last;
		if (idle < FORGET_NOTHING && envelope->host_index == host_index)
			break;
		if (idle >= lasts(envelope))
			envelope_remove(tracker, envelope);
		else
			table_touch(rows, envelope);
	}
	sessions_forget(tracker, envelopes->now);
}

/* What has waited too long on the host; when the next will have. */
static int64_t
decide(struct tracker *tracker, struct waiting *waiting, uint32_t host_index,
    int64_t now)
{
	struct envelopes *envelopes = tracker->envelopes;
	struct waiting *next;

	for (; waiting != NULL && envelopes->host_waits[host_index] != 0;
	     waiting = next) {
		next = waiting->next;
		if (waiting->envelope->host_index != host_index)
			continue;
		if (now < waiting_until(envelopes, waiting))
			return waiting_until(envelopes, waiting);
		waiting_decide(tracker, waiting);
	}
	return INT64_MAX;
}

void
envelopes_time(struct tracker *tracker, uint32_t host_index, int64_t now)
{
	struct envelopes *envelopes = tracker->envelopes;
	int64_t *swept = &envelopes->swept[host_index];
	int64_t due = INT64_MAX, one;

	for (size_t i = 0; i < NELEMS(envelopes->waiting); i++) {
		one = decide(tracker, envelopes->waiting[i], host_index, now);
		if (one < due)
			due = one;
	}
	envelopes->now[host_index] = now;
	if (now < *swept - FORGET_ANY)
		*swept = now; /* that was a wrong clock */
	if (now - *swept >= SWEEP_EVERY)
		sweep(tracker, host_index);
	if (*swept + SWEEP_EVERY < due)
		due = *swept + SWEEP_EVERY;
	tracker->envelopes_due[host_index] = due;
}

void
envelopes_finish(struct tracker *tracker)
{
	struct waiting *waiting;

	while ((waiting = waiting_oldest(tracker->envelopes)) != NULL)
		waiting_decide(tracker, waiting);
}

struct mail_event
envelope_event(struct tracker *tracker, const struct log_line *line,
    const struct envelope *envelope, enum event_kind kind)
{
	struct mail_event event = event_from(line, kind);

	event.count = 1;
	event.queue_id = envelope_id(envelope);
	event.client = envelope->client;
	event.account = account_name(tracker, envelope->account);
	event.message_key = envelope->message_id;
	return event;
}

static int
compare_hashes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint64_t *
find_deferred(const struct envelope *envelope, uint64_t hash)
{
	if (envelope->deferred_count == 0)
		return NULL;
	return bsearch(&hash, envelope->deferred, envelope->deferred_count,
	    sizeof(hash), compare_hashes);
}

void
envelope_add_deferred(
    struct tracker *tracker, struct envelope *envelope, uint64_t hash)
{
	struct envelopes *envelopes = envelopes_of(tracker);
	uint32_t n = envelope->deferred_count, i = n;

	if (find_deferred(envelope, hash) != NULL)
		return;
	if (n == ENVELOPE_DEFERRED ||
	    envelopes->deferred_count == ENVELOPES_DEFERRED) {
		tracker->counts.dropped++;
		return;
	}
	/* Room for 1, 2, 4, 8, ... of them. */
	if ((n & (n - 1)) == 0)
		envelope->deferred = mem_grow(envelope->deferred,
		    n == 0 ? 1 : (size_t)n * 2, sizeof(hash));
	for (; i > 0 && envelope->deferred[i - 1] > hash; i--)
		envelope->deferred[i] = envelope->deferred[i - 1];
	envelope->deferred[i] = hash;
	envelope->deferred_count++;
	envelopes->deferred_count++;
}

void
envelope_deferred(
    struct tracker *tracker, struct envelope *envelope, struct slice recipient)
{
	envelope_add_deferred(
	    tracker, envelope, person_hash(tracker, recipient));
}

void
envelope_finished(
    struct tracker *tracker, struct envelope *envelope, struct slice recipient)
{
	uint64_t *at = find_deferred(envelope, person_hash(tracker, recipient));
	size_t behind;

	envelope->finished++;
	if (at == NULL)
		return;
	behind = envelope->deferred_count - (size_t)(at - envelope->deferred);
	memmove(at, at + 1, (behind - 1) * sizeof(*at));
	envelope->deferred_count--;
	envelopes_of(tracker)->deferred_count--;
}

uint32_t
envelope_expired(struct tracker *tracker, struct envelope *envelope)
{
	uint32_t n = envelope->deferred_count;

	free(envelope->deferred);
	envelope->deferred = NULL;
	envelope->deferred_count = 0;
	envelope->finished += n;
	envelopes_of(tracker)->deferred_count -= n;
	return n;
}
