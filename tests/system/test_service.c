/*
 * test_service.c - what the service manager is told, at a socket of the test
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <dirent.h>

#include "tests/daemon.h"

#define WATCHDOG_US "2000000"

static struct daemon d;
static int manager = -1; /* the socket */

static int
set_up(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct timeval patience = { PATIENCE_MS / 1000, 0 };

	(void)state;
	daemon_init(&d);
	snprintf(
	    at.sun_path, sizeof(at.sun_path), "%s/notify", d.logs.directory);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	MUST(manager != -1 &&
	     bind(manager, (struct sockaddr *)&at, sizeof(at)) == 0);
	MUST(setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &patience,
		 sizeof(patience)) == 0);
	MUST(setenv("NOTIFY_SOCKET", at.sun_path, 1) == 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	close(manager);
	daemon_fini(&d);
	return 0;
}

static void
write_line(void)
{
	static const char line[] = "2026-11-22T10:00:00Z mx1 postfix/smtpd[7]: "
				   "connect from unknown[192.0.2.1]\n";

	logs_write(&d.logs, line, sizeof(line) - 1);
}

/* Its next message; false: none came for so long. */
static bool
hear(char *text, size_t size, int wait_ms)
{
	struct pollfd fd = { manager, POLLIN, 0 };
	ssize_t n;

	if (poll(&fd, 1, wait_ms) != 1)
		return false;
	n = recv(manager, text, size - 1, 0);
	MUST(n >= 0);
	text[n] = '\0';
	return true;
}

/* Messages up to one that begins so; that is then in text. */
static void
await(const char *begins, char *text, size_t size)
{
	int64_t until = mono_ms() + PATIENCE_MS;

	do {
		if (!hear(text, size, PATIENCE_MS) || mono_ms() > until)
			fail_msg("no %s: %s", begins, daemon_errors(&d));
	} while (strncmp(text, begins, strlen(begins)) != 0);
}

static void
it_is_ready_when_the_page_answers(void **state)
{
	struct answer answer;
	char text[512];

	(void)state;
	write_line();
	daemon_start(&d);
	await("READY=1", text, sizeof(text));
	assert_true(daemon_is_ready(&d, 0));
	answer = daemon_ask(&d, "/api/v1/overview?range=24h");
	assert_int_equal(answer.code, 200);
	free(answer.body);
	daemon_await_lines(&d, 1);
	await("STATUS=following 1 of 1 sources", text, sizeof(text));
	daemon_stop(&d);
	await("STOPPING=1", text, sizeof(text));
}

static void
a_wrong_configuration_is_never_ready(void **state)
{
	char text[512];

	(void)state;
	daemon_configure(&d, "root", "nonsense = 3\n");
	daemon_start(&d);
	assert_int_equal(WEXITSTATUS(daemon_end(&d, 0)), 2);
	assert_false(hear(text, sizeof(text), 0));
}

static void
a_reload_begins_and_ends(void **state)
{
	char text[512];
	unsigned long long at;
	int64_t before;

	(void)state;
	daemon_start(&d);
	await("READY=1", text, sizeof(text));
	daemon_await(&d);
	for (int i = 0; i < 2; i++) {
		before = mono_ms();
		assert_int_equal(kill(d.pid, SIGHUP), 0);
		await("RELOADING=1", text, sizeof(text));
		assert_int_equal(
		    sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%llu", &at), 1);
		assert_true((int64_t)(at / 1000) >= before &&
			    (int64_t)(at / 1000) <= mono_ms());
		await("READY=1", text, sizeof(text));
		/* And if nothing changed because the file is wrong. */
		daemon_configure(&d, "root", "nonsense = 3\n");
	}
	daemon_stop(&d);
}

static void
without_a_watchdog_none_is_kept_quiet(void **state)
{
	int64_t until;
	char text[512];

	(void)state;
	daemon_start(&d);
	await("READY=1", text, sizeof(text));
	until = mono_ms() + 2500;
	while (mono_ms() < until)
		if (hear(text, sizeof(text), 100))
			assert_null(strstr(text, "WATCHDOG"));
	daemon_await(&d);
	daemon_stop(&d);
}

/* A thread that is not the main one. */
static pid_t
worker_of(pid_t pid)
{
	struct dirent *entry;
	pid_t found = 0;
	char path[64];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	assert_non_null(tasks);
	while ((entry = readdir(tasks)) != NULL)
		if (atoi(entry->d_name) > 0 && atoi(entry->d_name) != pid)
			found = (pid_t)atoi(entry->d_name);
	closedir(tasks);
	return found;
}

static void
await_watchdog(void)
{
	char text[512];

	await("WATCHDOG=1", text, sizeof(text));
}

/* None comes for twice as long as it waits, though all else goes on. */
static void
await_silence(void)
{
	int64_t until = mono_ms() + PATIENCE_MS, last = mono_ms();
	char text[512];

	while (mono_ms() - last < 4000) {
		write_line();
		if (hear(text, sizeof(text), 100) &&
		    strcmp(text, "WATCHDOG=1") == 0)
			last = mono_ms();
		if (mono_ms() > until)
			fail_msg("the watchdog was kept quiet");
	}
}

static void
the_watchdog_hears_of_a_living_worker_only(void **state)
{
	pid_t worker;
	int status;

	(void)state;
	MUST(setenv("WATCHDOG_USEC", WATCHDOG_US, 1) == 0);
	write_line();
	daemon_start(&d);
	daemon_await(&d);
	for (int i = 0; i < 3; i++)
		await_watchdog();
	/* As if a disk had stalled for ever. */
	worker = worker_of(d.pid);
	assert_true(worker > 0);
	if (ptrace(PTRACE_SEIZE, worker, NULL, NULL) == -1) {
		daemon_stop(&d);
		skip();
	}
	MUST(ptrace(PTRACE_INTERRUPT, worker, NULL, NULL) == 0);
	MUST(waitpid(worker, &status, __WALL) == worker);
	await_silence();
	/* The loop lives. */
	assert_true(daemon_lines(&d) > 1);
	MUST(ptrace(PTRACE_DETACH, worker, NULL, NULL) == 0);
	await_watchdog();
	daemon_stop(&d);
}

static void
the_watchdog_hears_nothing_of_a_loop_that_stands(void **state)
{
	char text[512];
	int64_t until;
	int status;

	(void)state;
	MUST(setenv("WATCHDOG_USEC", WATCHDOG_US, 1) == 0);
	daemon_start(&d);
	daemon_await(&d);
	await_watchdog();
	MUST(kill(d.pid, SIGSTOP) == 0);
	MUST(waitpid(d.pid, &status, WUNTRACED) == d.pid && WIFSTOPPED(status));
	while (hear(text, sizeof(text), 0))
		continue;
	until = mono_ms() + 2500;
	while (mono_ms() < until)
		assert_false(hear(text, sizeof(text), 100));
	MUST(kill(d.pid, SIGCONT) == 0);
	await_watchdog();
	daemon_stop(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    it_is_ready_when_the_page_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_wrong_configuration_is_never_ready, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_reload_begins_and_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    without_a_watchdog_none_is_kept_quiet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    the_watchdog_hears_of_a_living_worker_only, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    the_watchdog_hears_nothing_of_a_loop_that_stands, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
