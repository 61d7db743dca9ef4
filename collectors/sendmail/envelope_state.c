/*
 * envelope_state.c - Sendmail's messages under way, in the state
 *
 * A row an envelope that changed, a row a domain that was learnt; what waits
 * is one row.
 */
#include <stdlib.h>
#include <utlist.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/people.h"
#include "collectors/sendmail/envelope_impl.h"

/* clang-format off */
#define MARKS(X) \
	X(from_seen) X(submitted) X(arrived) X(decided) X(back) X(generated) \
	X(handed) X(authenticated) X(was_deferred) X(refused) \
	X(discarded) X(held) X(counted) X(relayed) X(talked) X(weighed) X(condemned)
/* clang-format on */

static uint32_t
marks_of(const struct envelope *envelope)
{
	uint32_t marks = 0, bit = 1;

#define MARK_PUT(name)                                                         \
	marks |= envelope->name ? bit : 0;                                     \
	bit <<= 1;
	MARKS(MARK_PUT)
#undef MARK_PUT
	return marks;
}

static void
set_marks(struct envelope *envelope, uint32_t marks)
{
	uint32_t bit = 1;

#define MARK_GET(name)                                                         \
	envelope->name = (marks & bit) != 0;                                   \
	bit <<= 1;
	MARKS(MARK_GET)
#undef MARK_GET
}

static void
envelope_key(const struct tracker *tracker, const struct envelope *envelope,
    struct state_writer *key)
{
	put_u8(key, 'S');
	put_u8(key, 'e');
	put_text(key, tracker_host_name(tracker, envelope->host_index));
	put_text(key, envelope_id(envelope));
}

void
envelope_forget(struct tracker *tracker, const struct envelope *envelope)
{
	struct state_writer key = { 0 };

	envelope_key(tracker, envelope, &key);
	state_forget(tracker, &key);
}

static void
save_envelope(const struct tracker *tracker, const struct envelope *envelope,
    struct state_rows *rows)
{
	struct state_writer key = { 0 }, w = { 0 };

	envelope_key(tracker, envelope, &key);
	put_u32(&w, marks_of(envelope));
	put_u32(&w, envelope->recipients);
	put_u32(&w, envelope->finished);
	put_u64(&w, envelope->bytes);
	put_u64(&w, envelope->sent_bytes);
	put_u64(&w, envelope->about_bytes);
	put_u32(&w, envelope->added);
	put_u64(&w, envelope->message_id);
	put_u64(&w, envelope->pid);
	put_u64(&w, (uint64_t)envelope->since);
	put_u64(&w, (uint64_t)envelope->last);
	put_addr(&w, &envelope->client);
	put_account(tracker, &w, envelope->account);
	put_u8(&w, envelope->sender != NULL);
	put_person(tracker, &w,
	    envelope->sender != NULL ? slice_of(envelope->sender) : SLICE(""));
	put_u32(&w, envelope->deferred_count);
	for (uint32_t i = 0; i < envelope->deferred_count; i++)
		put_u64(&w, envelope->deferred[i]);
	put_u32(&w, envelope->refused_to);
	rows_put(
	    rows, (struct slice){ key.p, key.n }, (struct slice){ w.p, w.n });
	writer_fini(&key);
	writer_fini(&w);
}

static void
save_domain(const struct tracker *tracker, const struct local_domain *domain,
    struct state_rows *rows)
{
	struct state_writer key = { 0 };

	put_u8(&key, 'S');
	put_u8(&key, 'd');
	put_text(&key, tracker_host_name(tracker, domain->host_index));
	/* The hash has the host's number in it, which may be another's. */
	put_u64(&key, domain->hash ^ domain_salt(domain->host_index));
	rows_put(
	    rows, (struct slice){ key.p, key.n }, slice_of(domain->mailer));
	writer_fini(&key);
}

static void
put_event(struct state_writer *w, const struct mail_event *event)
{
	put_u8(w, (uint8_t)event->kind);
	put_u32(w, event->count);
	put_addr(w, &event->client);
	if (event->kind == EVENT_COUNTED) {
		put_u8(w, (uint8_t)event->column.metric);
		put_u64(w, event->column.n);
		put_u64(w, event->column.bytes);
	} else if (event->kind == EVENT_DISCONNECTED) {
		put_u8(w, (uint8_t)event->end);
	} else if (event->kind == EVENT_REJECTED) {
		put_u8(w, (uint8_t)event->reject.reason);
		put_u8(w, (uint8_t)(event->reject.temporary |
				    event->reject.apart << 1));
		put_u32(w, event->reject.code);
		put_text(w, event->reject.dsn);
		put_text(w, event->reject.recipient);
		put_text(w, event->reject.text);
	}
}

static bool
get_reject(struct slice *at, struct mail_event *event)
{
	uint8_t reason, marks;
	uint32_t code;

	if (!get_u8(at, &reason) || reason >= REASONS || !get_u8(at, &marks) ||
	    !get_u32(at, &code) || code > 599 ||
	    !get_text(at, &event->reject.dsn) ||
	    !get_text(at, &event->reject.recipient) ||
	    !get_text(at, &event->reject.text))
		return false;
	event->reject.reason = (enum reason)reason;
	event->reject.temporary = marks & 1;
	event->reject.apart = marks >> 1 & 1;
	event->reject.code = (uint16_t)code;
	return true;
}

static bool
get_event(struct slice *at, struct mail_event *event)
{
	uint8_t kind, detail;

	if (!get_u8(at, &kind) || !get_u32(at, &event->count) ||
	    event->count == 0 || !get_addr(at, &event->client))
		return false;
	event->kind = (enum event_kind)kind;
	switch (event->kind) {
	case EVENT_CONNECTED:
		return true;
	case EVENT_REJECTED:
		return get_reject(at, event);
	case EVENT_COUNTED:
		if (!get_u8(at, &detail) || detail >= MAILER_METRICS)
			return false;
		event->column.metric = (enum mailer_metric)detail;
		return get_u64(at, &event->column.n) &&
		       get_u64(at, &event->column.bytes);
	case EVENT_DISCONNECTED:
		if (!get_u8(at, &detail) || detail > SESSION_TIMEOUT)
			return false;
		event->end = (enum session_end)detail;
		return true;
	default:
		return false;
	}
}

static void
put_waiting(const struct tracker *tracker, const struct waiting *waiting,
    struct state_writer *w)
{
	put_u8(w, (uint8_t)waiting->kind);
	put_text(w, tracker_host_name(tracker, waiting->envelope->host_index));
	put_text(w, envelope_id(waiting->envelope));
	put_u64(w, (uint64_t)waiting->when);
	put_u64(w, waiting->pid);
	if (waiting->kind >= WAIT_CLIENT)
		put_event(w, pseudonyms_event(tracker->names, &waiting->event));
}

/* Hosts that have milters. */
static void
save_milters(const struct tracker *tracker, struct state_rows *rows)
{
	struct state_writer w = { 0 };

	for (uint32_t i = 0; i < tracker->host_count; i++)
		if (tracker->envelopes->milters[i])
			put_text(&w, tracker_host_name(tracker, i));
	rows_put(rows, SLICE("Sm"), (struct slice){ w.p, w.n });
	writer_fini(&w);
}

static void
save_waiting(struct tracker *tracker, struct state_rows *rows)
{
	struct state_writer w = { 0 };
	struct waiting *waiting = NULL;

	put_u32(&w, (uint32_t)tracker->envelopes->waiting_count);
	for (size_t i = 0; i < NELEMS(tracker->envelopes->waiting); i++)
		DL_FOREACH (tracker->envelopes->waiting[i], waiting)
			put_waiting(tracker, waiting, &w);
	rows_put(rows, SLICE("Sw"), (struct slice){ w.p, w.n });
	writer_fini(&w);
}

void
envelopes_save(struct tracker *tracker, struct state_rows *rows)
{
	struct envelope *envelope, *next;
	struct local_domain *domain, *next_domain;

	if (tracker->envelopes == NULL)
		return;
	TABLE_EACH (&tracker->envelopes->rows, envelope, next) {
		if (!envelope->dirty)
			continue;
		save_envelope(tracker, envelope, rows);
		envelope->dirty = false;
		envelope->saved = true;
	}
	TABLE_EACH (&tracker->envelopes->domains, domain, next_domain) {
		if (!domain->saved)
			save_domain(tracker, domain, rows);
		domain->saved = true;
	}
	if (tracker->envelopes->milters_dirty)
		save_milters(tracker, rows);
	tracker->envelopes->milters_dirty = false;
	if (tracker->envelopes->waiting_dirty)
		save_waiting(tracker, rows);
	tracker->envelopes->waiting_dirty = false;
}

static bool
get_deferred(
    struct tracker *tracker, struct slice *at, struct envelope *envelope)
{
	uint32_t n;
	uint64_t hash;

	if (!get_u32(at, &n) || n > ENVELOPE_DEFERRED)
		return false;
	for (; n > 0; n--) {
		if (!get_u64(at, &hash))
			return false;
		envelope_add_deferred(tracker, envelope, hash);
	}
	return true;
}

static bool
load_envelope(struct tracker *tracker, struct slice key, struct slice value)
{
	struct log_line line = { .count = 1 };
	struct slice host, id, account, sender;
	struct envelope *envelope;
	uint64_t since, last;
	uint32_t marks;
	uint8_t named;

	if (!get_text(&key, &host) || !get_text(&key, &id))
		return false;
	line.host = tracker_host(tracker, host, &line.host_index);
	envelope = envelope_get(tracker, &line, id);
	if (!get_u32(&value, &marks) ||
	    !get_u32(&value, &envelope->recipients) ||
	    !get_u32(&value, &envelope->finished) ||
	    !get_u64(&value, &envelope->bytes) ||
	    !get_u64(&value, &envelope->sent_bytes) ||
	    !get_u64(&value, &envelope->about_bytes) ||
	    !get_u32(&value, &envelope->added) ||
	    !get_u64(&value, &envelope->message_id) ||
	    !get_u64(&value, &envelope->pid) || !get_u64(&value, &since) ||
	    !get_u64(&value, &last) || !get_addr(&value, &envelope->client) ||
	    !get_text(&value, &account) || !get_u8(&value, &named) ||
	    !get_text(&value, &sender) ||
	    !get_deferred(tracker, &value, envelope) ||
	    !get_u32(&value, &envelope->refused_to))
		return false;
	set_marks(envelope, marks);
	envelope->since = (int64_t)since;
	envelope->last = (int64_t)last;
	envelope->account = account_number(tracker, account);
	if (named && envelope->sender == NULL)
		envelope->sender = mem_slice(sender);
	if (envelope->arrived)
		envelope_index(tracker, envelope);
	envelope->dirty = false;
	envelope->saved = true;
	return true;
}

static bool
load_domain(struct tracker *tracker, struct slice key, struct slice value)
{
	struct slice host;
	uint32_t host_index;
	uint64_t hash;

	if (!get_text(&key, &host) || !get_u64(&key, &hash) || value.n == 0)
		return false;
	(void)tracker_host(tracker, host, &host_index);
	hash ^= domain_salt(host_index);
	domain_add(tracker, host_index, hash, value);
	return true;
}

/* Its envelope may be read later: it is made, and filled then. */
static bool
load_one_waiting(struct tracker *tracker, struct slice *at)
{
	struct log_line line = { .count = 1 };
	struct mail_event event = { 0 };
	struct envelope *envelope;
	struct slice host, id;
	uint64_t when;
	uint8_t kind;

	if (!get_u8(at, &kind) || kind >= WAIT_KINDS || !get_text(at, &host) ||
	    !get_text(at, &id) || !get_u64(at, &when) ||
	    !get_u64(at, &line.pid) ||
	    (kind >= WAIT_CLIENT && !get_event(at, &event)))
		return false;
	line.when = (int64_t)when;
	line.host = tracker_host(tracker, host, &line.host_index);
	envelope = envelope_get(tracker, &line, id);
	event.when = line.when;
	event.host = line.host;
	(void)waiting_add(tracker, &line, envelope, (enum wait_kind)kind,
	    kind >= WAIT_CLIENT ? &event : NULL);
	return true;
}

static bool
load_waiting(struct tracker *tracker, struct slice value)
{
	uint32_t count;

	if (!get_u32(&value, &count) || count > SENDMAIL_WAITING)
		return false;
	while (count-- > 0)
		if (!load_one_waiting(tracker, &value))
			return false;
	tracker->envelopes->waiting_dirty = false;
	return true;
}

static bool
load_milters(struct tracker *tracker, struct slice value)
{
	struct slice host;
	uint32_t index;

	while (value.n != 0) {
		if (!get_text(&value, &host))
			return false;
		(void)tracker_host(tracker, host, &index);
		tracker->envelopes->milters[index] = true;
	}
	return true;
}

bool
envelopes_load(struct tracker *tracker, struct slice key, struct slice value)
{
	(void)envelopes_of(tracker);
	if (slice_skips(&key, "e"))
		return load_envelope(tracker, key, value);
	if (slice_skips(&key, "d"))
		return load_domain(tracker, key, value);
	if (slice_is(key, "m"))
		return load_milters(tracker, value);
	return slice_is(key, "w") && load_waiting(tracker, value);
}
