/*
 * worker.h - a thread beside the loop's, for what the disk may hold up
 *
 * Jobs go in and come back as owned messages; nothing else is shared.  Writes
 * are done in the order they came, before any read.  At most WORKER_READS
 * reads wait; the next is refused, so that a slow disk turns into an honest
 * "try again" instead of a growing queue.
 */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H

#include <stdbool.h>

#include "base/err.h"

#define WORKER_READS 8

enum job_kind { JOB_WRITE, JOB_READ };

/* Embedded as first member in the job's own struct. */
struct job {
	struct job *next;
	void (*run)(struct job *);  /* in the worker's thread */
	void (*done)(struct job *); /* in the owner's, from worker_ready();
				       it frees the job */
};

struct worker;

struct worker *worker_new(struct err *);
/* Finishes the writes that wait, gives every job back, ends the thread. */
void worker_free(struct worker *);

/* False: too many reads wait, and the job is still the caller's. */
bool worker_submit(struct worker *, enum job_kind, struct job *);

int worker_fd(const struct worker *); /* readable when jobs came back */
void worker_ready(struct worker *);

/*
 * Called now and then: false if no job was finished since the last call though
 * there are some.
 */
bool worker_moves(struct worker *);

/* Wait until every job is done and given back. */
void worker_drain(struct worker *);

#endif
