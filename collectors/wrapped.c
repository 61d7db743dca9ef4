/* wrapped.c - whose session it is that a TLS wrapper brings from this host */
#include "collectors/wrapped.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/wrapped_impl.h"

struct key {
	uint32_t host_index;
	uint64_t key;
};

static uint64_t
hash_key(const struct key *key)
{
	uint64_t hash = (key->key + 1) * 0xff51afd7ed558ccdu;

	hash ^= (uint64_t)key->host_index << 32;
	return hash ^ (hash >> 31);
}

static bool
is_same(const void *row, const void *wanted)
{
	const struct wrapped_session *session = row;
	const struct key *key = wanted;

	return session->key == key->key &&
	       session->host_index == key->host_index;
}

static struct wrapped_session *
find(const struct table *table, uint32_t host_index, uint64_t number)
{
	struct key key = { host_index, number };

	return table_find(table, hash_key(&key), is_same, &key);
}

static void
drop(struct tracker *tracker, struct table *table,
    struct wrapped_session *session)
{
	struct state_writer key = { 0 };

	if (session->saved) {
		wrapped_row_key(tracker, table, session, &key);
		state_forget(tracker, &key);
	}
	table_remove(table, session);
}

/* What had the name or the port before is over. */
struct wrapped_session *
wrapped_get(struct tracker *tracker, struct table *table, uint32_t host_index,
    uint64_t number)
{
	struct key key = { host_index, number };
	struct wrapped_session *session = find(table, host_index, number);

	if (session == NULL) {
		session = table_add(table, hash_key(&key));
		if (session == NULL) {
			session = (void *)table->oldest;
			tracker->counts.dropped += session->ended == INT64_MAX;
			drop(tracker, table, session);
			session = table_add(table, hash_key(&key));
		}
	}
	table_touch(table, session);
	session->host_index = host_index;
	session->key = number;
	session->dirty = true;
	return session;
}

struct wrapped *
wrapped_of(struct tracker *tracker)
{
	if (tracker->wrapped == NULL) {
		tracker->wrapped = mem_zero(1, sizeof(struct wrapped));
		table_init(&tracker->wrapped->by_name,
		    sizeof(struct wrapped_session), WRAPPED_MOST);
		table_init(&tracker->wrapped->by_port,
		    sizeof(struct wrapped_session), WRAPPED_MOST);
	}
	return tracker->wrapped;
}

void
wrapped_free(struct wrapped *wrapped)
{
	if (wrapped == NULL)
		return;
	table_fini(&wrapped->by_name);
	table_fini(&wrapped->by_port);
	free(wrapped);
}

void
wrapped_begin(struct tracker *tracker, const struct log_line *line,
    uint64_t name, const struct addr *client)
{
	struct wrapped_session *session = wrapped_get(
	    tracker, &wrapped_of(tracker)->by_name, line->host_index, name);

	session->client = *client;
	session->begun = line->when;
	session->ended = INT64_MAX;
	session->port = 0;
}

void
wrapped_from(struct tracker *tracker, const struct log_line *line,
    uint64_t name, uint64_t port)
{
	struct wrapped *wrapped = wrapped_of(tracker);
	struct wrapped_session *named =
	    find(&wrapped->by_name, line->host_index, name);
	struct wrapped_session *session;

	if (named == NULL || port == 0)
		return;
	named->port = port;
	named->dirty = true;
	table_touch(&wrapped->by_name, named);
	session =
	    wrapped_get(tracker, &wrapped->by_port, line->host_index, port);
	session->client = named->client;
	session->begun = line->when;
	session->ended = INT64_MAX;
}

void
wrapped_end(struct tracker *tracker, const struct log_line *line, uint64_t name)
{
	struct wrapped *wrapped = wrapped_of(tracker);
	struct wrapped_session *named =
	    find(&wrapped->by_name, line->host_index, name);
	struct wrapped_session *session;

	if (named == NULL)
		return;
	session = find(&wrapped->by_port, line->host_index, named->port);
	if (session != NULL && named->port != 0) {
		session->ended = line->when;
		session->dirty = true;
		table_touch(&wrapped->by_port, session);
	}
	drop(tracker, &wrapped->by_name, named);
}

bool
wrapped_any(const struct tracker *tracker)
{
	return tracker->wrapped != NULL;
}

void
wrapped_client(const struct tracker *tracker, const struct log_line *line,
    struct addr *client, uint64_t port)
{
	const struct wrapped *wrapped = tracker->wrapped;
	const struct wrapped_session *session;

	if (wrapped == NULL || port == 0 || !addr_is_loopback(client))
		return;
	session = find(&wrapped->by_port, line->host_index, port);
	if (session == NULL || line->when < session->begun - WRAPPED_LATE ||
	    (session->ended != INT64_MAX &&
		line->when > session->ended + WRAPPED_LATE))
		return;
	*client = session->client;
}
