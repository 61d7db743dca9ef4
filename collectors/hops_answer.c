/* hops_answer.c - what a filter answered when it was given a message */
#include "collectors/hops.h"

#include "collectors/tracker_impl.h"

/* "250 2.0.0 X Message accepted for delivery": OpenSMTPD's id is lower case. */
static bool
cut_accepted(struct slice reply, struct slice *id)
{
	ptrdiff_t at =
	    slice_find_last(reply, SLICE(" Message accepted for delivery"));
	size_t n = 0;

	if (at == -1)
		return false;
	while (n < (size_t)at && reply.p[(size_t)at - n - 1] != ' ')
		n++;
	*id = (struct slice){ reply.p + at - n, n };
	return n > 0;
}

/* "... queued as X": Postfix' */
static bool
cut_queued(struct slice reply, struct slice *id)
{
	ptrdiff_t at = slice_find_last(reply, SLICE("queued as "));
	size_t n = 0;

	if (at == -1)
		return false;
	*id = slice_from(reply, (size_t)at + 10);
	while (
	    n < id->n && id->p[n] != ')' && id->p[n] != ' ' && id->p[n] != ';')
		n++;
	id->n = n;
	return is_queue_id(*id);
}

/* The row that the reply names, if it can be a return of this message. */
static struct message *
named_return(
    struct tracker *tracker, const struct message *message, struct slice reply)
{
	struct slice id;
	struct message *named;

	if (!cut_queued(reply, &id) && !cut_accepted(reply, &id))
		return NULL;
	named = inflight_find(tracker, message->host_index, id);
	return named == message ? NULL : named;
}

static bool
says(struct slice reply, const char *word)
{
	return slice_find(reply, slice_of(word)) != -1;
}

enum hop_answer
hops_answer(
    struct tracker *tracker, struct message *message, struct slice reply)
{
	struct message *named = named_return(tracker, message, reply);

	if (named != NULL && named->waiting) {
		hops_named_return(tracker, named, message);
		message->handed = true;
	} else if (named != NULL && (named->loopback || named->received)) {
		message->handed = true;
	}
	/* amavis; clamsmtpd, which had begun to bring it back */
	if (named == NULL && (says(reply, "Ok, discarded") ||
				 says(reply, "; Discarded Email"))) {
		hops_note_filter(tracker, message->host_index);
		return HOP_DISCARDED;
	}
	if (named == NULL && says(reply, ", BOUNCE")) {
		hops_note_filter(tracker, message->host_index);
		return HOP_BOUNCED;
	}
	return message->handed ? HOP_HANDED : HOP_NONE;
}
