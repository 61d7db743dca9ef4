/*
 * worker.c - a thread beside the loop's: owned jobs in and out, writes first
 *
 * The only mutex of the program is here, held for a few pointer moves.  What
 * comes back is announced by an eventfd; that it stirs once for several jobs
 * is fine, as worker_ready() takes all that are there.
 */
#include "base/worker.h"

#include <sys/eventfd.h>

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct queue {
	struct job *first, *last;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t come; /* a job, or the end */
	pthread_cond_t gone; /* a job was done */
	struct queue writes, reads, back;
	size_t waiting_reads;
	size_t under_way; /* not yet in `back' */
	bool moved;       /* since worker_moves() */
	bool ending;
	bool started;
	int fd;
};

static void
push(struct queue *queue, struct job *job)
{
	job->next = NULL;
	if (queue->first == NULL)
		queue->first = job;
	else
		queue->last->next = job;
	queue->last = job;
}

static struct job *
pop(struct queue *queue)
{
	struct job *job = queue->first;

	if (job != NULL)
		queue->first = job->next;
	return job;
}

/* With the lock held. */
static struct job *
next_job(struct worker *worker)
{
	struct job *job = pop(&worker->writes);

	if (job != NULL)
		return job;
	job = pop(&worker->reads);
	if (job != NULL)
		worker->waiting_reads--;
	return job;
}

static void *
work(void *arg)
{
	struct worker *worker = arg;
	const uint64_t one = 1;
	struct job *job;
	ssize_t n;

	pthread_mutex_lock(&worker->lock);
	for (;;) {
		job = next_job(worker);
		if (job == NULL && worker->ending)
			break;
		if (job == NULL) {
			pthread_cond_wait(&worker->come, &worker->lock);
			continue;
		}
		pthread_mutex_unlock(&worker->lock);
		job->run(job);
		pthread_mutex_lock(&worker->lock);

		push(&worker->back, job);
		worker->under_way--;
		worker->moved = true;
		pthread_cond_signal(&worker->gone);
		/* Fails only where the counter is full, and then it stirs. */
		n = write(worker->fd, &one, sizeof(one));
		(void)n;
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

/* Signals are the loop's: a thread is born with its maker's mask. */
static int
start(struct worker *worker, struct err *err)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&worker->thread, NULL, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(err, "worker: thread: %s", strerror(rc));
	worker->started = true;
	return 0;
}

struct worker *
worker_new(struct err *err)
{
	struct worker *worker = mem_zero(1, sizeof(*worker));

	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->come, NULL);
	pthread_cond_init(&worker->gone, NULL);
	worker->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->fd == -1) {
		err_sys(err, "worker: eventfd");
		goto fail;
	}
	if (start(worker, err) == -1)
		goto fail;
	return worker;

fail:
	worker_free(worker);
	return NULL;
}

void
worker_free(struct worker *worker)
{
	if (worker == NULL)
		return;
	if (worker->started) {
		worker_drain(worker);
		pthread_mutex_lock(&worker->lock);
		worker->ending = true;
		pthread_cond_signal(&worker->come);
		pthread_mutex_unlock(&worker->lock);
		pthread_join(worker->thread, NULL);
	}
	if (worker->fd != -1)
		close(worker->fd);
	pthread_cond_destroy(&worker->gone);
	pthread_cond_destroy(&worker->come);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

bool
worker_submit(struct worker *worker, enum job_kind kind, struct job *job)
{
	bool taken = true;

	pthread_mutex_lock(&worker->lock);
	if (kind == JOB_WRITE) {
		push(&worker->writes, job);
	} else if (worker->waiting_reads < WORKER_READS) {
		push(&worker->reads, job);
		worker->waiting_reads++;
	} else {
		taken = false;
	}
	if (taken) {
		worker->under_way++;
		pthread_cond_signal(&worker->come);
	}
	pthread_mutex_unlock(&worker->lock);
	return taken;
}

int
worker_fd(const struct worker *worker)
{
	return worker->fd;
}

/* done() may free its job and submit others: take the list, then walk it. */
static void
give_back(struct queue queue)
{
	struct job *job;

	while ((job = pop(&queue)) != NULL)
		job->done(job);
}

void
worker_ready(struct worker *worker)
{
	struct queue back;
	uint64_t count;
	ssize_t n;

	/* First the bell, then the jobs: one that comes between rings again. */
	n = read(worker->fd, &count, sizeof(count));
	(void)n;
	pthread_mutex_lock(&worker->lock);
	back = worker->back;
	worker->back = (struct queue){ NULL, NULL };
	pthread_mutex_unlock(&worker->lock);
	give_back(back);
}

bool
worker_moves(struct worker *worker)
{
	bool moves;

	pthread_mutex_lock(&worker->lock);
	moves = worker->moved || worker->under_way == 0;
	worker->moved = false;
	pthread_mutex_unlock(&worker->lock);
	return moves;
}

void
worker_drain(struct worker *worker)
{
	bool more = true;

	while (more) {
		pthread_mutex_lock(&worker->lock);
		while (worker->back.first == NULL && worker->under_way > 0)
			pthread_cond_wait(&worker->gone, &worker->lock);
		more = worker->back.first != NULL;
		pthread_mutex_unlock(&worker->lock);
		if (more)
			worker_ready(worker);
	}
}
