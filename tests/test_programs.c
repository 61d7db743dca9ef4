/*
 * test_programs.c - other programs are run within bounds, and the helper that
 * runs them answers later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/execute.h"
#include "agent/programs.h"
#include "base/array.h"
#include "base/slice.h"
#include "tests/scratch.h"

#define SHELL "/bin/sh"

static char *directory;
static char script[512]; /* a program that one test wrote */

static int
set_up(void **state)
{
	(void)state;
	directory = scratch_make();
	snprintf(script, sizeof(script), "%s/mailweir.conf", directory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	scratch_remove(directory);
	return 0;
}

static int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Run a script of the shell's: here the shell is only a program. */
static int
run(const char *text, size_t most_bytes, int most_ms, char **output, size_t *n,
    struct err *err)
{
	const char *const argv[] = { SHELL, "-c", text, NULL };
	const struct execution execution = { argv, -1, -1, most_bytes,
		most_ms };

	err->text[0] = '\0';
	return execute(&execution, output, n, err);
}

static void
the_output_comes_back_byte_for_byte(void **state)
{
	char *output;
	struct err err;
	size_t n;

	(void)state;
	if (run("printf 'a\\0b\\n'; echo noise >&2", EXECUTE_BYTES, 60000,
		&output, &n, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(n, 4);
	assert_memory_equal(output, "a\0b\n", 5);
	free(output);
	if (run("exec true", EXECUTE_BYTES, 60000, &output, &n, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(n, 0);
	assert_string_equal(output, "");
	free(output);
	assert_no_children();
}

static const struct {
	const char *script, *words;
} failures[] = {
	{ "exit 3", "/bin/sh: exit status 3" },
	{ "echo first >&2; echo last words >&2; exit 1",
	    "/bin/sh: exit status 1: last words" },
	{ "printf '\\033[31mred\\n' >&2; exit 1", "\\033[31mred" },
	{ "kill -9 $$", "/bin/sh: ended by signal 9" },
	{ "i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i + 1)); "
	  "done; exit 1",
	    "exit status 1: line 1999" },
};

static void
a_failure_is_told_with_the_last_words(void **state)
{
	char *output;
	struct err err;
	size_t n;

	(void)state;
	for (size_t i = 0; i < NELEMS(failures); i++) {
		assert_int_equal(run(failures[i].script, EXECUTE_BYTES, 60000,
				     &output, &n, &err),
		    -1);
		if (strstr(err.text, failures[i].words) == NULL ||
		    strchr(err.text, '\n') != NULL)
			fail_msg("%s: %s", failures[i].script, err.text);
	}
	assert_no_children();
}

static void
what_cannot_be_executed_says_why(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *words;
	} cases[] = { { NULL, 0, "No such file" },
		{ "#!/bin/sh\n", 0600, "Permission denied" },
		{ "#!/nowhere/sh\n", 0700, "No such file" },
		{ "echo no shell tries this\n", 0700, "Exec format" } };
	const char *const argv[] = { script, NULL };
	const struct execution execution = { argv, -1, -1, 100, 60000 };
	char *output;
	struct err err;
	size_t n;

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		if (cases[i].text != NULL) {
			FILE *out = fopen(script, "we");

			assert_non_null(out);
			fputs(cases[i].text, out);
			fclose(out);
			assert_int_equal(chmod(script, cases[i].mode), 0);
		}
		assert_int_equal(execute(&execution, &output, &n, &err), -1);
		if (strstr(err.text, cases[i].words) == NULL)
			fail_msg("%zu: %s", i, err.text);
	}
	assert_no_children();
}

/* With all that it started, and without waiting for them. */
static void
a_slow_program_is_killed(void **state)
{
	static const char *const scripts[] = { "sleep 1000", "sleep 1000 &",
		"trap '' TERM HUP INT; sleep 1000; sleep 1000",
		"exec >&- 2>&-; sleep 1000", "exec yes >&2" };
	int64_t begun = clock_ms();
	char *output;
	struct err err;
	size_t n;

	(void)state;
	for (size_t i = 0; i < NELEMS(scripts); i++) {
		assert_int_equal(
		    run(scripts[i], EXECUTE_BYTES, 200, &output, &n, &err), -1);
		if (strstr(err.text, "not done after 200 ms") == NULL)
			fail_msg("%s: %s", scripts[i], err.text);
	}
	assert_true(clock_ms() - begun < 100000);
	assert_no_children();
}

static unsigned
open_descriptors(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(fds);
	while (readdir(fds) != NULL)
		n++;
	closedir(fds);
	return n;
}

static void
no_descriptor_stays_open(void **state)
{
	static const char *const scripts[] = { "true", "exit 1", "sleep 1000",
		"exec yes" };
	unsigned before = open_descriptors();
	char *output;
	struct err err;
	size_t n;

	(void)state;
	for (size_t i = 0; i < NELEMS(scripts); i++)
		if (run(scripts[i], 1000, 200, &output, &n, &err) == 0)
			free(output);
	assert_int_equal(open_descriptors(), before);
}

static void
a_talker_is_cut_off(void **state)
{
	char *output;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(
	    run("exec yes", EXECUTE_BYTES, 60000, &output, &n, &err), -1);
	assert_non_null(strstr(err.text, "more than 1048576 bytes"));
	/* As much as is allowed is. */
	assert_int_equal(
	    run("printf 1234567890", 10, 60000, &output, &n, &err), 0);
	assert_int_equal(n, 10);
	free(output);
	assert_int_equal(
	    run("printf 12345678901", 10, 60000, &output, &n, &err), -1);
	assert_no_children();
}

/* Descriptors, environment, ignored signals, working directory. */
static void
nothing_of_ours_is_inherited(void **state)
{
	static const char text[] =
	    "pwd; env | grep -vE '^(PWD|OLDPWD|SHLVL|_)='; "
	    "ls -l /proc/self/fd | grep -c mailweir.conf; "
	    /* 32 and 33 are the C library's. */
	    "for set in Ign Blk; do printf '%x\\n' $((0x$(sed -n "
	    "\"s/^Sig$set:\\t//p\" /proc/self/status) & 0x7fffffff)); done; "
	    "cat | wc -c; "
	    "[ $(ps -o pgid= -p $$ 2>/dev/null || echo $$) = $$ ] && echo own";
	char *output;
	struct err err;
	sigset_t usr, old;
	size_t n;
	int fd;

	(void)state;
	fd = open(script, O_RDWR | O_CREAT, 0600); /* without O_CLOEXEC */
	assert_int_not_equal(fd, -1);
	assert_int_equal(setenv("MAIL_CONFIG", "/tmp/evil", 1), 0);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&usr);
	sigaddset(&usr, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr, &old);
	if (run(text, EXECUTE_BYTES, 60000, &output, &n, &err) == -1)
		fail_msg("%s", err.text);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	close(fd);
	assert_string_equal(output, "/\n0\n0\n0\n0\nown\n");
	free(output);
}

static void
arguments_are_no_words_of_a_shell(void **state)
{
	const char *const argv[] = { "/bin/echo", "$(id)", "; id", "`id`", "*",
		NULL };
	const struct execution execution = { argv, -1, -1, 1000, 60000 };
	char *output;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(execute(&execution, &output, &n, &err), 0);
	assert_string_equal(output, "$(id) ; id `id` *\n");
	free(output);
}

static void
the_first_that_can_be_executed_is_found(void **state)
{
	const char *const paths[] = { "/nowhere/sh", script, SHELL, "/bin/ls",
		NULL };
	const char *const none[] = { "/nowhere/sh", NULL };

	(void)state;
	close(open(script, O_RDWR | O_CREAT, 0600));
	assert_string_equal(execute_find(paths), SHELL);
	assert_null(execute_find(none));
}

/* Jobs of the helper. */
static int
work(void *arg, int in, int out, int stop, struct err *err)
{
	const char *const argv[] = { SHELL, "-c", arg, NULL };
	const struct execution execution = { argv, in, stop, EXECUTE_BYTES,
		60000 };
	char *output;
	size_t n;

	if (execute(&execution, &output, &n, err) == -1)
		return -1;
	if (write(out, output, n) != (ssize_t)n)
		return err_sys(err, "write");
	free(output);
	return 0;
}

static int
die(void *arg, int in, int out, int stop, struct err *err)
{
	(void)arg;
	(void)in;
	(void)out;
	(void)stop;
	(void)err;
	_exit(1);
}

enum { JOB_COUNT_BYTES, JOB_SLOW, JOB_FAIL, JOB_FILES, JOB_DIE, JOBS };

static const struct program_job jobs[JOBS] = {
	{ "count", work, (char[]){ "wc -c | tr -d ' '" } },
	{ "slow", work, (char[]){ "sleep 1000" } },
	{ "fail", work, (char[]){ "echo why >&2; exit 1" } },
	{ "files", work, (char[]){ "ls -l /proc/$PPID/fd | grep -c memfd" } },
	{ "die", die, NULL },
};

struct replies {
	unsigned n;
	char text[64][64];
};

static void
done(void *arg, int output, const struct err *err)
{
	struct replies *replies = arg;
	char *text = replies->text[replies->n++];
	ssize_t got;

	if (output == -1) {
		snprintf(text, 64, "%.60s", err->text);
		return;
	}
	got = read(output, text, 63);
	assert_true(got >= 0);
	text[got] = '\0';
}

static struct programs *
start(void)
{
	struct err err;
	struct programs *programs = programs_start(jobs, JOBS, 0, 0, 0, &err);

	if (programs == NULL)
		fail_msg("%s", err.text);
	return programs;
}

static void
await(struct programs *programs, const struct replies *replies, unsigned n)
{
	while (replies->n < n) {
		struct pollfd wait = { programs_fd(programs), POLLIN, 0 };

		assert_int_equal(poll(&wait, 1, 60000), 1);
		programs_ready(programs);
	}
}

static void
ask(struct programs *programs, size_t job, int in, struct replies *replies)
{
	struct err err;

	if (programs_ask(programs, job, in, done, replies, &err) == -1)
		fail_msg("%s", err.text);
}

static void
input_and_output_are_handed_through_the_helper(void **state)
{
	struct programs *programs = start();
	struct replies replies = { 0 };
	struct err err;
	char block[4096];
	int in = programs_memory("input", &err);

	(void)state;
	memset(block, 'x', sizeof(block));
	for (unsigned i = 0; i < 512; i++)
		assert_int_equal(
		    write(in, block, sizeof(block)), sizeof(block));
	assert_int_equal(lseek(in, 0, SEEK_SET), 0);
	ask(programs, JOB_COUNT_BYTES, in, &replies);
	ask(programs, JOB_COUNT_BYTES, -1, &replies);
	close(in);
	await(programs, &replies, 2);
	assert_string_equal(replies.text[0], "2097152\n");
	assert_string_equal(replies.text[1], "0\n");
	programs_stop(programs);
	assert_no_children();
}

static void
answers_come_in_order_and_failures_with_their_reason(void **state)
{
	struct programs *programs = start();
	struct replies replies = { 0 };
	struct err err;

	(void)state;
	for (unsigned i = 0; i < PROGRAMS_ASKED; i++)
		ask(programs, i % 2 == 0 ? JOB_FAIL : JOB_COUNT_BYTES, -1,
		    &replies);
	assert_int_equal(
	    programs_ask(programs, JOB_FAIL, -1, done, &replies, &err), -1);
	assert_non_null(strstr(err.text, "fail: 16 jobs"));
	await(programs, &replies, PROGRAMS_ASKED);
	for (unsigned i = 0; i < PROGRAMS_ASKED; i++)
		assert_string_equal(replies.text[i],
		    i % 2 == 0 ? "/bin/sh: exit status 1: why" : "0\n");
	ask(programs, JOB_COUNT_BYTES, -1, &replies);
	await(programs, &replies, PROGRAMS_ASKED + 1);
	programs_stop(programs);
}

static void
descriptors_do_not_pile_up_in_the_helper(void **state)
{
	struct programs *programs = start();
	struct replies replies = { 0 };
	struct err err;
	int in = programs_memory("input", &err);

	(void)state;
	ask(programs, JOB_FILES, in, &replies);
	for (unsigned i = 1; i <= 10; i++) {
		ask(programs, JOB_FAIL, in, &replies);
		await(programs, &replies, i);
	}
	ask(programs, JOB_FILES, in, &replies);
	await(programs, &replies, 12);
	assert_string_equal(replies.text[0], replies.text[11]);
	close(in);
	programs_stop(programs);
}

/* Its time would be a minute. */
static void
to_stop_does_not_wait_for_a_slow_program(void **state)
{
	struct programs *programs = start();
	struct replies replies = { 0 };
	int64_t begun = clock_ms();

	(void)state;
	ask(programs, JOB_SLOW, -1, &replies);
	ask(programs, JOB_COUNT_BYTES, -1, &replies);
	programs_stop(programs);
	assert_true(clock_ms() - begun < 30000);
	assert_int_equal(replies.n, 0);
	assert_no_children();
}

static void
a_helper_that_died_is_said_and_not_waited_for(void **state)
{
	struct programs *programs = start();
	struct replies replies = { 0 };
	struct err err;

	(void)state;
	ask(programs, JOB_DIE, -1, &replies);
	ask(programs, JOB_COUNT_BYTES, -1, &replies);
	await(programs, &replies, 2);
	assert_non_null(strstr(replies.text[0], "has ended"));
	assert_non_null(strstr(replies.text[1], "has ended"));
	assert_int_equal(programs_fd(programs), -1);
	programs_ready(programs);
	assert_int_equal(
	    programs_ask(programs, 0, -1, done, &replies, &err), -1);
	assert_non_null(strstr(err.text, "has ended"));
	programs_stop(programs);
	assert_no_children();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_output_comes_back_byte_for_byte),
		cmocka_unit_test(a_failure_is_told_with_the_last_words),
		cmocka_unit_test_setup_teardown(
		    what_cannot_be_executed_says_why, set_up, tear_down),
		cmocka_unit_test(a_slow_program_is_killed),
		cmocka_unit_test(no_descriptor_stays_open),
		cmocka_unit_test(a_talker_is_cut_off),
		cmocka_unit_test_setup_teardown(
		    nothing_of_ours_is_inherited, set_up, tear_down),
		cmocka_unit_test(arguments_are_no_words_of_a_shell),
		cmocka_unit_test_setup_teardown(
		    the_first_that_can_be_executed_is_found, set_up, tear_down),
		cmocka_unit_test(
		    input_and_output_are_handed_through_the_helper),
		cmocka_unit_test(
		    answers_come_in_order_and_failures_with_their_reason),
		cmocka_unit_test(descriptors_do_not_pile_up_in_the_helper),
		cmocka_unit_test(to_stop_does_not_wait_for_a_slow_program),
		cmocka_unit_test(a_helper_that_died_is_said_and_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
