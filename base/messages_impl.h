/*
 * messages_impl.h - searching, between messages_find.c and messages_life.c
 */
#ifndef BASE_MESSAGES_IMPL_H
#define BASE_MESSAGES_IMPL_H

#include "base/messages.h"
#include "base/messages_keys.h"
#include "base/messages_pack.h"
#include "base/messages_store.h"

#define LIFE_EVENTS 1000 /* of one message; more are cut off */
#define LIFE_IDS    8    /* queue ids of one message */

/* Texts that live as long as the answer. */
struct arena {
	struct arena *before;
	size_t used, size;
	char bytes[];
};

/* One search. */
struct search {
	struct messages_store *store;
	const struct messages_question *question;
	struct sought sought;
	struct messages_found *found;
	struct unpacker unpacker;
	struct state_writer block;
	size_t reads; /* blocks that may still be read */
};

/*
 * Read a block and give each event that `wants' takes, with its number in the
 * block; the texts hold until the next block is read.  Damage ends a block.
 */
int search_block(struct search *, int64_t block,
    bool (*wants)(void *arg, const struct mail_event *, uint32_t number),
    void *arg, struct err *);
/* A copy among the answer's events, texts and all. */
void search_keep(struct search *, const struct mail_event *);
/* A copy of its texts. */
void search_own(struct search *, struct mail_event *);

/* The message that had that queue id at that time is one more of the answer. */
int search_life(struct search *, struct slice host, struct slice queue_id,
    int64_t when, struct err *);

#endif
