/* wrapped_state.c - whose session a TLS wrapper brings, in the state */
#include "collectors/wrapped_impl.h"

void
wrapped_row_key(const struct tracker *tracker, const struct table *table,
    const struct wrapped_session *session, struct state_writer *key)
{
	put_u8(key, 'w');
	put_u8(key, table == &tracker->wrapped->by_port);
	put_u64(key, session->key);
	put_text(key, tracker_host_name(tracker, session->host_index));
}

/* Whatever changed was touched, and stands at the newest end. */
static void
save(const struct tracker *tracker, const struct table *table,
    struct state_rows *rows)
{
	struct wrapped_session *session;

	for (session = (void *)table->newest; session != NULL && session->dirty;
	     session = (void *)session->row.older) {
		struct state_writer key = { 0 }, w = { 0 };

		wrapped_row_key(tracker, table, session, &key);
		put_addr(&w, &session->client);
		put_u64(&w, (uint64_t)session->begun);
		put_u64(&w, (uint64_t)session->ended);
		put_u64(&w, session->port);
		rows_put(rows, (struct slice){ key.p, key.n },
		    (struct slice){ w.p, w.n });
		writer_fini(&key);
		writer_fini(&w);
		session->dirty = false;
		session->saved = true;
	}
}

void
wrapped_save(const struct tracker *tracker, struct state_rows *rows)
{
	if (tracker->wrapped == NULL)
		return;
	save(tracker, &tracker->wrapped->by_name, rows);
	save(tracker, &tracker->wrapped->by_port, rows);
}

bool
wrapped_load(struct tracker *tracker, struct slice key, struct slice value)
{
	struct wrapped *wrapped = wrapped_of(tracker);
	struct wrapped_session *session, read = { .saved = true };
	uint64_t begun, ended;
	struct slice host;
	uint8_t by_port;

	if (!get_u8(&key, &by_port) || !get_u64(&key, &read.key) ||
	    !get_text(&key, &host) || !get_addr(&value, &read.client) ||
	    !get_u64(&value, &begun) || !get_u64(&value, &ended) ||
	    !get_u64(&value, &read.port) || begun > INT64_MAX / 2 ||
	    ended > INT64_MAX || read.port > UINT16_MAX)
		return false;
	(void)tracker_host(tracker, host, &read.host_index);
	session = wrapped_get(tracker,
	    by_port ? &wrapped->by_port : &wrapped->by_name, read.host_index,
	    read.key);
	session->client = read.client;
	session->begun = (int64_t)begun;
	session->ended = (int64_t)ended;
	session->port = read.port;
	session->dirty = false;
	session->saved = true;
	return true;
}
