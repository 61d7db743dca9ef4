/*
 * tail_impl.h - what the files of tail share
 *
 * tail.c reads the file in hand, tail_files.c says which file comes into hand
 * and when it is left, tail_search.c finds the place when none is.
 */
#ifndef COLLECTORS_TAIL_IMPL_H
#define COLLECTORS_TAIL_IMPL_H

#include "collectors/damaged.h"
#include "collectors/lines.h"
#include "collectors/place.h"
#include "collectors/search.h"
#include "collectors/tail.h"

#define LOOK_MS       15000 /* between looks at a watched directory */
#define LOOK_BLIND_MS 1000  /* and at one that cannot be watched */
#define QUIET_MS      200   /* a rotated file's writer has let go of it */
#define STEP_COST     4096  /* of looking at a directory, in bytes read */
#define TIMES_PACKED  8     /* how much larger the text of an archive is */
#define KNOWN         64    /* files read to their end that are remembered */

struct watch;

enum step {
	STEP_ON,  /* there may be more to do */
	STEP_WAIT /* nothing now */
};

struct tail {
	struct opener *opener;
	size_t log;
	struct watch *watch;
	int64_t now_ms, look_ms, retry_ms, quiet_ms; /* 0: not set */
	bool changed; /* names in the directory */
	bool at_end;

	struct place place;
	uint64_t known[KNOWN]; /* a ring of trail_id() */
	size_t known_n;

	struct logfile *file; /* in hand; or NULL */
	uint64_t device, inode;
	bool live;     /* it is the log itself */
	bool was_live; /* and was so when it was opened */
	bool failed;   /* reading it gave an error */
	struct trail trail;
	struct lines lines;

	struct search *search; /* for the place; or NULL */
	bool waiting;          /* nothing to open before a change */
	bool expected;         /* the search is no news: nothing was lost */
	struct damaged damaged;
	uint64_t later_bytes; /* in the files after this one */
	struct err trouble;   /* empty: none */

	/* While lines are handed out. */
	tail_take_fn *take;
	void *arg;
	struct line_origin origin;
};

static inline bool
is_live(const struct siblings *list, size_t i)
{
	return list->live && i == list->count - 1;
}

/* --- tail_files.c --- */

/* Take this file in hand, at the end of the trail. */
void tail_hold(struct tail *, struct logfile *, const struct siblings *,
    size_t i, const struct trail *);
void tail_let_go(struct tail *);
/* Let go, and have the place sought. */
void tail_search(struct tail *, bool expected);

/* The first from i on that is to be read; list->count: none. */
size_t tail_next_readable(struct tail *, const struct siblings *, size_t i);
/* Open what is at i and read it from its beginning. */
enum step tail_take_up(
    struct tail *, const struct siblings *, size_t i, size_t *used);
/* At the log's end: has its name gone to another file? */
bool tail_is_rotated(struct tail *);
/* At the end of a file that is no longer the log: go on to the next. */
enum step tail_leave(struct tail *, size_t *used);
/* Was the text of that name read to its end? */
bool tail_knows(const struct tail *, uint64_t id);

uint64_t tail_text_bytes(const struct siblings *, size_t from);
void tail_retry_at(struct tail *, int64_t when_ms);
bool tail_may_retry(struct tail *);
void tail_say(struct tail *, const struct err *); /* once */

/* --- tail_search.c --- */

enum step tail_find(struct tail *, size_t most, size_t *used);

#endif
