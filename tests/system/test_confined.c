/*
 * test_confined.c - the running daemon itself is made to try what it must not
 *
 * Its main thread is stopped as a debugger would, put before a system call of
 * our choice, and asked for the result; then it goes on as if nothing had been.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>

#include <linux/landlock.h>
#include <seccomp.h>

#include "agent/sanitizer.h"
#include "tests/daemon.h"
#include "tests/proc.h"

static struct daemon d;

static int
set_up(void **state)
{
	(void)state;
	daemon_init(&d);
	MUST(chmod(d.logs.directory, 0711) == 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	daemon_fini(&d);
	return 0;
}

/* A minute later than the one before, so that a step is closed. */
static void
write_line(void)
{
	static unsigned minute;
	char line[128];

	minute = (minute + 1) % 60;
	snprintf(line, sizeof(line),
	    "2026-11-22T10:%02u:00Z mx1 postfix/smtpd[7]: connect from "
	    "unknown[192.0.2.1]\n",
	    minute);
	logs_write(&d.logs, line, strlen(line));
}

static void
start(void)
{
	daemon_start(&d);
	daemon_await(&d);
}

#ifdef __x86_64__
static bool
seize(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1)
		return false;
	MUST(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0);
	MUST(waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
	return true;
}

/* A text, or other bytes, where the stopped thread's stack will not be. */
static unsigned long
put(pid_t pid, unsigned long at, const char *text)
{
	for (size_t i = 0; i < strlen(text) + 1; i += sizeof(long)) {
		unsigned long word = 0; /* the lowest byte comes first */

		for (size_t j = 0; j < sizeof(word) && text[i + j] != '\0'; j++)
			word |= (unsigned long)(unsigned char)text[i + j]
				<< 8 * j;
		MUST(ptrace(PTRACE_POKEDATA, pid, at + i, word) == 0);
	}
	return at;
}

/* The thread waits in a system call, and stands behind that instruction. */
static long
call(pid_t pid, long number, const char *text, unsigned long a, unsigned long b,
    unsigned long c)
{
	struct user_regs_struct before, regs;
	int status;

	MUST(ptrace(PTRACE_GETREGS, pid, NULL, &before) == 0);
	regs = before;
	regs.rip -= 2;
	regs.orig_rax = (unsigned long)-1;
	regs.rax = (unsigned long)number;
	regs.rdi = a;
	regs.rsi = b;
	regs.rdx = c;
	regs.r10 = 0;
	if (text != NULL && a == 0)
		regs.rdi = put(pid, before.rsp - 4096, text);
	else if (text != NULL)
		regs.rsi = put(pid, before.rsp - 4096, text);
	MUST((ptrace(PTRACE_PEEKTEXT, pid, regs.rip, NULL) & 0xffff) == 0x050f);
	MUST(ptrace(PTRACE_SETREGS, pid, NULL, &regs) == 0);
	MUST(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0);
	MUST(waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
	assert_int_equal(WSTOPSIG(status), SIGTRAP);
	MUST(ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0);
	MUST(ptrace(PTRACE_SETREGS, pid, NULL, &before) == 0);
	return (long)regs.rax;
}

static void
try_all(pid_t pid, const char *foreign, const char *secret)
{
	bool landlock = syscall(SYS_landlock_create_ruleset, NULL, 0,
			    LANDLOCK_CREATE_RULESET_VERSION) > 0;
	unsigned long here = (unsigned long)AT_FDCWD;

	/* What it may do shows that this is the way to ask. */
	assert_int_equal(call(pid, SYS_getpid, NULL, 0, 0, 0), pid);
	assert_true(
	    call(pid, SYS_openat, "/etc/passwd", here, 0, O_RDONLY) >= 0);
	assert_int_equal(call(pid, SYS_execve, "/bin/sh", 0, 0, 0), -EPERM);
	assert_int_equal(
	    call(pid, SYS_execveat, "/bin/sh", here, 0, 0), -EPERM);
	assert_int_equal(
	    call(pid, SYS_openat, secret, here, 0, O_RDONLY), -EACCES);
	assert_int_equal(
	    call(pid, SYS_openat, "/etc/passwd", here, 0, O_RDWR), -EACCES);
	if (landlock)
		assert_int_equal(
		    call(pid, SYS_openat, foreign, here, 0, O_RDONLY), -EACCES);
	assert_int_equal(
	    call(pid, SYS_socket, NULL, AF_INET, SOCK_RAW, 1), -EPERM);
	assert_int_equal(
	    call(pid, SYS_socket, NULL, AF_PACKET, SOCK_RAW, 0), -EPERM);
	assert_int_equal(call(pid, SYS_setuid, NULL, 0, 0, 0), -EPERM);
	assert_int_equal(
	    call(pid, SYS_unshare, NULL, 0x10000000, 0, 0), -EPERM);
	assert_int_equal(
	    call(pid, SYS_kill, NULL, (unsigned long)getpid(), 0, 0), -EPERM);
}
#endif

static void
programs_foreign_files_and_raw_sockets_are_refused(void **state)
{
#ifdef __x86_64__
	struct name foreign = in(&d.logs, "foreign");
	struct name secret = in(&d.logs, "secret");

	(void)state;
	logs_put(&d.logs, "foreign", "x", 1, 0);
	logs_put(&d.logs, "secret", "x", 1, 0);
	MUST(chmod(foreign.path, 0644) == 0 && chmod(secret.path, 0000) == 0);
	/* Where its configuration is, it may read; there that is not. */
	d.conf = in(&d.logs, "etc");
	MUST(mkdir(d.conf.path, 0755) == 0);
	d.conf = in(&d.logs, "etc/conf");
	daemon_configure(&d, geteuid() == 0 ? "nobody" : "root", "");
	write_line();
	start();
	daemon_await_lines(&d, 1);
	if (!seize(d.pid)) {
		daemon_stop(&d);
		skip();
	}
	try_all(d.pid, foreign.path, secret.path);
	MUST(ptrace(PTRACE_DETACH, d.pid, NULL, NULL) == 0);
	write_line();
	daemon_await_lines(&d, 2);
	daemon_stop(&d);
#else
	(void)state;
	skip();
#endif
}

static void
has_nothing(const char *status, void *unused)
{
	const struct proc_rights none = { 0,
		geteuid() == 0 && d.user == NULL ? 0 : PROC_ANY, true, true };

	(void)unused;
	proc_assert(status, &none);
}

static void
await_page(const char *path)
{
	int64_t until = mono_ms() + PATIENCE_MS;
	struct answer answer = daemon_ask(&d, path);

	while (answer.code != 200 && mono_ms() < until) {
		free(answer.body);
		nap_ms(50);
		answer = daemon_ask(&d, path);
	}
	if (answer.code != 200)
		fail_msg("%s: %ld %s", path, answer.code, answer.body);
	free(answer.body);
}

/* Pages and pictures start all the threads that there are. */
static void
assert_threads(const char *user)
{
	static const char *const pages[] = {
#ifndef HAS_LEAK_CHECKER /* what fontconfig keeps is a leak to it */
		"/graph/sessions.connected.png",
		"/graph/sessions.connected.svg",
#endif
		"/api/v1/overview?range=24h", "/"
	};

	daemon_configure(&d, user, "");
	write_line();
	write_line();
	write_line();
	start();
	daemon_await_lines(&d, 3);
	assert_true(proc_threads(d.pid, has_nothing, NULL) >= 2);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		await_page(pages[i]);
		(void)proc_threads(d.pid, has_nothing, NULL);
	}
	daemon_stop(&d);
}

static void
every_thread_has_a_filter_and_no_capability(void **state)
{
	(void)state;
	assert_threads("nobody");
}

static void
root_stays_root_without_any_capability(void **state)
{
	(void)state;
	assert_threads("root");
}

static void
each_helper_has_its_one_capability(void **state)
{
	static const struct proc_rights opener = { 1 << DAC_READ_SEARCH, 0,
		true, true };
	static const struct proc_rights firewall = { 1 << NET_ADMIN, 0, true,
		true };
	static const struct proc_rights programs = { 1 << DAC_READ_SEARCH,
		PROC_ANY, false, false };
	char status[64];
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	daemon_configure(&d, "nobody", "");
	write_line();
	start();
	daemon_await_lines(&d, 1);
	assert_true(proc_child(d.pid, "weir-opener", status) != 0);
	proc_assert(status, &opener);
	assert_true(proc_child(d.pid, "weir-programs", status) != 0);
	proc_assert(status, &programs);
	/* The one that was forked, and the one that serves. */
	pid = proc_child(d.pid, "weir-firewall", status);
	assert_true(pid != 0);
	proc_assert(status, &firewall);
	assert_true(proc_child(pid, "weir-firewall", status) != 0);
	proc_assert(status, &firewall);
	daemon_stop(&d);
}

static bool
errors_have(const char *text)
{
	char *errors = daemon_errors(&d);
	bool found = strstr(errors, text) != NULL;

	if (!found)
		print_message("%s", errors);
	free(errors);
	return found;
}

/* The daemon's start in a process that may not set a filter. */
static void
start_without_seccomp(void)
{
	int pipes[2];

	MUST(pipe2(pipes, O_CLOEXEC) == 0);
	d.pid = fork();
	MUST(d.pid != -1);
	if (d.pid == 0) {
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

		MUST(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
			 SCMP_SYS(seccomp), 0) == 0);
		MUST(seccomp_load(filter) == 0);
		daemon_exec(&d, pipes[1]);
	}
	close(pipes[1]);
	d.out = pipes[0];
}

static void
a_sandbox_that_cannot_be_entered_stops_the_start(void **state)
{
	int status;

	(void)state;
	write_line();
	start_without_seccomp();
	status = daemon_end(&d, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_true(errors_have("system call filter"));
	assert_false(logs_has(&d.logs, "data/state.db"));
}

/* The tree may be where only root gets to; `before': where it is there. */
static void
borrow_program(char *before, size_t size)
{
	char command[2 * PATH_MAX + 64];

	snprintf(before, size, "%s", program());
	snprintf(command, sizeof(command), "cp '%s' '%s/mailweir'", before,
	    d.logs.directory);
	MUST(system(command) == 0);
	MUST(setenv("MAILWEIR", in(&d.logs, "mailweir").path, 1) == 0);
}

static void
an_ordinary_user_is_told_once_what_is_missing(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	static const char words[] = "started without CAP_DAC_READ_SEARCH";
	char *errors, *said, before[PATH_MAX + 32];

	(void)state;
	if (geteuid() != 0 || nobody == NULL)
		skip();
	write_line();
	MUST(chmod(d.logs.path, 0644) == 0);
	MUST(chmod(d.logs.directory, 0777) == 0);
	MUST(chmod(d.conf.path, 0644) == 0);
	d.user = nobody;
	borrow_program(before, sizeof(before));
	start();
	MUST(setenv("MAILWEIR", before, 1) == 0);
	daemon_await_lines(&d, 1);
	(void)proc_threads(d.pid, has_nothing, NULL);
	errors = daemon_errors(&d);
	said = strstr(errors, words);
	assert_non_null(said);
	assert_null(strstr(said + 1, words));
	free(errors);
	daemon_stop(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    programs_foreign_files_and_raw_sockets_are_refused, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    every_thread_has_a_filter_and_no_capability, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    root_stays_root_without_any_capability, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    each_helper_has_its_one_capability, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_sandbox_that_cannot_be_entered_stops_the_start, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    an_ordinary_user_is_told_once_what_is_missing, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
