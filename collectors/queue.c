/*
 * queue.c - a mail system's queue as a source
 *
 * The opener walks the directories.  Where it may not, Postfix's own list is
 * asked for, which the group postdrop may have.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "collectors/polled.h"
#include "collectors/showq.h"

#define EVERY_SECS 60
#define WAITS      50 /* moments that a list may take to go on */

struct queue {
	const struct source_config *config;
	const struct spool_system *system;
	struct opener *opener;
	size_t index;
	struct showq *showq; /* Postfix's; else NULL */
	bool walking, asking;
	unsigned waits;
	struct spool_count count;
	bool known;
};

static void *
queue_open(
    const struct source_config *config, struct opener *opener, size_t index)
{
	struct queue *queue = mem_zero(1, sizeof(*queue));

	queue->config = config;
	queue->system = spool_find(config->system);
	queue->opener = opener;
	queue->index = index;
	if (queue->system == &spool_postfix)
		queue->showq = showq_new(config->path);
	return queue;
}

static void
queue_close(void *arg)
{
	struct queue *queue = arg;

	showq_free(queue->showq);
	free(queue);
}

static enum poll_result
fail(struct queue *queue)
{
	queue->known = queue->walking = queue->asking = false;
	return POLL_FAILED;
}

static enum poll_result
done(struct queue *queue, const struct spool_count *count)
{
	queue->count = *count;
	queue->known = true;
	queue->walking = queue->asking = false;
	return POLL_DONE;
}

static enum poll_result
ask(struct queue *queue, struct err *err)
{
	struct spool_count count;

	switch (showq_step(queue->showq, &count, err)) {
	case SPOOL_MORE:
		queue->waits = 0;
		return POLL_MORE;
	case SPOOL_WAIT:
		if (queue->waits++ < WAITS)
			return POLL_WAIT;
		showq_hang_up(queue->showq);
		err_set(err, "%s: showq does not go on", queue->config->path);
		break;
	case SPOOL_DONE:
		return done(queue, &count);
	case SPOOL_FAILED:
		break;
	}
	return fail(queue);
}

/* Which right is missing, and how to give it. */
static void
explain(const struct queue *queue, struct err *err)
{
	struct err why = *err;

	err_set(err,
	    "%s; counting it needs CAP_DAC_READ_SEARCH (start the agent as "
	    "root; it keeps only that) or %s",
	    why.text, queue->system->rights);
}

static enum poll_result
queue_poll(void *arg, const struct poll *poll, struct err *err)
{
	struct queue *queue = arg;
	struct spool_count count;
	enum poll_result result;
	struct err ignored;
	int saved;

	(void)poll;
	if (queue->asking)
		return ask(queue, err);
	switch (opener_count(
	    queue->opener, queue->index, !queue->walking, &count, err)) {
	case SPOOL_MORE:
	case SPOOL_WAIT:
		queue->walking = true;
		return POLL_MORE;
	case SPOOL_DONE:
		return done(queue, &count);
	case SPOOL_FAILED:
		break;
	}
	saved = errno;
	/* ENOTDIR: the path is that of the socket itself. */
	if (queue->showq != NULL && (saved == EACCES || saved == ENOTDIR ||
					saved == EPERM || saved == ENXIO)) {
		queue->asking = true;
		queue->waits = 0;
		result = ask(queue, saved == ENOTDIR ? err : &ignored);
		if (result != POLL_FAILED)
			return result;
	}
	if (saved == EACCES || saved == EPERM)
		explain(queue, err);
	return fail(queue);
}

static bool
queue_count(const void *arg, struct spool_count *count)
{
	const struct queue *queue = arg;

	*count = queue->count;
	return queue->known;
}

const struct polled_kind polled_queue = {
	.type = SOURCE_TYPE_QUEUE,
	.every = EVERY_SECS,
	.open = queue_open,
	.close = queue_close,
	.poll = queue_poll,
	.count = queue_count,
};
