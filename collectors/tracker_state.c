/*
 * tracker_state.c - what is under way, in the state
 *
 * A row a message, session and attempt that changed; the few hosts, services
 * and waiting events are one row each.  Hosts go by name: numbers differ.
 */
#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "collectors/logins.h"
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
put_event(struct state_writer *w, const struct mail_event *event)
{
	put_text(w, event->mailer);
	put_text(w, event->queue_id);
	put_text(w, event->message_id);
	put_text(w, event->delivery.dsn);
	put_text(w, event->delivery.relay);
	put_text(w, event->delivery.recipient);
	put_text(w, event->delivery.addressed);
	put_text(w, event->delivery.sender);
	put_text(w, event->delivery.reply);
	put_u64(w, event->delivery.bytes);
	put_u32(w, event->delivery.delay_ms);
	put_u32(w, event->count);
	put_addr(w, &event->delivery.peer);
}

static void
save_pending(struct tracker *tracker, struct state_rows *rows)
{
	struct state_writer w = { 0 };
	struct pending *p = NULL;

	put_u32(&w, (uint32_t)tracker->pending_count);
	DL_FOREACH (tracker->pending, p) {
		put_u8(&w, (uint8_t)p->kind);
		put_text(&w, tracker_host_name(tracker, p->host_index));
		put_u64(&w, (uint64_t)p->when);
		put_text(&w, (struct slice){ p->id, p->id_length });
		put_u64(&w, p->message_id);
		put_u32(&w, p->service == NULL
				? UINT32_MAX
				: (uint32_t)(p->service - tracker->services));
		put_addr(&w, &p->client);
		put_account(tracker, &w, p->account);
		if (p->kind == PENDING_PIPED)
			put_event(
			    &w, pseudonyms_event(tracker->names, &p->event));
		else /* a text, or a sender */
			(p->kind == PENDING_REFUSED ? put_words : put_person)(
			    tracker, &w, pending_text(p));
	}
	rows_put(rows, SLICE("p"), (struct slice){ w.p, w.n });
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
	transcripts_save(tracker, rows);
	exim_save(tracker, rows);
	if (tracker->services_dirty)
		save_services(tracker, rows);
	tracker->services_dirty = false;
	if (tracker->pending_dirty)
		save_pending(tracker, rows);
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

static bool
get_event(struct slice *at, struct mail_event *event)
{
	event->kind = EVENT_SENT;
	return get_text(at, &event->mailer) && get_text(at, &event->queue_id) &&
	       get_text(at, &event->message_id) &&
	       get_text(at, &event->delivery.dsn) &&
	       get_text(at, &event->delivery.relay) &&
	       get_text(at, &event->delivery.recipient) &&
	       get_text(at, &event->delivery.addressed) &&
	       get_text(at, &event->delivery.sender) &&
	       get_text(at, &event->delivery.reply) &&
	       get_u64(at, &event->delivery.bytes) &&
	       get_u32(at, &event->delivery.delay_ms) &&
	       get_u32(at, &event->count) && event->count != 0 &&
	       get_addr(at, &event->delivery.peer);
}

static bool
load_one_pending(struct tracker *tracker, struct slice *at)
{
	struct pending *p = mem_zero(1, sizeof(*p));
	struct mail_event event = { 0 };
	struct slice host, id, account, sender;
	uint32_t service;
	uint64_t when;
	uint8_t kind;

	if (!get_u8(at, &kind) || kind > PENDING_REFUSED ||
	    !get_text(at, &host) || !get_u64(at, &when) || !get_text(at, &id) ||
	    !get_u64(at, &p->message_id) || !get_u32(at, &service) ||
	    !get_addr(at, &p->client) || !get_text(at, &account) ||
	    ((kind == PENDING_PIPED || kind == PENDING_HANDED) &&
		service >= TRACKER_FILTERS) ||
	    !(kind == PENDING_PIPED ? get_event(at, &event)
				    : get_text(at, &sender))) {
		free(p);
		return false;
	}
	p->kind = (enum pending_kind)kind;
	p->when = (int64_t)when;
	(void)tracker_host(tracker, host, &p->host_index);
	p->id_length = (uint8_t)slice_copy(id, p->id, sizeof(p->id));
	p->account = account_number(tracker, account);
	if (service < TRACKER_FILTERS)
		p->service = &tracker->services[service];
	if (kind == PENDING_PIPED) {
		event.when = p->when;
		event.client = p->client;
		pending_keep_event(tracker, p, &event);
	} else {
		p->text_length = slice_copy(sender, p->text, sizeof(p->text));
	}
	DL_APPEND(tracker->pending, p);
	tracker->pending_count++;
	tracker->undecided += kind == PENDING_REFUSED;
	return true;
}

static bool
load_pending(struct tracker *tracker, struct slice value)
{
	uint32_t count;

	if (!get_u32(&value, &count) || count > TRACKER_PENDING + 1)
		return false;
	while (count-- > 0)
		if (!load_one_pending(tracker, &value))
			return false;
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
		good = load_pending(tracker, value);
	else if (slice_is(key, "l"))
		good = logins_load(tracker, value);
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
