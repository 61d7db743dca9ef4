/* progress.c - how far long work is, on a terminal */
#include "agent/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

void
progress_show(
    struct progress *progress, const char *what, uint64_t done, uint64_t all)
{
	struct timespec now;
	int64_t ms;

	if (progress->shown == 0 && !isatty(STDERR_FILENO))
		progress->shown = INT64_MAX;
	if (progress->shown == INT64_MAX)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (ms - progress->shown < 100)
		return;
	progress->shown = ms;
	progress->visible = true;
	if (all != 0 && done <= all)
		fprintf(stderr, "\r%s: %3" PRIu64 " %%\033[K", what,
		    done * 100 / all);
	else
		fprintf(
		    stderr, "\r%s: %" PRIu64 " MB\033[K", what, done / 1000000);
}

void
progress_clear(struct progress *progress)
{
	if (progress->visible)
		fputs("\r\033[K", stderr);
	progress->visible = false;
}
