/* sessions.c - who is connected */
#include "collectors/sessions.h"

#include "collectors/life.h"
#include "collectors/tracker_impl.h"

#define PORT_KEY (1ull << 63)

struct key {
	uint32_t host_index;
	uint64_t key;
	const struct addr *client; /* NULL: the pid alone tells */
};

static uint64_t
hash_key(const struct key *key)
{
	uint64_t hash = (key->key + 1) * 0xff51afd7ed558ccdu;

	hash ^= (uint64_t)key->host_index << 32;
	if (key->client != NULL)
		hash ^= addr_hash(key->client);
	return hash ^ (hash >> 31);
}

static bool
same_session(const void *row, const void *wanted)
{
	const struct session *session = row;
	const struct key *key = wanted;

	return session->key == key->key &&
	       session->host_index == key->host_index &&
	       (key->client == NULL || addr_eq(&session->client, key->client));
}

static struct session *
find(struct tracker *tracker, const struct key *key)
{
	return table_find(&tracker->sessions, hash_key(key), same_session, key);
}

struct session *
session_find(struct tracker *tracker, const struct log_line *line)
{
	struct key key = { line->host_index, line->pid, NULL };
	struct session *session = find(tracker, &key);

	if (session != NULL)
		session->dirty = true;
	return session;
}

struct session *
session_find_port(struct tracker *tracker, const struct log_line *line,
    const struct addr *client, uint64_t port)
{
	struct key key = { line->host_index, port | PORT_KEY, client };
	struct session *session = find(tracker, &key);

	if (session != NULL)
		session->dirty = true;
	return session;
}

struct session *
session_of_client(struct tracker *tracker, const struct log_line *line,
    const struct addr *client)
{
	struct session *session = (void *)tracker->sessions.newest;

	while (session != NULL && (session->account == 0 ||
				      session->host_index != line->host_index ||
				      !addr_eq(&session->client, client)))
		session = (void *)session->row.older;
	return session;
}

static struct session *
start(struct tracker *tracker, const struct key *key, const struct addr *client)
{
	struct session *session = find(tracker, key);

	if (session != NULL)
		session_end(tracker, session);
	session = table_add(&tracker->sessions, hash_key(key));
	if (session == NULL) {
		session_end(tracker, (void *)tracker->sessions.oldest);
		tracker->counts.dropped++;
		session = table_add(&tracker->sessions, hash_key(key));
	}
	session->key = key->key;
	session->host_index = key->host_index;
	session->client = *client;
	session->loopback = addr_is_loopback(client);
	session->dirty = true;
	return session;
}

struct session *
session_start(struct tracker *tracker, const struct log_line *line,
    const struct addr *client)
{
	struct key key = { line->host_index, line->pid, NULL };

	return start(tracker, &key, client);
}

struct session *
session_start_port(struct tracker *tracker, const struct log_line *line,
    const struct addr *client, uint64_t port)
{
	struct key key = { line->host_index, port | PORT_KEY, client };

	return start(tracker, &key, client);
}

struct session *
session_load(struct tracker *tracker, struct slice host, uint64_t number,
    const struct addr *client)
{
	struct key key = { 0, number, number & PORT_KEY ? client : NULL };

	(void)tracker_host(tracker, host, &key.host_index);
	return start(tracker, &key, client);
}

void
session_settle(struct tracker *tracker, const struct log_line *line,
    struct session *session)
{
	struct slice id = { session->message, session->message_length };
	struct message *message;

	if (session->message_length == 0)
		return;
	message = inflight_find(tracker, session->host_index, id);
	session->message_length = 0;
	if (message == NULL)
		return;
	if (message->to_discard && !message->rejected) {
		life_discarded(
		    tracker, line, message, SLICE("smtp"), SLICE(""));
		inflight_remove(tracker, message);
	} else if (message->to_hold && !message->rejected && message->cleaned) {
		life_held(tracker, line, message, SLICE("smtp"), SLICE(""));
	} else if (!message->cleaned && !message->active) {
		inflight_remove(tracker, message); /* it never came */
	}
}

void
session_message(struct tracker *tracker, const struct log_line *line,
    struct session *session, struct message *message)
{
	session_settle(tracker, line, session);
	message->to_hold = session->hold;
	message->to_discard = session->discard;
	session->hold = session->discard = false;
	session->message_length = message->id_length;
	memcpy(session->message, message->id, sizeof(session->message));
}

void
session_abandon(struct session *session)
{
	session->hold = session->discard = false;
	session->message_length = 0;
}

void
session_authenticated(struct tracker *tracker, const struct log_line *line,
    struct session *session, const struct addr *client, struct slice account)
{
	struct mail_event event = event_from(line, EVENT_AUTH_OK);

	if (session != NULL && session->authenticated)
		return;
	if (session != NULL) {
		session->authenticated = true;
		session->account = account_number(tracker, account);
	}
	event.count = 1;
	event.client = *client;
	event.account = account;
	tracker_emit(tracker, &event);
}

void
session_lost(struct tracker *tracker, const struct log_line *line,
    const struct addr *client, struct session *session, enum session_end end)
{
	struct mail_event event = event_from(line, EVENT_DISCONNECTED);

	if (addr_is_loopback(client) || (session != NULL && session->lost))
		return;
	if (session != NULL)
		session->lost = true;
	event.client = *client;
	event.end = end;
	tracker_emit(tracker, &event);
}

void
session_end(struct tracker *tracker, struct session *session)
{
	if (session->saved)
		state_forget_session(tracker, session);
	table_remove(&tracker->sessions, session);
}

void
sessions_end_host(struct tracker *tracker, uint32_t host_index)
{
	struct session *session, *next;

	TABLE_EACH (&tracker->sessions, session, next)
		if (session->host_index == host_index)
			session_end(tracker, session);
}
