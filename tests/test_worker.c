/* test_worker.c - jobs go in and come back, writes first, reads bounded */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/worker.h"

/* What the jobs of one test wrote down, in the worker's thread. */
struct diary {
	char text[256];
	size_t n;
	size_t given_back;
	struct worker *worker;
};

struct note {
	struct job job;
	struct diary *diary;
	char letter;
	int wait_for; /* a descriptor to read from first, or -1 */
	int again;    /* how often done() submits it anew */
};

static void
note_run(struct job *job)
{
	struct note *note = (struct note *)job;
	char c;

	if (note->wait_for != -1)
		while (read(note->wait_for, &c, 1) != 1)
			continue;
	note->diary->text[note->diary->n++] = note->letter;
}

static void
note_done(struct job *job)
{
	struct note *note = (struct note *)job;

	note->diary->given_back++;
	if (note->again-- > 0) {
		worker_submit(note->diary->worker, JOB_WRITE, job);
		return;
	}
	free(note);
}

static struct note *
note_new(struct diary *diary, char letter, int wait_for)
{
	struct note *note = calloc(1, sizeof(*note));

	*note = (struct note){ { NULL, note_run, note_done }, diary, letter,
		wait_for, 0 };
	return note;
}

static bool
submit(struct diary *diary, enum job_kind kind, char letter, int wait_for)
{
	struct note *note = note_new(diary, letter, wait_for);

	if (worker_submit(diary->worker, kind, &note->job))
		return true;
	free(note);
	return false;
}

static void
open_diary(struct diary *diary)
{
	struct err err;

	memset(diary, 0, sizeof(*diary));
	diary->worker = worker_new(&err);
	assert_non_null(diary->worker);
}

/* The worker stands at `gate' while the queue fills, so the order is sure. */
static void
writes_come_before_reads_and_in_their_order(void **state)
{
	struct diary diary;
	int gate[2];

	(void)state;
	open_diary(&diary);
	assert_int_equal(pipe(gate), 0);
	submit(&diary, JOB_WRITE, '>', gate[0]);
	submit(&diary, JOB_READ, 'r', -1);
	submit(&diary, JOB_READ, 's', -1);
	submit(&diary, JOB_WRITE, 'a', -1);
	submit(&diary, JOB_WRITE, 'b', -1);
	submit(&diary, JOB_WRITE, 'c', -1);
	assert_int_equal(write(gate[1], "", 1), 1);
	worker_drain(diary.worker);
	assert_string_equal(diary.text, ">abcrs");
	assert_int_equal(diary.given_back, 6);
	worker_free(diary.worker);
	close(gate[0]);
	close(gate[1]);
}

static void
a_read_too_many_is_refused(void **state)
{
	struct diary diary;
	int gate[2];

	(void)state;
	open_diary(&diary);
	assert_int_equal(pipe(gate), 0);
	submit(&diary, JOB_WRITE, '>', gate[0]);
	for (int i = 0; i < WORKER_READS; i++)
		assert_true(submit(&diary, JOB_READ, 'r', -1));
	assert_false(submit(&diary, JOB_READ, 'x', -1));
	assert_true(submit(&diary, JOB_WRITE, 'w', -1));
	assert_int_equal(write(gate[1], "", 1), 1);
	worker_drain(diary.worker);
	assert_string_equal(diary.text, ">wrrrrrrrr");
	assert_true(submit(&diary, JOB_READ, 'y', -1));
	worker_free(diary.worker);
	assert_int_equal(diary.given_back, WORKER_READS + 3);
	close(gate[0]);
	close(gate[1]);
}

static void
the_descriptor_stirs_when_a_job_came_back(void **state)
{
	struct diary diary;
	struct pollfd poll_fd;

	(void)state;
	open_diary(&diary);
	poll_fd = (struct pollfd){ worker_fd(diary.worker), POLLIN, 0 };
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	submit(&diary, JOB_READ, 'r', -1);
	assert_int_equal(poll(&poll_fd, 1, 10000), 1);
	while (diary.given_back == 0)
		worker_ready(diary.worker);
	assert_string_equal(diary.text, "r");
	worker_ready(diary.worker);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	worker_free(diary.worker);
}

static void
the_end_waits_for_what_done_submits_again(void **state)
{
	struct diary diary;
	struct note *note;

	(void)state;
	open_diary(&diary);
	note = note_new(&diary, 'a', -1);
	note->again = 3;
	worker_submit(diary.worker, JOB_WRITE, &note->job);
	worker_free(diary.worker);
	assert_string_equal(diary.text, "aaaa");
	assert_int_equal(diary.given_back, 4);
}

static void
mask_run(struct job *job)
{
	struct note *note = (struct note *)job;
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	note->letter = sigismember(&mask, SIGTERM) == 1 &&
			       sigismember(&mask, SIGHUP) == 1 &&
			       sigismember(&mask, SIGXFSZ) == 1
			   ? 'b'
			   : '-';
	note_run(job);
}

static void
signals_are_not_the_workers(void **state)
{
	struct diary diary;
	struct note *note;
	sigset_t mask;

	(void)state;
	open_diary(&diary);
	note = note_new(&diary, '-', -1);
	note->job.run = mask_run;
	worker_submit(diary.worker, JOB_WRITE, &note->job);
	worker_drain(diary.worker);
	assert_string_equal(diary.text, "b");
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGTERM) == 1);
	worker_free(diary.worker);
	worker_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_come_before_reads_and_in_their_order),
		cmocka_unit_test(a_read_too_many_is_refused),
		cmocka_unit_test(the_descriptor_stirs_when_a_job_came_back),
		cmocka_unit_test(the_end_waits_for_what_done_submits_again),
		cmocka_unit_test(signals_are_not_the_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
