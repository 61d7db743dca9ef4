/*
 * database.h - the tables of state.c, in SQLite
 *
 * One table a part, and one with the parts' versions.  Used by one thread at
 * a time.
 */
#ifndef BASE_DATABASE_H
#define BASE_DATABASE_H

#include "base/err.h"
#include "base/rows.h"
#include "base/state.h"

struct database;

/*
 * Open or make the file.  A damaged one is set aside (PATH.broken-N), a part's
 * rows of another version are dropped; both are said in the log.  The parts
 * are copied.
 */
struct database *database_open(
    const char *path, const struct state_part *, size_t n, struct err *);
void database_close(struct database *);

/* Give every row to its part. */
int database_load(struct database *, struct err *);

/* All or nothing; rows[] has one element a part. */
int database_write(
    struct database *, const struct state_rows rows[], struct err *);

/* state_read() on the file at `path'. */
int database_read(
    const char *path, const struct state_part *, size_t n, struct err *);

#endif
