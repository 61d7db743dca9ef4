/*
 * place.h - where reading has got to, and how that place is known again
 *
 * A file is known by its device and inode, and by its bytes: the first
 * min(1024, offset) and the 256 before the offset.  The bytes are what is left
 * when it was copied, compressed or moved to another disk.
 */
#ifndef COLLECTORS_PLACE_H
#define COLLECTORS_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"

#define PLACE_HEAD   1024
#define PLACE_BEFORE 256

/* What is remembered of a text while it is read from its beginning. */
struct trail {
	uint64_t offset;         /* how far it was read */
	size_t head_n, before_n; /* min(PLACE_HEAD, offset), ... */
	char head[PLACE_HEAD];
	char before[PLACE_BEFORE]; /* the offset */
};

void trail_add(struct trail *, const char *block, size_t n);
/* The same at any offset of a plain file.  False: it is shorter. */
bool trail_read(struct trail *, int fd, uint64_t offset);
/* Has the plain file still the bytes that the trail has? */
bool trail_holds(const struct trail *, int fd);
/* A name for the text: the hash of its first line.  0: it has none yet. */
uint64_t trail_id(const struct trail *);

/* Behind the last whole line that was given out. */
struct place {
	bool known;
	uint64_t device, inode, offset;
	int64_t mtime_ns; /* of the file when it was read */
	uint64_t head_hash, before_hash;
};

/* The place `ahead' bytes into the block that follows the trail. */
void place_set(
    struct place *, const struct trail *, const char *block, size_t ahead);
/* Is the trail, which is at the place's offset, that of the place? */
bool place_is_at(const struct place *, const struct trail *);
/* Could it become so?  The trail has PLACE_HEAD bytes, or up to the offset. */
bool place_has_head(const struct place *, const struct trail *);

void place_save(const struct place *, struct state_writer *);
bool place_load(struct place *, struct slice *value);

#endif
