/*
 * people.h - who is in the state: by pseudonyms, where those are wanted
 *
 * In memory the tracker has people as the lines name them, so that lines and
 * rows are compared as ever; in the state it has their pseudonyms, and has
 * them again after a restart.  What is only compared is a hash of the
 * pseudonym at all times, so that a restart makes no difference to it.
 */
#ifndef COLLECTORS_PEOPLE_H
#define COLLECTORS_PEOPLE_H

#include "collectors/tracker.h"

void put_person(
    const struct tracker *, struct state_writer *, struct slice address);
/* An account, by its number (inflight.h). */
void put_account(
    const struct tracker *, struct state_writer *, uint32_t number);
/* A text that may name people: a reply, a line. */
void put_words(const struct tracker *, struct state_writer *, struct slice);

uint64_t person_hash(const struct tracker *, struct slice address);

#endif
