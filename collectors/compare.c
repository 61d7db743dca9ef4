/*
 * compare.c - messages on the wire and in the log, held against each other
 */
#include "collectors/compare.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "collectors/compare_impl.h"

#define MINUTE   (60 * INT64_C(1000000))
#define PATIENCE (60 * MINUTE)
#define HEADERS  4096 /* bytes that a server may add before it counts */
#define ENDINGS  16   /* of so many, one goes where lines end with LF alone */
#define FAR      4000 /* microseconds that weigh as much as a byte */

struct compare *
compare_new(const struct compare_config *config)
{
	struct compare *compare = mem_zero(1, sizeof(*compare));

	compare->config = *config;
	for (int s = 0; s < 2; s++) {
		table_init(&compare->sides[s].waiting, sizeof(struct waiting),
		    COMPARE_MOST);
		table_init(
		    &compare->sides[s].late, sizeof(struct late), COMPARE_LATE);
	}
	table_init(&compare->unread, sizeof(struct unread), COMPARE_UNREAD);
	return compare;
}

void
compare_free(struct compare *compare)
{
	if (compare == NULL)
		return;
	for (int s = 0; s < 2; s++) {
		table_fini(&compare->sides[s].waiting);
		table_fini(&compare->sides[s].late);
	}
	table_fini(&compare->unread);
	free(compare->own);
	free(compare);
}

static struct side *
other_side(struct compare *compare, enum event_source source)
{
	return &compare->sides[source == SOURCE_LOG ? SOURCE_WIRE : SOURCE_LOG];
}

static void
count(const struct compare *compare, int64_t when, enum metric metric)
{
	compare->config.count(compare->config.arg, when, metric, 1);
}

static bool
same_id(const void *row, const void *key)
{
	return strcmp(((const struct waiting *)row)->id, key) == 0;
}

static bool
same_late(const void *row, const void *key)
{
	return strcmp(((const struct late *)row)->id, key) == 0;
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Where no reply named an id: as good as the same. */
static bool
is_like(const struct compare *compare, const struct waiting *a,
    const struct waiting *b)
{
	if (a->id[0] != '\0' && b->id[0] != '\0')
		return false;
	if (!addr_is_none(&a->client) && !addr_is_none(&b->client) &&
	    !addr_eq(&a->client, &b->client))
		return false;
	return a->sender == b->sender &&
	       (a->bytes == 0 || b->bytes == 0 ||
		   distance(a->bytes, b->bytes) <=
		       HEADERS + a->bytes / ENDINGS) &&
	       distance((uint64_t)a->when, (uint64_t)b->when) <=
		   (uint64_t)compare->config.tolerance;
}

/* Of the same client rather than of one that is not known; then by size and
   time: logs may be a second late, and have many of one sender in it. */
static bool
is_nearer(const struct waiting *a, const struct waiting *b,
    const struct waiting *wanted)
{
	bool same = addr_eq(&a->client, &wanted->client);

	if (same != addr_eq(&b->client, &wanted->client))
		return same;
	return distance(a->bytes, wanted->bytes) +
		   distance((uint64_t)a->when, (uint64_t)wanted->when) / FAR <
	       distance(b->bytes, wanted->bytes) +
		   distance((uint64_t)b->when, (uint64_t)wanted->when) / FAR;
}

/* Of those that are like it, the nearest. */
static struct waiting *
find_like(const struct compare *compare, const struct side *side,
    const struct waiting *wanted)
{
	struct waiting *one, *next, *best = NULL;

	TABLE_EACH (&side->waiting, one, next) {
		if (one->when > wanted->when + compare->config.tolerance)
			break;
		if (is_like(compare, one, wanted) &&
		    (best == NULL || is_nearer(one, best, wanted)))
			best = one;
	}
	return best;
}

static uint64_t
hash_of(const char *id)
{
	return slice_hash(slice_of(id));
}

static void
forget(struct side *side, struct waiting *row)
{
	side->nameless -= row->id[0] == '\0';
	table_remove(&side->waiting, row);
}

/* Its partner on the other side, which has it no more. */
static bool
take_partner(
    struct compare *compare, struct side *side, const struct waiting *wanted)
{
	uint64_t hash = hash_of(wanted->id);
	void *found = NULL;

	if (wanted->id[0] != '\0')
		found = table_find(&side->waiting, hash, same_id, wanted->id);
	if (found == NULL && (wanted->id[0] == '\0' || side->nameless != 0))
		found = find_like(compare, side, wanted);
	if (found != NULL) {
		forget(side, found);
		count(compare, wanted->when, METRIC_WIRE_LOGGED);
		return true;
	}
	if (wanted->id[0] != '\0')
		found = table_find(&side->late, hash, same_late, wanted->id);
	if (found != NULL)
		table_remove(&side->late, found);
	return found != NULL;
}

static void
wait(struct compare *compare, struct side *side, const struct waiting *message)
{
	bool named = message->id[0] != '\0';
	struct waiting *row;
	struct table_row head;

	if (side->waiting.count == COMPARE_MOST) {
		row = (void *)side->waiting.oldest;
		if (!row->silent)
			count(compare, message->when, METRIC_WIRE_UNCOMPARED);
		if (row->when > side->forgot)
			side->forgot = row->when;
		forget(side, row);
	}
	/* Without a name it is never looked for by one. */
	row = table_add(&side->waiting,
	    named ? hash_of(message->id)
		  : ++side->nameless_ever * 0x9e3779b97f4a7c15u);
	side->nameless += !named;
	head = row->row;
	*row = *message;
	row->row = head;
}

/* Is it of the host that is captured? */
static bool
is_here(struct compare *compare, const struct mail_event *event)
{
	uint64_t host = slice_hash(event->host) | 1;

	if (event->source == SOURCE_WIRE)
		return true;
	if (compare->config.host.n != 0)
		return compare_same_host(event->host, compare->config.host);
	compare->mixed |= compare->host != 0 && compare->host != host;
	compare->host = host;
	return true;
}

/* Logs write special characters each in their own way. */
static uint64_t
hash_of_sender(struct slice sender)
{
	char text[256];
	size_t n = 0;

	for (size_t i = 0; i < sender.n && n < sizeof(text); i++)
		if ((unsigned char)sender.p[i] < 0x80 &&
		    isalnum((unsigned char)sender.p[i]))
			text[n++] = (char)tolower((unsigned char)sender.p[i]);
	return slice_hash((struct slice){ text, n });
}

void
compare_take(struct compare *compare, const struct mail_event *event)
{
	struct waiting message = { .when = event->when,
		.client = event->client };
	struct slice sender = event->message.sender;

	if (event->kind != EVENT_RECEIVED && event->kind != EVENT_DISCARDED)
		return;
	if (event->kind == EVENT_RECEIVED) {
		message.bytes = event->message.bytes;
	} else {
		sender = event->delivery.sender;
		message.silent = true; /* perhaps one of its recipients */
	}
	if (!is_here(compare, event) ||
	    (event->kind == EVENT_RECEIVED && event->message.generated))
		return;
	if (compare_is_own(compare, &event->client))
		return;
	message.sender = hash_of_sender(sender);
	slice_copy(event->queue_id, message.id, sizeof(message.id));
	compare->named |=
	    event->source == SOURCE_WIRE && event->queue_id.n != 0;
	/* A reply without an id beside those that have one is a filter's. */
	message.silent |= addr_is_none(&event->client) ||
			  (compare->named && event->queue_id.n == 0);
	if (!take_partner(
		compare, other_side(compare, event->source), &message))
		wait(compare, &compare->sides[event->source], &message);
}

/* "203.0.113.7, queue id 4XyZ, 2026-11-20T10:00:00Z: not in the log" */
static size_t
describe(const struct waiting *message, bool unlogged, char *text, size_t size)
{
	char client[ADDR_TEXT], at[32] = "";
	time_t seconds = (time_t)(message->when / 1000000);
	struct tm tm;
	int n;

	addr_print(&message->client, client);
	if (gmtime_r(&seconds, &tm) != NULL)
		(void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	n = snprintf(text, size,
	    "%s message of %" PRIu64 " bytes from %s%s%s: %s", at,
	    message->bytes, client, message->id[0] != '\0' ? ", queue id " : "",
	    message->id,
	    unlogged ? "taken on the wire, not in the log"
		     : "in the log, not seen on the wire");
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static void
tell_missing(struct compare *compare, enum event_source source,
    const struct waiting *message)
{
	char text[200];
	struct mail_event event = { .when = message->when +
					    compare->config.tolerance,
		.kind = EVENT_MISSING,
		.source = SOURCE_WIRE,
		.count = 1,
		.host = compare->config.name,
		.queue_id = slice_of(message->id),
		.client = message->client,
		.missing = { .unlogged = source == SOURCE_WIRE } };

	event.line = (struct slice){ text,
		describe(message, event.missing.unlogged, text, sizeof(text)) };
	compare->config.missing.take(compare->config.missing.arg, &event);
}

static void
remember_late(struct side *side, const struct waiting *message)
{
	struct late *late;

	if (message->id[0] == '\0')
		return;
	if (side->late.count == COMPARE_LATE)
		table_remove(&side->late, side->late.oldest);
	late = table_add(&side->late, hash_of(message->id));
	memcpy(late->id, message->id, sizeof(late->id));
}

/* Its time is over: it had to have a partner, or could have none. */
static void
decide(struct compare *compare, enum event_source source,
    const struct waiting *message)
{
	const struct side *other = other_side(compare, source);

	if (message->silent || other->since == 0)
		return; /* there is nothing to compare it with */
	if (compare->mixed || message->when < other->since ||
	    message->when <= other->forgot + compare->config.tolerance ||
	    message->when > other->upto ||
	    compare_was_lost(other, message->when) ||
	    (source == SOURCE_LOG && compare_was_unread(compare, message))) {
		count(compare, message->when + compare->config.tolerance,
		    METRIC_WIRE_UNCOMPARED);
		return;
	}
	tell_missing(compare, source, message);
	remember_late(&compare->sides[source], message);
}

static void
decide_all(struct compare *compare, enum event_source source, int64_t upto)
{
	struct side *side = &compare->sides[source];
	struct waiting *one, *next, message;

	TABLE_EACH (&side->waiting, one, next) {
		if (one->when > upto)
			break;
		message = *one;
		forget(side, one);
		decide(compare, source, &message);
	}
}

/* The slower one tells the time; one that never spoke is waited for no longer
   than PATIENCE. */
void
compare_time(struct compare *compare, enum event_source source, int64_t upto)
{
	struct side *side = &compare->sides[source];
	const struct side *other = other_side(compare, source);
	int64_t both;

	/* A clock that was put back begins again. */
	if (side->since == 0 || upto < side->upto - MINUTE)
		side->since = side->upto = upto;
	if (upto > side->upto)
		side->upto = upto;
	if (other->since == 0)
		both = side->upto - PATIENCE;
	else
		both = other->upto < side->upto ? other->upto : side->upto;
	decide_all(compare, SOURCE_WIRE, both - compare->config.tolerance);
	decide_all(compare, SOURCE_LOG, both - compare->config.tolerance);
}

void
compare_finish(struct compare *compare)
{
	decide_all(compare, SOURCE_WIRE, INT64_MAX);
	decide_all(compare, SOURCE_LOG, INT64_MAX);
}
