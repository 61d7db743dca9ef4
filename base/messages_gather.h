/* messages_gather.h - what the search needs of history.c */
#ifndef BASE_MESSAGES_GATHER_H
#define BASE_MESSAGES_GATHER_H

#include "base/messages.h"
#include "base/messages_store.h"

/* What was gathered is handed to the worker, and is seen by a read. */
void messages_flush(struct messages *);
/* For a job of the worker alone. */
struct messages_store *messages_store_of(
    struct messages *, struct worker **worker);

#endif
