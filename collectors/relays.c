/*
 * relays.c - relaying whose right another log may still tell
 *
 * A ring in the order of the lines; it is empty but while logs are read whose
 * ends were not seen yet.
 */
#include "collectors/relays.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/grants.h"
#include "collectors/tracker_impl.h"

struct held {
	int64_t when, arrived; /* Unix microseconds */
	uint32_t host_index;
	uint8_t id_length;
	char id[QUEUE_ID_TEXT];
	enum relay_kind relay;
	struct addr client;
};

struct relays {
	struct held held[RELAYS_MOST];
	size_t first, n;
	bool dirty;
};

static struct held *
nth(const struct relays *relays, size_t i)
{
	return (struct held *)&relays->held[(relays->first + i) % RELAYS_MOST];
}

static void
decide(struct tracker *tracker, const struct held *held)
{
	struct slice line = tracker->line;
	struct mail_event event = { .when = held->when,
		.kind = EVENT_RELAYED,
		.host = tracker_host_name(tracker, held->host_index),
		.count = 1,
		.queue_id = { held->id, held->id_length },
		.client = held->client };

	event.relay = grants_judge(tracker, held->host_index, &held->client,
	    held->arrived, held->relay, &event.account);
	/* The line being read is not the one that told of it. */
	tracker_line(tracker, SLICE(""));
	tracker_emit(tracker, &event);
	tracker_line(tracker, line);
}

static void
decide_first(struct tracker *tracker, struct relays *relays)
{
	decide(tracker, nth(relays, 0));
	relays->first = (relays->first + 1) % RELAYS_MOST;
	relays->n--;
	relays->dirty = true;
}

bool
relays_wait(const struct tracker *tracker, uint32_t host_index, int64_t arrived)
{
	return tracker->several && grants_usual(tracker, host_index, arrived);
}

static struct held *
append(struct tracker *tracker)
{
	struct relays *relays = tracker->relays;

	if (relays == NULL)
		relays = tracker->relays = mem_zero(1, sizeof(*relays));
	if (relays->n == RELAYS_MOST)
		decide_first(tracker, relays);
	relays->dirty = true;
	return nth(relays, relays->n++);
}

void
relays_hold(struct tracker *tracker, const struct mail_event *event,
    uint32_t host_index, int64_t arrived)
{
	struct held *held = append(tracker);

	*held = (struct held){ .when = event->when,
		.arrived = arrived,
		.host_index = host_index,
		.relay = event->relay,
		.client = event->client };
	held->id_length =
	    (uint8_t)slice_copy(event->queue_id, held->id, sizeof(held->id));
}

void
relays_settle(struct tracker *tracker, int64_t upto)
{
	struct relays *relays = tracker->relays;

	while (relays != NULL && relays->n > 0 &&
	       (upto == INT64_MAX || nth(relays, 0)->arrived < upto))
		decide_first(tracker, relays);
}

int64_t
relays_floor(const struct tracker *tracker, uint32_t host_index)
{
	const struct relays *relays = tracker->relays;
	int64_t floor = INT64_MAX;

	for (size_t i = 0; relays != NULL && i < relays->n; i++)
		if (nth(relays, i)->host_index == host_index &&
		    nth(relays, i)->when < floor)
			floor = nth(relays, i)->when;
	return floor;
}

void
relays_save(struct tracker *tracker, struct state_rows *rows)
{
	struct relays *relays = tracker->relays;
	struct state_writer w = { 0 };

	if (relays == NULL || !relays->dirty)
		return;
	relays->dirty = false;
	for (size_t i = 0; i < relays->n; i++) {
		const struct held *held = nth(relays, i);

		put_text(&w, tracker_host_name(tracker, held->host_index));
		put_u64(&w, (uint64_t)held->when);
		put_u64(&w, (uint64_t)held->arrived);
		put_text(&w, (struct slice){ held->id, held->id_length });
		put_u8(&w, (uint8_t)held->relay);
		put_addr(&w, &held->client);
	}
	rows_put(rows, SLICE("r"), (struct slice){ w.p, w.n });
	writer_fini(&w);
}

bool
relays_load(struct tracker *tracker, struct slice value)
{
	struct slice host, id;
	struct held one = { 0 };
	uint64_t when, arrived;
	uint8_t relay;

	for (size_t n = 0; value.n > 0; n++) {
		if (n == RELAYS_MOST || !get_text(&value, &host) ||
		    !get_u64(&value, &when) || !get_u64(&value, &arrived) ||
		    !get_text(&value, &id) || !get_u8(&value, &relay) ||
		    relay > RELAY_UNSURE || when > INT64_MAX / 2 ||
		    arrived > INT64_MAX / 2 || !get_addr(&value, &one.client))
			return false;
		(void)tracker_host(tracker, host, &one.host_index);
		one.when = (int64_t)when;
		one.arrived = (int64_t)arrived;
		one.relay = (enum relay_kind)relay;
		one.id_length = (uint8_t)slice_copy(id, one.id, sizeof(one.id));
		*append(tracker) = one;
	}
	if (tracker->relays != NULL)
		tracker->relays->dirty = false;
	return true;
}

void
relays_free(struct relays *relays)
{
	free(relays);
}
