/*
 * map_form.h - how each kind of map writes a block: what it looks up
 */
#ifndef BLOCKS_MAP_FORM_H
#define BLOCKS_MAP_FORM_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/slice.h"

#define MAP_KEY  300 /* a printed key and its NUL */
#define MAP_KEYS 2   /* of one prefix, at most */

/* What the map looks up; several where one does not say it. */
struct map_keys {
	size_t n;
	char text[MAP_KEYS][MAP_KEY];
};

struct map_form {
	const char *name; /* the map's type: "access", "hash", "lmdb", "cidr" */
	size_t most;      /* entries; 0: as many as there are */
	/* -1: it cannot be said in this map; err has the reason in words. */
	int (*client)(const struct prefix *, struct map_keys *, struct err *);
	int (*sender)(struct slice, struct map_keys *, struct err *);
	/* Two lines with one key are a mistake (makemap, postmap). */
	bool unique;
};

/* Of that name, or NULL. */
const struct map_form *map_form(const char *name);

#endif
