/*
 * weight.c - how long a message is when it is delivered
 *
 * The priority of a first attempt is the message's size as it lies in the
 * queue and RECIPIENT_COST for each recipient (envelope.c, eatheader); a later
 * one has RECIPIENT_COST more for each try.
 */
#include "collectors/sendmail/sendmail.h"

#define RECIPIENT_COST 30000 /* confWORK_RECIPIENT_FACTOR */

/* Unless the queue was read again, headers that milters added are not in it,
   and are sent all the same. */
static void
weigh_received(struct envelope *envelope, uint64_t priority)
{
	uint64_t plain =
	    envelope->bytes + RECIPIENT_COST * (uint64_t)envelope->recipients;

	if (priority < plain) {
		envelope->sent_bytes =
		    plain - priority < envelope->bytes
			? envelope->bytes - (plain - priority)
			: 0;
		return;
	}
	envelope->sent_bytes =
	    envelope->bytes + (priority - plain) % RECIPIENT_COST;
	if (envelope->sent_bytes == envelope->bytes)
		envelope->sent_bytes += envelope->added;
}

/* A message that Sendmail made has no other line that tells its size: nothing,
   or 1024 and that of the message it is about. */
static void
weigh_generated(
    struct entry *entry, struct envelope *envelope, uint64_t priority)
{
	uint64_t rest =
	    priority > RECIPIENT_COST ? priority - RECIPIENT_COST : 0;
	uint64_t least = 1024 + envelope->about_bytes;

	if (envelope->about_bytes != 0 && rest >= least)
		rest = least + (rest - least) % RECIPIENT_COST;
	else
		rest %= RECIPIENT_COST;
	envelope->bytes = envelope->sent_bytes = rest;
	if (!envelope->submitted) /* counted in a file of its own */
		envelope_sized(entry->tracker, entry->line, envelope);
}

void
sendmail_weigh(
    struct entry *entry, struct envelope *envelope, uint64_t priority)
{
	if (envelope->weighed || priority == 0)
		return;
	envelope->weighed = true;
	envelope->dirty = true;
	if (envelope->generated)
		weigh_generated(entry, envelope, priority);
	else if (envelope->from_seen)
		weigh_received(envelope, priority);
}
