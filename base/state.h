/*
 * state.h - the one SQLite file that survives: exactly once
 *
 * What was read (offsets) and everything that follows from it are committed
 * in one transaction over every registered part.  A part is a table of keys
 * and values of its own making.  At start each row is given to its part; at
 * every commit each part puts the rows that changed since the last one.
 *
 * The commit itself is an owned job of the worker: the loop never waits for
 * the disk.  A commit that fails is kept and tried again before the next.
 */
#ifndef BASE_STATE_H
#define BASE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

struct state;
struct state_rows;
struct worker;

struct state_part {
	const char *name; /* of its table: letters and _ */
	unsigned version; /* another version's rows are dropped, said so */
	void *arg;
	/* Put or drop every row that changed since the last call. */
	void (*save)(void *arg, struct state_rows *);
	/* One row, at start.  -1: the row is damaged; it is dropped, said so. */
	int (*load)(
	    void *arg, struct slice key, struct slice value, struct err *);
};

void rows_put(struct state_rows *, struct slice key, struct slice value);
void rows_drop(struct state_rows *, struct slice key);

/*
 * Open or make DIRECTORY/state.db, take its lock (a second agent on the same
 * directory fails, saying so), give every stored row to its part.
 */
struct state *state_open(const char *directory, const struct state_part *parts,
    size_t n, struct err *);
void state_close(struct state *);

/*
 * Give the rows of DIRECTORY/state.db to the parts as they were committed last,
 * while an agent may be running on it: no lock is taken, nothing is made or
 * changed.  A part whose table is missing or of another version gets none; a
 * damaged row is passed over, said so.  -1: not there, no right to read it (the
 * text names the one needed), no database; no part was given a row.
 */
int state_read(const char *directory, const struct state_part *parts, size_t n,
    struct err *);

/*
 * Gather what changed and hand it to the worker.  False: an earlier commit is
 * still under way, nothing was gathered; call again later.
 */
bool state_commit(struct state *, struct worker *);
/* The worker has one that was not given back. */
bool state_committing(const struct state *);
/* The same, here and now: for replay and the last commit before the end. */
int state_commit_now(struct state *, struct err *);

/* Why the last commit failed, or NULL.  Holds until the next one. */
const char *state_trouble(const struct state *);

/* "SQLite 3.40.1", for mailweir version. */
const char *state_library(void);

/*
 * Fixed-width little numbers and texts in a value.  `at' walks; getters are
 * false at the end of the value, and then stay false.
 */
struct state_writer {
	char *p;
	size_t n, size;
};

void put_u8(struct state_writer *, uint8_t);
void put_u32(struct state_writer *, uint32_t);
void put_u64(struct state_writer *, uint64_t);
void put_text(struct state_writer *, struct slice); /* up to 65,535 bytes */
void put_bytes(struct state_writer *, const void *, size_t);
void writer_fini(struct state_writer *);

bool get_u8(struct slice *at, uint8_t *);
bool get_u32(struct slice *at, uint32_t *);
bool get_u64(struct slice *at, uint64_t *);
bool get_text(struct slice *at, struct slice *); /* borrowed */
bool get_bytes(struct slice *at, void *, size_t);

#endif
