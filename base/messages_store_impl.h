/*
 * messages_store_impl.h - what the file of the message history is made of; for
 * messages_store.c and messages_look.c
 */
#ifndef BASE_MESSAGES_STORE_IMPL_H
#define BASE_MESSAGES_STORE_IMPL_H

#include "base/messages_store.h"

struct sqlite3;
struct sqlite3_stmt;

#define BLOCK_BITS 15
#define BLOCK_MASK ((INT64_C(1) << BLOCK_BITS) - 1)
/* The first of the integers that stand for that key on that shelf. */
#define KEY_ID(shelf, key)                                                     \
	((int64_t)(shelf) << (28 + BLOCK_BITS) | (int64_t)(key) << BLOCK_BITS)

struct messages_store {
	char *path;
	uint64_t most_bytes;
	struct sqlite3 *db; /* NULL: not open */
	bool reading;       /* messages_store_look() */
	bool damaged;       /* so the last failure said */
	struct shelf {
		int64_t id; /* from 1 on; 0: there is none */
		int64_t first, last, keys, blocks;
	} shelf; /* that is being filled */
	struct sqlite3_stmt *put_key, *put_block, *put_shelf, *read_block;
};

int messages_store_open(struct messages_store *, struct err *);
/* Fills err, notes whether the file is damaged; -1. */
int messages_store_err(struct messages_store *, struct err *);

#endif
