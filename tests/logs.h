/* logs.h - logs in a directory of their own, as a test writes and rotates them */
#ifndef TESTS_LOGS_H
#define TESTS_LOGS_H

#include <stdbool.h>
#include <stddef.h>

struct logs {
	char directory[64];
	char path[96]; /* of the log: mail.log */
	int fd;        /* the writer's; -1: not open */
};

void logs_make(struct logs *);
void logs_remove(struct logs *);

/* Paths are of files in the directory. */
void logs_write(struct logs *, const char *bytes, size_t n); /* to the log */
void logs_reopen(struct logs *); /* the writer follows a rotation */
void logs_rename(struct logs *, const char *from, const char *to);
void logs_copy_and_truncate(struct logs *, const char *to);
void logs_unlink(struct logs *, const char *name);
bool logs_has(struct logs *, const char *name);
/* name + ".gz", ".xz", ".zst" or ".bz2", as the tools of that name do it. */
void logs_compress(struct logs *, const char *name, const char *ending);
void logs_put(
    struct logs *, const char *name, const char *bytes, size_t n, long mtime);

/* What `ending' says of n bytes, in malloc()ed memory. */
char *packed(const char *ending, const char *bytes, size_t n, size_t *size);

#endif
