/*
 * sqlfile.h - what the files of SQLite have in common: their mode, a damaged
 * one, and reading one beside its writer
 */
#ifndef BASE_SQLFILE_H
#define BASE_SQLFILE_H

#include <stdbool.h>

#include "base/err.h"

struct sqlite3;

/* Made if need be, for its owner and group alone. */
int sqlfile_private(const char *path, struct err *);

/* The last call failed because the file is damaged, or no database. */
bool sqlfile_is_damaged(struct sqlite3 *);
/* A closed one becomes PATH.broken-N, which is said in the log. */
int sqlfile_set_aside(const char *path, struct err *);

/*
 * "file:PATH?mode=ro&...", to be freed: to read without making or changing
 * anything, beside a writer if there is a FILE-wal.
 */
char *sqlfile_reading(const char *path, bool wal);

#endif
