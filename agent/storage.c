/* storage.c - what survives: the state, the series, and their threads */
#include "agent/storage.h"

#include <string.h>

#define PARTS (5 + COLLECTORS_PARTS + ALERTS_PARTS + BLOCK_PARTS)

static void
free_parts(struct storage *storage)
{
	series_close(storage->series);
	state_close(storage->state);
	worker_free(storage->worker);
	worker_free(storage->commits);
	memset(storage, 0, sizeof(*storage));
}

int
storage_open(struct storage *storage, const char *data, struct stats *stats,
    struct tally *tally, struct digest *digest, struct collectors *collectors,
    struct respond *respond, struct mailout *mailout, struct err *err)
{
	struct state_part parts[PARTS];
	size_t n = 0;

	memset(storage, 0, sizeof(*storage));
	storage->worker = worker_new(err);
	storage->commits = worker_new(err);
	if (storage->worker == NULL || storage->commits == NULL)
		goto fail;
	storage->series = series_open(data, storage->worker, err);
	if (storage->series == NULL)
		goto fail;
	/* The series come last: what they load closes steps of the account. */
	parts[n++] = stats_part(stats);
	parts[n++] = tally_part(tally);
	if (digest != NULL)
		parts[n++] = digest_part(digest);
	if (collectors != NULL) {
		collectors_parts(collectors, parts + n);
		n += COLLECTORS_PARTS;
	}
	if (respond != NULL) {
		alerts_parts(respond->alerts, parts + n);
		blocks_parts(respond->blocks, parts + n + ALERTS_PARTS);
		n += ALERTS_PARTS + BLOCK_PARTS;
	}
	if (mailout != NULL)
		parts[n++] = mailout_part(mailout);
	parts[n++] = series_part(storage->series);
	storage->state = state_open(data, parts, n, err);
	if (storage->state == NULL)
		goto fail;
	return 0;

fail:
	free_parts(storage);
	return -1;
}

void
storage_keep_history(struct storage *storage, const char *data,
    const struct messages_config *config, bool patient)
{
	if (config->enabled)
		storage->messages =
		    messages_open(data, config, storage->commits, patient);
}

void
storage_commit(struct storage *storage)
{
	if (!state_commit(storage->state, storage->commits))
		return;
	if (state_committing(storage->state))
		series_hold(storage->series);
	series_write(storage->series);
}

void
storage_ready(struct storage *storage)
{
	worker_ready(storage->commits);
	if (!state_committing(storage->state))
		series_release(storage->series);
	worker_ready(storage->worker);
}

void
storage_drain(struct storage *storage)
{
	worker_drain(storage->commits);
	series_release(storage->series);
	worker_drain(storage->worker);
}

bool
storage_moves(struct storage *storage)
{
	bool moves = worker_moves(storage->worker);

	return worker_moves(storage->commits) && moves;
}

int
storage_close(struct storage *storage, struct err *err)
{
	struct err lost;
	int rc, kept;

	if (storage->worker == NULL)
		return 0;
	storage_drain(storage);
	kept = messages_close(storage->messages, &lost);
	rc = state_commit_now(storage->state, err);
	series_write(storage->series);
	worker_drain(storage->worker);
	/* Once more: the steps that are written now need no keeping. */
	if (rc == 0)
		rc = state_commit_now(storage->state, err);
	free_parts(storage);
	if (rc == 0 && kept == -1) {
		*err = lost;
		rc = -1;
	}
	return rc;
}

const char *
storage_trouble(const struct storage *storage)
{
	const char *trouble = state_trouble(storage->state);

	if (trouble == NULL)
		trouble = series_trouble(storage->series);
	if (trouble == NULL && storage->messages != NULL)
		trouble = messages_trouble(storage->messages);
	return trouble;
}
