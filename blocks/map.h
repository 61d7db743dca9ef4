/*
 * map.h - our lines in a map that an administrator keeps
 *
 * The text of a map (Sendmail's access map, a Postfix table) holds one region
 * of ours between two marks; every other byte is somebody else's and stays:
 *
 *   # mailweir: begin, written by mailweir; edit above or below it
 *   Connect:203.0.113.7	REJECT
 *   # mailweir: end, 1 lines, 8f1b0c2d3e4f5a69
 *
 * The second mark counts and sums up (FNV-1a, 64 bits) what stands between:
 * a region that was edited or is half there is damaged, and never guessed at.
 * Where the lines above or below have a key of ours, theirs counts.
 */
#ifndef BLOCKS_MAP_H
#define BLOCKS_MAP_H

#include <stdio.h>

#include "blocks/map_form.h"

#define MAP_BYTES (64u << 20) /* a larger file is not touched */

/* The three parts of a map's text; no region: `after' is empty. */
struct map_parts {
	struct slice before, region, after;
	bool found;
};

int map_split(struct slice text, struct map_parts *, struct err *);

/* "KEY<tab>REJECT" lines, to be freed, and the blocks without one. */
struct map_lines {
	char *text;
	size_t n, lines;
	uint64_t sum;   /* slice_hash() of the text */
	size_t theirs;  /* an administrator's own line has the key */
	size_t unsaid;  /* it cannot be said in this map: */
	struct err why; /* the first of them */
	size_t beyond;  /* the map holds no more */
};

struct map_wanted {
	const struct map_form *form;
	const struct prefix *clients;
	size_t client_count;
	const struct slice *senders;
	size_t sender_count;
};

void map_make(
    const struct map_parts *, const struct map_wanted *, struct map_lines *);

/* The whole text with those lines in the region; none: no region at all. */
void map_compose(FILE *out, const struct map_parts *, const struct map_lines *);

enum map_result {
	MAP_SAME,    /* it holds these lines already */
	MAP_WRITTEN, /* it does now */
	MAP_BUSY,    /* it changed since it was read: to be tried again */
	MAP_FAILED   /* see err */
};

/*
 * A map as it was read; `path' may be a link.  It must be there: who uses a
 * map has made it.  NULL: see err.
 */
struct map_file *map_open(const char *path, struct err *);
void map_close(struct map_file *);
struct slice map_text(const struct map_file *);

/* Another text in its place, by rename, with its owner and mode. */
enum map_result map_replace(struct map_file *, struct slice text, struct err *);

/* All of it: bring the file to these blocks.  The lines' text is NULL then. */
enum map_result map_write(const char *path, const struct map_wanted *,
    struct map_lines *, struct err *);

#endif
