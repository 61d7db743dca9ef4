/* undecided.c - refusals whose reason a later line tells */
#include "collectors/undecided.h"

#include <utlist.h>

#include "collectors/hops.h"
#include "collectors/tracker_impl.h"

/* The text of what waits: "550\nkim@example.org\n550 Invalid recipient: ..." */
bool
undecided_wait(struct tracker *tracker, uint32_t host_index,
    const struct mail_event *event)
{
	struct pending *pending;
	int n;

	if ((tracker_domains_known(tracker) && !tracker->home.incomplete) ||
	    tracker->undecided >= UNDECIDED_MOST || event->count != 1 ||
	    event->reject.dsn.n != 0 ||
	    slice_find_last(event->reject.recipient, SLICE("@")) == -1)
		return false;
	pending = hops_add(tracker, host_index, event->when, PENDING_REFUSED);
	pending->client = event->client;
	n = snprintf(pending->text, sizeof(pending->text), "%u\n%.*s\n%.*s",
	    event->reject.code, (int)event->reject.recipient.n,
	    event->reject.recipient.p, (int)event->reject.text.n,
	    event->reject.text.p);
	pending->text_length = n < (int)sizeof(pending->text)
				   ? (size_t)n
				   : sizeof(pending->text) - 1;
	return true;
}

static struct slice
recipient_of(const struct pending *pending)
{
	struct slice rest = pending_text(pending), recipient;

	if (!slice_cut(&rest, SLICE("\n"), &recipient) ||
	    !slice_cut(&rest, SLICE("\n"), &recipient))
		return SLICE("");
	return recipient;
}

void
undecided_settle(
    struct tracker *tracker, const struct pending *pending, enum reason reason)
{
	struct slice rest = pending_text(pending), code, to;
	struct mail_event event = { .when = pending->when,
		.kind = EVENT_REJECTED,
		.host = tracker_host_name(tracker, pending->host_index),
		.count = 1,
		.client = pending->client,
		.mailer = SLICE("smtp") };
	uint64_t number;

	if (!slice_cut(&rest, SLICE("\n"), &code) ||
	    !slice_number(code, &number) || !slice_cut(&rest, SLICE("\n"), &to))
		return;
	event.reject.code = (uint16_t)number;
	event.reject.temporary = number < 500;
	event.reject.reason = reason;
	event.reject.recipient = to;
	event.reject.text = rest;
	tracker_emit(tracker, &event);
}

void
undecided_domain(
    struct tracker *tracker, uint32_t host_index, struct slice domain)
{
	struct pending *pending = NULL, *next;
	struct slice recipient;
	ptrdiff_t at;

	DL_FOREACH_SAFE(tracker->pending, pending, next)
	{
		if (pending->kind != PENDING_REFUSED ||
		    pending->host_index != host_index)
			continue;
		recipient = recipient_of(pending);
		at = slice_find_last(recipient, SLICE("@"));
		if (at == -1 ||
		    !slice_same_word(
			slice_from(recipient, (size_t)at + 1), domain))
			continue;
		undecided_settle(tracker, pending, REASON_UNKNOWN_RECIPIENT);
		pending_drop(tracker, pending);
	}
}
