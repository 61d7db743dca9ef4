/* filter_helper.c - which system calls are left to the helpers */
#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>

#include "agent/filter.h"
#include "agent/filter_impl.h"
#include "base/array.h"

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

/* It forks as well: a child of it dumps what the kernel has. */
static const struct rule firewall[] = {
	CALL_EQ(socket, 0, AF_NETLINK),
	CALL(alarm),
	CALL(bind),
	CALL(clone),
	CALL(clone3),
	CALL(connect),
	CALL(dup),
	CALL(fstatat64),
	CALL(getegid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getpeername),
	CALL(getsockname),
	CALL(getsockopt),
	CALL(getuid),
	CALL(ioctl),
	CALL(lstat),
	CALL(memfd_create),
	CALL(newfstatat),
	CALL(prctl),
	CALL(pselect6),
	CALL(rseq),
	CALL(select),
	CALL(set_robust_list),
	CALL(setitimer),
	CALL(setsockopt),
	CALL(stat),
	CALL(stat64),
	CALL(statx),
	CALL(sysinfo),
	CALL(uname),
	CALL(wait4),
};

static const struct {
	const char *name;
	enum { ONLY, NOT_NEVER, NONE } what;
	const struct rule *rules; /* and the common ones: ONLY these */
	size_t n;
} helpers[] = {
	{ "weir-opener", ONLY, opener, NELEMS(opener) },
	{ "weir-firewall", ONLY, firewall, NELEMS(firewall) },
	{ "weir-maps", NOT_NEVER, NULL, 0 },
	{ "weir-commands", NOT_NEVER, NULL, 0 },
	{ "weir-programs", NONE, NULL, 0 },
};

static int
allow_only(const struct rule *rules, size_t n, struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(DENY);
	int rc = -ENOMEM;

	if (filter != NULL)
		rc = filter_add(filter, SCMP_ACT_ALLOW, rules, n);
	if (rc == 0)
		rc = filter_add(filter, SCMP_ACT_ALLOW, common, NELEMS(common));
	return filter_load(filter, rc, err);
}

static int
deny_never(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc = -ENOMEM;

	if (filter != NULL)
		rc = filter_add(filter, DENY, filter_never, filter_never_count);
	return filter_load(filter, rc, err);
}

int
filter_helper(const char *name, struct err *err)
{
	size_t i = 0;

	while (i < NELEMS(helpers) && strcmp(helpers[i].name, name) != 0)
		i++;
	if (i == NELEMS(helpers))
		return err_set(err, "there is no system call filter for it");
	if (helpers[i].what == ONLY)
		return allow_only(helpers[i].rules, helpers[i].n, err);
	return helpers[i].what == NOT_NEVER ? deny_never(err) : 0;
}
