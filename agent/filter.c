/* filter.c - which system calls are left to the agent and to its helpers */
#include "agent/filter.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "base/array.h"

#define DENY SCMP_ACT_ERRNO(EPERM)

struct rule {
	int call;
	unsigned n; /* 1: only where */
	struct scmp_arg_cmp where;
};

#define CALL(name)                                                             \
	{                                                                      \
		.call = SCMP_SYS(name)                                         \
	}
#define CALL_BITS(name, number, mask, value)                                   \
	{                                                                      \
		.call = SCMP_SYS(name), .n = 1, .where = {                     \
			number,                                                \
			SCMP_CMP_MASKED_EQ,                                    \
			mask,                                                  \
			value                                                  \
		}                                                              \
	}

/* What the agent never does. */
static const struct rule denied[] = {
	CALL(execve),
	CALL(execveat),
	CALL(uselib),
#ifndef FILTER_LEAK_CHECKER
	CALL(ptrace),
	CALL(fork),
	CALL(vfork),
	CALL_BITS(clone, 0, CLONE_THREAD, 0),
#endif
	CALL(kcmp),
	CALL(pidfd_getfd),
	CALL(process_madvise),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
	/* Other users, more rights. */
	CALL(capset),
	CALL(setfsgid),
	CALL(setfsgid32),
	CALL(setfsuid),
	CALL(setfsuid32),
	CALL(setgid),
	CALL(setgid32),
	CALL(setgroups),
	CALL(setgroups32),
	CALL(setregid),
	CALL(setregid32),
	CALL(setresgid),
	CALL(setresgid32),
	CALL(setresuid),
	CALL(setresuid32),
	CALL(setreuid),
	CALL(setreuid32),
	CALL(setuid),
	CALL(setuid32),
	/* Other views of the system. */
	CALL(chroot),
	CALL(fsconfig),
	CALL(fsmount),
	CALL(fsopen),
	CALL(fspick),
	CALL(mknod),
	CALL(mknodat),
	CALL(mount),
	CALL(mount_setattr),
	CALL(move_mount),
	CALL(name_to_handle_at),
	CALL(open_by_handle_at),
	CALL(open_tree),
	CALL(pivot_root),
	CALL(setns),
	CALL(umount),
	CALL(umount2),
	CALL(unshare),
	/* The kernel's less trodden paths. */
	CALL(acct),
	CALL(add_key),
	CALL(adjtimex),
	CALL(bpf),
	CALL(clock_adjtime),
	CALL(clock_settime),
	CALL(create_module),
	CALL(delete_module),
	CALL(fanotify_init),
	CALL(fanotify_mark),
	CALL(finit_module),
	CALL(init_module),
	CALL(io_uring_enter),
	CALL(io_uring_register),
	CALL(io_uring_setup),
	CALL(ioperm),
	CALL(iopl),
	CALL(kexec_file_load),
	CALL(kexec_load),
	CALL(keyctl),
	CALL(lookup_dcookie),
	CALL(migrate_pages),
	CALL(modify_ldt),
	CALL(move_pages),
	CALL(perf_event_open),
	CALL(personality),
	CALL(quotactl),
	CALL(reboot),
	CALL(request_key),
	CALL(set_mempolicy),
	CALL(sethostname),
	CALL(setdomainname),
	CALL(settimeofday),
	CALL(stime),
	CALL(swapoff),
	CALL(swapon),
	CALL(syslog),
	CALL(userfaultfd),
	CALL(vhangup),
	/* Typing on the terminal that it was started from. */
	CALL_BITS(ioctl, 1, UINT32_MAX, TIOCSTI),
	CALL_BITS(ioctl, 1, UINT32_MAX, TIOCLINUX),
	/* It listened before.  Sockets: see deny_sockets(). */
	CALL(listen),
	CALL(tkill),
	CALL(rt_sigqueueinfo),
	CALL(pidfd_send_signal),
};

/* What every helper needs: messages, memory, its end; a word on stderr. */
static const struct rule common[] = {
	CALL(brk),
	CALL(clock_gettime),
	CALL(clock_gettime64),
	CALL(clock_nanosleep),
	CALL(close),
	CALL(exit),
	CALL(exit_group),
	CALL(fcntl),
	CALL(fcntl64),
	CALL(fstat),
	CALL(fstat64),
	CALL(futex),
	CALL(getpid),
	CALL(getppid),
	CALL(getrandom),
	CALL(gettid),
	CALL(gettimeofday),
	CALL(lseek),
	CALL(_llseek),
	CALL(madvise),
	CALL_BITS(mmap, 2, PROT_EXEC, 0),
	CALL_BITS(mmap2, 2, PROT_EXEC, 0),
	CALL_BITS(mprotect, 2, PROT_EXEC, 0),
	CALL(mremap),
	CALL(munmap),
	CALL(poll),
	CALL(ppoll),
	CALL(pread64),
	CALL(read),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(restart_syscall),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(sched_yield),
	CALL(sendmsg),
	CALL(sendto),
	CALL(sigaltstack),
	CALL(write),
	CALL(writev),
	/* To read and no more. */
	CALL_BITS(open, 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	CALL_BITS(openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
};

static const struct rule opener[] = {
	CALL(fstatat64),
	CALL(getdents),
	CALL(getdents64),
	CALL(lstat),
	CALL(lstat64),
	CALL(newfstatat),
	CALL(readlink),
	CALL(readlinkat),
	CALL(stat),
	CALL(stat64),
	CALL(statx),
};

static const struct {
	const char *name;
	const struct rule *rules;
	size_t n;
} helpers[] = {
	{ "weir-opener", opener, NELEMS(opener) },
	{ "weir-programs", NULL, 0 },
};

static int
add(scmp_filter_ctx filter, uint32_t action, const struct rule *rules, size_t n)
{
	int rc = 0;

	/* One that this architecture has not is passed over. */
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = seccomp_rule_add_array(
		    filter, action, rules[i].call, rules[i].n, &rules[i].where);
	return rc;
}

static int
deny_family(scmp_filter_ctx filter, int family)
{
	/* Any type but SOCK_STREAM (1) and SOCK_DGRAM (2) has one of these. */
	static const scmp_datum_t bits[] = { 1 | 2, 4, 8 };
	int rc = 0;

	if (family == AF_UNIX)
		return 0;
	if (family != AF_INET && family != AF_INET6)
		return seccomp_rule_add(filter, DENY, SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
	for (size_t i = 0; i < NELEMS(bits) && rc == 0; i++)
		rc = seccomp_rule_add(filter, DENY, SCMP_SYS(socket), 2,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family),
		    SCMP_A1(SCMP_CMP_MASKED_EQ, bits[i], bits[i]));
	return rc;
}

/* Streams and datagrams; of netlink, what tells of addresses and routes. */
static int
deny_sockets(scmp_filter_ctx filter)
{
	int rc = seccomp_rule_add(filter, DENY, SCMP_SYS(socket), 1,
	    SCMP_A0(SCMP_CMP_GT, AF_NETLINK));

	for (int family = 0; family < AF_NETLINK && rc == 0; family++)
		rc = deny_family(filter, family);
	if (rc == 0)
		rc = seccomp_rule_add(filter, DENY, SCMP_SYS(socket), 2,
		    SCMP_A0(SCMP_CMP_EQ, AF_NETLINK),
		    SCMP_A2(SCMP_CMP_NE, NETLINK_ROUTE));
	return rc;
}

/* Nobody but itself, for abort() and the C library's threads. */
static int
deny_signals(scmp_filter_ctx filter)
{
	const scmp_datum_t self = (scmp_datum_t)getpid();
	static const int calls[] = { SCMP_SYS(kill), SCMP_SYS(tgkill),
		SCMP_SYS(rt_tgsigqueueinfo) };
	int rc = 0;

	for (size_t i = 0; i < NELEMS(calls) && rc == 0; i++)
		rc = seccomp_rule_add(
		    filter, DENY, calls[i], 1, SCMP_A0(SCMP_CMP_NE, self));
	return rc;
}

/* Load and release it; rc: how it was made. */
static int
load(scmp_filter_ctx filter, int rc, struct err *err)
{
	if (rc == 0)
		rc = seccomp_attr_set(
		    filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc == 0 ? 0
		       : err_set(err,
			     "the system call filter: %s; the kernel "
			     "must have seccomp with filters",
			     strerror(-rc));
}

int
filter_agent(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc;

	if (filter == NULL)
		return err_set(err, "the system call filter: no memory");
	rc = add(filter, DENY, denied, NELEMS(denied));
	if (rc == 0)
		rc = deny_sockets(filter);
	if (rc == 0)
		rc = deny_signals(filter);
#ifndef FILTER_LEAK_CHECKER
	/* Its flags cannot be seen; without it clone() is called. */
	if (rc == 0)
		rc = seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
#endif
	if (rc == 0)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	return load(filter, rc, err);
}

int
filter_helper(const char *name, struct err *err)
{
	scmp_filter_ctx filter;
	size_t i = 0;
	int rc;

	while (i < NELEMS(helpers) && strcmp(helpers[i].name, name) != 0)
		i++;
	if (i == NELEMS(helpers))
		return err_set(err, "there is no system call filter for it");
	if (helpers[i].rules == NULL)
		return 0;
	filter = seccomp_init(DENY);
	if (filter == NULL)
		return err_set(err, "the system call filter: no memory");
	rc = add(filter, SCMP_ACT_ALLOW, common, NELEMS(common));
	if (rc == 0)
		rc =
		    add(filter, SCMP_ACT_ALLOW, helpers[i].rules, helpers[i].n);
	return load(filter, rc, err);
}
