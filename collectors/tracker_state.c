/*
 * tracker_state.c - what is under way, in the state
 *
 * A row a message, session and attempt that changed; the few hosts, services
 * and waiting events are one row each.  Hosts go by name: numbers differ.
 */
#include "collectors/grants.h"
#include "collectors/wrapped.h"
#include "collectors/logins.h"
#include "collectors/relays.h"
#include "collectors/exim/under_way.h"
#include "collectors/attempts.h"
#include "collectors/people.h"
#include "collectors/sendmail/envelope.h"
#include "collectors/tracker_impl.h"
#include "collectors/transcript/transcript.h"

#define STATE_VERSION 2

static void
message_key(const struct tracker *tracker, const struct message *message,
    struct state_writer *key)
{
	put_u8(key, 'm');
	put_text(key, tracker_host_name(tracker, message->host_index));
	put_text(key, message_queue_id(message));
}

static void
session_key(const struct tracker *tracker, const struct session *session,
    struct state_writer *key)
{
	put_u8(key, 's');
	put_text(key, tracker_host_name(tracker, session->host_index));
	put_u64(key, session->key);
	put_addr(key, &session->client);
}

/* Keys that must go are kept, each as a text, until the next commit. */
void
state_forget(struct tracker *tracker, struct state_writer *key)
{
	put_text(&tracker->gone, (struct slice){ key->p, key->n });
	writer_fini(key);
}

void
state_forget_message(struct tracker *tracker, const struct message *message)
{
	struct state_writer key = { 0 };

	message_key(tracker, message, &key);
	state_forget(tracker, &key);
}

void
state_forget_session(struct tracker *tracker, const struct session *session)
{
	struct state_writer key = { 0 };

	session_key(tracker, session, &key);
	state_forget(tracker, &key);
}

/* The message's marks, in this order. */
/* clang-format off */
#define MARKS(X) \
	X(cleaned) X(renamed) X(loopback) X(active) X(received) X(waiting) \
	X(removed) X(to_hold) X(to_discard) X(held) X(discarded) \
	X(rejected) X(handed) X(notified) X(relayed) X(null_sender) \
	X(indexed) X(proven) X(deferred) X(esmtp) X(expired) X(at_home)
/* clang-format on */

static uint32_t
marks_of(const struct message *message)
{
	uint32_t marks = 0, bit = 1;

#define MARK_PUT(name)                                                         \
	marks |= message->name ? bit : 0;                                      \
	bit <<= 1;
	MARKS(MARK_PUT)
#undef MARK_PUT
	return marks;
}

static void
set_marks(struct message *message, uint32_t marks)
{
	uint32_t bit = 1;

#define MARK_GET(name)                                                         \
	message->name = (marks & bit) != 0;                                    \
	bit <<= 1;
	MARKS(MARK_GET)
#undef MARK_GET
}

static void
save_message(const struct tracker *tracker, const struct message *message,
    struct state_rows *rows)
{
	struct state_writer key = { 0 }, w = { 0 };

	message_key(tracker, message, &key);
	put_u8(&w, (uint8_t)message->origin);
	put_u32(&w, marks_of(message));
	put_u32(&w, message->recipients);
	put_u64(&w, message->bytes);
	put_u64(&w, message->message_id);
	put_u64(&w, (uint64_t)message->since);
	put_addr(&w, &message->client);
	put_account(tracker, &w, message->account);
	put_u32(&w, message->finished);
	rows_put(
	    rows, (struct slice){ key.p, key.n }, (struct slice){ w.p, w.n });
	writer_fini(&key);
	writer_fini(&w);
}

static void
save_session(const struct tracker *tracker, const struct session *session,
    struct state_rows *rows)
{
	struct state_writer key = { 0 }, w = { 0 };

	session_key(tracker, session, &key);
	put_u8(&w,
	    (uint8_t)(session->authenticated | session->tls << 1 |
		      session->lost << 2 | session->refused_at_connect << 3 |
		      session->spoke << 4 | session->hold << 5 |
		      session->discard << 6));
	put_account(tracker, &w, session->account);
	put_text(
	    &w, (struct slice){ session->message, session->message_length });
	put_u64(&w, (uint64_t)session->last);
	rows_put(
	    rows, (struct slice){ key.p, key.n }, (struct slice){ w.p, w.n });
	writer_fini(&key);
	writer_fini(&w);
}

static void
save_services(struct tracker *tracker, struct state_rows *rows)
{
	struct state_writer w = { 0 };

	put_u32(&w, (uint32_t)tracker->service_count);
	for (size_t i = 0; i < tracker->service_count; i++) {
		put_text(&w, slice_of(tracker->services[i].name));
		put_u8(&w, tracker->services[i].is_filter);
		put_u32(&w, tracker->services[i].misses);
	}
	put_u32(&w, tracker->host_count);
	for (uint32_t i = 0; i < tracker->host_count; i++) {
		put_text(&w, tracker_host_name(tracker, i));
		put_u8(&w, host_flags(&tracker->hosts[i]));
	}
	rows_put(rows, SLICE("f"), (struct slice){ w.p, w.n });
	writer_fini(&w);
}

static void
save(void *arg, struct state_rows *rows)
{
	struct tracker *tracker = arg;
	struct slice gone = { tracker->gone.p, tracker->gone.n }, key;
	struct message *message;
	struct session *session, *next_session;

	while (get_text(&gone, &key))
		rows_drop(rows, key);
	writer_fini(&tracker->gone);
	/* Whatever changed was touched, and stands at the newest end. */
	for (message = (void *)tracker->messages.newest;
	     message != NULL && message->dirty;
	     message = (void *)message->row.older) {
		save_message(tracker, message, rows);
		message->dirty = false;
		message->saved = true;
	}
	TABLE_EACH (&tracker->sessions, session, next_session) {
		if (!session->dirty)
			continue;
		save_session(tracker, session, rows);
		session->dirty = false;
		session->saved = true;
	}
	attempts_save(tracker, rows);
	envelopes_save(tracker, rows);
	logins_save(tracker, rows);
	grants_save(tracker, rows);
	relays_save(tracker, rows);
	transcripts_save(tracker, rows);
	exim_save(tracker, rows);
	wrapped_save(tracker, rows);
	if (tracker->services_dirty)
		save_services(tracker, rows);
	tracker->services_dirty = false;
	if (tracker->pending_dirty)
		pending_save(tracker, rows);
	tracker->pending_dirty = false;
}

static bool
load_message(struct tracker *tracker, struct slice key, struct slice value)
{
	struct log_line line = { .count = 1 };
	struct slice host, id, account;
	struct message *message;
	uint8_t origin;
	uint32_t marks;
	uint64_t since;

	if (!get_text(&key, &host) || !get_text(&key, &id))
		return false;
	line.host = tracker_host(tracker, host, &line.host_index);
	message = inflight_get(tracker, &line, id);
	message->dirty = false;
	message->saved = true;
	if (!get_u8(&value, &origin) || origin > ORIGIN_UNTOLD ||
	    !get_u32(&value, &marks) ||
	    !get_u32(&value, &message->recipients) ||
	    !get_u64(&value, &message->bytes) ||
	    !get_u64(&value, &message->message_id) ||
	    !get_u64(&value, &since) || !get_addr(&value, &message->client) ||
	    !get_text(&value, &account) ||
	    (value.n != 0 && !get_u32(&value, &message->finished)))
		return false;
	message->origin = (enum origin)origin;
	set_marks(message, marks);
	message->since = (int64_t)since;
	message->account = account_number(tracker, account);
	/* Not whoever is read back first: whoever was first. */
	if (message->indexed)
		inflight_index(tracker, message);
	return true;
}

static bool
load_session(struct tracker *tracker, struct slice key, struct slice value)
{
	struct slice host, account, message;
	struct session *session;
	struct addr client;
	uint64_t number, last;
	uint8_t marks;

	if (!get_text(&key, &host) || !get_u64(&key, &number) ||
	    !get_addr(&key, &client) || !get_u8(&value, &marks) ||
	    !get_text(&value, &account) || !get_text(&value, &message) ||
	    !get_u64(&value, &last))
		return false;
	session = session_load(tracker, host, number, &client);
	session->authenticated = marks & 1;
	session->tls = marks >> 1 & 1;
	session->lost = marks >> 2 & 1;
	session->refused_at_connect = marks >> 3 & 1;
	session->spoke = marks >> 4 & 1;
	session->hold = marks >> 5 & 1;
	session->discard = marks >> 6 & 1;
	session->last = (int64_t)last;
	session->account = account_number(tracker, account);
	session->message_length = (uint8_t)slice_copy(
	    message, session->message, sizeof(session->message));
	session->dirty = false;
	session->saved = true;
	return true;
}

static bool
load_services(struct tracker *tracker, struct slice value)
{
	struct service *service;
	struct slice name;
	uint32_t count, index;
	uint8_t flag;

	if (!get_u32(&value, &count) || count > TRACKER_FILTERS)
		return false;
	tracker->service_count = 0;
	while (count-- > 0) {
		service = &tracker->services[tracker->service_count++];
		if (!get_text(&value, &name) || !get_u8(&value, &flag) ||
		    !get_u32(&value, &service->misses))
			return false;
		slice_copy(name, service->name, sizeof(service->name));
		service->is_filter = flag;
	}
	if (!get_u32(&value, &count) || count > TRACKER_HOSTS)
		return false;
	while (count-- > 0) {
		if (!get_text(&value, &name) || !get_u8(&value, &flag))
			return false;
		(void)tracker_host(tracker, name, &index);
		host_set_flags(&tracker->hosts[index], flag);
	}
	return true;
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct tracker *tracker = arg;
	bool good = false;

	if (slice_skips(&key, "m"))
		good = load_message(tracker, key, value);
	else if (slice_skips(&key, "s"))
		good = load_session(tracker, key, value);
	else if (slice_skips(&key, "a"))
		good = attempts_load(tracker, key, value);
	else if (slice_skips(&key, "S"))
		good = envelopes_load(tracker, key, value);
	else if (slice_is(key, "E"))
		good = exim_load(tracker, value);
	else if (slice_is(key, "f"))
		good = load_services(tracker, value);
	else if (slice_is(key, "p"))
		good = pending_load(tracker, value);
	else if (slice_is(key, "l"))
		good = logins_load(tracker, value);
	else if (slice_skips(&key, "g"))
		good = grants_load(tracker, key, value);
	else if (slice_skips(&key, "w"))
		good = wrapped_load(tracker, key, value);
	else if (slice_is(key, "r"))
		good = relays_load(tracker, value);
	else if (slice_is(key, "x"))
		good = transcripts_load(tracker, value);
	return good ? 0 : err_set(err, "what is under way: damaged row");
}

struct state_part
tracker_part(struct tracker *tracker)
{
	return (struct state_part){ "under_way", STATE_VERSION, tracker, save,
		load };
}
