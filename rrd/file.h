/*
 * file.h - one series file, and the samples that wait for it
 *
 * Used in the worker's thread only.  The time of the newest sample is kept
 * here, so that a file is opened once a batch and not to be asked first.
 */
#ifndef RRD_FILE_H
#define RRD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "rrd/mould.h"
#include "rrd/schema.h"

struct sample {
	int64_t when; /* Unix seconds: the end of what it counts */
	double value;
};

struct series_file {
	char *path;
	enum series_kind kind;
	uint64_t failed; /* in this batch of the store's: keep off it */
	bool looked;     /* what follows is known to be so on the disk */
	bool exists;
	bool lost;     /* it was there once: what it held is not 0 */
	int64_t start; /* where one not yet made begins */
	int64_t last;  /* newest sample on the disk, or `start' */
	int64_t tail;  /* the same with the samples that wait */
	struct sample *samples;
	size_t n, size;
	struct series_file *next; /* with samples, in a store's list */
};

/* Adopts `path'. */
struct series_file *file_new(char *path, enum series_kind);
void file_free(struct series_file *);

/*
 * See what is on the disk.  A damaged file, or one of another schema, is set
 * aside as PATH.broken-DATE, DATE being that of `now'.  -1: it cannot be told.
 */
int file_look(struct series_file *, int64_t now, struct err *);

/* Let the samples begin here, where there is no file yet. */
void file_begin(struct series_file *, int64_t start);

/* Samples wait.  One that is not newer than the last is dropped. */
void file_push(struct series_file *, int64_t when, double value);
void file_push_zeros(struct series_file *, int64_t until);
/* The count of the SCHEMA_STEP from `at', and 0 up to it. */
void file_push_step(struct series_file *, int64_t at, double count);

/* Write what waits, in one update; nothing waits afterwards in any case. */
int file_write(struct series_file *, struct mould *, struct err *);
void file_forget(struct series_file *); /* what waits */

/* Read the whole header. */
int file_header(const char *path, void *header, struct err *);

/*
 * Hand the file's cells of an archive within [from, to) to take(), NANs as
 * well: `at' is the beginning of the cell.
 */
int file_cells(const char *path, const struct archive *, int64_t from,
    int64_t to, void (*take)(void *arg, int64_t at, double value), void *arg,
    struct err *);

#endif
