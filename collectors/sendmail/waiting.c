/* waiting.c - what a later line decides: messages, clients, senders */
#include "collectors/sendmail/waiting.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/sendmail/envelope_impl.h"

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

	event->queue_id = envelope_id(waiting->envelope);
	event->mailer = event->account = event->message_id = SLICE("");
	if (event->kind != EVENT_REJECTED)
		return;
	event->reject.sender = event->reject.helo = SLICE("");
	keep(&event->reject.dsn, &at, end);
	keep(&event->reject.recipient, &at, end);
	keep(&event->reject.text, &at, end);
}

static uint64_t
hash_process(uint32_t host_index, uint64_t pid)
{
	return (pid + 1) * 0xd6e8feb86659fd93u ^ domain_salt(host_index);
}

static bool
same_process(const void *row, const void *key)
{
	const struct process_row *have = row, *wanted = key;

	return have->pid == wanted->pid &&
	       have->host_index == wanted->host_index;
}

/* A process has one message at a time; NULL: it is not told. */
static struct process_row *
add_process(struct envelopes *envelopes, const struct waiting *waiting)
{
	uint32_t host_index = waiting->envelope->host_index;
	struct process_row *row =
	    waiting->kind != WAIT_DECISION || waiting->pid == 0
		? NULL
		: table_add(&envelopes->processes,
		      hash_process(host_index, waiting->pid));

	if (row == NULL)
		return NULL;
	row->host_index = host_index;
	row->pid = waiting->pid;
	row->envelope = waiting->envelope;
	return row;
}

static struct waiting **
list_of(struct envelopes *envelopes, enum wait_kind kind)
{
	return &envelopes->waiting[kind == WAIT_DECISION];
}

/* Only a milter takes its time to refuse what has come. */
int64_t
waiting_until(const struct envelopes *envelopes, const struct waiting *waiting)
{
	bool soon = waiting->kind == WAIT_DECISION &&
		    !envelopes->milters[waiting->envelope->host_index];

	return waiting->when + (soon ? DECISION_WAIT : ENVELOPE_WAIT);
}

struct waiting *
waiting_oldest(const struct envelopes *envelopes)
{
	struct waiting *oldest = envelopes->waiting[0], *other;

	for (size_t i = 1; i < NELEMS(envelopes->waiting); i++) {
		other = envelopes->waiting[i];
		if (other != NULL &&
		    (oldest == NULL || other->when < oldest->when))
			oldest = other;
	}
	return oldest;
}

void
envelopes_milter(struct tracker *tracker, uint32_t host_index)
{
	struct envelopes *envelopes = envelopes_of(tracker);

	envelopes->milters_dirty |= !envelopes->milters[host_index];
	envelopes->milters[host_index] = true;
}

/* What is decided may have a column of its own wait: one for one. */
static void
make_room(struct tracker *tracker)
{
	struct envelopes *envelopes = envelopes_of(tracker);

	while (envelopes->waiting_count >= SENDMAIL_WAITING) {
		tracker->counts.dropped++;
		waiting_decide(tracker, waiting_oldest(envelopes));
	}
}

void
waiting_remove(struct tracker *tracker, struct waiting *waiting)
{
	struct envelopes *envelopes = envelopes_of(tracker);
	struct envelope *envelope = waiting->envelope;

	if (waiting->process != NULL)
		table_remove(&envelopes->processes, waiting->process);
	DL_DELETE2(envelope->waiting, waiting, before, behind);
	DL_DELETE(*list_of(envelopes, waiting->kind), waiting);
	envelopes->waiting_count--;
	envelopes->host_waits[envelope->host_index]--;
	envelopes->waiting_dirty = true;
	free(envelopes->spare);
	envelopes->spare = waiting;
}

/* The envelope's first of that kind waits no longer. */
static void
drop(struct tracker *tracker, struct envelope *envelope, enum wait_kind kind)
{
	struct waiting *waiting = envelope->waiting;

	while (waiting != NULL && waiting->kind != kind)
		waiting = waiting->behind;
	if (waiting != NULL)
		waiting_remove(tracker, waiting);
}

struct waiting *
waiting_add(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope, enum wait_kind kind,
    const struct mail_event *event)
{
	struct envelopes *envelopes = envelopes_of(tracker);
	struct waiting *waiting;
	int64_t *due;

	make_room(tracker);
	/* A message is decided once, and has one size. */
	if (kind == WAIT_DECISION || kind == WAIT_SIZE)
		drop(tracker, envelope, kind);
	waiting = envelopes->spare != NULL ? envelopes->spare
					   : mem_zero(1, sizeof(*waiting));
	envelopes->spare = NULL;
	waiting->kind = kind;
	waiting->when = line->when;
	waiting->pid = line->pid;
	waiting->envelope = envelope;
	waiting->process = add_process(envelopes, waiting);
	if (event != NULL) {
		waiting->event = *event;
		keep_texts(waiting);
	}
	DL_APPEND(*list_of(envelopes, kind), waiting);
	DL_APPEND2(envelope->waiting, waiting, before, behind);
	envelopes->waiting_count++;
	envelopes->host_waits[envelope->host_index]++;
	envelopes->waiting_dirty = true;
	due = &tracker->envelopes_due[envelope->host_index];
	if (waiting_until(envelopes, waiting) < *due)
		*due = waiting_until(envelopes, waiting);
	return waiting;
}

/* Now it is known whose session it was, or it never will be. */
static void
emit_client(struct tracker *tracker, struct waiting *waiting)
{
	struct mail_event *event = &waiting->event;
	const struct envelope *envelope = waiting->envelope;

	event->client = envelope->client;
	event->account = account_name(tracker, envelope->account);
	if (event->kind == EVENT_REJECTED && envelope->sender != NULL)
		event->reject.sender = slice_of(envelope->sender);
	tracker_emit(tracker, event);
}

static bool
emit_column(struct tracker *tracker, struct waiting *waiting, bool at_last)
{
	waiting->event.mailer =
	    sender_mailer(tracker, waiting->envelope, at_last);
	if (waiting->event.mailer.n == 0)
		return false;
	tracker_emit(tracker, &waiting->event);
	return true;
}

void
waiting_decide(struct tracker *tracker, struct waiting *waiting)
{
	struct envelope *envelope = waiting->envelope;
	struct log_line line = { .when = waiting->when,
		.host = tracker_host_name(tracker, envelope->host_index),
		.host_index = envelope->host_index,
		.pid = waiting->pid,
		.count = 1 };
	enum wait_kind kind = waiting->kind;

	if (kind == WAIT_CLIENT)
		emit_client(tracker, waiting);
	else if (kind == WAIT_MAILER)
		(void)emit_column(tracker, waiting, true);
	waiting_remove(tracker, waiting);
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
	drop(tracker, envelope, WAIT_SIZE);
	envelope_count(tracker, line, envelope);
}

bool
envelope_lives(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope)
{
	struct mail_event event;

	if (!envelope->arrived || envelope->decided || envelope->refused ||
	    envelope->discarded)
		return false;
	drop(tracker, envelope, WAIT_DECISION);
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

bool
envelope_refused(struct tracker *tracker, struct envelope *envelope)
{
	if (envelope->refused)
		return false;
	envelope->refused = true;
	envelope->dirty = true;
	drop(tracker, envelope, WAIT_DECISION);
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
	drop(tracker, envelope, WAIT_DECISION);
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
	struct process_row key = { .host_index = line->host_index,
		.pid = line->pid };
	const struct process_row *row;

	if (tracker->envelopes == NULL || line->pid == 0)
		return;
	row = table_find(&tracker->envelopes->processes,
	    hash_process(key.host_index, key.pid), same_process, &key);
	if (row == NULL)
		return;
	if (row->envelope->condemned)
		envelope_discarded(tracker, line, row->envelope);
	else
		(void)envelope_lives(tracker, line, row->envelope);
}

void
envelope_wait(struct tracker *tracker, const struct log_line *line,
    struct envelope *envelope, const struct mail_event *event)
{
	struct waiting *waiting =
	    waiting_add(tracker, line, envelope, WAIT_CLIENT, event);

	if (!addr_is_none(&envelope->client)) {
		emit_client(tracker, waiting);
		waiting_remove(tracker, waiting);
	}
}

void
envelope_client(struct tracker *tracker, struct envelope *envelope,
    const struct addr *client)
{
	struct waiting *waiting = NULL, *next = NULL;

	envelope->client = *client;
	DL_FOREACH_SAFE2(envelope->waiting, waiting, next, behind)
	if (waiting->kind == WAIT_CLIENT) {
		emit_client(tracker, waiting);
		waiting_remove(tracker, waiting);
	}
}

void
envelope_settle(struct tracker *tracker, struct envelope *envelope)
{
	struct waiting *waiting = NULL, *next = NULL;

	DL_FOREACH_SAFE2(envelope->waiting, waiting, next, behind)
	{
		if (waiting->kind == WAIT_CLIENT)
			emit_client(tracker, waiting);
		else if (waiting->kind != WAIT_MAILER ||
			 !emit_column(tracker, waiting, false))
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
	envelope->dirty = true;
	column(tracker, line, envelope, MAILER_MSGS_FROM, envelope->bytes);
}

int64_t
envelopes_floor(const struct tracker *tracker, uint32_t host_index)
{
	const struct envelopes *envelopes = tracker->envelopes;
	uint32_t left =
	    envelopes == NULL ? 0 : envelopes->host_waits[host_index];
	int64_t floor = INT64_MAX;

	if (left == 0)
		return floor;
	for (size_t i = 0; i < NELEMS(envelopes->waiting); i++) {
		const struct waiting *w = envelopes->waiting[i];

		for (; w != NULL && left > 0; w = w->next) {
			if (w->envelope->host_index != host_index)
				continue;
			left--;
			if (w->when < floor)
				floor = w->when;
		}
	}
	return floor;
}
