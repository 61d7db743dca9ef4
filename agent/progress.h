/*
 * progress.h - how far long work is, on a terminal
 */
#ifndef AGENT_PROGRESS_H
#define AGENT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	int64_t shown; /* milliseconds, of the last line */
	bool visible;
};

/* At most ten times a second, and only where stderr is a terminal. */
void progress_show(
    struct progress *, const char *what, uint64_t done, uint64_t all);
void progress_clear(struct progress *);

#endif
