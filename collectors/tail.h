/*
 * tail.h - follow a log across rotation, every line once
 *
 * Reads what the rotated siblings hold, oldest first, and then the log itself
 * as it grows, in small parts, so that the caller stays in charge of its time.
 * Lines come whole (collectors/lines.h says what is dropped).  The place that
 * was read up to can be saved and found again after any rotation; only what
 * copytruncate itself loses between copy and truncation is lost.
 *
 * Nothing here asks the clock: tail_ready() brings it.
 */
#ifndef COLLECTORS_TAIL_H
#define COLLECTORS_TAIL_H

#include "base/state.h"
#include "collectors/opener.h"

/* Where a line stood. */
struct line_origin {
	int64_t hint;    /* when its file was last written, or now where that
			    is nonsense; Unix seconds: for guessing years */
	uint64_t file;   /* the file's name for itself: the same however it is
			    renamed, copied or compressed */
	uint64_t offset; /* of the line in the text, uncompressed */
	bool live;       /* in the log itself, not in a rotated sibling */
};

/* The line and its origin are borrowed for the call. */
typedef void tail_take_fn(
    void *arg, struct slice line, const struct line_origin *);

struct tail;

/* The opener is borrowed as long as the tail lives.  Reads nothing yet. */
struct tail *tail_open(struct opener *, size_t log);
void tail_close(struct tail *);

/* What tail_save() gave; before the first tail_read().  -1: it is damaged. */
int tail_load(struct tail *, struct slice value, struct err *);
void tail_save(const struct tail *, struct state_writer *);

/*
 * The descriptor to watch (-1: none), what to call when it stirs and when it
 * is due (now_ms: Unix milliseconds), and when to call it in any case.  Then
 * tail_read() until it is 0.
 */
int tail_fd(const struct tail *);
void tail_ready(struct tail *, int64_t now_ms);
int64_t tail_due(const struct tail *);

/* The bytes worked through, about `most' at most; 0: nothing more for now. */
size_t tail_read(struct tail *, size_t most, tail_take_fn *take, void *arg);

/* While lines are handed out: the year of the first line of this file, found by
   looking over all of it; 0: not known. */
int tail_year(const struct tail *);

bool tail_at_end(const struct tail *); /* the last tail_read() gave 0 */
/* An estimate of what is still to read, archives counted 8 times. */
uint64_t tail_backlog_bytes(const struct tail *);
uint64_t tail_overlong(const struct tail *); /* lines dropped for length */
/* Why nothing can be read, or NULL.  Each is logged once. */
const char *tail_trouble(const struct tail *);

#endif
