/*
 * messages_keys.h - by what a message is found, as numbers
 *
 * A key is a hash of what kind of thing it is and of the thing, letters as
 * small ones.  Different things may have the same key: it only tells where to
 * look.  A set of keys belongs to a block.
 */
#ifndef BASE_MESSAGES_KEYS_H
#define BASE_MESSAGES_KEYS_H

#include "base/event.h"

#define KEY_BITS  28
#define KEY_SLOTS 16384 /* of a set; a power of two */

enum key_kind {
	KEY_QUEUE_ID,
	KEY_MESSAGE_ID, /* of event_message_key() */
	KEY_CLIENT,
	KEY_ADDRESS, /* sender, recipient, as addressed, account */
	KEY_DOMAIN,  /* of those */
	KEY_KINDS
};

struct key_set {
	size_t count;
	bool full;                 /* it has no good place for more */
	uint32_t slots[KEY_SLOTS]; /* 0: free */
};

/* Never 0. */
uint32_t key_of_text(enum key_kind, struct slice);
uint32_t key_of_message(uint64_t message_key);
uint32_t key_of_client(const struct addr *);
/* Behind the last '@', or empty. */
struct slice key_domain(struct slice address);

void keys_add_event(struct key_set *, const struct mail_event *);
/* In their order; `list' has room for KEY_SLOTS.  How many. */
size_t keys_sorted(const struct key_set *, uint32_t *list);
void keys_reset(struct key_set *);

/* What is sought: one text, that may be of several kinds. */
#define SOUGHT_TEXT 400
struct sought {
	struct slice text; /* borrowed */
	bool of[KEY_KINDS];
	uint32_t keys[KEY_KINDS];
	uint64_t message_key;
	struct addr client;
};

/* False: it can be none of them. */
bool sought_read(struct sought *, struct slice text);
bool sought_matches(const struct sought *, const struct mail_event *);

#endif
