/*
 * spool.h - what waits in the spool of a mail system: a walk through its tree
 *
 * A spool may hold a million files, so a walk is done in steps of a bounded
 * amount of work, and goes on where the last one ended.  It reads the names,
 * and of a file only the head, where the name does not tell all that is asked;
 * what a head told is remembered as long as the file does not change.  No
 * symbolic link is followed below the spool itself.
 *
 * A file that moves from one queue to another during a walk may be counted
 * twice, or not at all: the numbers are gauges.
 */
#ifndef COLLECTORS_SPOOL_H
#define COLLECTORS_SPOOL_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define SPOOL_HEAD 8192 /* bytes of a file that are read at most */

enum queue_name {
	QUEUE_ACTIVE,
	QUEUE_DEFERRED,
	QUEUE_HOLD,
	QUEUE_INCOMING,
	QUEUE_NAMES
};

struct spool_count {
	uint64_t messages[QUEUE_NAMES];
	int64_t oldest; /* when it arrived, Unix seconds; 0: no message */
};

struct spool_message {
	enum queue_name queue;
	int64_t arrived; /* Unix seconds; 0: not told */
};

enum spool_look {
	SPOOL_OTHER,   /* no message */
	SPOOL_MESSAGE, /* one; all is known */
	SPOOL_READ     /* one; read() has to tell the rest */
};

/* How a mail system keeps its spool. */
struct spool_system {
	const char *name;          /* the word of the configuration */
	const char *const *places; /* where it usually is; ends with NULL */
	const char *mark;          /* what its directory holds; NULL: nothing */
	const char *rights;        /* who may read it, beside root */
	/*
	 * May messages lie in this directory?  `top' is the first one below
	 * the spool, "" for the spool itself; depth 1 is top.
	 */
	bool (*enters)(const char *top, unsigned depth, const char *name);
	enum spool_look (*look)(const char *top, const char *name,
	    const struct stat *, struct spool_message *);
	/* The first SPOOL_HEAD bytes of it; false: it is no message. */
	bool (*read)(struct slice head, struct spool_message *);
};

extern const struct spool_system spool_postfix, spool_sendmail, spool_exim;
extern const struct spool_system *const spool_systems[]; /* ends with NULL */

/* NULL: there is no system of that name. */
const struct spool_system *spool_find(const char *name);
/* The system whose spool the directory looks like; NULL: of none. */
const struct spool_system *spool_guess(const char *path);

/* The queue that Postfix calls so; -1: none that is counted. */
int spool_queue(struct slice name);
/* One more message. */
void spool_add(struct spool_count *, const struct spool_message *);

struct spool;

/* Nothing is opened yet. */
struct spool *spool_new(const char *path, const struct spool_system *);
void spool_free(struct spool *);

enum spool_result {
	SPOOL_MORE, /* call again */
	SPOOL_WAIT, /* nothing is there yet: call again in a moment */
	SPOOL_DONE,
	SPOOL_FAILED
};

/*
 * Go on with the walk, or begin another, with about `work' files.  SPOOL_DONE:
 * *count is what was found.  SPOOL_FAILED: errno; spool_where() says where.
 */
enum spool_result spool_step(
    struct spool *, bool again, unsigned work, struct spool_count *count);
/* What the last failure was about, below the spool; "" is the spool. */
const char *spool_where(const struct spool *);

#endif
