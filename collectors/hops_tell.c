/* hops_tell.c - the hops of a message are told, for its history */
#include "collectors/hops.h"
#include "collectors/tracker_impl.h"

void
hops_tell_return(struct tracker *tracker, const struct message *message,
    struct slice original)
{
	struct mail_event event = { .when = message->since,
		.kind = EVENT_RETURNED,
		.count = 1,
		.host = tracker_host_name(tracker, message->host_index),
		.queue_id = message_queue_id(message),
		.original = original };

	tracker_emit(tracker, &event);
}

void
hops_tell_handed(struct tracker *tracker, const struct mail_event *delivery)
{
	struct mail_event event = *delivery;

	event.kind = EVENT_HANDED;
	tracker_emit(tracker, &event);
}
