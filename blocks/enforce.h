/*
 * enforce.h - the list's side of the helper: what is to be told, and was
 *
 * One request is under way at a time, so that what comes meanwhile goes as one
 * batch.  The queue holds only whom it is about: what is to be done is looked
 * up in the list when it is sent, so the last word counts.
 */
#ifndef BLOCKS_ENFORCE_H
#define BLOCKS_ENFORCE_H

#include "blocks/blocks.h"

struct enforcer;

/* Removes what was made, if anything was. */
void enforcer_close(struct enforcer *);
/* The list has changed there: it is blocked, for longer, or no more. */
void enforcer_changed(struct enforcer *, const struct prefix *);
/* All of it may have changed. */
void enforcer_resend(struct enforcer *);
/* Some blocks are over. */
void enforcer_ended(struct enforcer *);
/* Of this host's addresses, networks and neighbours some are new. */
void enforcer_never(struct enforcer *);
/* That is no longer never to be blocked. */
void enforcer_not_never(struct enforcer *, const struct prefix *);
/* The configuration may have changed. */
void enforcer_reopen(struct enforcer *);
void enforcer_tick(struct enforcer *);
void enforcer_count(const struct enforcer *, struct block_counts *);

#endif
