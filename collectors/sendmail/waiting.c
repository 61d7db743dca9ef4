/* waiting.c - what a later line decides: messages, clients, senders */
#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "collectors/sendmail/envelope_impl.h"

static bool
is_of(const struct waiting *waiting, const struct envelope *envelope)
{
	return waiting->host_index == envelope->host_index &&
	       slice_eq((struct slice){ waiting->id, waiting->id_length },
		   envelope_id(envelope));
}

/* A text of the event that outlives its line; cut where there is no room. */
static void
keep(struct slice *text, char **at, const char *end)
{
	size_t n = slice_copy(*text, *at, (size_t)(end - *at));

	*text = (struct slice){ *at, n };
	*at += n + 1;
	if (*at > end - 1)
		*at = (char *)end - 1;
}

static void
keep_texts(struct waiting *waiting)
{
	struct mail_event *event = &waiting->event;
	char *at = waiting->text, *end = at + sizeof(waiting->text);

	event->queue_id = (struct slice){ waiting->id, waiting->id_length };
	event->mailer = event->account = event->message_id = SLICE("");
	if (event->kind != EVENT_REJECTED)
		return;
	event->reject.sender = event->reject.helo = SLICE("");
	keep(&event->reject.dsn, &at, end);
	keep(&event->reject.recipient, &at, end);
	keep(&event->reject.text, &at, end);
}

struct waiting *
waiting_add(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope, enum wait_kind kind,
    const struct mail_event *event)
{
	struct envelopes *envelopes = envelopes_of(tracker);
	struct waiting *waiting;

	if (envelopes->waiting_count == SENDMAIL_WAITING) {
		tracker->counts.dropped++;
		waiting_decide(tracker, envelopes->waiting);
	}
	waiting = envelopes->spare != NULL ? envelopes->spare
					   : mem_zero(1, sizeof(*waiting));
	envelopes->spare = NULL;
	waiting->kind = kind;
	waiting->host_index = envelope->host_index;
	waiting->when = line->when;
	waiting->pid = line->pid;
	waiting->id_length = envelope->id_length;
	memcpy(waiting->id, envelope->id, sizeof(waiting->id));
	if (event != NULL) {
		waiting->event = *event;
		keep_texts(waiting);
	}
	DL_APPEND(envelopes->waiting, waiting);
	envelopes->waiting_count++;
	envelopes->waiting_dirty = true;
	if (line->when + ENVELOPE_WAIT < tracker->envelopes_due)
		tracker->envelopes_due = line->when + ENVELOPE_WAIT;
	envelope->waits++;
	return waiting;
}

void
waiting_remove(struct tracker *tracker, struct waiting *waiting)
{
	struct envelopes *envelopes = envelopes_of(tracker);
	struct envelope *envelope = envelope_find(tracker, waiting->host_index,
	    (struct slice){ waiting->id, waiting->id_length });

	if (envelope != NULL && envelope->waits > 0)
		envelope->waits--;
	DL_DELETE(envelopes->waiting, waiting);
	envelopes->waiting_count--;
	envelopes->waiting_dirty = true;
	free(envelopes->spare);
	envelopes->spare = waiting;
}

struct waiting *
waiting_find(struct tracker *tracker, const struct envelope *envelope,
    enum wait_kind kind)
{
	struct waiting *waiting = NULL;

	if (envelope->waits == 0)
		return NULL;
	DL_FOREACH (envelopes_of(tracker)->waiting, waiting)
		if (waiting->kind == kind && is_of(waiting, envelope))
			break;
	return waiting;
}

/* Now it is known whose session it was, or it never will be. */
static void
emit_client(struct tracker *tracker, struct waiting *waiting,
    const struct envelope *envelope)
{
	struct mail_event *event = &waiting->event;

	if (envelope != NULL) {
		event->client = envelope->client;
		event->account = account_name(tracker, envelope->account);
		if (event->kind == EVENT_REJECTED && envelope->sender != NULL)
			event->reject.sender = slice_of(envelope->sender);
	}
	tracker_emit(tracker, event);
}

static bool
emit_column(struct tracker *tracker, struct waiting *waiting,
    const struct envelope *envelope, bool at_last)
{
	waiting->event.mailer = sender_mailer(tracker, envelope, at_last);
	if (waiting->event.mailer.n == 0)
		return false;
	tracker_emit(tracker, &waiting->event);
	return true;
}

void
waiting_decide(struct tracker *tracker, struct waiting *waiting)
{
	struct envelope *envelope = envelope_find(tracker, waiting->host_index,
	    (struct slice){ waiting->id, waiting->id_length });
	struct log_line line = { .when = waiting->when,
		.host_index = waiting->host_index,
		.host = { tracker->hosts[waiting->host_index].name,
		    tracker->hosts[waiting->host_index].length },
		.pid = waiting->pid,
		.count = 1 };
	enum wait_kind kind = waiting->kind;

	if (kind == WAIT_CLIENT)
		emit_client(tracker, waiting, envelope);
	else if (kind == WAIT_MAILER)
		(void)emit_column(tracker, waiting, envelope, true);
	waiting_remove(tracker, waiting);
	if (envelope == NULL)
		return;
	if (kind == WAIT_DECISION && envelope->condemned)
		envelope_discarded(tracker, &line, envelope);
	else if (kind == WAIT_DECISION)
		(void)envelope_lives(tracker, &line, envelope);
	else if (kind == WAIT_SIZE)
		envelope_count(tracker, &line, envelope);
}

void
envelope_arrived(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope)
{
	envelope->arrived = true;
	envelope->pid = line->pid;
	envelope->since = line->when;
	(void)waiting_add(tracker, line, envelope, WAIT_DECISION, NULL);
}

void
envelope_wait_size(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope)
{
	(void)waiting_add(tracker, line, envelope, WAIT_SIZE, NULL);
}

void
envelope_sized(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope)
{
	struct waiting *waiting = waiting_find(tracker, envelope, WAIT_SIZE);

	if (waiting != NULL)
		waiting_remove(tracker, waiting);
	envelope_count(tracker, line, envelope);
}

bool
envelope_lives(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope)
{
	struct waiting *waiting;
	struct mail_event event;

	if (!envelope->arrived || envelope->decided || envelope->refused ||
	    envelope->discarded)
		return false;
	waiting = waiting_find(tracker, envelope, WAIT_DECISION);
	if (waiting != NULL)
		waiting_remove(tracker, waiting);
	envelope->decided = true;
	envelope->dirty = true;
	event = envelope_event(tracker, line, envelope, EVENT_RECEIVED);
	event.when = envelope->since;
	if (envelope->sender != NULL)
		event.message.sender = slice_of(envelope->sender);
	event.message.bytes = envelope->bytes;
	event.message.recipients = envelope->recipients;
	tracker_emit(tracker, &event);
	return true;
}

void
envelope_discarded(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope)
{
	struct mail_event event;

	if (envelope->discarded)
		return;
	envelope->discarded = true;
	envelope->dirty = true;
	event = envelope_event(tracker, line, envelope, EVENT_DISCARDED);
	if (envelope->sender != NULL)
		event.delivery.sender = slice_of(envelope->sender);
	event.delivery.bytes = envelope->bytes;
	tracker_emit(tracker, &event);
	envelope_column(tracker, line, envelope, MAILER_MSGS_DISCARDED);
}

void
envelope_next(struct tracker *tracker, const struct log_line *line)
{
	struct waiting *waiting = NULL, *next = NULL;
	struct envelope *envelope;

	if (tracker->envelopes == NULL || line->pid == 0)
		return;
	DL_FOREACH_SAFE(tracker->envelopes->waiting, waiting, next)
	{
		if (waiting->kind != WAIT_DECISION ||
		    waiting->pid != line->pid ||
		    waiting->host_index != line->host_index)
			continue;
		envelope = envelope_find(tracker, waiting->host_index,
		    (struct slice){ waiting->id, waiting->id_length });
		if (envelope != NULL && envelope_lives(tracker, line, envelope))
			break; /* there is one at most, and it is gone */
	}
}

void
envelope_wait(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope, const struct mail_event *event)
{
	struct waiting *waiting =
	    waiting_add(tracker, line, envelope, WAIT_CLIENT, event);

	if (!addr_is_none(&envelope->client) && envelope->from_seen) {
		emit_client(tracker, waiting, envelope);
		waiting_remove(tracker, waiting);
	}
}

void
envelope_client(struct tracker *tracker, struct envelope *envelope,
    const struct addr *client)
{
	struct waiting *waiting;

	envelope->client = *client;
	while (
	    (waiting = waiting_find(tracker, envelope, WAIT_CLIENT)) != NULL) {
		emit_client(tracker, waiting, envelope);
		waiting_remove(tracker, waiting);
	}
}

void
envelope_settle(struct tracker *tracker, struct envelope *envelope)
{
	struct waiting *waiting = NULL, *next = NULL;

	if (envelope->waits == 0)
		return;
	DL_FOREACH_SAFE(envelopes_of(tracker)->waiting, waiting, next)
	{
		if (!is_of(waiting, envelope))
			continue;
		if (waiting->kind == WAIT_CLIENT)
			emit_client(tracker, waiting, envelope);
		else if (waiting->kind != WAIT_MAILER ||
			 !emit_column(tracker, waiting, envelope, false))
			continue;
		waiting_remove(tracker, waiting);
	}
}

static void
column(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope, enum mailer_metric metric, uint64_t bytes)
{
	struct mail_event event =
	    envelope_event(tracker, line, envelope, EVENT_COUNTED);

	event.column.metric = metric;
	event.column.n = 1;
	event.column.bytes = bytes;
	event.mailer = envelope->from_seen || envelope->generated
			   ? sender_mailer(tracker, envelope, false)
			   : SLICE("");
	if (event.mailer.n != 0)
		tracker_emit(tracker, &event);
	else
		(void)waiting_add(tracker, line, envelope, WAIT_MAILER, &event);
}

void
envelope_column(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope, enum mailer_metric metric)
{
	column(tracker, line, envelope, metric, 0);
}

void
envelope_count(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope)
{
	if (envelope->counted)
		return;
	envelope->counted = true;
	column(tracker, line, envelope, MAILER_MSGS_FROM, envelope->bytes);
}

int64_t
envelopes_floor(const struct tracker *tracker, uint32_t host_index)
{
	int64_t floor = INT64_MAX;

	if (tracker->envelopes == NULL)
		return floor;
	for (const struct waiting *w = tracker->envelopes->waiting; w != NULL;
	     w = w->next)
		if (w->host_index == host_index && w->when < floor)
			floor = w->when;
	return floor;
}
