/*
 * database.c - the tables of state.c, in SQLite
 *
 * WAL with synchronous=NORMAL: a killed process loses nothing that was
 * committed, a power cut perhaps the last commits, and never a part of one.
 */
#include "base/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sqlfile.h"

struct table {
	struct state_part part;
	sqlite3_stmt *put, *drop;
};

struct database {
	char *path;
	sqlite3 *db;
	struct table *tables;
	size_t n;
};

static int
db_err(struct database *database, struct err *err)
{
	return err_set(
	    err, "%s: %s", database->path, sqlite3_errmsg(database->db));
}

static int
run_sql(struct database *database, const char *sql, struct err *err)
{
	if (sqlite3_exec(database->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_err(database, err);
	return 0;
}

/* SQL about one part's table; its name is ours, letters and _ alone. */
static int
run_for(struct database *database, const char *before, const char *name,
    const char *after, struct err *err)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "%s \"%s\" %s", before, name, after);
	return run_sql(database, sql, err);
}

static int
connect_db(struct database *database, struct err *err)
{
	if (sqlfile_private(database->path, err) == -1)
		return -1;
	/* One thread at a time has it: the worker, or whoever drained it. */
	if (sqlite3_open_v2(database->path, &database->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK)
		return db_err(database, err);
	sqlite3_extended_result_codes(database->db, 1);
	sqlite3_busy_timeout(database->db, 5000); /* a person with sqlite3(1) */
	return run_sql(database,
	    "PRAGMA journal_mode = WAL;"
	    "PRAGMA synchronous = NORMAL;"
	    "PRAGMA cache_size = -1024;"
	    "PRAGMA journal_size_limit = 4194304;"
	    "CREATE TABLE IF NOT EXISTS part_versions "
	    "(name TEXT PRIMARY KEY, version INTEGER) WITHOUT ROWID;",
	    err);
}

static void
disconnect_db(struct database *database)
{
	for (size_t i = 0; i < database->n; i++) {
		sqlite3_finalize(database->tables[i].put);
		sqlite3_finalize(database->tables[i].drop);
		database->tables[i].put = database->tables[i].drop = NULL;
	}
	sqlite3_close(database->db);
	database->db = NULL;
}

/*
 * Before any row is given out, for a part cannot take one back.  A file that
 * is locked or cannot be read is not therefore damaged.
 */
static int
check_db(struct database *database, bool *damaged, struct err *err)
{
	sqlite3_stmt *check = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(database->db, "PRAGMA quick_check(1)", -1,
		&check, NULL) != SQLITE_OK ||
	    sqlite3_step(check) != SQLITE_ROW) {
		*damaged = sqlfile_is_damaged(database->db);
		rc = db_err(database, err);
	} else {
		*damaged = strcmp((const char *)sqlite3_column_text(check, 0),
			       "ok") != 0;
	}
	sqlite3_finalize(check);
	return rc;
}

static int
open_db(struct database *database, struct err *err)
{
	bool damaged = false;
	int rc = connect_db(database, err);

	if (rc == -1)
		damaged = sqlfile_is_damaged(database->db);
	else
		rc = check_db(database, &damaged, err);
	if (!damaged)
		return rc;
	disconnect_db(database);
	if (sqlfile_set_aside(database->path, err) == -1)
		return -1;
	return connect_db(database, err);
}

/* The version that the file holds of a part; -1: none. */
static int
stored_version(struct database *database, const char *name, int64_t *version,
    struct err *err)
{
	sqlite3_stmt *ask = NULL;
	int step;

	*version = -1;
	if (sqlite3_prepare_v2(database->db,
		"SELECT version FROM part_versions WHERE name = ?", -1, &ask,
		NULL) != SQLITE_OK)
		return db_err(database, err);
	sqlite3_bind_text(ask, 1, name, -1, SQLITE_STATIC);
	step = sqlite3_step(ask);
	if (step == SQLITE_ROW)
		*version = sqlite3_column_int64(ask, 0);
	sqlite3_finalize(ask);
	return step == SQLITE_ROW || step == SQLITE_DONE
		   ? 0
		   : db_err(database, err);
}

static int
make_table(
    struct database *database, const struct state_part *part, struct err *err)
{
	char sql[256];
	int64_t version;

	if (stored_version(database, part->name, &version, err) == -1)
		return -1;
	if (version != (int64_t)part->version) {
		if (version != -1)
			log_warn("%s: %s has version %lld, this program "
				 "version %u: its rows are dropped",
			    database->path, part->name, (long long)version,
			    part->version);
		if (run_for(database, "DROP TABLE IF EXISTS", part->name, "",
			err) == -1)
			return -1;
	}
	snprintf(sql, sizeof(sql),
	    "REPLACE INTO part_versions VALUES ('%s', %u)", part->name,
	    part->version);
	if (run_sql(database, sql, err) == -1)
		return -1;
	return run_for(database, "CREATE TABLE IF NOT EXISTS", part->name,
	    "(key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID", err);
}

static int
prepare(struct database *database, const char *before, const char *name,
    const char *after, sqlite3_stmt **statement, struct err *err)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "%s \"%s\" %s", before, name, after);
	if (sqlite3_prepare_v3(database->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
		statement, NULL) != SQLITE_OK)
		return db_err(database, err);
	return 0;
}

static int
make_tables(struct database *database, struct err *err)
{
	if (run_sql(database, "BEGIN IMMEDIATE", err) == -1)
		return -1;
	for (size_t i = 0; i < database->n; i++)
		if (make_table(database, &database->tables[i].part, err) == -1)
			return -1;
	if (run_sql(database, "COMMIT", err) == -1)
		return -1;
	for (size_t i = 0; i < database->n; i++) {
		struct table *t = &database->tables[i];

		if (prepare(database, "REPLACE INTO", t->part.name,
			"VALUES (?, ?)", &t->put, err) == -1 ||
		    prepare(database, "DELETE FROM", t->part.name,
			"WHERE key = ?", &t->drop, err) == -1)
			return -1;
	}
	return 0;
}

/* NULL binds as SQL's NULL, which is no key. */
static void
bind(sqlite3_stmt *statement, int i, struct slice bytes)
{
	sqlite3_bind_blob64(
	    statement, i, bytes.n != 0 ? bytes.p : "", bytes.n, SQLITE_STATIC);
}

static int
write_rows(struct database *database, struct table *table,
    const struct state_rows *rows, struct err *err)
{
	struct row row;
	size_t at = 0;

	while (rows_next(rows, &at, &row)) {
		sqlite3_stmt *s = row.dropped ? table->drop : table->put;
		int step;

		bind(s, 1, row.key);
		if (!row.dropped)
			bind(s, 2, row.value);
		step = sqlite3_step(s);
		if (step != SQLITE_DONE)
			db_err(database, err);
		sqlite3_reset(s);
		sqlite3_clear_bindings(s);
		if (step != SQLITE_DONE)
			return -1;
	}
	return 0;
}

static struct slice
column(sqlite3_stmt *select, int i)
{
	const char *p = sqlite3_column_blob(select, i);

	return (struct slice){ p != NULL ? p : "",
		(size_t)sqlite3_column_bytes(select, i) };
}

static int
load_table(struct database *database, struct table *table, struct err *err)
{
	struct state_rows damaged = { 0 };
	sqlite3_stmt *select = NULL;
	struct err why, first;
	int step, rc = -1;

	if (prepare(database, "SELECT key, value FROM", table->part.name, "",
		&select, err) == -1)
		return -1;
	while ((step = sqlite3_step(select)) == SQLITE_ROW) {
		struct slice key = column(select, 0);

		if (table->part.load(
			table->part.arg, key, column(select, 1), &why) != -1)
			continue;
		if (damaged.count == 0)
			first = why;
		rows_drop(&damaged, key);
	}
	if (step != SQLITE_DONE)
		db_err(database, err);
	sqlite3_finalize(select);
	if (step == SQLITE_DONE)
		rc = write_rows(database, table, &damaged, err);
	if (rc == 0 && damaged.count != 0)
		log_warn("%s: %s: %zu damaged rows dropped, the first: %s",
		    database->path, table->part.name, damaged.count,
		    first.text);
	rows_fini(&damaged);
	return rc;
}

int
database_load(struct database *database, struct err *err)
{
	for (size_t i = 0; i < database->n; i++)
		if (load_table(database, &database->tables[i], err) == -1)
			return -1;
	return 0;
}

int
database_write(
    struct database *database, const struct state_rows rows[], struct err *err)
{
	if (run_sql(database, "BEGIN IMMEDIATE", err) == -1)
		return -1;
	for (size_t i = 0; i < database->n; i++)
		if (write_rows(database, &database->tables[i], &rows[i], err) ==
		    -1)
			goto undo;
	if (run_sql(database, "COMMIT", err) == 0)
		return 0;
undo:
	/* Some failures, a full disk among them, have undone it already. */
	if (!sqlite3_get_autocommit(database->db))
		sqlite3_exec(database->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

struct database *
database_open(
    const char *path, const struct state_part *parts, size_t n, struct err *err)
{
	struct database *database = mem_zero(1, sizeof(*database));

	database->path = mem_text(path);
	database->tables = mem_zero(n, sizeof(*database->tables));
	database->n = n;
	for (size_t i = 0; i < n; i++)
		database->tables[i].part = parts[i];
	if (open_db(database, err) == -1 || make_tables(database, err) == -1) {
		database_close(database);
		return NULL;
	}
	return database;
}

void
database_close(struct database *database)
{
	if (database == NULL)
		return;
	disconnect_db(database);
	free(database->tables);
	free(database->path);
	free(database);
}

const char *
state_library(void)
{
	static char text[40];

	snprintf(text, sizeof(text), "SQLite %s", sqlite3_libversion());
	return text;
}
