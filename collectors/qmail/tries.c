/*
 * tries.c - is a recipient tried for the first time?
 *
 * No line tells how many recipients a message has: those are they that were
 * tried, each counted at its first attempt.
 */
#include "collectors/attempts.h"
#include "collectors/people.h"
#include "collectors/qmail/qmail.h"
#include "collectors/tracker_impl.h"

struct row_name
row_name(char kind, uint64_t number)
{
	struct row_name name = { { kind }, 1 };

	do {
		name.text[name.n++] = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number != 0);
	return name;
}

static struct row_name
tried_name(const struct tracker *tracker, const struct begun *begun)
{
	uint64_t hash = person_hash(tracker, begun_recipient(begun)) * 31 +
			slice_hash(begun_id(begun));

	return row_name('r', hash << 1 | begun->outbound);
}

/*
 * qmail-send goes through a message's recipients again only when all attempts
 * of that channel are over.  How often it did is counted in `finished', which
 * qmail has no other use for: the local ones below, the remote ones above.
 */
static uint32_t
passes(const struct message *message, bool outbound)
{
	return (outbound ? message->finished >> 16 : message->finished) &
	       0xffff;
}

static bool
is_alone(const struct tracker *tracker, const struct begun *begun)
{
	const struct begun *other;

	for (size_t i = 0; i < tracker->attempts.made; i++) {
		other = table_row(&tracker->attempts, i);
		if (other != NULL && other != begun &&
		    other->host_index == begun->host_index &&
		    other->outbound == begun->outbound &&
		    slice_eq(begun_id(other), begun_id(begun)))
			return false;
	}
	return true;
}

/* Was it tried before?  A recipient may be there twice. */
bool
qmail_is_retry(
    struct entry *entry, const struct begun *begun, struct message *message)
{
	struct row_name name = tried_name(entry->tracker, begun);
	const struct message *row = inflight_find(
	    entry->tracker, entry->line->host_index, row_slice(&name));

	if (row == NULL)
		return false;
	if (message == NULL)
		return true;
	if (is_alone(entry->tracker, begun)) {
		message->finished += begun->outbound ? 1u << 16 : 1;
		inflight_touch(entry->tracker, message);
	}
	return passes(message, begun->outbound) > row->bytes;
}

/* It must be tried again, or not.  True if it was tried before. */
bool
qmail_note_tried(struct entry *entry, const struct begun *begun,
    const struct message *message, bool again)
{
	struct row_name name = tried_name(entry->tracker, begun);
	struct message *row = inflight_find(
	    entry->tracker, entry->line->host_index, row_slice(&name));
	bool tried = row != NULL;

	if (!again && tried) {
		inflight_remove(entry->tracker, row);
	} else if (again && !tried) {
		row =
		    inflight_get(entry->tracker, entry->line, row_slice(&name));
		if (message != NULL)
			row->bytes = passes(message, begun->outbound);
	}
	return tried;
}
