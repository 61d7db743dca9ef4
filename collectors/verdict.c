/* verdict.c - what a scanner found, given to its message */
#include "collectors/verdict.h"

#include "collectors/inflight.h"
#include "collectors/sendmail/envelope.h"

enum meaning
verdict_give(struct tracker *tracker, const struct log_line *line,
    enum verdict_kind verdict, const struct verdict_of *of)
{
	struct mail_event event = event_from(line, EVENT_VERDICT);
	const struct envelope *envelope =
	    envelope_find(tracker, line->host_index, of->queue_id);
	const struct message *message =
	    inflight_find(tracker, line->host_index, of->queue_id);

	event.client = of->client;
	if (!addr_is_none(&of->client))
		; /* it says so itself */
	else if (envelope != NULL)
		event.client = envelope->client;
	else if (message != NULL)
		event.client = message->client;
	event.queue_id = of->queue_id;
	event.message_id = of->message_id;
	if (of->message_id.n != 0)
		event.message_key = event_message_key(of->message_id);
	event.author = of->author;
	event.verdict = verdict;
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}
