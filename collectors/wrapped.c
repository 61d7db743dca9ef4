/* wrapped.c - whose session it is that a TLS wrapper brings from this host */
#include "collectors/wrapped.h"

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/tracker_impl.h"

/* In one table by the wrapper's name for it, in another by the port. */
struct wrapped_session {
	struct table_row row;
	uint32_t host_index;
	uint64_t key; /* name or port */
	struct addr client;
	int64_t begun, ended; /* Unix microseconds; INT64_MAX: it goes on */
	uint64_t port;        /* by name: 0 until it is known */
};

struct wrapped {
	struct table by_name, by_port;
};

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

/* What had the name or the port before is over. */
static struct wrapped_session *
add(struct tracker *tracker, struct table *table, uint32_t host_index,
    uint64_t number)
{
	struct key key = { host_index, number };
	struct wrapped_session *session = find(table, host_index, number);

	if (session != NULL) {
		table_touch(table, session);
		return session;
	}
	session = table_add(table, hash_key(&key));
	if (session == NULL) {
		table_remove(table, table->oldest);
		tracker->counts.dropped++;
		session = table_add(table, hash_key(&key));
	}
	session->host_index = host_index;
	session->key = number;
	return session;
}

static struct wrapped *
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
	struct wrapped_session *session =
	    add(tracker, &wrapped_of(tracker)->by_name, line->host_index, name);

	session->client = *client;
	session->begun = line->when;
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
	session = add(tracker, &wrapped->by_port, line->host_index, port);
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
	if (session != NULL && named->port != 0)
		session->ended = line->when;
	table_remove(&wrapped->by_name, named);
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
