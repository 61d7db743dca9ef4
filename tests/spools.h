/*
 * spools.h - spools as a test makes them: a directory and what is in it
 */
#ifndef TESTS_SPOOLS_H
#define TESTS_SPOOLS_H

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/logs.h"

struct spool_tree {
	char path[64];
};

static inline struct spool_tree
tree_make(void)
{
	const char *tmp = getenv("TMPDIR");
	struct spool_tree tree;

	snprintf(tree.path, sizeof(tree.path), "%s/spool.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	MUST(mkdtemp(tree.path) != NULL);
	MUST(chmod(tree.path, 0755) == 0);
	return tree;
}

static inline int
tree_drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
tree_remove(const struct spool_tree *tree)
{
	MUST(nftw(tree->path, tree_drop, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

static inline struct name
tree_name(const struct spool_tree *tree, const char *name)
{
	struct name full;

	snprintf(full.path, sizeof(full.path), "%s/%s", tree->path, name);
	return full;
}

/* A file with those bytes, in directories that are made as well. */
static inline void
tree_put(const struct spool_tree *tree, const char *name, mode_t mode,
    const void *bytes, size_t n)
{
	struct name full = tree_name(tree, name);
	int fd;

	for (char *p = full.path + strlen(tree->path) + 1;
	     (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		MUST(mkdir(full.path, 0755) == 0 || errno == EEXIST);
		*p = '/';
	}
	fd = open(full.path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	MUST(fd != -1);
	MUST(write(fd, bytes, n) == (ssize_t)n);
	MUST(fchmod(fd, mode) == 0);
	close(fd);
}

static inline void
tree_text(const struct spool_tree *tree, const char *name, const char *text)
{
	tree_put(tree, name, 0640, text, strlen(text));
}

/* A queue file of Postfix: its size, its time and the rest of the envelope. */
static inline void
tree_postfix(
    const struct spool_tree *tree, const char *name, mode_t mode, long arrived)
{
	char bytes[256], time[40];
	int n = snprintf(time, sizeof(time), "%ld %d", arrived, 123456);
	size_t at = 0;

	bytes[at++] = 'C';
	bytes[at++] = 15;
	memcpy(bytes + at, "             42", 15);
	at += 15;
	bytes[at++] = 'T';
	bytes[at++] = (char)n;
	memcpy(bytes + at, time, (size_t)n);
	at += (size_t)n;
	memcpy(bytes + at, "S\013a@localhostM\0", 15);
	at += 15;
	tree_put(tree, name, mode, bytes, at);
}

#endif
