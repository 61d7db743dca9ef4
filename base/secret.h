/* secret.h - secrets: made, compared, kept in files of mode 0600 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define SECRET_TEXT 65 /* 64 hex digits and a NUL */

/* 256 bits from getrandom(). */
int secret_make(char secret[SECRET_TEXT], struct err *);

/* Takes as long for a near miss as for any other. */
bool secret_same(const char *a, const char *b);

/*
 * The file's text, at most size - 1 bytes.  -1: it cannot be read; errno is
 * ENOENT if there is none.
 */
ssize_t secret_read(const char *path, char *text, size_t size);

/*
 * The file whole or not at all, mode 0600.  It is given to the directory's
 * owner where we are root: the agent itself is not.
 */
int secret_write(const char *directory, const char *path, const char *text,
    mode_t mode, struct err *);

/* The secret in DIRECTORY/NAME, of mode 0600; made where there is none. */
int secret_keep(const char *directory, const char *name,
    char secret[SECRET_TEXT], struct err *);
/* The same, but 1 where there is none. */
int secret_find(const char *directory, const char *name,
    char secret[SECRET_TEXT], struct err *);

#endif
