/*
 * grants_state.c - who may relay after a login, in the state
 *
 * A row a host, of when it was told that logins count there, and one an address.
 */
#include "collectors/grants_impl.h"
#include "collectors/people.h"

void
grants_row_key(const struct tracker *tracker, const struct grant *grant,
    struct state_writer *key)
{
	put_u8(key, 'g');
	put_text(key, tracker_host_name(tracker, grant->host_index));
	put_addr(key, &grant->client);
}

static void
save_hosts(struct tracker *tracker, struct state_rows *rows)
{
	for (uint32_t i = 0; i < tracker->host_count; i++) {
		struct tracked_host *host = &tracker->hosts[i];
		struct state_writer key = { 0 }, w = { 0 };

		if (!host->grants_dirty)
			continue;
		put_u8(&key, 'g');
		put_text(&key, tracker_host_name(tracker, i));
		put_u64(&w, (uint64_t)host->granting);
		put_u64(&w, (uint64_t)host->logging_in);
		rows_put(rows, (struct slice){ key.p, key.n },
		    (struct slice){ w.p, w.n });
		writer_fini(&key);
		writer_fini(&w);
		host->grants_dirty = false;
	}
}

static void
save_one(const struct tracker *tracker, const struct grant *grant,
    struct state_rows *rows)
{
	struct state_writer key = { 0 }, w = { 0 };

	grants_row_key(tracker, grant, &key);
	for (size_t i = 0; i < grant->count; i++) {
		const struct span *span = &grant->spans[i];

		put_u64(&w, (uint64_t)span->from);
		put_u64(&w, (uint64_t)span->to);
		put_u8(&w, span->told);
		put_person(tracker, &w, slice_of(span->account));
	}
	rows_put(
	    rows, (struct slice){ key.p, key.n }, (struct slice){ w.p, w.n });
	writer_fini(&key);
	writer_fini(&w);
}

/* Whatever changed was touched, and stands at the newest end. */
void
grants_save(struct tracker *tracker, struct state_rows *rows)
{
	struct grant *grant;

	save_hosts(tracker, rows);
	for (grant = (void *)tracker->grants.newest;
	     grant != NULL && grant->dirty; grant = (void *)grant->row.older) {
		save_one(tracker, grant, rows);
		grant->dirty = false;
		grant->saved = true;
	}
}

bool
grants_load(struct tracker *tracker, struct slice key, struct slice value)
{
	struct slice host, account;
	struct addr client;
	struct grant_key wanted = { 0, &client };
	struct grant *grant;
	uint64_t from, to;
	uint8_t told;

	if (!get_text(&key, &host))
		return false;
	(void)tracker_host(tracker, host, &wanted.host_index);
	if (key.n == 0) {
		if (!get_u64(&value, &from) || !get_u64(&value, &to) ||
		    from > INT64_MAX / 2 || to > INT64_MAX / 2)
			return false;
		tracker->hosts[wanted.host_index].granting = (int64_t)from;
		tracker->hosts[wanted.host_index].logging_in = (int64_t)to;
		return true;
	}
	if (!get_addr(&key, &client))
		return false;
	grant = grants_get(tracker, &wanted, INT64_MIN);
	grant->saved = true;
	for (grant->count = 0; value.n > 0; grant->count++) {
		struct span *span = &grant->spans[grant->count];

		if (grant->count == GRANT_SPANS || !get_u64(&value, &from) ||
		    !get_u64(&value, &to) || !get_u8(&value, &told) ||
		    !get_text(&value, &account) || to > INT64_MAX / 2 ||
		    from > to)
			return false;
		*span = (struct span){ (int64_t)from, (int64_t)to, told, "" };
		slice_copy(account, span->account, sizeof(span->account));
	}
	return true;
}
