/*
 * messages.c - the life of each message: gathering and handing to the worker
 *
 * A block that could not be written is kept and tried again at each tick; of
 * what comes when MESSAGES_BLOCKS wait, the newest is dropped.
 */
#include "base/messages.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/messages_gather.h"
#include "base/messages_keys.h"
#include "base/messages_pack.h"
#include "base/messages_store.h"
#include "base/mem.h"

#define BLOCK_SECONDS  60
#define PRUNE_SECONDS  60
#define PATIENT_BLOCKS 8
#define PRUNE_STEPS    2 /* a job: each is some milliseconds */

struct messages {
	struct worker *worker;
	struct messages_store *store; /* the worker's, while jobs are out */
	bool patient;
	unsigned days;
	struct packer packer;
	struct key_set keys;
	int64_t now, begun, pruned; /* Unix seconds; 0: not yet */
	size_t waiting;             /* blocks not written */
	struct write_job *failed;   /* of them, to be tried again */
	size_t late;                /* of them, tried in vain so far */
	bool cannot_prune, more_to_prune;
	bool pruning; /* a job for that alone is out */
	struct err trouble;
	uint64_t dropped;
};

struct write_job {
	struct job job;
	struct messages *messages;
	struct messages_store *store;
	struct write_job *next; /* of those that failed */
	int64_t before;         /* what ended before it goes */
	struct messages_block block;
	uint32_t *keys;
	size_t events;
	bool written; /* its block, if it has one */
	bool late;
	int pruned;
	struct err err;
};

struct messages *
messages_open(const char *data, const struct messages_config *config,
    struct worker *worker, bool patient)
{
	struct messages *messages = mem_zero(1, sizeof(*messages));
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/messages.db", data);
	messages->worker = worker;
	messages->store = messages_store_new(path, config->bytes);
	messages->patient = patient;
	messages->days = config->days;
	return messages;
}

void
messages_reconfigure(
    struct messages *messages, const struct messages_config *config)
{
	messages->days = config->days;
}

static void
write_run(struct job *job)
{
	struct write_job *write = (struct write_job *)job;
	int rc = 0;

	if (!write->written && write->block.events.n != 0)
		rc = messages_store_write(
		    write->store, &write->block, &write->err);
	write->written = rc == 0;
	write->pruned = rc == 0 ? 1 : -1;
	for (int i = 0; i < PRUNE_STEPS && write->pruned == 1; i++)
		write->pruned = messages_store_prune(
		    write->store, write->before, &write->err);
}

static void
write_free(struct write_job *write)
{
	free((void *)(uintptr_t)write->block.events.p);
	free(write->keys);
	free(write);
}

static void
write_done(struct job *job)
{
	struct write_job *write = (struct write_job *)job;
	struct messages *messages = write->messages;

	messages->pruning &= write->block.events.n != 0;
	messages->cannot_prune = write->written && write->pruned == -1;
	messages->more_to_prune = write->pruned == 1;
	if (write->pruned == -1)
		messages->trouble = write->err;
	if (!write->written) {
		messages->late += !write->late;
		write->late = true;
		write->next = messages->failed;
		messages->failed = write;
		return;
	}
	messages->late -= write->late;
	messages->waiting -= write->block.events.n != 0;
	write_free(write);
}

static void
submit(struct messages *messages, struct write_job *write)
{
	write->before = messages->days == 0 || messages->now == 0
			    ? INT64_MIN
			    : messages->now - (int64_t)messages->days * 86400;
	worker_submit(messages->worker, JOB_WRITE, &write->job);
}

static struct write_job *
write_new(struct messages *messages)
{
	struct write_job *write = mem_zero(1, sizeof(*write));

	write->job = (struct job){ NULL, write_run, write_done };
	write->messages = messages;
	write->store = messages->store;
	return write;
}

/* What was gathered is a block, and goes to the worker. */
void
messages_flush(struct messages *messages)
{
	struct packer *packer = &messages->packer;
	struct write_job *write;

	if (packer->events == 0)
		return;
	if (messages->waiting >= PATIENT_BLOCKS && messages->patient)
		worker_drain(messages->worker);
	if (messages->waiting >= MESSAGES_BLOCKS) {
		messages->dropped += packer->events;
	} else {
		write = write_new(messages);
		write->keys = mem_grow(NULL, KEY_SLOTS, sizeof(uint32_t));
		write->events = packer->events;
		write->block.first = packer->first / 1000000;
		write->block.last = packer->last / 1000000;
		write->block.events =
		    (struct slice){ mem_copy(packer->bytes.p, packer->bytes.n),
			    packer->bytes.n };
		write->block.key_count =
		    keys_sorted(&messages->keys, write->keys);
		write->keys = mem_grow(
		    write->keys, write->block.key_count + 1, sizeof(uint32_t));
		write->block.keys = write->keys;
		messages->waiting++;
		submit(messages, write);
	}
	pack_reset(packer);
	keys_reset(&messages->keys);
	messages->begun = 0;
}

void
messages_add(struct messages *messages, const struct mail_event *event)
{
	if (!pack_wants(event))
		return;
	pack_event(&messages->packer, event);
	keys_add_event(&messages->keys, event);
	if (messages->packer.bytes.n >= MESSAGES_BLOCK_BYTES ||
	    messages->keys.full)
		messages_flush(messages);
}

static void
try_again(struct messages *messages)
{
	struct write_job *write = messages->failed, *next;

	messages->failed = NULL;
	for (; write != NULL; write = next) {
		next = write->next;
		submit(messages, write);
	}
}

void
messages_tick(struct messages *messages, int64_t now)
{
	messages->now = now;
	try_again(messages);
	if (messages->packer.events != 0 && messages->begun == 0)
		messages->begun = now;
	/* A clock that was set back must not make it wait. */
	if (messages->begun != 0 &&
	    (now < messages->begun || now - messages->begun >= BLOCK_SECONDS))
		messages_flush(messages);
	if (messages->pruning)
		return;
	if (!messages->more_to_prune && !messages->cannot_prune &&
	    now >= messages->pruned && now - messages->pruned < PRUNE_SECONDS)
		return;
	messages->pruned = now;
	messages->pruning = true;
	submit(messages, write_new(messages));
}

bool
messages_is_behind(const struct messages *messages)
{
	return messages->waiting >= MESSAGES_BLOCKS / 2;
}

const char *
messages_trouble(const struct messages *messages)
{
	return messages->late != 0 || messages->cannot_prune
		   ? messages->trouble.text
		   : NULL;
}

uint64_t
messages_dropped(const struct messages *messages)
{
	return messages->dropped;
}

int
messages_close(struct messages *messages, struct err *err)
{
	struct write_job *write, *next;
	int rc = 0;

	if (messages == NULL)
		return 0;
	messages_flush(messages);
	try_again(messages);
	worker_drain(messages->worker);
	if (messages->failed != NULL)
		rc = err_set(err, "%s", messages->trouble.text);
	for (write = messages->failed; write != NULL; write = next) {
		next = write->next;
		write_free(write);
	}
	messages_store_free(messages->store);
	writer_fini(&messages->packer.bytes);
	free(messages);
	return rc;
}

struct messages_store *
messages_store_of(struct messages *messages, struct worker **worker)
{
	*worker = messages->worker;
	return messages->store;
}
