/* messages_look.c - the file of the message history: finding and reading */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/messages_store_impl.h"
#include "base/mem.h"
#include "base/sqlfile.h"

#define BUSY_MS 5000 /* the wait for a lock */

struct messages_store *
messages_store_look(const char *path, struct err *err)
{
	struct messages_store *store = messages_store_new(path, 0);
	char wal[PATH_MAX], *uri;

	snprintf(wal, sizeof(wal), "%s-wal", path);
	uri = sqlfile_reading(path, access(wal, F_OK) == 0);
	store->reading = true;
	if (access(path, R_OK) == -1) {
		err_sys(err, "%s: open", path);
	} else if (sqlite3_open_v2(uri, &store->db,
		       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
		       NULL) != SQLITE_OK) {
		messages_store_err(store, err);
	} else {
		sqlite3_busy_timeout(store->db, BUSY_MS);
		free(uri);
		return store;
	}
	free(uri);
	messages_store_free(store);
	return NULL;
}

/* The blocks of one shelf that have the key, the newest first. */
static int
find_on(struct messages_store *store, sqlite3_stmt *ask, int64_t shelf,
    uint32_t key, int64_t *blocks, size_t most, size_t *n, struct err *err)
{
	int step = SQLITE_DONE;

	sqlite3_bind_int64(ask, 1, KEY_ID(shelf, key));
	sqlite3_bind_int64(ask, 2, KEY_ID(shelf, key) | BLOCK_MASK);
	while (*n < most && (step = sqlite3_step(ask)) == SQLITE_ROW)
		blocks[(*n)++] = shelf << BLOCK_BITS |
				 (sqlite3_column_int64(ask, 0) & BLOCK_MASK);
	if (step != SQLITE_DONE && step != SQLITE_ROW)
		messages_store_err(store, err);
	sqlite3_reset(ask);
	return step == SQLITE_DONE || step == SQLITE_ROW ? 0 : -1;
}

static int
newest_first(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x > y ? -1 : x < y;
}

/* Of several keys the same block may have more than one. */
static size_t
each_once(int64_t *blocks, size_t n)
{
	size_t kept = 0;

	qsort(blocks, n, sizeof(*blocks), newest_first);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || blocks[i] != blocks[i - 1])
			blocks[kept++] = blocks[i];
	return kept;
}

static int
find_all(struct messages_store *store, sqlite3_stmt *shelves, sqlite3_stmt *ask,
    const uint32_t *keys, size_t key_count, int64_t *blocks, size_t most,
    size_t *n, struct err *err)
{
	int step;

	while (*n < most && (step = sqlite3_step(shelves)) == SQLITE_ROW) {
		int64_t shelf = sqlite3_column_int64(shelves, 0);
		size_t first = *n;

		for (size_t k = 0; k < key_count; k++)
			if (find_on(store, ask, shelf, keys[k], blocks, most, n,
				err) == -1)
				return -1;
		*n = first + each_once(blocks + first, *n - first);
	}
	if (*n < most && step != SQLITE_DONE)
		return messages_store_err(store, err);
	return 0;
}

ptrdiff_t
messages_store_find(struct messages_store *store, const uint32_t *keys,
    size_t key_count, int64_t from, int64_t to, int64_t *blocks, size_t most,
    struct err *err)
{
	sqlite3_stmt *shelves = NULL, *ask = NULL;
	size_t n = 0;
	int rc = -1;

	if (!store->reading && messages_store_open(store, err) == -1)
		return -1;
	if (sqlite3_prepare_v2(store->db,
		"SELECT id FROM shelves WHERE last >= ? AND first <= ? "
		"ORDER BY last DESC, id DESC",
		-1, &shelves, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(store->db,
		"SELECT id FROM keys WHERE id BETWEEN ? AND ? "
		"ORDER BY id DESC",
		-1, &ask, NULL) != SQLITE_OK) {
		messages_store_err(store, err);
	} else {
		sqlite3_bind_int64(shelves, 1, from);
		sqlite3_bind_int64(shelves, 2, to);
		rc = find_all(store, shelves, ask, keys, key_count, blocks,
		    most, &n, err);
	}
	sqlite3_finalize(shelves);
	sqlite3_finalize(ask);
	return rc == -1 ? -1 : (ptrdiff_t)n;
}

int
messages_store_read(struct messages_store *store, int64_t block,
    struct state_writer *events, struct err *err)
{
	sqlite3_stmt *ask = store->read_block;
	int step;

	events->n = 0;
	if (ask == NULL && sqlite3_prepare_v2(store->db,
			       "SELECT events FROM blocks WHERE id = ?", -1,
			       &store->read_block, NULL) != SQLITE_OK)
		return messages_store_err(store, err);
	ask = store->read_block;
	sqlite3_bind_int64(ask, 1, block);
	step = sqlite3_step(ask);
	if (step == SQLITE_ROW)
		put_bytes(events, sqlite3_column_blob(ask, 0),
		    (size_t)sqlite3_column_bytes(ask, 0));
	else if (step != SQLITE_DONE)
		messages_store_err(store, err);
	/* One that is not reset would keep the WAL from being emptied. */
	sqlite3_reset(ask);
	return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : -1;
}
