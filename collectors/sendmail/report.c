/*
 * report.c - messages that Sendmail makes itself (savemail.c, recipient.c)
 *
 * A: B: DSN: User unknown                     B tells the sender of A
 * A: B: sender notify: Cannot send message for 5 days
 * A: B: clone: owner=kim                      B is A for a list's members
 */
#include "base/array.h"
#include "base/mem.h"
#include "collectors/sendmail/sendmail.h"

static void
generated(struct entry *entry, const struct envelope *about, struct slice id)
{
	struct tracker *tracker = entry->tracker;
	struct envelope *made = envelope_new(tracker, entry->line, id);
	struct mail_event event;

	if (made->generated)
		return;
	made->generated = true;
	made->decided = true;
	made->submitted = about->submitted;
	made->about_bytes = about->weighed ? about->sent_bytes : about->bytes;
	if (made->sender == NULL)
		made->sender = mem_text("");
	made->since = entry->line->when;
	event = envelope_event(tracker, entry->line, made, EVENT_RECEIVED);
	event.message.generated = true;
	tracker_emit(tracker, &event);
	if (!made->submitted)
		envelope_wait_size(tracker, entry->line, made);
}

/* The same message for other recipients: received before. */
static void
cloned(struct entry *entry, const struct envelope *from, struct slice id)
{
	struct envelope *clone = envelope_new(entry->tracker, entry->line, id);
	struct mail_event event =
	    envelope_event(entry->tracker, entry->line, clone, EVENT_RETURNED);

	event.original = envelope_id(from);
	tracker_emit(entry->tracker, &event);
	clone->from_seen = true;
	clone->decided = true;
	clone->counted = true;
	clone->bytes = from->bytes;
	clone->recipients = 1;
	clone->client = from->client;
	clone->account = from->account;
	clone->authenticated = from->authenticated;
	clone->relayed = from->relayed;
	if (clone->sender == NULL && from->sender != NULL)
		clone->sender = mem_text(from->sender);
}

/* Given up for its age: every recipient whose last attempt was deferred. */
static void
expired(struct entry *entry, struct envelope *envelope)
{
	struct mail_event event = envelope_event(
	    entry->tracker, entry->line, envelope, EVENT_EXPIRED);

	event.count = envelope_expired(entry->tracker, envelope);
	if (event.count == 0)
		return;
	if (envelope->sender != NULL)
		event.delivery.sender = slice_of(envelope->sender);
	event.delivery.bytes = envelope->bytes;
	tracker_emit(entry->tracker, &event);
}

bool
sendmail_report(struct entry *entry, enum meaning *meaning)
{
	static const struct slice kinds[] = { { "DSN: ", 5 },
		{ "sender notify: ", 15 }, { "postmaster notify: ", 19 },
		{ "return to sender: ", 18 } };
	size_t n = sendmail_id_length(entry->text), i = 0;
	struct slice made = { entry->text.p, n }, text;
	struct envelope *about;

	if (n == 0 || slice_eq(made, entry->id))
		return false;
	text = slice_from(entry->text, n);
	if (!slice_skips(&text, ": "))
		return false;
	*meaning = MEANS_FACT;
	about = envelope_get(entry->tracker, entry->line, entry->id);
	(void)envelope_lives(entry->tracker, entry->line, about);
	if (slice_begins(text, "clone: ")) {
		cloned(entry, about, made);
		return true;
	}
	while (i < NELEMS(kinds) && !slice_skip(&text, kinds[i]))
		i++;
	if (i == NELEMS(kinds)) {
		*meaning = MEANS_UNKNOWN;
		return true;
	}
	if (slice_begins(text, "Cannot send message for "))
		expired(entry, about);
	generated(entry, about, made);
	return true;
}
