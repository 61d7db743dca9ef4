/*
 * state.c - the one SQLite file that survives: exactly once
 *
 * The database is used by whoever runs a commit: the worker's thread or, in
 * state_commit_now(), the owner.  Never both: while a commit is under way
 * nothing else is begun.
 */
#include "base/state.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/database.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rows.h"
#include "base/worker.h"

/*
 * What could not be written is kept up to this; then nothing more is gathered
 * until it was written, and the parts go on remembering what changed.
 */
#define PENDING_BYTES (64u << 20)

/* What all parts changed: one transaction.  Owned by state or worker. */
struct batch {
	struct job job;
	struct state *state;
	bool failed;
	struct err err;
	struct state_rows rows[]; /* one a part */
};

struct state {
	int lock_fd;
	struct database *database;
	struct state_part *parts;
	size_t n;
	bool committing;       /* the worker has a batch */
	struct batch *pending; /* failed, kept; or NULL */
	bool troubled;         /* the last one failed */
	struct err trouble;    /* and why */
};

/*
 * flock() and not SQLite's own lock: readers may look into the file, and the
 * kernel lets go of it however the holder ended.
 */
static int
take_lock(struct state *state, const char *directory, struct err *err)
{
	char path[PATH_MAX], pid[16] = "";
	ssize_t n;

	snprintf(path, sizeof(path), "%s/state.lock", directory);
	state->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (state->lock_fd == -1)
		return err_sys(err, "%s: open", path);
	if (flock(state->lock_fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			return err_sys(err, "%s: lock", path);
		n = pread(state->lock_fd, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? n : 0] = '\0';
		pid[strspn(pid, "0123456789")] = '\0';
		return err_set(err,
		    "%s: another mailweir (process %s) uses this data "
		    "directory; stop it, or give another one",
		    directory, pid[0] != '\0' ? pid : "unknown");
	}
	snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	/* Only for people: without it the lock holds all the same. */
	if (ftruncate(state->lock_fd, 0) == -1 ||
	    pwrite(state->lock_fd, pid, strlen(pid), 0) == -1)
		log_warn("%s: the process id could not be written", path);
	return 0;
}

static struct batch *
batch_new(struct state *state)
{
	struct batch *batch =
	    mem_zero(1, sizeof(*batch) + state->n * sizeof(batch->rows[0]));

	batch->state = state;
	return batch;
}

static void
batch_free(struct batch *batch)
{
	if (batch == NULL)
		return;
	for (size_t i = 0; i < batch->state->n; i++)
		rows_fini(&batch->rows[i]);
	free(batch);
}

static size_t
batch_bytes(const struct batch *batch)
{
	size_t bytes = 0;

	for (size_t i = 0; batch != NULL && i < batch->state->n; i++)
		bytes += batch->rows[i].n;
	return bytes;
}

/* What changed, behind what could not be written before; NULL: nothing. */
static struct batch *
gather(struct state *state)
{
	struct batch *batch, *older = state->pending;

	state->pending = NULL;
	if (batch_bytes(older) > PENDING_BYTES)
		return older;
	batch = batch_new(state);
	for (size_t i = 0; i < state->n; i++) {
		struct state_part *part = &state->parts[i];

		part->save(part->arg, &batch->rows[i]);
		if (older != NULL)
			rows_merge(&batch->rows[i], &older->rows[i]);
	}
	batch_free(older);
	if (batch_bytes(batch) != 0)
		return batch;
	batch_free(batch);
	return NULL;
}

static void
run_batch(struct job *job)
{
	struct batch *batch = (struct batch *)job;

	batch->failed = database_write(batch->state->database, batch->rows,
			    &batch->err) == -1;
}

static void
batch_done(struct job *job)
{
	struct batch *batch = (struct batch *)job;
	struct state *state = batch->state;

	state->committing = false;
	state->troubled = batch->failed;
	if (batch->failed) {
		state->trouble = batch->err;
		state->pending = batch;
	} else {
		batch_free(batch);
	}
}

bool
state_commit(struct state *state, struct worker *worker)
{
	struct batch *batch;

	if (state->committing)
		return false;
	batch = gather(state);
	if (batch == NULL)
		return true;
	batch->job.run = run_batch;
	batch->job.done = batch_done;
	state->committing = true;
	if (!worker_submit(worker, JOB_WRITE, &batch->job)) {
		err_set(&batch->err, "state: the worker takes no writes");
		batch->failed = true;
		batch_done(&batch->job);
	}
	return true;
}

bool
state_committing(const struct state *state)
{
	return state->committing;
}

int
state_commit_now(struct state *state, struct err *err)
{
	struct batch *batch;
	bool failed;

	assert(!state->committing);
	batch = gather(state);
	if (batch == NULL)
		return 0;
	run_batch(&batch->job);
	failed = batch->failed;
	*err = batch->err;
	batch_done(&batch->job);
	return failed ? -1 : 0;
}

const char *
state_trouble(const struct state *state)
{
	return state->troubled ? state->trouble.text : NULL;
}

struct state *
state_open(const char *directory, const struct state_part *parts, size_t n,
    struct err *err)
{
	struct state *state = mem_zero(1, sizeof(*state));
	char path[PATH_MAX];

	state->lock_fd = -1;
	state->parts = mem_copy(parts, n * sizeof(*parts));
	state->n = n;
	if (mkdir(directory, 0750) == -1 && errno != EEXIST) {
		err_sys(err, "%s: mkdir", directory);
		goto fail;
	}
	if (take_lock(state, directory, err) == -1)
		goto fail;
	snprintf(path, sizeof(path), "%s/state.db", directory);
	state->database = database_open(path, parts, n, err);
	if (state->database == NULL ||
	    database_load(state->database, err) == -1)
		goto fail;
	return state;

fail:
	state_close(state);
	return NULL;
}

int
state_read(const char *directory, const struct state_part *parts, size_t n,
    struct err *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/state.db", directory);
	return database_read(path, parts, n, err);
}

/* The worker is gone or drained: a batch in its hands would write to us. */
void
state_close(struct state *state)
{
	if (state == NULL)
		return;
	assert(!state->committing);
	batch_free(state->pending);
	database_close(state->database);
	if (state->lock_fd != -1)
		close(state->lock_fd);
	free(state->parts);
	free(state);
}
