/*
 * schema.h - what one series file is made of
 *
 * One data source called "value", a step of 60 s, five spans of time, each
 * once as AVERAGE and once as MAX.  Every step divides a day, so a file that
 * begins at a midnight (UTC) has no partly unknown cell in any of them.
 */
#ifndef RRD_SCHEMA_H
#define RRD_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SCHEMA_STEP     60    /* seconds */
#define SCHEMA_DAY      86400 /* the longest cell, seconds */
#define SCHEMA_ARCHIVES 5

/* librrd takes no longer gap between two samples of a counter for known. */
#define SCHEMA_HEARTBEAT 31536000

enum series_kind { SERIES_COUNT, SERIES_GAUGE };

struct archive {
	unsigned step; /* seconds a cell */
	unsigned rows;
};

extern const struct archive archives[SCHEMA_ARCHIVES]; /* finest first */

/* All before the first row, and the whole file. */
size_t schema_header_bytes(void);
size_t schema_file_bytes(void);

/* Make the file; it holds nothing before `start' (Unix seconds). */
int schema_create(
    const char *path, enum series_kind, int64_t start, struct err *);

/*
 * The header is that of an intact file of our schema; *last is then the time
 * of its newest sample.
 */
bool schema_fits(const void *header, enum series_kind, int64_t *last);

#endif
