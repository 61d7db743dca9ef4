/*
 * execute.h - run one program to its end, within bounds
 *
 * No shell, no search in PATH, an empty environment, its own process group,
 * standard input from a descriptor or /dev/null, no other descriptor.  What
 * takes too long or says too much is killed with all that it started.
 */
#ifndef AGENT_EXECUTE_H
#define AGENT_EXECUTE_H

#include <stddef.h>

#include "base/err.h"

#define EXECUTE_BYTES   (1u << 20) /* of output */
#define EXECUTE_SECONDS 10

struct execution {
	const char *const *argv; /* the first is an absolute path */
	int in;                  /* its standard input; -1: nothing */
	int stop;                /* when its other end closes, kill; -1: none */
	size_t most_bytes;
	int most_ms;
};

/*
 * Its standard output, to be freed; a NUL stands behind it.  -1 if it could
 * not be run, did not exit with 0, or was killed; err then holds the last line
 * that it complained with.
 */
int execute(const struct execution *, char **output, size_t *n, struct err *);

/*
 * The first of the paths that can be executed (paths end with NULL), or NULL.
 */
const char *execute_find(const char *const *paths);

#endif
