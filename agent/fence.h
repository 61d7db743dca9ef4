/*
 * fence.h - which files the agent can still open
 *
 * By the kernel's Landlock, where it has it (landlock(7), Linux 5.13): an open
 * of anything else fails with EACCES, whatever the user may do.  Files that are
 * open stay open; sockets, stat(2) and inotify(7) are not concerned.
 */
#ifndef AGENT_FENCE_H
#define AGENT_FENCE_H

#include <stddef.h>

#include "base/err.h"

struct fence {
	const char *data; /* a directory: to read and to write */
	/* Files and directories to read.  One that is not there yet: the
	   directory in which it will be. */
	const char *const *read;
	size_t read_count;
};

/*
 * For this process and its threads to come; after no_new_privs.  Beside what is
 * named, what libraries need can be read: /usr, /etc, /proc and so on.
 * 0: done; 1: the kernel has no Landlock, or it is switched off.
 */
int fence_raise(const struct fence *, struct err *);

#endif
