/*
 * logins.c - sign-ins that a later line of the same process may undo
 *
 * A ring in the order of the lines.  The line that undoes a login follows it
 * closely, so it is looked for from the newest on.
 */
#include "collectors/logins.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/people.h"
#include "collectors/tracker_impl.h"

struct held {
	int64_t when;
	uint64_t pid;
	uint32_t host_index, count, account;
	bool settled; /* it failed: nothing waits here any more */
	struct addr client;
};

struct logins {
	struct held held[LOGINS_MOST];
	size_t first, n;
	bool dirty;
};

static struct held *
nth(const struct logins *logins, size_t i)
{
	return (struct held *)&logins->held[(logins->first + i) % LOGINS_MOST];
}

static void
emit(struct tracker *tracker, const struct held *held, enum event_kind kind)
{
	struct mail_event event = { .when = held->when,
		.kind = kind,
		.host = tracker_host_name(tracker, held->host_index),
		.count = held->count,
		.client = held->client,
		.account = account_name(tracker, held->account) };

	event.auth.unavailable = kind == EVENT_LOGIN_FAILED;
	tracker_emit(tracker, &event);
}

static void
settle_first(struct tracker *tracker, struct logins *logins)
{
	struct held *held = nth(logins, 0);

	if (!held->settled)
		emit(tracker, held, EVENT_LOGIN_OK);
	logins->first = (logins->first + 1) % LOGINS_MOST;
	logins->n--;
	logins->dirty = true;
}

static struct logins *
get(struct tracker *tracker)
{
	if (tracker->logins == NULL)
		tracker->logins = mem_zero(1, sizeof(*tracker->logins));
	return tracker->logins;
}

static struct held *
append(struct tracker *tracker)
{
	struct logins *logins = get(tracker);

	if (logins->n == LOGINS_MOST)
		settle_first(tracker, logins);
	logins->dirty = true;
	return nth(logins, logins->n++);
}

void
logins_hold(struct tracker *tracker, const struct log_line *line,
    const struct addr *client, struct slice account)
{
	*append(tracker) = (struct held){ .when = line->when,
		.pid = line->pid,
		.host_index = line->host_index,
		.count = line->count,
		.account = account_number(tracker, account),
		.client = *client };
}

bool
logins_waiting(const struct tracker *tracker, uint32_t host_index,
    const struct addr *client, int64_t when, struct slice *account)
{
	const struct logins *logins = tracker->logins;

	for (size_t i = logins == NULL ? 0 : logins->n; i-- > 0;) {
		const struct held *held = nth(logins, i);

		if (held->settled || held->host_index != host_index ||
		    held->when > when || !addr_eq(&held->client, client))
			continue;
		*account = account_name(tracker, held->account);
		return true;
	}
	return false;
}

bool
logins_refuse(struct tracker *tracker, const struct log_line *line)
{
	struct logins *logins = tracker->logins;
	struct held *held;

	if (logins == NULL)
		return false;
	for (size_t i = logins->n; i-- > 0;) {
		held = nth(logins, i);
		if (held->settled || held->pid != line->pid ||
		    held->host_index != line->host_index)
			continue;
		held->settled = logins->dirty = true;
		emit(tracker, held, EVENT_LOGIN_FAILED);
		return true;
	}
	return false;
}

void
logins_tell(struct tracker *tracker, const struct log_line *line)
{
	struct tracked_host *host = &tracker->hosts[line->host_index];

	tracker->services_dirty |= !host->tells_logins;
	host->tells_logins = true;
}

bool
logins_are_told(const struct tracker *tracker, const struct log_line *line)
{
	return tracker->hosts[line->host_index].tells_logins;
}

void
logins_settle(struct tracker *tracker, int64_t now)
{
	struct logins *logins = tracker->logins;

	while (logins != NULL && logins->n > 0 &&
	       (now == INT64_MAX || now - nth(logins, 0)->when >= LOGINS_WAIT))
		settle_first(tracker, logins);
}

int64_t
logins_floor(const struct tracker *tracker, uint32_t host_index)
{
	const struct logins *logins = tracker->logins;
	int64_t floor = INT64_MAX;

	for (size_t i = 0; logins != NULL && i < logins->n; i++) {
		const struct held *held = nth(logins, i);

		if (!held->settled && held->host_index == host_index &&
		    held->when < floor)
			floor = held->when;
	}
	return floor;
}

void
logins_save(struct tracker *tracker, struct state_rows *rows)
{
	struct logins *logins = tracker->logins;
	struct state_writer w = { 0 };

	if (logins == NULL || !logins->dirty)
		return;
	logins->dirty = false;
	for (size_t i = 0; i < logins->n; i++) {
		const struct held *held = nth(logins, i);

		if (held->settled)
			continue;
		put_text(&w, tracker_host_name(tracker, held->host_index));
		put_u64(&w, (uint64_t)held->when);
		put_u64(&w, held->pid);
		put_u32(&w, held->count);
		put_addr(&w, &held->client);
		put_account(tracker, &w, held->account);
	}
	rows_put(rows, SLICE("l"), (struct slice){ w.p, w.n });
	writer_fini(&w);
}

bool
logins_load(struct tracker *tracker, struct slice value)
{
	struct held one = { 0 };
	struct slice host, account;
	uint64_t when;

	for (size_t n = 0; value.n > 0; n++) {
		if (n == LOGINS_MOST || !get_text(&value, &host) ||
		    !get_u64(&value, &when) || !get_u64(&value, &one.pid) ||
		    !get_u32(&value, &one.count) || one.count == 0 ||
		    !get_addr(&value, &one.client) ||
		    !get_text(&value, &account))
			return false;
		one.when = (int64_t)when;
		(void)tracker_host(tracker, host, &one.host_index);
		one.account = account_number(tracker, account);
		*append(tracker) = one;
	}
	if (tracker->logins != NULL)
		tracker->logins->dirty = false;
	return true;
}

void
logins_free(struct logins *logins)
{
	free(logins);
}
