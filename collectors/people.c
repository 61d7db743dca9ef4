/* people.c - who is in the state: by pseudonyms, where those are wanted */
#include "collectors/people.h"

#include "collectors/tracker_impl.h"

void
put_person(
    const struct tracker *tracker, struct state_writer *w, struct slice address)
{
	put_text(w, pseudonyms_name(tracker->names, address));
}

void
put_account(
    const struct tracker *tracker, struct state_writer *w, uint32_t number)
{
	put_person(tracker, w, account_name(tracker, number));
}

void
put_words(
    const struct tracker *tracker, struct state_writer *w, struct slice text)
{
	put_text(w, pseudonyms_text(tracker->names, text));
}

uint64_t
person_hash(const struct tracker *tracker, struct slice address)
{
	return slice_hash(pseudonyms_name(tracker->names, address));
}
