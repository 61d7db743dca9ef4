/* scratch.h - a directory for a state of its own, removed behind the test */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/state.h"

/* The path, to be given to scratch_remove(). */
static inline char *
scratch_make(void)
{
	const char *under = getenv("TMPDIR");
	char *path = NULL;

	if (asprintf(&path, "%s/mailweir-test-XXXXXX",
		under ? under : "/tmp") == -1 ||
	    mkdtemp(path) == NULL) {
		perror(path);
		abort();
	}
	return path;
}

static inline void
scratch_remove(char *path)
{
	static const char *const names[] = { "state.db", "state.db-wal",
		"state.db-shm", "state.lock", "mailweir.conf" };
	char file[512];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]);
		(void)unlink(file);
	}
	if (rmdir(path) == -1) {
		perror(path);
		abort();
	}
	free(path);
}

/* The part's state there; never NULL. */
static inline struct state *
scratch_open(const char *path, struct state_part part)
{
	struct err err;
	struct state *state = state_open(path, &part, 1, &err);

	if (state == NULL) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return state;
}

#endif
