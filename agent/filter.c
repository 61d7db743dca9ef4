/* filter.c - which system calls are left to the agent */
#include "agent/filter.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "agent/filter_impl.h"
#include "agent/sanitizer.h"
#include "base/array.h"

/* What neither the agent nor a program that writes a map ever does. */
const struct rule filter_never[] = {
#ifndef HAS_LEAK_CHECKER
	CALL(ptrace),
#endif
	CALL(kcmp),
	CALL(pidfd_getfd),
	CALL(process_madvise),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
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
};

const size_t filter_never_count = NELEMS(filter_never);

/* And what the agent alone does not. */
static const struct rule not_agent[] = {
	CALL(execve),
	CALL(execveat),
	CALL(uselib),
#ifndef HAS_LEAK_CHECKER
	CALL(fork),
	CALL(vfork),
	CALL_BITS(clone, 0, CLONE_THREAD, 0),
#endif
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
	/* Others: see also deny_signals(). */
	CALL(tkill),
	CALL(rt_sigqueueinfo),
	CALL(pidfd_send_signal),
};

int
filter_add(
    scmp_filter_ctx filter, uint32_t action, const struct rule *rules, size_t n)
{
	int rc = 0;

	/* One that this architecture has not is passed over. */
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = seccomp_rule_add_array(
		    filter, action, rules[i].call, rules[i].n, &rules[i].where);
	return rc;
}

int
filter_load(scmp_filter_ctx filter, int rc, struct err *err)
{
	if (rc == 0)
		rc = seccomp_attr_set(
		    filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	return rc == 0 ? 0
		       : err_set(err,
			     "the system call filter: %s; the kernel "
			     "must have seccomp with filters",
			     strerror(-rc));
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
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
	for (size_t i = 0; i < NELEMS(bits) && rc == 0; i++)
		rc = seccomp_rule_add(filter, DENY, SCMP_SYS(socket), 2,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0),
		    SCMP_A1(SCMP_CMP_MASKED_EQ, bits[i], bits[i]));
	return rc;
}

/* Streams and datagrams; of netlink, what tells of addresses and routes. */
static int
deny_sockets(scmp_filter_ctx filter)
{
	int rc = seccomp_rule_add(filter, DENY, SCMP_SYS(socket), 1,
	    SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));

	for (int family = 0; family < AF_NETLINK && rc == 0; family++)
		rc = deny_family(filter, family);
	if (rc == 0)
		rc = seccomp_rule_add(filter, DENY, SCMP_SYS(socket), 2,
		    SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0),
		    SCMP_A2(SCMP_CMP_NE, NETLINK_ROUTE, 0));
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
		    filter, DENY, calls[i], 1, SCMP_A0(SCMP_CMP_NE, self, 0));
	return rc;
}

int
filter_agent(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc = -ENOMEM;

	if (filter != NULL)
		rc = filter_add(filter, DENY, filter_never, filter_never_count);
	if (rc == 0)
		rc = filter_add(filter, DENY, not_agent, NELEMS(not_agent));
	if (rc == 0)
		rc = deny_sockets(filter);
	if (rc == 0)
		rc = deny_signals(filter);
#ifndef HAS_LEAK_CHECKER
	/* Its flags cannot be seen; without it clone() is called. */
	if (rc == 0)
		rc = seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
#endif
	if (rc == 0)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	return filter_load(filter, rc, err);
}
