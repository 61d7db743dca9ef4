/* send.c - qmail-send: messages, deliveries by number, bounces */
#include "base/array.h"
#include "collectors/attempts.h"
#include "collectors/grants.h"
#include "collectors/hops.h"
#include "collectors/life.h"
#include "collectors/qmail/qmail.h"
#include "collectors/tracker_impl.h"

#define QP_FRESH 60000000 /* microseconds; process numbers come again */

static bool
is_number(struct slice id)
{
	uint64_t number;

	return id.n < QUEUE_ID_TEXT && slice_number(id, &number);
}

bool
cut_count(struct slice *text, struct slice behind, uint64_t *number)
{
	struct slice rest = *text, digits;

	if (!slice_cut(&rest, behind, &digits) || !slice_number(digits, number))
		return false;
	*text = rest;
	return true;
}

/* What is known of the message of that process; NULL: nothing, or stale. */
static struct message *
find_queued(struct entry *entry, uint64_t qp)
{
	struct row_name name = row_name('q', qp);
	struct message *row = inflight_find(
	    entry->tracker, entry->line->host_index, row_slice(&name));

	if (row == NULL || entry->line->when - row->since > QP_FRESH ||
	    row->since - entry->line->when > QP_FRESH)
		return NULL;
	return row;
}

static struct message *
new_queued(struct entry *entry, uint64_t qp)
{
	struct row_name name = row_name('q', qp);

	return inflight_new(entry->tracker, entry->line, row_slice(&name));
}

/* The mail system made the message that this process queued. */
static void
generated(struct entry *entry, uint64_t qp)
{
	struct message *waiting =
	    hops_waiting(entry->tracker, entry->line->host_index, qp);

	if (waiting != NULL)
		hops_generated(entry->tracker, entry->line, waiting);
	else
		new_queued(entry, qp)->proven = true;
}

void
qmail_tells(struct entry *entry)
{
	struct tracker *tracker = entry->tracker;
	struct tracked_host *host = &tracker->hosts[entry->line->host_index];

	tracker->services_dirty |= !host->dialog_seen;
	host->dialog_seen = true;
}

void
qmail_brought(struct entry *entry, uint64_t qp, const struct session *session)
{
	struct tracker *tracker = entry->tracker;
	uint32_t host = entry->line->host_index;
	struct message *message = hops_waiting(tracker, host, qp);
	bool waits = message != NULL;

	qmail_tells(entry);
	if (!waits)
		message = new_queued(entry, qp);
	message->client = session->client;
	message->account = session->account != 0
			       ? session->account
			       : grants_account(tracker, host, &message->client,
				     entry->line->when);
	if (!waits)
		return;
	message->origin = ORIGIN_CLIENT;
	message->loopback = session->loopback;
	hops_decide(tracker, message);
}

/* "11790785", and in some forks words behind it */
enum meaning
qmail_new(struct entry *entry)
{
	struct slice id = entry->text, rest = entry->text;

	(void)slice_cut(&rest, SLICE(" "), &id);
	if (!is_number(id))
		return MEANS_UNKNOWN;
	(void)inflight_new(entry->tracker, entry->line, id);
	return MEANS_FACT;
}

static void
queued(struct entry *entry, struct message *message, struct slice sender)
{
	struct tracker *tracker = entry->tracker;
	struct tracked_host *host = &tracker->hosts[entry->line->host_index];
	struct message *known = find_queued(entry, message->message_id);

	message->origin = ORIGIN_UNTOLD;
	if (known != NULL && known->proven) {
		message->origin = ORIGIN_GENERATED;
	} else if (known != NULL) {
		message->origin = ORIGIN_CLIENT;
		message->client = known->client;
		message->account = known->account;
		message->loopback = addr_is_loopback(&known->client);
	}
	if (known != NULL)
		inflight_remove(tracker, known);
	/* A delivery that goes on may prove to have forwarded it; who brought
	   it may be told a moment later. */
	if (message->origin == ORIGIN_UNTOLD &&
	    (host->begun != 0 || host->dialog_seen))
		hops_wait(tracker, entry->line, message, sender);
	else
		emit_received(
		    tracker, entry->line, message, EVENT_RECEIVED, sender);
}

/* "11790785: bytes 763 from <kim@example.org> qp 38 uid 1001" */
enum meaning
qmail_info(struct entry *entry)
{
	struct slice text = entry->text, id, sender;
	struct message *message;
	uint64_t bytes, qp;
	ptrdiff_t at;

	if (!slice_cut(&text, SLICE(": bytes "), &id) || !is_number(id) ||
	    !cut_count(&text, SLICE(" from <"), &bytes))
		return MEANS_UNKNOWN;
	at = slice_find_last(text, SLICE("> qp "));
	if (at == -1)
		return MEANS_UNKNOWN;
	sender = (struct slice){ text.p, (size_t)at };
	text = slice_from(text, (size_t)at + sizeof("> qp ") - 1);
	if (!cut_count(&text, SLICE(" uid "), &qp))
		return MEANS_UNKNOWN;
	message = inflight_find(entry->tracker, entry->line->host_index, id);
	if (message == NULL || message->active)
		message = inflight_new(entry->tracker, entry->line, id);
	message->active = message->cleaned = true;
	message->null_sender = sender.n == 0;
	message->bytes = bytes;
	message->message_id = qp;
	inflight_touch(entry->tracker, message);
	queued(entry, message, sender);
	return MEANS_FACT;
}

/* The first attempt for a recipient: there is one more. */
static void
count_recipient(struct entry *entry, struct message *message)
{
	struct mail_event event = event_from(entry->line, EVENT_SIZED);

	message->recipients++;
	inflight_touch(entry->tracker, message);
	if (message->waiting || message->origin == ORIGIN_GENERATED)
		return;
	event.count = 1;
	event.queue_id = message_queue_id(message);
	event.message.recipients = 1;
	tracker_emit(entry->tracker, &event);
}

/* "1: msg 11790785 to local ann@example.com" */
enum meaning
qmail_begin(struct entry *entry)
{
	struct slice text = entry->text, id;
	struct message *message;
	struct begun *begun;
	uint64_t number;
	bool outbound;

	if (!cut_count(&text, SLICE(": msg "), &number) ||
	    !slice_cut(&text, SLICE(" to "), &id) || !is_number(id))
		return MEANS_UNKNOWN;
	outbound = slice_skips(&text, "remote ");
	if ((!outbound && !slice_skips(&text, "local ")) || text.n == 0)
		return MEANS_UNKNOWN;
	begun = attempt_begin(
	    entry->tracker, entry->line, number, id, text, outbound);
	message = inflight_find(entry->tracker, entry->line->host_index, id);
	if (!qmail_is_retry(entry, begun, message) && message != NULL &&
	    message->active)
		count_recipient(entry, message);
	return MEANS_FACT;
}

/* "192.0.2.200_accepted_message./...", "Connected_to_192.0.2.9_but_..." */
static void
read_peer(struct slice report, struct addr *peer)
{
	struct slice address;

	(void)slice_skips(&report, "Connected_to_");
	if (slice_cut(&report, SLICE("_"), &address))
		(void)addr_parse(address, peer);
}

/* "Remote_host_said:_250_2.0.0_Ok/", or qmail's own "_(#5.1.1)/" */
static struct slice
read_dsn(struct slice report)
{
	struct slice said = report, dsn, before;
	ptrdiff_t at;

	if (slice_cut(&said, SLICE("Remote_host_said:_"), &before)) {
		if (said.n < 9)
			return SLICE("");
		said = slice_from(said, 4);
		return slice_cut(&said, SLICE("_"), &dsn) && dsn.n >= 5 &&
			       dsn.p[1] == '.' && dsn.p[0] >= '2' &&
			       dsn.p[0] <= '5'
			   ? dsn
			   : SLICE("");
	}
	at = slice_find_last(report, SLICE("_(#"));
	if (at == -1)
		return SLICE("");
	said = slice_from(report, (size_t)at + 3);
	return slice_cut(&said, SLICE(")"), &dsn) ? dsn : SLICE("");
}

/* Messages that a local delivery queued: "did_0+1+0/qp_58/" */
static void
note_forwards(struct entry *entry, struct slice report)
{
	struct slice before;
	uint64_t qp;

	while (slice_cut(&report, SLICE("qp_"), &before))
		if (cut_count(&report, SLICE("/"), &qp))
			generated(entry, qp);
}

/*
 * qmail-send's own last words for what is too old.  A remote host may say the
 * same, but then it is believed only of what was tried before.
 */
static bool
is_expiry(struct entry *entry, const struct begun *begun, struct slice report,
    bool tried)
{
	const struct message *message = inflight_find(
	    entry->tracker, entry->line->host_index, begun_id(begun));

	if (!slice_ends(report, SLICE("I'm_not_going_to_try_again;_this_"
				      "message_has_been_in_the_queue_too_"
				      "long./")))
		return false;
	return tried || message == NULL || !message->active ||
	       slice_find(report, SLICE("Remote_host_said:")) == -1;
}

static uint32_t
delay_of(const struct log_line *line, const struct message *message)
{
	int64_t ms;

	if (message == NULL || !message->active)
		return 0;
	ms = (line->when - message->since) / 1000;
	return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

static void
finish(struct entry *entry, struct begun *begun, enum event_kind kind,
    struct slice report)
{
	struct tracker *tracker = entry->tracker;
	struct attempt attempt = { .kind = kind,
		.mailer = begun->outbound ? SLICE("remote") : SLICE("local"),
		.recipient = begun_recipient(begun),
		.reply = report,
		.dsn = read_dsn(report),
		.is_outbound = begun->outbound,
		.is_cut = !slice_ends(report, SLICE("/")) };
	struct message *message =
	    inflight_find(tracker, entry->line->host_index, begun_id(begun));
	bool tried =
	    qmail_note_tried(entry, begun, message, kind == EVENT_DEFERRED);

	if (begun->outbound)
		read_peer(report, &attempt.peer);
	else if (kind == EVENT_SENT)
		note_forwards(entry, report);
	attempt.delay_ms = delay_of(entry->line, message);
	if (kind == EVENT_BOUNCED && is_expiry(entry, begun, report, tried))
		life_expired(tracker, entry->line, begun_id(begun), SLICE(""));
	else
		life_attempt(tracker, entry->line, begun_id(begun), &attempt);
	/* The table may have grown, but rows stay where they are. */
	attempt_end(tracker, begun);
}

/* A delivery that began before the log did: to whom, nobody knows. */
static void
finish_unknown(struct entry *entry, enum event_kind kind, struct slice report)
{
	struct mail_event event = event_from(entry->line, kind);

	event.delivery.reply = report;
	event.delivery.dsn = read_dsn(report);
	tracker_emit(entry->tracker, &event);
}

/* "1: success: did_1+0+0/" */
enum meaning
qmail_result(struct entry *entry)
{
	static const struct {
		struct slice word;
		enum event_kind kind;
	} results[] = {
		{ { "success: ", 9 }, EVENT_SENT },
		{ { "deferral: ", 10 }, EVENT_DEFERRED },
		{ { "failure: ", 9 }, EVENT_BOUNCED },
		{ { "report mangled, will defer", 26 }, EVENT_DEFERRED },
	};
	struct slice text = entry->text;
	struct begun *begun;
	uint64_t number;

	if (!cut_count(&text, SLICE(": "), &number))
		return MEANS_UNKNOWN;
	begun = attempt_find(entry->tracker, entry->line->host_index, number);
	for (size_t i = 0; i < NELEMS(results); i++) {
		if (!slice_skip(&text, results[i].word))
			continue;
		if (begun != NULL)
			finish(entry, begun, results[i].kind, text);
		else
			finish_unknown(entry, results[i].kind, text);
		return MEANS_FACT;
	}
	return MEANS_UNKNOWN;
}

/* "11790785 qp 63" */
enum meaning
qmail_bounce(struct entry *entry)
{
	struct slice text = entry->text, id;
	uint64_t qp;

	if (!slice_cut(&text, SLICE(" qp "), &id) || !is_number(id) ||
	    !slice_number(text, &qp))
		return MEANS_UNKNOWN;
	generated(entry, qp);
	return MEANS_FACT;
}

/* "11790785" */
enum meaning
qmail_end(struct entry *entry)
{
	struct slice id = entry->text, rest = entry->text;

	(void)slice_cut(&rest, SLICE(" "), &id);
	if (!is_number(id))
		return MEANS_UNKNOWN;
	life_removed(entry->tracker, entry->line, id);
	return MEANS_FACT;
}
