/* qmgr.c - qmgr(8) and the daemons around the queue: what became of it */
#include "base/array.h"
#include "collectors/life.h"
#include "collectors/postfix/postfix.h"

static const struct slice after_sender[] = { { ", size=", 7 },
	{ ", status=", 9 } };

/* "size=1625, nrcpt=2 (queue active)" */
static enum meaning
active(struct entry *entry, struct slice sender, struct slice text)
{
	struct slice size, recipients;
	uint64_t bytes, count;

	if (!slice_cut(&text, SLICE(", nrcpt="), &size) ||
	    !slice_cut(&text, SLICE(" ("), &recipients) ||
	    !slice_number(size, &bytes) || !slice_number(recipients, &count))
		return MEANS_UNKNOWN;
	if (!slice_begins(text, "queue active)"))
		return MEANS_NOTHING;
	life_active(entry->tracker, entry->line, entry->id, sender, bytes,
	    (uint32_t)count);
	return MEANS_FACT;
}

enum meaning
postfix_qmgr(struct entry *entry)
{
	struct slice text = entry->text, sender;
	bool ambiguous;

	if (entry->id.n == 0)
		return postfix_warning(entry);
	if (slice_is(text, "removed")) {
		life_removed(entry->tracker, entry->line, entry->id);
		return MEANS_FACT;
	}
	if (slice_begins(text, "to=<"))
		return postfix_delivery(entry);
	if (!slice_skips(&text, "from=<"))
		return slice_begins(text, "skipped, ") ? MEANS_NOTHING
						       : MEANS_UNKNOWN;
	if (!cut_address(
		&text, after_sender, NELEMS(after_sender), &sender, &ambiguous))
		return MEANS_UNKNOWN;
	tracker_counts(entry->tracker)->ambiguous += ambiguous;
	if (slice_skips(&text, ", size="))
		return active(entry, sender, text);
	/* status=expired, returned to sender; 3.5: force-expired */
	if (!slice_is(text, ", status=expired, returned to sender") &&
	    !slice_is(text, ", status=force-expired, returned to sender"))
		return MEANS_UNKNOWN;
	life_expired(entry->tracker, entry->line, entry->id, sender);
	return MEANS_FACT;
}

/* "uid=0 from=<root>", and " orig_id=X" where postsuper -r put it back */
enum meaning
postfix_pickup(struct entry *entry)
{
	static const struct slice after[] = { { " orig_id=", 9 }, { "", 0 } };
	struct slice text = entry->text, uid, sender;
	bool ambiguous;

	if (entry->id.n == 0)
		return postfix_warning(entry);
	if (!slice_skips(&text, "uid=") ||
	    !slice_cut(&text, SLICE(" from=<"), &uid) ||
	    !cut_address(&text, after, NELEMS(after), &sender, &ambiguous))
		return MEANS_UNKNOWN;
	tracker_counts(entry->tracker)->ambiguous += ambiguous;
	if (slice_skips(&text, " orig_id="))
		life_renamed(entry->tracker, entry->line, entry->id, text);
	else
		life_from_local(entry->tracker, entry->line, entry->id);
	return MEANS_FACT;
}

/* "sender non-delivery notification: X": X is ours */
enum meaning
postfix_bounce(struct entry *entry)
{
	struct slice text = entry->text, what;

	if (entry->id.n == 0 ||
	    !slice_cut(&text, SLICE("notification: "), &what))
		return postfix_warning(entry);
	if (!is_queue_id(text))
		return MEANS_UNKNOWN;
	life_generated(entry->tracker, entry->line, text);
	return MEANS_FACT;
}

/* The operator's hand: held, released, put back; only "removed" ends it. */
enum meaning
postfix_postsuper(struct entry *entry)
{
	static const struct slice words[] = { { "placed on hold", 14 },
		{ "released from hold", 18 }, { "requeued", 8 },
		{ "expired", 7 }, { "released for expiration", 23 } };

	if (entry->id.n != 0 && slice_is(entry->text, "removed")) {
		life_removed(entry->tracker, entry->line, entry->id);
		return MEANS_FACT;
	}
	for (size_t i = 0; entry->id.n != 0 && i < NELEMS(words); i++)
		if (slice_starts(entry->text, words[i]))
			return MEANS_NOTHING;
	return entry->id.n == 0 ? MEANS_NOTHING : MEANS_UNKNOWN;
}

enum meaning
postfix_master(struct entry *entry)
{
	static const struct slice words[] = { { "daemon started", 14 },
		{ "reload ", 7 }, { "terminating on signal", 21 },
		{ "starting the Postfix", 20 }, { "stopping the Postfix", 20 },
		{ "refreshing the Postfix", 22 } };
	struct mail_event event;

	for (size_t i = 0; i < NELEMS(words); i++) {
		if (!slice_starts(entry->text, words[i]))
			continue;
		event = event_from(entry->line, EVENT_LIFECYCLE);
		tracker_emit(entry->tracker, &event);
		return MEANS_FACT;
	}
	return MEANS_NOTHING;
}
