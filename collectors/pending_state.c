/* pending_state.c - what waits for a proof, in the state: one row */
#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "collectors/people.h"
#include "collectors/tracker_impl.h"

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

void
pending_save(struct tracker *tracker, struct state_rows *rows)
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

bool
pending_load(struct tracker *tracker, struct slice value)
{
	uint32_t count;

	if (!get_u32(&value, &count) || count > TRACKER_PENDING + 1)
		return false;
	while (count-- > 0)
		if (!load_one_pending(tracker, &value))
			return false;
	return true;
}
