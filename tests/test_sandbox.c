/*
 * test_sandbox.c - in the agent's sandbox: what is refused, what goes on
 *
 * Each test enters the real one in a process of its own, which tells by its
 * exit status how far it came.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/landlock.h>
#include <linux/netlink.h>

#include "agent/filter.h"
#include "agent/sandbox.h"
#include "agent/sanitizer.h"
#include "base/array.h"
#include "tests/logs.h"

static struct logs place;
static struct name data, foreign, secret, known;

static int
set_up(void **state)
{
	(void)state;
	logs_make(&place);
	MUST(chmod(place.directory, 0755) == 0);
	data = in(&place, "data");
	foreign = in(&place, "foreign");
	secret = in(&place, "secret");
	known = in(&place, "known/later");
	MUST(mkdir(data.path, 0777) == 0 && chmod(data.path, 0777) == 0);
	MUST(mkdir(in(&place, "known").path, 0755) == 0);
	logs_put(&place, "known/beside", "x", 1, 0);
	logs_put(&place, "foreign", "x", 1, 0);
	logs_put(&place, "secret", "x", 1, 0);
	MUST(chmod(foreign.path, 0644) == 0 && chmod(secret.path, 0600) == 0);
	MUST(chmod(in(&place, "known/beside").path, 0644) == 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	logs_remove(&place);
	return 0;
}

static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		   LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static int
enter(struct err *err)
{
	const char *const read[] = { known.path };
	const struct fence fence = { data.path, read, NELEMS(read) };
	struct privileges who;

	if (privileges_find(&who, "nobody", err) == -1)
		return -1;
	return sandbox_enter(&who, &fence, err);
}

/* In a process of its own: whatever is false is said and ends it. */
#define CHECK(claim)                                                           \
	do {                                                                   \
		if (!(claim)) {                                                \
			fprintf(stderr, "%s:%d: not so: %s (errno %d)\n",      \
			    __func__, __LINE__, #claim, errno);                \
			_exit(1);                                              \
		}                                                              \
	} while (0)

/* The wait status of a process that does that. */
static int
apart(void (*deed)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid != -1);
	if (pid == 0) {
		deed();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
enter_or_end(void)
{
	struct err err = { "" };

	if (enter(&err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		_exit(1);
	}
}

/* The call with these arguments fails by the filter, whatever they mean. */
static bool
refused(long call, long a, long b, long c)
{
	errno = 0;
	return syscall(call, a, b, c, 0L, 0L, 0L) == -1 && errno == EPERM;
}

static void
try_calls(void)
{
	static const long calls[] = { SYS_execve, SYS_execveat, SYS_kcmp,
		SYS_process_vm_readv, SYS_process_vm_writev, SYS_capset,
		SYS_setgid, SYS_setuid, SYS_setgroups, SYS_setresuid,
		SYS_setresgid, SYS_setreuid, SYS_setregid, SYS_setfsuid,
		SYS_setfsgid, SYS_chroot, SYS_mount, SYS_umount2,
		SYS_pivot_root, SYS_mknodat, SYS_setns, SYS_unshare,
		SYS_open_by_handle_at, SYS_add_key, SYS_keyctl, SYS_request_key,
		SYS_bpf, SYS_init_module, SYS_finit_module, SYS_delete_module,
		SYS_io_uring_setup, SYS_kexec_load, SYS_perf_event_open,
		SYS_personality, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct,
		SYS_userfaultfd, SYS_settimeofday, SYS_clock_settime,
		SYS_sethostname, SYS_syslog, SYS_fanotify_init,
		SYS_pidfd_send_signal };

	enter_or_end();
	for (size_t i = 0; i < NELEMS(calls); i++)
		if (!refused(calls[i], -1, -1, -1)) {
			fprintf(
			    stderr, "call %ld: errno %d\n", calls[i], errno);
			_exit(1);
		}
	CHECK(refused(SYS_execve, (long)"/bin/true", 0, 0));
	CHECK(refused(SYS_unshare, CLONE_NEWUSER, 0, 0));
	CHECK(refused(SYS_ioctl, STDIN_FILENO, TIOCSTI, (long)"x"));
	CHECK(refused(SYS_kill, getppid(), 0, 0));
	CHECK(kill(getpid(), 0) == 0);
#ifndef HAS_LEAK_CHECKER
	CHECK(refused(SYS_ptrace, PTRACE_TRACEME, 0, 0));
	CHECK(fork() == -1 && errno == EPERM);
	CHECK(refused(SYS_clone, SIGCHLD, 0, 0));
	CHECK(refused(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0));
#endif
}

static void
programs_tracing_and_the_kernels_back_doors_are_refused(void **state)
{
	(void)state;
	assert_int_equal(apart(try_calls), 0);
}

static void
try_sockets(void)
{
	static const int types[] = { SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM, 10 };
	static const int families[] = { AF_PACKET, 38 /* AF_ALG */, 40, 44,
		AF_AX25, AF_IPX, 31, 1000, -1 };

	enter_or_end();
	for (size_t i = 0; i < NELEMS(types); i++) {
		CHECK(refused(SYS_socket, AF_INET, types[i], 1));
		CHECK(
		    refused(SYS_socket, AF_INET6, types[i] | SOCK_CLOEXEC, 58));
	}
	for (size_t i = 0; i < NELEMS(families); i++) {
		CHECK(refused(SYS_socket, families[i], SOCK_DGRAM, 0));
		CHECK(refused(SYS_socket, families[i], SOCK_RAW, 0));
	}
	CHECK(refused(SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
	/* Bits beyond an int are not looked at by the kernel. */
	CHECK(refused(SYS_socket, AF_PACKET | 1L << 40, SOCK_RAW, 0));
	CHECK(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) != -1);
	CHECK(socket(AF_INET6, SOCK_DGRAM, 0) != -1 || errno == EAFNOSUPPORT);
	CHECK(socket(AF_UNIX, SOCK_SEQPACKET, 0) != -1);
	CHECK(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) != -1);
}

static void
raw_sockets_and_strange_families_are_refused(void **state)
{
	(void)state;
	assert_int_equal(apart(try_sockets), 0);
}

static bool
opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

static void
try_files(void)
{
	char path[300], other[300];

	enter_or_end();
	if (has_landlock()) {
		CHECK(!opens(foreign.path, O_RDONLY) && errno == EACCES);
		CHECK(!opens(place.directory, O_RDONLY) && errno == EACCES);
		CHECK(!opens("/tmp/mailweir.x", O_RDWR | O_CREAT));
		CHECK(truncate(foreign.path, 0) == -1);
	}
	if (getuid() != 0)
		CHECK(!opens("/etc/hosts", O_RDWR) && errno == EACCES);
	snprintf(path, sizeof(path), "%s/x", data.path);
	snprintf(other, sizeof(other), "%s/y", data.path);
	CHECK(opens(path, O_RDWR | O_CREAT));
	CHECK(truncate(path, 10) == 0 && rename(path, other) == 0);
	CHECK(opens(other, O_RDONLY) && unlink(other) == 0);
	CHECK(mkdir(path, 0700) == 0 && rmdir(path) == 0);
	/* Where a file is to come, those beside it can be read. */
	snprintf(path, sizeof(path), "%s/known/beside", place.directory);
	CHECK(opens(path, O_RDONLY));
	CHECK(opens("/etc/passwd", O_RDONLY));
	CHECK(opens("/dev/urandom", O_RDONLY));
	CHECK(opens("/proc/self/status", O_RDONLY) || errno == ENOENT);
}

static void
only_its_own_files_are_opened(void **state)
{
	(void)state;
	assert_int_equal(apart(try_files), 0);
}

static void
try_secret(void)
{
	CHECK(opens(secret.path, O_RDONLY));
	enter_or_end();
	CHECK(!opens(secret.path, O_RDONLY) && errno == EACCES);
	CHECK(getuid() != 0 && setuid(0) == -1);
}

static void
what_root_alone_may_read_is_out_of_reach(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(apart(try_secret), 0);
}

static void *
open_in_thread(void *unused)
{
	(void)unused;
	CHECK(refused(SYS_execve, (long)"/bin/true", 0, 0));
	CHECK(!has_landlock() || !opens(foreign.path, O_RDONLY));
	return NULL;
}

/* As the worker, a resolver, and what drawing starts do. */
static void
try_work(void)
{
	struct addrinfo hints = { .ai_flags = AI_ADDRCONFIG }, *found;
	pthread_t thread;
	int fds[2];

	enter_or_end();
	CHECK(pthread_create(&thread, NULL, open_in_thread, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(getaddrinfo("127.0.0.1", "25", &hints, &found) == 0);
	freeaddrinfo(found);
	CHECK(getaddrinfo("localhost", NULL, NULL, &found) == 0);
	freeaddrinfo(found);
	CHECK(memfd_create("x", MFD_CLOEXEC) != -1);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK(getpwnam("root") != NULL);
}

static void
threads_names_and_modules_go_on(void **state)
{
	(void)state;
	assert_int_equal(apart(try_work), 0);
}

static void
try_helper(void)
{
	struct err err;
	int fd;

	CHECK(filter_helper("nobody's", &err) == -1);
	CHECK(filter_helper("weir-programs", &err) == 0);
	CHECK(opens(foreign.path, O_RDWR));
	CHECK(filter_helper("weir-opener", &err) == 0);
	CHECK(refused(SYS_execve, (long)"/bin/true", 0, 0));
	CHECK(refused(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
	CHECK(refused(SYS_clone, SIGCHLD, 0, 0));
	CHECK(refused(SYS_ptrace, PTRACE_TRACEME, 0, 0));
	CHECK(refused(SYS_unlink, (long)foreign.path, 0, 0));
	CHECK(!opens(foreign.path, O_RDWR) && errno == EPERM);
	CHECK(!opens(foreign.path, O_RDONLY | O_TRUNC) && errno == EPERM);
	CHECK(!opens(data.path, O_TMPFILE | O_RDWR) && errno == EPERM);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	fd = open(foreign.path, O_RDONLY | O_CLOEXEC);
	CHECK(fd != -1 && close(fd) == 0);
}

static void
the_opener_opens_to_read_and_does_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(apart(try_helper), 0);
}

static void
try_firewall(void)
{
	struct err err;
	int status;
	pid_t pid;

	CHECK(filter_helper("weir-firewall", &err) == 0);
	CHECK(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER) != -1);
	CHECK(refused(SYS_socket, AF_INET, SOCK_STREAM, 0));
	CHECK(refused(SYS_socket, AF_PACKET, SOCK_RAW, 0));
	CHECK(refused(SYS_execve, (long)"/bin/true", 0, 0));
	CHECK(refused(SYS_kill, getppid(), 0, 0));
	CHECK(!opens(foreign.path, O_RDWR) && errno == EPERM);
	CHECK(opens(foreign.path, O_RDONLY));
	pid = fork();
	if (pid == 0)
		_exit(7);
	CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void
the_firewall_helper_talks_to_the_kernel_only(void **state)
{
	(void)state;
	assert_int_equal(apart(try_firewall), 0);
}

static void
try_maps(void)
{
	static const long calls[] = { SYS_mount, SYS_bpf, SYS_unshare,
		SYS_init_module, SYS_keyctl, SYS_perf_event_open,
		SYS_process_vm_readv, SYS_io_uring_setup, SYS_personality };
	struct err err;

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(filter_helper("weir-maps", &err) == 0);
	for (size_t i = 0; i < NELEMS(calls); i++)
		CHECK(refused(calls[i], -1, -1, -1));
	CHECK(opens(foreign.path, O_RDWR));
	CHECK(system("exit 7") == 7 << 8);
}

static void
the_maps_helper_runs_programs_and_leaves_the_kernel_alone(void **state)
{
	(void)state;
	assert_int_equal(apart(try_maps), 0);
}

#ifdef __x86_64__
static void
try_x32(void)
{
	enter_or_end();
	(void)syscall(0x40000000 | SYS_getpid);
}

static void
try_i386(void)
{
	long rc = 20; /* getpid() */

	enter_or_end();
	__asm__ volatile("int $0x80" : "+a"(rc) : : "memory");
}
#endif

static void
another_architectures_calls_are_killed(void **state)
{
	(void)state;
#ifdef __x86_64__
	int status = apart(try_x32);

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	status = apart(try_i386);
	/* A kernel without the emulation has another word for it. */
	assert_true(WIFSIGNALED(status));
#else
	skip();
#endif
}

static void *
wait_for_ever(void *unused)
{
	(void)pause();
	return unused;
}

static void
try_second_thread(void)
{
	struct err err = { "" };
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
	CHECK(enter(&err) == -1);
	CHECK(strstr(err.text, "2 threads") != NULL);
}

static void
it_is_not_entered_with_a_second_thread(void **state)
{
	(void)state;
#ifdef HAS_OTHER_THREAD
	skip();
#endif
	assert_int_equal(apart(try_second_thread), 0);
}

static void
refuse(int call)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	CHECK(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0) == 0);
	CHECK(seccomp_load(filter) == 0);
	seccomp_release(filter);
}

static void
try_without_landlock(void)
{
	refuse(SCMP_SYS(landlock_create_ruleset));
	enter_or_end();
	CHECK(opens(foreign.path, O_RDONLY));
	CHECK(refused(SYS_execve, (long)"/bin/true", 0, 0));
}

static void
a_kernel_without_landlock_will_do(void **state)
{
	(void)state;
	assert_int_equal(apart(try_without_landlock), 0);
}

static void
try_without_seccomp(void)
{
	struct err err = { "" };

	refuse(SCMP_SYS(seccomp));
	CHECK(enter(&err) == -1);
	CHECK(strstr(err.text, "system call filter") != NULL);
}

static void
a_kernel_without_filters_will_not(void **state)
{
	(void)state;
	assert_int_equal(apart(try_without_seccomp), 0);
}

static void
try_with_groups_kept(void)
{
	struct err err = { "" };

	refuse(SCMP_SYS(setgroups));
	CHECK(enter(&err) == -1);
	CHECK(strstr(err.text, "groups") != NULL);
}

static void
a_user_that_cannot_be_become_is_a_failure(void **state)
{
	(void)state;
#ifdef HAS_OTHER_THREAD
	skip(); /* the other one may */
#endif
	if (geteuid() != 0)
		skip();
	assert_int_equal(apart(try_with_groups_kept), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    programs_tracing_and_the_kernels_back_doors_are_refused),
		cmocka_unit_test(raw_sockets_and_strange_families_are_refused),
		cmocka_unit_test(only_its_own_files_are_opened),
		cmocka_unit_test(what_root_alone_may_read_is_out_of_reach),
		cmocka_unit_test(threads_names_and_modules_go_on),
		cmocka_unit_test(
		    the_opener_opens_to_read_and_does_nothing_else),
		cmocka_unit_test(the_firewall_helper_talks_to_the_kernel_only),
		cmocka_unit_test(
		    the_maps_helper_runs_programs_and_leaves_the_kernel_alone),
		cmocka_unit_test(another_architectures_calls_are_killed),
		cmocka_unit_test(it_is_not_entered_with_a_second_thread),
		cmocka_unit_test(a_kernel_without_landlock_will_do),
		cmocka_unit_test(a_kernel_without_filters_will_not),
		cmocka_unit_test(a_user_that_cannot_be_become_is_a_failure),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
