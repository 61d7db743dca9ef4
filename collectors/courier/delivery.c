/*
 * delivery.c - courierd and its modules: a message's way through the queue
 *
 * newmsg,id=ID[, auth=USER]: dns; HELO (NAME [ADDRESS])
 * started,id=ID,from=<...>,module=M,host=H,addr=<...>[,addr=<...>]
 * id=ID,from=<...>,addr=<...>[,size=N]: TEXT | ,success: TEXT | ,status: WORD
 *
 * A message counts with the first line that has its sender, for only that tells
 * Courier's own notices (from <> or <#@[]>) from what was submitted on the host:
 * both come from "localhost (localhost [127.0.0.1])".  A success has one line of
 * ",success:", and that counts; courieresmtp adds ",status: success".
 *
 * Recipients count with their first result, whatever it is.  Those that are
 * deferred are remembered, each in a row of its own; a message's row ends when
 * all that were started have ended.  Only courierlocal tells a size.
 */
#include "base/array.h"
#include "collectors/courier/courier.h"
#include "collectors/life.h"
#include "collectors/people.h"
#include "collectors/tracker_impl.h"

#define WAY_TEXT 512 /* no logger cuts a line that is shorter */

/* A module's line about one recipient. */
struct result {
	struct slice id, sender, recipient;
	uint64_t bytes;
	struct message *message;
};

/* "0000000000B60264.000000006B024586.0000005E" without the leading zeros. */
static struct slice
short_id(struct slice id, char buffer[QUEUE_ID_TEXT])
{
	size_t n = 0;
	bool leading = true;

	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (leading && c == '0' && i + 1 < id.n && id.p[i + 1] != '.')
			continue;
		leading = c == '.';
		if (n == QUEUE_ID_TEXT - 1)
			return id; /* nobody's */
		buffer[n++] = c;
	}
	return (struct slice){ buffer, n };
}

/* What a deferred recipient's row is known by. */
static struct slice
recipient_id(const struct tracker *tracker, const struct result *result,
    char buffer[QUEUE_ID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t hash = slice_hash(result->id) * 31 +
			person_hash(tracker, result->recipient);

	buffer[0] = '@';
	for (size_t i = 1; i <= 16; i++, hash >>= 4)
		buffer[i] = digits[hash & 15];
	return (struct slice){ buffer, 17 };
}

static bool
is_deferred(const struct entry *entry, const struct result *result)
{
	char buffer[QUEUE_ID_TEXT];

	return inflight_find(entry->tracker, entry->line->host_index,
		   recipient_id(entry->tracker, result, buffer)) != NULL;
}

static void
set_deferred(
    const struct entry *entry, const struct result *result, bool deferred)
{
	char buffer[QUEUE_ID_TEXT];
	struct slice id = recipient_id(entry->tracker, result, buffer);
	struct message *row =
	    inflight_find(entry->tracker, entry->line->host_index, id);

	if (deferred && row == NULL)
		(void)inflight_get(entry->tracker, entry->line, id);
	else if (!deferred && row != NULL)
		inflight_remove(entry->tracker, row);
}

/*
 * "dns; HELO (NAME [ADDRESS])": the end is the server's, HELO is the client's.
 * No word ends the line, so in one that a logger may have cut the last address
 * could be the client's too.
 */
static bool
read_way(struct slice way, struct addr *client)
{
	ptrdiff_t at = slice_find_last(way, SLICE("["));

	if (at == -1 || way.n >= WAY_TEXT || !slice_ends(way, SLICE("])")))
		return false;
	way = slice_from(way, (size_t)at + 1);
	way.n -= 2;
	return addr_parse(way, client);
}

static enum meaning
new_message(struct entry *entry)
{
	char buffer[QUEUE_ID_TEXT];
	struct slice head, id, account = SLICE("");
	struct message *message;
	struct addr client = { 0 };

	if (!slice_cut(&entry->text, SLICE(": "), &head))
		return MEANS_UNKNOWN;
	id = head;
	if (slice_cut(&head, SLICE(", auth="), &id)) {
		account = head;
		entry->tracker->hosts[entry->line->host_index].tells_account =
		    true;
		entry->tracker->services_dirty = true;
	}
	id = short_id(id, buffer);
	if (!read_way(entry->text, &client))
		tracker_counts(entry->tracker)->ambiguous++;
	if (!addr_is_loopback(&client)) {
		message = life_from_client(
		    entry->tracker, entry->line, id, &client, account);
		message->esmtp = true;
	} else {
		message = inflight_new(entry->tracker, entry->line, id);
		message->account = account_number(entry->tracker, account);
	}
	message->cleaned = true;
	inflight_touch(entry->tracker, message);
	return MEANS_FACT;
}

static bool
is_notice(struct slice sender)
{
	return sender.n == 0 || slice_is(sender, "#@[]");
}

/* The sender is known: the message counts. */
static struct message *
begin(struct entry *entry, struct slice id, struct slice sender)
{
	struct message *message =
	    inflight_find(entry->tracker, entry->line->host_index, id);

	if (message == NULL || message->active)
		return message;
	if (message->origin == ORIGIN_UNKNOWN) {
		if (is_notice(sender))
			life_generated(entry->tracker, entry->line, id);
		else
			message->origin = ORIGIN_LOCAL;
	}
	life_active(entry->tracker, entry->line, id, sender, 0, 0);
	inflight_touch(entry->tracker, message);
	return message;
}

/* "id=X,from=<a>" and one of `followers'; the id is the short one. */
static bool
cut_head(struct entry *entry, const struct slice *followers, size_t n,
    struct result *result, char buffer[QUEUE_ID_TEXT])
{
	if (!slice_cut(&entry->text, SLICE(",from=<"), &result->id) ||
	    !courier_address(&entry->text, followers, n, &result->sender))
		return false;
	result->id = short_id(result->id, buffer);
	return true;
}

/* "...,host=H,addr=<a>,addr=<b>": each that is not known to be deferred. */
static void
count_started(struct entry *entry, struct result *result)
{
	static const struct slice after[] = { { ",addr=<", 7 }, { "", 0 } };
	struct slice before;

	if (!slice_cut(&entry->text, SLICE(",addr=<"), &before))
		return;
	do {
		if (!courier_address(
			&entry->text, after, NELEMS(after), &result->recipient))
			return;
		if (!is_deferred(entry, result))
			result->message->recipients++;
	} while (slice_skips(&entry->text, ",addr=<"));
	inflight_touch(entry->tracker, result->message);
}

static enum meaning
started(struct entry *entry)
{
	static const struct slice after[] = { { ",module=", 8 } };
	char buffer[QUEUE_ID_TEXT];
	struct result result = { 0 };

	if (!cut_head(entry, after, NELEMS(after), &result, buffer))
		return MEANS_UNKNOWN;
	/* A notice about a message is not one of its recipients. */
	if (slice_begins(entry->text, ",module=dsn,"))
		return MEANS_NOTHING;
	result.message = begin(entry, result.id, result.sender);
	if (result.message != NULL)
		count_started(entry, &result);
	return MEANS_FACT;
}

/* What a line adds to a message that was counted before: a recipient, if it is
   its first result; the size, if it is news. */
static void
add_to_message(struct entry *entry, const struct result *result, bool first)
{
	struct message *message = result->message;
	struct message kept = *message;

	message->recipients = first;
	message->bytes = kept.bytes == 0 ? result->bytes : 0;
	if (message->origin != ORIGIN_GENERATED &&
	    (message->recipients != 0 || message->bytes != 0))
		emit_received(entry->tracker, entry->line, message, EVENT_SIZED,
		    result->sender);
	message->recipients = kept.recipients;
	message->bytes = kept.bytes;
}

/* The recipient had a result: does the message still have others? */
static void
end_recipient(struct entry *entry, struct message *message)
{
	if (message->recipients > 0)
		message->recipients--;
	if (message->recipients == 0)
		inflight_remove(entry->tracker, message);
	else
		inflight_touch(entry->tracker, message);
}

static enum meaning
attempted(struct entry *entry, struct result *result, struct attempt *attempt)
{
	bool was_deferred = is_deferred(entry, result);

	result->message = begin(entry, result->id, result->sender);
	if (result->message == NULL) /* older than the log */
		result->message =
		    inflight_get(entry->tracker, entry->line, result->id);
	else
		add_to_message(entry, result, !was_deferred);
	if (result->bytes != 0)
		result->message->bytes = result->bytes;
	attempt->recipient = result->recipient;
	attempt->is_outbound =
	    !slice_is(attempt->mailer, "local") && attempt->mailer.n != 0;
	attempt->account_untold =
	    !entry->tracker->hosts[entry->line->host_index].tells_account;
	life_attempt(entry->tracker, entry->line, result->id, attempt);
	set_deferred(entry, result, attempt->kind == EVENT_DEFERRED);
	if (attempt->kind != EVENT_DEFERRED)
		end_recipient(entry, result->message);
	return MEANS_FACT;
}

/* "delivered: mx.example.net [192.0.2.25]" */
static void
read_peer(struct slice text, struct attempt *attempt)
{
	struct slice name, address;

	attempt->reply = text;
	if (!slice_skips(&text, "delivered: ") ||
	    !slice_cut(&text, SLICE(" ["), &name) ||
	    !slice_cut(&text, SLICE("]"), &address))
		return;
	attempt->relay = name;
	(void)addr_parse(address, &attempt->peer);
}

/* Behind "addr=<...>".  A notice that ESMTP_BLOCKBACKSCATTER stopped is told of
   as a success; nobody got it. */
static enum meaning
read_result(struct entry *entry, struct result *result, struct slice module)
{
	static const struct slice dropped = {
		"delivered: backscatter bounce dropped", 37
	};
	struct attempt attempt = { .mailer = module };
	struct slice *text = &entry->text, size;

	if (slice_skips(text, ",size=")) {
		if (!slice_cut(text, SLICE(","), &size) ||
		    !slice_number(size, &result->bytes))
			return MEANS_UNKNOWN;
		*text = (struct slice){ text->p - 1, text->n + 1 };
	}
	if (slice_skips(text, ",success: ")) {
		attempt.kind = EVENT_SENT;
		attempt.dsn = SLICE("2.0.0");
		read_peer(*text, &attempt);
		attempt.is_discard = slice_eq(*text, dropped);
		if (!attempt.is_discard && slice_starts(dropped, *text))
			return MEANS_UNKNOWN; /* cut */
		return attempted(entry, result, &attempt);
	}
	if (slice_skips(text, ",status: ")) {
		attempt.kind = slice_is(*text, "deferred") ? EVENT_DEFERRED
							   : EVENT_BOUNCED;
		if (attempt.kind == EVENT_DEFERRED ||
		    slice_is(*text, "failure"))
			return attempted(entry, result, &attempt);
		return MEANS_NOTHING; /* success; delayed: a warning */
	}
	/* The remote's words, or our own. */
	return slice_skips(text, ": ") ? MEANS_NOTHING : MEANS_UNKNOWN;
}

static enum meaning
about_recipient(struct entry *entry, struct slice module)
{
	static const struct slice after_from[] = { { ",addr=<", 7 } };
	static const struct slice after_addr[] = { { ": ", 2 }, { ",size=", 6 },
		{ ",success: ", 10 }, { ",status: ", 9 } };
	char buffer[QUEUE_ID_TEXT];
	struct result result = { 0 };

	if (!cut_head(entry, after_from, NELEMS(after_from), &result, buffer))
		return MEANS_UNKNOWN;
	(void)slice_skips(&entry->text, ",addr=<");
	if (!courier_address(&entry->text, after_addr, NELEMS(after_addr),
		&result.recipient))
		return MEANS_UNKNOWN;
	return read_result(entry, &result, module);
}

enum meaning
courier_delivery(struct entry *entry, struct slice module)
{
	if (slice_skips(&entry->text, "newmsg,id="))
		return new_message(entry);
	if (slice_skips(&entry->text, "started,id="))
		return started(entry);
	if (slice_skips(&entry->text, "id="))
		return about_recipient(entry, module);
	/* "Waiting. ...", "completed,id=...", "Installing ...", "Purging ..." */
	return MEANS_NOTHING;
}
