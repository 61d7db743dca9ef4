/*
 * database_read.c - looking into the tables while an agent may write them
 *
 * Nothing may be made or changed, for the reader may be root and the files
 * another user's.  SQLite reads beside a writer through FILE-wal and
 * FILE-shm; opened with readonly_shm it makes neither of them.  Without a
 * FILE-wal nobody has the file open and it is read as one that does not
 * change (immutable), if it then did not.
 */
#include "base/database.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sqlfile.h"

#define TRIES   5    /* of a file that an agent opens or closes meanwhile */
#define BUSY_MS 5000 /* the wait for a lock */

/* What tells that a file was replaced or written to. */
struct look {
	bool wal; /* FILE-wal is there */
	struct stat st;
};

/* Not by opening it: a close would take the process's own locks away. */
static int
look_at(const char *path, struct look *look, struct err *err)
{
	char wal[PATH_MAX];

	memset(look, 0, sizeof(*look));
	if (stat(path, &look->st) == 0 &&
	    faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0) {
		snprintf(wal, sizeof(wal), "%s-wal", path);
		look->wal = access(wal, F_OK) == 0;
		return 0;
	}
	if (errno == EACCES)
		return err_set(err,
		    "%s: open: Permission denied; run as root, or as the user "
		    "or group that owns the file",
		    path);
	return err_sys(err, "%s: open", path);
}

static bool
same_look(const struct look *a, const struct look *b)
{
	return a->wal == b->wal && a->st.st_ino == b->st.st_ino &&
	       a->st.st_size == b->st.st_size &&
	       a->st.st_mtim.tv_sec == b->st.st_mtim.tv_sec &&
	       a->st.st_mtim.tv_nsec == b->st.st_mtim.tv_nsec;
}

/* The one number that `sql' gives for the part, or -1: none, or no table. */
static int64_t
ask(sqlite3 *db, const char *sql, const char *name)
{
	sqlite3_stmt *statement = NULL;
	int64_t number = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return -1;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static struct slice
blob(sqlite3_stmt *statement, int i)
{
	const char *p = sqlite3_column_blob(statement, i);

	return (struct slice){ p != NULL ? p : "",
		(size_t)sqlite3_column_bytes(statement, i) };
}

/* False: SQLite failed, and can say why. */
static bool
gather_table(
    sqlite3 *db, const struct state_part *part, struct state_rows *rows)
{
	sqlite3_stmt *select = NULL;
	char sql[256];
	int step;

	if (ask(db, "SELECT version FROM part_versions WHERE name = ?",
		part->name) != (int64_t)part->version ||
	    ask(db,
		"SELECT count(*) FROM sqlite_master "
		"WHERE type = 'table' AND name = ?",
		part->name) != 1) {
		int code = sqlite3_errcode(db);

		/* SQLITE_ERROR: no part_versions, and so no tables at all. */
		return code == SQLITE_OK || code == SQLITE_ERROR;
	}
	snprintf(sql, sizeof(sql), "SELECT key, value FROM \"%s\"", part->name);
	if (sqlite3_prepare_v2(db, sql, -1, &select, NULL) != SQLITE_OK)
		return false;
	while ((step = sqlite3_step(select)) == SQLITE_ROW) {
		struct slice key = blob(select, 0);

		rows_put(rows, key, blob(select, 1));
	}
	sqlite3_finalize(select);
	return step == SQLITE_DONE;
}

/* Of one moment: all in one transaction. */
static int
gather(const char *path, bool wal, const struct state_part *parts, size_t n,
    struct state_rows *rows, struct err *err)
{
	char *uri = sqlfile_reading(path, wal);
	sqlite3 *db = NULL;
	bool good;

	good = sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
		   NULL) == SQLITE_OK &&
	       sqlite3_busy_timeout(db, BUSY_MS) == SQLITE_OK &&
	       sqlite3_exec(db, "BEGIN; SELECT count(*) FROM sqlite_master",
		   NULL, NULL, NULL) == SQLITE_OK;
	for (size_t i = 0; good && i < n; i++)
		good = gather_table(db, &parts[i], &rows[i]);
	if (!good)
		err_set(err, "%s: %s", path, sqlite3_errmsg(db));
	sqlite3_close(db);
	free(uri);
	return good ? 0 : -1;
}

static void
rows_reset(struct state_rows *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rows_fini(&rows[i]);
		memset(&rows[i], 0, sizeof(rows[i]));
	}
}

static void
give(const char *path, const struct state_part *part,
    const struct state_rows *rows)
{
	size_t at = 0, damaged = 0;
	struct err why, first;
	struct row row;

	while (rows_next(rows, &at, &row)) {
		if (part->load(part->arg, row.key, row.value, &why) != -1)
			continue;
		if (damaged++ == 0)
			first = why;
	}
	if (damaged != 0)
		log_warn("%s: %s: %zu damaged rows passed over, the first: %s",
		    path, part->name, damaged, first.text);
}

int
database_read(
    const char *path, const struct state_part *parts, size_t n, struct err *err)
{
	struct state_rows *rows = mem_zero(n, sizeof(*rows));
	struct look before, after;
	int rc = -1;

	for (int try = 0; try < TRIES; try++) {
		rows_reset(rows, n);
		if (look_at(path, &before, err) == -1)
			break;
		rc = gather(path, before.wal, parts, n, rows, err);
		if (rc == 0 && before.wal)
			break;
		if (look_at(path, &after, err) == -1) {
			rc = -1;
			break;
		}
		if (same_look(&before, &after))
			break;
		if (rc == 0)
			rc = err_set(err, "%s: changes while it is read", path);
	}
	for (size_t i = 0; rc == 0 && i < n; i++)
		give(path, &parts[i], &rows[i]);
	rows_reset(rows, n);
	free(rows);
	return rc;
}
