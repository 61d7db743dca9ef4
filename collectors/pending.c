/* pending.c - an event that waits, and its texts */
#include <stdlib.h>
#include <utlist.h>

#include "collectors/tracker_impl.h"

/* A text of the event at hand, kept as long as it waits. */
static void
keep_text(struct pending *pending, size_t *used, struct slice *text)
{
	size_t room = sizeof(pending->text) - *used;
	size_t n = text->n < room ? text->n : room;

	if (n != 0)
		memcpy(pending->text + *used, text->p, n);
	*text = (struct slice){ pending->text + *used, n };
	*used += n;
}

void
pending_keep_event(struct tracker *tracker, struct pending *pending,
    const struct mail_event *event)
{
	struct mail_event *kept = &pending->event;
	const struct tracked_host *host = &tracker->hosts[pending->host_index];
	size_t used = 0;

	*kept = *event;
	kept->host = (struct slice){ host->name, host->length };
	kept->account = account_name(tracker, pending->account);
	keep_text(pending, &used, &kept->mailer);
	keep_text(pending, &used, &kept->queue_id);
	keep_text(pending, &used, &kept->message_id);
	keep_text(pending, &used, &kept->delivery.dsn);
	keep_text(pending, &used, &kept->delivery.relay);
	keep_text(pending, &used, &kept->delivery.recipient);
	keep_text(pending, &used, &kept->delivery.addressed);
	keep_text(pending, &used, &kept->delivery.sender);
	keep_text(pending, &used, &kept->delivery.reply);
}

void
pending_drop(struct tracker *tracker, struct pending *pending)
{
	DL_DELETE(tracker->pending, pending);
	tracker->pending_count--;
	tracker->undecided -= pending->kind == PENDING_REFUSED;
	tracker->pending_dirty = true;
	free(pending);
}
