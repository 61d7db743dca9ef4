/*
 * siblings.h - a log and its rotated siblings, oldest first
 *
 * Siblings are the files of the log's directory whose name is the log's and
 * then, as logrotate, newsyslog, savelog and postlogd make them: ".3",
 * "-20261101", ".20261101-120000", "-1793491200", and perhaps ".gz", ".xz",
 * ".zst" or ".bz2".  While one is being compressed it is there twice; the
 * plain one is listed.
 */
#ifndef COLLECTORS_SIBLINGS_H
#define COLLECTORS_SIBLINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define SIBLINGS 512 /* with more the oldest are left out, and counted */
#define SIBLING_BYTES                                                          \
	112 /* of a name and its NUL; longer ones are no siblings */

struct sibling {
	char name[SIBLING_BYTES];
	int64_t mtime_ns;
	uint64_t bytes, device, inode;
};

struct siblings {
	uint32_t count;
	uint32_t left_out;
	bool live; /* the last one is the log itself */
	struct sibling of[SIBLINGS + 1];
};

/* Is it the log's own name, or one of a sibling? */
bool siblings_is_name(struct slice base, struct slice name);
/* Is it compressed, by its name? */
bool siblings_is_compressed(struct slice name);

/* What the directory holds; 0, or the errno why it cannot be read. */
int siblings_list(const char *directory, const char *base, struct siblings *);

#endif
