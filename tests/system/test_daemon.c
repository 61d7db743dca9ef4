/*
 * test_daemon.c - the running daemon: its rights, its lock, its reload, a full
 * disk
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <pwd.h>

#include "tests/daemon.h"
#include "tests/proc.h"

static struct daemon d;

static int
set_up(void **state)
{
	(void)state;
	daemon_init(&d);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	daemon_fini(&d);
	return 0;
}

/* n lines of the last minutes, a second apart, the first of them number i. */
static void
write_lines(unsigned i, unsigned n)
{
	time_t begin = time(NULL) - 3 * 3600;
	char line[256], stamp[32];
	struct tm tm;

	for (unsigned end = i + n; i < end; i++) {
		time_t at = begin + (time_t)i;

		gmtime_r(&at, &tm);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
		snprintf(line, sizeof(line),
		    "%s mx1 postfix/smtpd[7]: connect from "
		    "unknown[192.0.2.%u]\n",
		    stamp, i % 250 + 1);
		logs_write(&d.logs, line, strlen(line));
	}
}

static void
start(void)
{
	daemon_start(&d);
	daemon_await(&d);
}

static void
has_no_rights(const char *status, void *uid)
{
	static const struct proc_rights none = { .no_new_privs = true,
		.filter = true };

	proc_assert(status, &none);
	assert_int_equal(proc_field(status, "Uid", 10), *(uid_t *)uid);
}

static void
a_log_that_is_roots_alone_is_read_without_being_root(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	static const struct proc_rights opener = { 1 << DAC_READ_SEARCH, 0,
		true, true };
	uid_t uid;
	char status[64];
	struct stat st;

	(void)state;
	if (geteuid() != 0 || nobody == NULL)
		skip();
	uid = nobody->pw_uid;
	assert_int_equal(chmod(d.logs.directory, 0711), 0);
	write_lines(0, 10);
	assert_int_equal(chmod(d.logs.path, 0600), 0);
	daemon_configure(&d, "nobody", "");
	start();
	daemon_await_lines(&d, 10);
	assert_true(proc_threads(d.pid, has_no_rights, &uid) >= 2);
	assert_true(proc_child(d.pid, "weir-opener", status) != 0);
	proc_assert(status, &opener);
	assert_int_equal(proc_field(status, "Uid", 10), uid);
	/* And after a rotation, which only the helper can follow. */
	logs_rename(&d.logs, "mail.log", "mail.log.1");
	logs_reopen(&d.logs);
	assert_int_equal(chmod(d.logs.path, 0600), 0);
	write_lines(10, 10);
	daemon_await_lines(&d, 20);
	assert_int_equal(stat(in(&d.logs, "data/web.token").path, &st), 0);
	assert_int_equal(st.st_uid, nobody->pw_uid);
	assert_int_equal(st.st_mode & 0777, 0600);
	daemon_stop(&d);
	/* What it kept it can read again. */
	write_lines(20, 5);
	start();
	daemon_await_lines(&d, 25);
	daemon_stop(&d);
}

static void
a_second_one_on_the_same_data_says_so_and_ends(void **state)
{
	struct daemon other = d;
	char number[16], *errors;
	int status;

	(void)state;
	write_lines(0, 10);
	start();
	daemon_await_lines(&d, 10);
	other.err = in(&d.logs, "err2");
	daemon_start(&other);
	status = daemon_end(&other, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	errors = daemon_errors(&other);
	snprintf(number, sizeof(number), "process %d)", d.pid);
	if (strstr(errors, number) == NULL ||
	    strstr(errors, d.data.path) == NULL)
		fail_msg("%s", errors);
	free(errors);
	/* The first goes on. */
	write_lines(10, 10);
	daemon_await_lines(&d, 20);
	daemon_stop(&d);
}

static void
a_wrong_configuration_changes_nothing_and_says_why(void **state)
{
	static const struct {
		const char *lines, *said;
	} wrong[] = {
		{ "networks = {\"192.0.2.0/99\"}\n", ":5: networks: " },
		{ "nonsense = 3\n", ":5: no such option 'nonsense'" },
		{ "web {\n listen = 3 5\n}\n", ":6: no such option '5'" },
		{ "web {\n\n plain = maybe }\n", ":7: invalid boolean" },
		{ "source \"b\" {\n path = \"x\"\n}\n", ":6: path: \"x\"" },
		{ "source \"log\" { path = \"/x\" }\n", ":5: found dup" },
		{ "data \"/x\"\n", ":5: missing equal sign" },
		{ "}\n", ":5: unexpected" },
	};
	char text[512];

	(void)state;
	write_lines(0, 10);
	start();
	daemon_await_lines(&d, 10);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(truncate(d.err.path, 0), 0);
		daemon_configure(&d, "root", wrong[i].lines);
		assert_int_equal(kill(d.pid, SIGHUP), 0);
		daemon_await_error(&d, "nothing changed\n");
		snprintf(text, sizeof(text), "reload: %s%s", d.conf.path,
		    wrong[i].said);
		daemon_await_error(&d, text);
		daemon_await_error(&d, "; nothing changed");
		daemon_await_error(&d, "expected ");
	}
	write_lines(10, 10);
	daemon_await_lines(&d, 20);
	daemon_configure(&d, "root", "networks = {\"192.0.2.0/24\"}\n");
	assert_int_equal(kill(d.pid, SIGHUP), 0);
	daemon_await_error(&d, "reloaded\n");
	daemon_stop(&d);
}

static void
await_health(long code, const char *reason)
{
	int64_t until = mono_ms() + PATIENCE_MS;
	struct answer answer = daemon_ask(&d, "/healthz");

	while (answer.code != code && mono_ms() < until) {
		free(answer.body);
		nap_ms(50);
		answer = daemon_ask(&d, "/healthz");
	}
	if (answer.code != code || strstr(answer.body, reason) == NULL)
		fail_msg("healthz is %ld %s: %s", answer.code, answer.body,
		    daemon_errors(&d));
	free(answer.body);
}

/* No file may grow beyond that: to the writer the disk is full. */
static void
a_full_disk_is_said_and_loses_nothing(void **state)
{
	struct rlimit limit = { 20000, RLIM_INFINITY };

	(void)state;
	write_lines(0, 1000);
	start();
	daemon_await_lines(&d, 1000);
	await_health(200, "ok");
	assert_int_equal(prlimit(d.pid, RLIMIT_FSIZE, &limit, NULL), 0);
	for (unsigned i = 1000; i < 3000; i += 500) {
		write_lines(i, 500);
		daemon_await_lines(&d, i + 500);
	}
	await_health(503, d.data.path);
	assert_int_equal(daemon_metric(&d, "mailweir_healthy"), 0);
	limit.rlim_cur = RLIM_INFINITY;
	assert_int_equal(prlimit(d.pid, RLIMIT_FSIZE, &limit, NULL), 0);
	await_health(200, "ok");
	/* It is on the disk now: a kill takes nothing of it. */
	(void)daemon_end(&d, SIGKILL);
	write_lines(3000, 10);
	start();
	daemon_await_lines(&d, 3010);
	assert_int_equal(
	    daemon_metric(&d, "mailweir_sessions_connected_total"), 3010);
	daemon_stop(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_log_that_is_roots_alone_is_read_without_being_root,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_second_one_on_the_same_data_says_so_and_ends, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_wrong_configuration_changes_nothing_and_says_why, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_full_disk_is_said_and_loses_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
