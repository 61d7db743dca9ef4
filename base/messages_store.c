/*
 * messages_store.c - the file of the message history: writing and forgetting
 *
 * A key of a block is one integer: 20 bits of the shelf's number, 28 of the
 * key, 15 of the block's number on its shelf; a block's own number is the
 * shelf's and the last.  WAL with synchronous=NORMAL: a killed process loses
 * nothing that was committed.
 */
#include "base/messages_store.h"

#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "base/array.h"
#include "base/messages_store_impl.h"
#include "base/mem.h"
#include "base/sqlfile.h"

#define APPLICATION 0x6d777268 /* of our file; and its version */
#define VERSION     1

#define SHELF_KEYS   16384 /* then the next one begins */
#define SHELF_SPAN   86400 /* or if its events are so far apart, seconds, */
#define SHELF_BLOCKS 16    /* and it has so many blocks */
#define PRUNE_KEYS   8192  /* a step */
#define PRUNE_BLOCKS 64
#define PRUNE_PAGES  512

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS shelves (id INTEGER PRIMARY KEY, "
    "first INTEGER, last INTEGER, keys INTEGER, blocks INTEGER);"
    "CREATE TABLE IF NOT EXISTS blocks (id INTEGER PRIMARY KEY, events BLOB);"
    "CREATE TABLE IF NOT EXISTS keys (id INTEGER PRIMARY KEY);";

static const struct {
	size_t at;
	const char *sql;
} statements[] = {
	{ offsetof(struct messages_store, put_key),
	    "INSERT INTO keys VALUES (?)" },
	{ offsetof(struct messages_store, put_block),
	    "INSERT INTO blocks VALUES (?, ?)" },
	{ offsetof(struct messages_store, put_shelf),
	    "REPLACE INTO shelves VALUES (?, ?, ?, ?, ?)" },
};

int
messages_store_err(struct messages_store *store, struct err *err)
{
	err_set(err, "%s: %s", store->path,
	    store->db != NULL ? sqlite3_errmsg(store->db) : "out of memory");
	store->damaged = store->db != NULL && sqlfile_is_damaged(store->db);
	return -1;
}

/* The number that `sql' gives; 0 if it gives none. */
static int
ask(struct messages_store *store, const char *sql, int64_t *number,
    struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_ERROR;

	*number = 0;
	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) ==
	    SQLITE_OK)
		step = sqlite3_step(statement);
	if (step == SQLITE_ROW)
		*number = sqlite3_column_int64(statement, 0);
	else if (step != SQLITE_DONE)
		messages_store_err(store, err);
	sqlite3_finalize(statement);
	return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : -1;
}

static int
run_sql(struct messages_store *store, const char *sql, struct err *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return messages_store_err(store, err);
	return 0;
}

static void
disconnect(struct messages_store *store)
{
	for (size_t i = 0; i < NELEMS(statements); i++) {
		sqlite3_stmt **statement =
		    (sqlite3_stmt **)(void *)((char *)store + statements[i].at);

		sqlite3_finalize(*statement);
		*statement = NULL;
	}
	sqlite3_finalize(store->read_block);
	store->read_block = NULL;
	sqlite3_close(store->db);
	store->db = NULL;
}

/* A database of somebody else's is set aside as a damaged one is. */
static int
connect(struct messages_store *store, struct err *err)
{
	char sql[128];
	int64_t ours, version, tables;

	if (sqlfile_private(store->path, err) == -1)
		return -1;
	if (sqlite3_open_v2(store->path, &store->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK)
		return messages_store_err(store, err);
	sqlite3_busy_timeout(store->db, 5000); /* a person with sqlite3(1) */
	if (run_sql(store,
		"PRAGMA auto_vacuum = INCREMENTAL;"
		"PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = NORMAL;"
		"PRAGMA cache_size = -1024;"
		"PRAGMA journal_size_limit = 4194304;",
		err) == -1)
		return -1;
	if (ask(store, "PRAGMA application_id", &ours, err) == -1 ||
	    ask(store, "PRAGMA user_version", &version, err) == -1 ||
	    ask(store, "SELECT count(*) FROM sqlite_master", &tables, err) ==
		-1)
		return -1;
	if (ours == APPLICATION ? version != VERSION : tables != 0) {
		store->damaged = true;
		return err_set(err, "%s: not a message history", store->path);
	}
	snprintf(sql, sizeof(sql),
	    "PRAGMA user_version = %d; PRAGMA application_id = %d;", VERSION,
	    APPLICATION);
	return run_sql(store, sql, err) == -1 ? -1
					      : run_sql(store, schema, err);
}

static int
prepare(struct messages_store *store, struct err *err)
{
	for (size_t i = 0; i < NELEMS(statements); i++)
		if (sqlite3_prepare_v3(store->db, statements[i].sql, -1,
			SQLITE_PREPARE_PERSISTENT,
			(sqlite3_stmt **)(void *)((char *)store +
						  statements[i].at),
			NULL) != SQLITE_OK)
			return messages_store_err(store, err);
	return 0;
}

/* The shelf that was filled last goes on being filled. */
static int
load_shelf(struct messages_store *store, struct err *err)
{
	struct shelf *shelf = &store->shelf;
	sqlite3_stmt *ask = NULL;
	int step;

	*shelf = (struct shelf){ 0 };
	if (sqlite3_prepare_v2(store->db,
		"SELECT id, first, last, keys, blocks FROM shelves "
		"ORDER BY id DESC LIMIT 1",
		-1, &ask, NULL) != SQLITE_OK)
		return messages_store_err(store, err);
	step = sqlite3_step(ask);
	if (step == SQLITE_ROW)
		*shelf = (struct shelf){ sqlite3_column_int64(ask, 0),
			sqlite3_column_int64(ask, 1),
			sqlite3_column_int64(ask, 2),
			sqlite3_column_int64(ask, 3),
			sqlite3_column_int64(ask, 4) };
	else if (step != SQLITE_DONE)
		messages_store_err(store, err);
	sqlite3_finalize(ask);
	return step == SQLITE_ROW || step == SQLITE_DONE ? 0 : -1;
}

static int
open_once(struct messages_store *store, struct err *err)
{
	store->damaged = false;
	if (connect(store, err) == 0 && prepare(store, err) == 0 &&
	    load_shelf(store, err) == 0)
		return 0;
	disconnect(store);
	return -1;
}

static int
renew(struct messages_store *store, struct err *err)
{
	disconnect(store);
	if (sqlfile_set_aside(store->path, err) == -1)
		return -1;
	return open_once(store, err);
}

int
messages_store_open(struct messages_store *store, struct err *err)
{
	if (store->db != NULL)
		return 0;
	if (open_once(store, err) == 0)
		return 0;
	return store->damaged ? renew(store, err) : -1;
}

void
messages_store_mend(struct messages_store *store)
{
	struct err ignored;

	if (store->damaged && !store->reading)
		(void)renew(store, &ignored);
}

struct messages_store *
messages_store_new(const char *path, uint64_t bytes)
{
	struct messages_store *store = mem_zero(1, sizeof(*store));

	store->path = mem_text(path);
	store->most_bytes = bytes;
	return store;
}

void
messages_store_free(struct messages_store *store)
{
	if (store == NULL)
		return;
	disconnect(store);
	free(store->path);
	free(store);
}

static bool
is_full(const struct shelf *shelf, const struct messages_block *block)
{
	int64_t first =
	    shelf->first < block->first ? shelf->first : block->first;
	int64_t last = shelf->last > block->last ? shelf->last : block->last;

	return shelf->id == 0 || shelf->keys >= SHELF_KEYS ||
	       shelf->blocks > BLOCK_MASK ||
	       (shelf->blocks >= SHELF_BLOCKS && last - first > SHELF_SPAN);
}

/* Where the block comes to stand. */
static struct shelf
shelf_for(
    const struct messages_store *store, const struct messages_block *block)
{
	struct shelf shelf = store->shelf;

	if (is_full(&shelf, block))
		shelf = (struct shelf){ shelf.id + 1, block->first, block->last,
			0, 0 };
	if (block->first < shelf.first)
		shelf.first = block->first;
	if (block->last > shelf.last)
		shelf.last = block->last;
	shelf.keys += (int64_t)block->key_count;
	shelf.blocks++;
	return shelf;
}

static int
step(struct messages_store *store, sqlite3_stmt *statement, struct err *err)
{
	int rc = sqlite3_step(statement) == SQLITE_DONE
		     ? 0
		     : messages_store_err(store, err);

	sqlite3_reset(statement);
	return rc;
}

static int
put_rows(struct messages_store *store, const struct shelf *shelf,
    const struct messages_block *block, struct err *err)
{
	int64_t number = shelf->blocks - 1;

	sqlite3_bind_int64(
	    store->put_block, 1, shelf->id << BLOCK_BITS | number);
	sqlite3_bind_blob64(store->put_block, 2, block->events.p,
	    block->events.n, SQLITE_STATIC);
	if (step(store, store->put_block, err) == -1)
		return -1;
	for (size_t i = 0; i < block->key_count; i++) {
		sqlite3_bind_int64(store->put_key, 1,
		    KEY_ID(shelf->id, block->keys[i]) | number);
		if (step(store, store->put_key, err) == -1)
			return -1;
	}
	sqlite3_bind_int64(store->put_shelf, 1, shelf->id);
	sqlite3_bind_int64(store->put_shelf, 2, shelf->first);
	sqlite3_bind_int64(store->put_shelf, 3, shelf->last);
	sqlite3_bind_int64(store->put_shelf, 4, shelf->keys);
	sqlite3_bind_int64(store->put_shelf, 5, shelf->blocks);
	return step(store, store->put_shelf, err);
}

static int
put(struct messages_store *store, const struct messages_block *block,
    struct err *err)
{
	struct shelf shelf = shelf_for(store, block);

	if (run_sql(store, "BEGIN IMMEDIATE", err) == -1)
		return -1;
	if (put_rows(store, &shelf, block, err) == 0 &&
	    run_sql(store, "COMMIT", err) == 0) {
		store->shelf = shelf;
		return 0;
	}
	/* Some failures, a full disk among them, have undone it already. */
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int
messages_store_write(struct messages_store *store,
    const struct messages_block *block, struct err *err)
{
	int rc;

	if (messages_store_open(store, err) == -1)
		return -1;
	rc = put(store, block, err);
	if (rc == -1 && store->damaged && renew(store, err) == 0)
		rc = put(store, block, err);
	return rc;
}

/* The shelf to go: one whose time is over, or the oldest of a full file; 0:
   none. */
static int
shelf_to_go(struct messages_store *store, int64_t before, int64_t *shelf,
    struct err *err)
{
	int64_t pages, unused, size;
	char sql[128];

	if (ask(store, "PRAGMA page_count", &pages, err) == -1 ||
	    ask(store, "PRAGMA freelist_count", &unused, err) == -1 ||
	    ask(store, "PRAGMA page_size", &size, err) == -1)
		return -1;
	if ((uint64_t)((pages - unused) * size) > store->most_bytes)
		return ask(store, "SELECT min(id) FROM shelves", shelf, err);
	snprintf(sql, sizeof(sql),
	    "SELECT id FROM shelves WHERE last < %lld ORDER BY id LIMIT 1",
	    (long long)before);
	return ask(store, sql, shelf, err);
}

/* Its keys first: a block without keys is not found, a key without its block
   leads nowhere.  How many rows went. */
static int
forget(struct messages_store *store, int64_t shelf, struct err *err)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
	    "DELETE FROM keys WHERE id IN (SELECT id FROM keys "
	    "WHERE id BETWEEN %lld AND %lld ORDER BY id LIMIT %d)",
	    (long long)KEY_ID(shelf, 0), (long long)KEY_ID(shelf + 1, 0) - 1,
	    PRUNE_KEYS);
	if (run_sql(store, sql, err) == -1)
		return -1;
	if (sqlite3_changes(store->db) != 0)
		return 0;
	snprintf(sql, sizeof(sql),
	    "DELETE FROM blocks WHERE id IN (SELECT id FROM blocks "
	    "WHERE id BETWEEN %lld AND %lld ORDER BY id LIMIT %d)",
	    (long long)shelf << BLOCK_BITS,
	    (long long)((shelf + 1) << BLOCK_BITS) - 1, PRUNE_BLOCKS);
	if (run_sql(store, sql, err) == -1)
		return -1;
	if (sqlite3_changes(store->db) != 0)
		return 0;
	if (shelf == store->shelf.id)
		store->shelf.blocks = BLOCK_MASK + 1; /* the next is new */
	snprintf(sql, sizeof(sql), "DELETE FROM shelves WHERE id = %lld",
	    (long long)shelf);
	return run_sql(store, sql, err);
}

static int
prune(struct messages_store *store, int64_t before, struct err *err)
{
	char sql[64];
	int64_t shelf;

	if (shelf_to_go(store, before, &shelf, err) == -1)
		return -1;
	if (shelf == 0)
		return 0;
	snprintf(
	    sql, sizeof(sql), "PRAGMA incremental_vacuum(%d)", PRUNE_PAGES);
	if (forget(store, shelf, err) == -1 || run_sql(store, sql, err) == -1)
		return -1;
	return 1;
}

int
messages_store_prune(
    struct messages_store *store, int64_t before, struct err *err)
{
	int rc;

	if (messages_store_open(store, err) == -1)
		return -1;
	rc = prune(store, before, err);
	return rc == -1 && store->damaged ? renew(store, err) : rc;
}
