/*
 * helper.h - a forked child that keeps a right which the parent gives up
 *
 * Requests and answers are of fixed size, over a SOCK_SEQPACKET socket pair;
 * a descriptor may come with an answer.  Started before any thread exists.
 * The child holds no other descriptor than stderr, stdout and its end, ignores
 * the terminal's and the service manager's signals, and ends when the parent
 * does.
 */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HELPER_MESSAGE_BYTES (128u << 10) /* a request or answer at most */
#define HELPER_FD            3 /* in the child: its end; hangs up when the parent ends */

struct helper;

struct helper_config {
	const char *name; /* up to 15 bytes: the child's name in ps */
	size_t request_bytes, answer_bytes;
	/*
	 * In the child, for each request.  *fd is -1 or, with takes_fd, the
	 * descriptor that came with the request, then serve's to close; one put
	 * there goes with the answer and is closed in the child.
	 */
	void (*serve)(void *arg, const void *request, void *answer, int *fd);
	void *arg;
	bool takes_fd;
	/*
	 * In the child, in this order: begin (once), and stirred whenever that
	 * descriptor (-1: none) is readable; it may helper_tell().  All may be
	 * NULL.
	 */
	void (*begin)(void *arg);
	/* The parent is gone; nothing can be told any more.  NULL: no matter. */
	void (*end)(void *arg);
	int (*fd)(void *arg);
	void (*stirred)(void *arg);
	/*
	 * A child that is killed or crashes is followed by another, forked
	 * anew: what it was asked and did not answer is lost, and begin is
	 * called again.
	 */
	bool revive;

	uid_t uid; /* to be changed to where the parent is root; 0: stay */
	gid_t gid;
	/* Bit CAP_x: kept where the parent has it; all others are dropped. */
	uint64_t capabilities;
	/* Without no_new_privs and with a whole bounding set: it runs setuid
	   and setgid programs. */
	bool may_gain;
};

/*
 * Called in every child from now on, by the helper's name, once its rights are
 * dropped: a filter of system calls (agent/filter.h).  What it refuses ends
 * the child.
 */
typedef int helper_confine_fn(const char *name, struct err *);
void helper_confine(helper_confine_fn *);

struct helper *helper_start(const struct helper_config *, struct err *);
/* Closes our end and waits for the child. */
void helper_stop(struct helper *);

/*
 * Ask and wait for the answer, up to timeout_ms.  *fd (where fd is not NULL)
 * is a descriptor, now the caller's, or -1.  -1: the child is gone, or did not
 * answer in time; its late answer is thrown away.
 */
int helper_call(struct helper *, const void *request, void *answer, int *fd,
    int timeout_ms, struct err *);

/*
 * The same without waiting: the answer comes later, with the number of its
 * request, and helper_fd() is then readable.  Answers come in the order of the
 * requests.  fd (-1: none) goes along and stays the caller's.
 */
int helper_ask(struct helper *, const void *request, int fd, uint32_t *number,
    struct err *);
/* 1: an answer; number 0: told unasked; 0: none yet; -1: the child is gone. */
int helper_answer(
    struct helper *, void *answer, int *fd, uint32_t *number, struct err *);
int helper_fd(const struct helper *);

pid_t helper_pid(const struct helper *);

/* In the child, or a child of it: tell what nobody asked for. */
void helper_tell(const void *answer, size_t bytes, int fd);

#endif
