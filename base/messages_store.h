/*
 * messages_store.h - the file of the message history, in SQLite
 *
 * Blocks of packed events (messages_pack.h), each with the keys that tell what
 * is in it (messages_keys.h).  Blocks are put on shelves, some thousand keys
 * each: the keys of a shelf lie together, so that writing touches a small part
 * of the file however large it is, and the oldest shelf is what goes when the
 * file is full or its time is over.
 *
 * Used by one thread at a time.  The file is opened when it is first needed;
 * a damaged or a foreign one is set aside and made anew, said in the log.
 */
#ifndef BASE_MESSAGES_STORE_H
#define BASE_MESSAGES_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "base/state.h"

struct messages_store;

/* `bytes': the most that the file may come to. */
struct messages_store *messages_store_new(const char *path, uint64_t bytes);
void messages_store_free(struct messages_store *);

/* Keys in their order, each once; times in Unix seconds. */
struct messages_block {
	int64_t first, last;
	struct slice events;
	const uint32_t *keys;
	size_t key_count;
};

int messages_store_write(
    struct messages_store *, const struct messages_block *, struct err *);
/*
 * One bounded step of forgetting what ended before `before' (Unix seconds) and
 * what is beyond the size.  1: there is more to do, 0: not, -1: failed.
 */
int messages_store_prune(struct messages_store *, int64_t before, struct err *);

/* The same file, only read; an agent may be writing it meanwhile. */
struct messages_store *messages_store_look(const char *path, struct err *);

/*
 * Numbers of the blocks that have one of these keys, the newest shelf first,
 * and of those that hold nothing of this time none.  At most `most'.  How
 * many, or -1.
 */
ptrdiff_t messages_store_find(struct messages_store *, const uint32_t *keys,
    size_t key_count, int64_t from, int64_t to, int64_t *blocks, size_t most,
    struct err *);
/* Its events in place of what is in `events'; none if it is gone. */
int messages_store_read(struct messages_store *, int64_t block,
    struct state_writer *events, struct err *);
/* After a failure: a file that is damaged is set aside. */
void messages_store_mend(struct messages_store *);

#endif
