/*
 * format_nullmailer.c - nullmailer 1 and 2: nullmailer-send
 *
 *	Starting delivery: host: 192.0.2.202 protocol: smtp file: 1795310797.21
 *	From: <kim@example.com> to: <ann@example.org>, <bob@example.org>
 *	Message-ID: <...>
 *	smtp: Failed: 550 5.1.1 no such user
 *	Sending failed: Permanent error in sending the message
 *	Moving message 1795310797.21 into failed
 *	Generating bounce for 1795310797.21
 *
 * One delivery goes on at a time, and only the order of lines joins them; there
 * is no process number.  (src/send.cc; 1.x has protocol: before host:, and
 * never moves a message.)  That a message came is seen when it is tried for the
 * first time; its file's name begins with the second in which it was queued,
 * so one from before the log is told.  All recipients of a message share each
 * attempt.  Sizes are not logged.
 *
 * Its lines go to syslog by logger(1), or to a log of its own: behind a
 * multilog's or svlogd's TAI64N stamp, or as they are.  Without stamps the
 * files' names are the only clock.
 */
#include <string.h>

#include "base/array.h"
#include "collectors/attempts.h"
#include "collectors/entry.h"
#include "collectors/life.h"
#include "collectors/nullmailer.h"
#include "collectors/tracker_impl.h"

#define PERMANENT "Permanent error in sending the message"

/* The delivery that goes on; its number is none that others have. */
#define ONE_AT_A_TIME UINT64_MAX

static struct begun *
current(struct entry *entry)
{
	struct begun *begun = attempt_find(
	    entry->tracker, entry->line->host_index, ONE_AT_A_TIME);

	if (begun != NULL)
		begun->dirty = true;
	return begun;
}

static struct message *
message_of(struct entry *entry, const struct begun *begun)
{
	return inflight_find(
	    entry->tracker, entry->line->host_index, begun_id(begun));
}

/* "550 5.1.1 no": the second word, where it is a code */
static struct slice
read_dsn(struct slice reply)
{
	struct slice code;

	if (!slice_cut(&reply, SLICE(" "), &code) || code.n != 3 ||
	    !slice_cut(&reply, SLICE(" "), &code) || code.n < 5 ||
	    code.p[1] != '.' || code.p[0] < '2' || code.p[0] > '5')
		return SLICE("");
	return code;
}

/* "<ann@example.org>, <bob@example.org>": the next; empty: there is none, or
   the list was too long to be kept */
static struct slice
next_recipient(struct slice *list)
{
	struct slice recipient = SLICE("");

	if (!slice_skips(list, "<")) {
		*list = SLICE("");
	} else if (slice_cut(list, SLICE(">, <"), &recipient)) {
		*list = (struct slice){ list->p - 1, list->n + 1 };
	} else {
		if (slice_ends(*list, SLICE(">")))
			recipient = (struct slice){ list->p, list->n - 1 };
		*list = SLICE("");
	}
	return recipient;
}

/* The attempt is over, and had that result for each recipient. */
static void
finish(struct entry *entry, struct begun *begun, enum event_kind kind)
{
	const struct message *message = message_of(entry, begun);
	uint32_t n = message != NULL && message->recipients != 0
			 ? message->recipients
			 : 1;
	struct slice list = begun_recipient(begun);
	struct attempt attempt = { .kind = kind,
		.mailer = slice_of(begun->mailer),
		.relay = slice_of(begun->relay),
		.reply = slice_of(begun->reply),
		.is_outbound = true };

	attempt.dsn = read_dsn(attempt.reply);
	(void)addr_parse(attempt.relay, &attempt.peer);
	while (n-- > 0) {
		attempt.recipient = next_recipient(&list);
		life_attempt(
		    entry->tracker, entry->line, begun_id(begun), &attempt);
	}
}

/* A failure, and what follows does not say that it was the last one. */
static void
settle(struct entry *entry)
{
	struct begun *begun = current(entry);

	if (begun == NULL || !begun->failed)
		return;
	finish(entry, begun, EVENT_DEFERRED);
	attempt_end(entry->tracker, begun);
}

/* "host: 192.0.2.202 protocol: smtp file: 1795310797.21" */
static enum meaning
starting(struct entry *entry)
{
	struct slice file = nullmailer_field(entry->text, SLICE("file: "));
	struct slice host = nullmailer_field(entry->text, SLICE("host: "));
	struct slice protocol =
	    nullmailer_field(entry->text, SLICE("protocol: "));
	struct begun *begun;

	if (file.n == 0 || file.n >= QUEUE_ID_TEXT || host.n == 0 ||
	    protocol.n == 0)
		return MEANS_UNKNOWN;
	begun = attempt_begin(
	    entry->tracker, entry->line, ONE_AT_A_TIME, file, SLICE(""), true);
	slice_copy(protocol, begun->mailer, sizeof(begun->mailer));
	slice_copy(host, begun->relay, sizeof(begun->relay));
	return MEANS_FACT;
}

/* Beside messages, whose names begin with a digit: "first", when the log of
   this host began, and "b" with a hash, a bounce to that address. */
struct name {
	char text[QUEUE_ID_TEXT];
	size_t n;
};

static struct slice
bounce_name(struct name *name, uint64_t hash)
{
	name->text[0] = 'b';
	for (name->n = 1; name->n < 17; name->n++, hash >>= 4)
		name->text[name->n] = "0123456789abcdef"[hash & 15];
	return (struct slice){ name->text, name->n };
}

/* Was it queued before the log began?  Seconds are all that its name has. */
static bool
is_older(struct entry *entry, struct slice file)
{
	const struct message *first = inflight_find(
	    entry->tracker, entry->line->host_index, SLICE("first"));
	struct slice seconds;
	uint64_t queued;

	return first != NULL && slice_cut(&file, SLICE("."), &seconds) &&
	       slice_number(seconds, &queued) &&
	       (int64_t)queued + 1 < first->since / 1000000;
}

static bool
take_bounce(struct entry *entry, uint64_t hash)
{
	struct name name;
	struct message *row = inflight_find(
	    entry->tracker, entry->line->host_index, bounce_name(&name, hash));

	if (row == NULL)
		return false;
	if (--row->recipients == 0)
		inflight_remove(entry->tracker, row);
	else
		inflight_touch(entry->tracker, row);
	return true;
}

/* The message is tried for the first time: it came, or was made here. */
static void
count(struct entry *entry, struct slice file, struct slice sender,
    struct slice list)
{
	struct message *message =
	    life_from_local(entry->tracker, entry->line, file);
	struct slice rest = list, first = next_recipient(&rest);
	uint32_t recipients = 1;

	while (next_recipient(&rest).n != 0)
		recipients++;
	message->message_id = slice_hash(sender) | 1;
	if (sender.n == 0 && (take_bounce(entry, slice_hash(first) | 1) ||
				 take_bounce(entry, 0))) {
		message->origin = ORIGIN_UNKNOWN;
		message->cleaned = message->proven = true;
	}
	if (is_older(entry, file)) {
		message->origin = ORIGIN_UNKNOWN;
		message->cleaned = false;
	}
	life_active(entry->tracker, entry->line, file, sender, 0, recipients);
}

/* "<kim@example.com> to: <ann@example.org>, <bob@example.org>" */
static enum meaning
from(struct entry *entry)
{
	struct begun *begun = current(entry);
	struct slice text = entry->text, sender;
	ptrdiff_t at = slice_find_last(text, SLICE("> to: <"));
	const struct message *message;

	if (at < 1 || text.p[0] != '<' || !slice_ends(text, SLICE(">")))
		return MEANS_UNKNOWN;
	if (begun == NULL)
		return MEANS_NOTHING; /* the log began in its middle */
	sender = (struct slice){ text.p + 1, (size_t)at - 1 };
	text = slice_from(text, (size_t)at + sizeof("> to: ") - 1);
	message = message_of(entry, begun);
	if (message == NULL || !message->active)
		count(entry, begun_id(begun), sender, text);
	begun->length = (uint16_t)slice_copy(
	    text, begun->recipient, sizeof(begun->recipient));
	return MEANS_FACT;
}

/* "Failed: 550 5.1.1 no", "Succeeded: 250 2.0.0 Ok", behind the protocol */
static enum meaning
answered(struct entry *entry)
{
	struct begun *begun = current(entry);
	struct slice text = entry->text;

	if (!slice_skips(&text, "Failed: ") &&
	    !slice_skips(&text, "Succeeded: "))
		return MEANS_NOTHING;
	if (begun != NULL)
		slice_copy(text, begun->reply, sizeof(begun->reply));
	return MEANS_FACT;
}

static enum meaning
sent(struct entry *entry)
{
	struct begun *begun = current(entry);

	if (begun == NULL)
		return MEANS_NOTHING;
	finish(entry, begun, EVENT_SENT);
	life_removed(entry->tracker, entry->line, begun_id(begun));
	attempt_end(entry->tracker, begun);
	return MEANS_FACT;
}

/* "Permanent error in sending the message", ...: the next line may say that
   the message is given up */
static enum meaning
failed(struct entry *entry)
{
	struct begun *begun = current(entry);

	if (begun == NULL)
		return MEANS_NOTHING;
	if (begun->reply[0] == '\0')
		slice_copy(entry->text, begun->reply, sizeof(begun->reply));
	begun->failed = slice_begins(entry->text, PERMANENT) ? 2 : 1;
	return MEANS_FACT;
}

/* "1795310797.21 into failed": refused for good, or in the queue for too long */
static enum meaning
given_up(struct entry *entry)
{
	struct begun *begun = current(entry);
	struct slice text = entry->text, file;

	if (!slice_cut(&text, SLICE(" into failed"), &file))
		return MEANS_UNKNOWN;
	if (begun == NULL || begun->failed == 0 ||
	    !slice_eq(begun_id(begun), file))
		return MEANS_NOTHING;
	if (begun->failed == 2) {
		finish(entry, begun, EVENT_BOUNCED);
	} else {
		finish(entry, begun, EVENT_DEFERRED);
		life_expired(entry->tracker, entry->line, file, SLICE(""));
	}
	attempt_end(entry->tracker, begun);
	return MEANS_FACT;
}

/* "1795310797.21": its sender gets a message, which the queue has next */
static enum meaning
bounce(struct entry *entry)
{
	const struct message *message =
	    inflight_find(entry->tracker, entry->line->host_index, entry->text);
	struct name name;

	inflight_get(entry->tracker, entry->line,
	    bounce_name(&name, message != NULL ? message->message_id : 0))
	    ->recipients++;
	life_removed(entry->tracker, entry->line, entry->text);
	return MEANS_FACT;
}

/* A bounce that cannot be delivered: no other is made. */
static enum meaning
no_bounce(struct entry *entry)
{
	life_removed(entry->tracker, entry->line, entry->text);
	return MEANS_FACT;
}

static const struct entry_row rows[] = {
	ENTRY_ROW("From: ", from),
	ENTRY_ROW("Starting delivery: ", starting),
	ENTRY_ROW("smtp: ", answered),
	ENTRY_ROW("qmqp: ", answered),
	ENTRY_ROW("Sending failed: ", failed),
	ENTRY_ROW("Sending process crashed", failed),
	ENTRY_ROW("Sending timed out, ", failed),
	ENTRY_ROW("Error catching the child process", failed),
	ENTRY_ROW("Fork failed.", failed),
	ENTRY_ROW("Sent file.", sent),
	ENTRY_ROW("Moving message ", given_up),
	ENTRY_ROW("Generating bounce for ", bounce),
	ENTRY_ROW("Not generating double bounce for ", no_bounce),
	ENTRY_ROW(
	    "Message-I", entry_nothing), /* d or D, as its header had it */
	ENTRY_ROW("Message-i", entry_nothing),
	ENTRY_ROW("message-i", entry_nothing),
	ENTRY_ROW("Starting delivery, ", entry_nothing),
	ENTRY_ROW("Delivery complete, ", entry_nothing),
	ENTRY_ROW("Rescanning queue.", entry_nothing),
	ENTRY_ROW("Trigger pulled.", entry_nothing),
	ENTRY_ROW("Warning: ", entry_nothing),
	ENTRY_ROW("Can't ", entry_nothing),
	ENTRY_ROW("Cannot ", entry_nothing),
	ENTRY_ROW("Could not ", entry_nothing),
	ENTRY_ROW("No remote hosts listed", entry_nothing),
	ENTRY_ROW("Internal error in select.", entry_nothing),
	ENTRY_ROW("nullmailer-", entry_nothing),
};

/*
 * "550-5.1.1 no": each line of a reply is one of the log, as the remote wrote
 * it.  It goes on up to one whose code no '-' follows (protocols/smtp.cc); where
 * the remote was gone before that, our own words follow.
 */
static bool
is_of_reply(struct entry *entry)
{
	struct begun *begun = current(entry);

	if (begun == NULL || begun->failed != 0 ||
	    strnlen(begun->reply, 4) < 4 || begun->reply[3] != '-' ||
	    slice_begins(entry->text, "Sending "))
		return false;
	if (entry->text.n < 4 || entry->text.p[3] != '-')
		begun->reply[3] = ' ';
	return true;
}

/* The log began with this line, or earlier: where there are no stamps, time
   is known from the first file on. */
static void
note_begin(struct entry *entry)
{
	struct message *first =
	    inflight_get(entry->tracker, entry->line, SLICE("first"));

	if (entry->line->when < first->since)
		first->since = entry->line->when;
}

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "nullmailer") ||
	       slice_is(program, "nullmailer-send");
}

static enum meaning
parse(struct tracker *tracker, const struct log_line *line, unsigned kind)
{
	struct entry entry = { tracker, line, { NULL, 0 }, line->text };
	enum meaning meaning = MEANS_UNKNOWN;

	(void)kind;
	note_begin(&entry);
	if (is_of_reply(&entry))
		return MEANS_NOTHING;
	/* One that was cut may be that. */
	if (!slice_begins(line->text, "Moving message ") &&
	    !slice_starts(SLICE("Moving message "), line->text))
		settle(&entry);
	(void)entry_by_row(&entry, rows, NELEMS(rows), &meaning);
	return meaning;
}

const struct log_format format_nullmailer = {
	.name = "nullmailer",
	.systems = "nullmailer 1 and 2, by syslog or a log of its own",
	.reads = "messages submitted, bounces, deliveries to its remotes",
	.owns = owns,
	.parse = parse,
	.front = nullmailer_front,
	.claims = nullmailer_claims,
};
