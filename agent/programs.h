/*
 * programs.h - the helper that runs other programs, and answers later
 *
 * Forked before privileges are dropped, it does only the jobs that were named
 * at its start: a job runs programs whose argument vectors are fixed
 * (agent/execute.h).  Input and output are descriptors of memory, so neither
 * is bounded by a message.  It is without no_new_privs, which would disarm the
 * setuid and setgid bits that some of the programs live by.
 */
#ifndef AGENT_PROGRAMS_H
#define AGENT_PROGRAMS_H

#include <sys/types.h>

#include <stdint.h>

#include "base/err.h"

#define PROGRAMS_ASKED 16 /* jobs asked for and not done, at most */

struct program_job {
	const char *name; /* in messages */
	/*
	 * In the helper: read `in' (-1: there is none), write `out', both
	 * borrowed.  `stop' hangs up when the answer is no longer wanted.
	 */
	int (*work)(void *arg, int in, int out, int stop, struct err *);
	void *arg;
};

struct programs;

/*
 * The jobs are borrowed.  uid 0: the helper stays what we are; capabilities as
 * in base/helper.h.
 */
struct programs *programs_start(const struct program_job *jobs, size_t n, uid_t,
    gid_t, uint64_t capabilities, struct err *);
/* What runs is killed, what was asked is not answered. */
void programs_stop(struct programs *);

/*
 * `done' is called once, from programs_ready(): with the output, from its
 * beginning, borrowed, and err NULL; or -1 and why it failed.
 */
typedef void program_done_fn(void *arg, int output, const struct err *);

/* Ask for job i.  `in' (-1: nothing) stays the caller's. */
int programs_ask(struct programs *, size_t i, int in, program_done_fn *,
    void *arg, struct err *);

int programs_fd(const struct programs *);
void programs_ready(struct programs *);

/* An unnamed file in memory, for input; -1 with err. */
int programs_memory(const char *name, struct err *);

#endif
