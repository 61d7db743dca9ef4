/*
 * helper.c - a forked child that keeps a right which the parent gives up
 *
 * Each request has a number that its answer repeats: an answer that came too
 * late must not be taken for the next one's.
 */
#include "base/helper.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cap-ng.h>

#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"

#define REVIVE_USECS 100000 /* until another follows one that crashed */

struct helper {
	char name[16];
	size_t request_bytes, answer_bytes;
	int fd;
	pid_t pid;
	uint32_t number; /* of the last request */
};

static helper_confine_fn *confine;

union fd_message {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

/* A number, the body, perhaps a descriptor.  False: the other end is gone. */
static bool
send_message(int socket, uint32_t *number, const void *body, size_t n, int fd)
{
	struct iovec iov[] = { { number, sizeof(*number) },
		{ (void *)(uintptr_t)body, n } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = NELEMS(iov) };
	union fd_message control;
	ssize_t sent;

	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	do
		sent = sendmsg(socket, &msg, MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	return sent == (ssize_t)(sizeof(*number) + n);
}

static bool
receive_message(int socket, uint32_t *number, void *body, size_t n, int *fd)
{
	struct iovec iov[] = { { number, sizeof(*number) }, { body, n } };
	union fd_message control;
	struct msghdr msg = { .msg_iov = iov,
		.msg_iovlen = NELEMS(iov),
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t got;

	*fd = -1;
	do
		got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	if (got == (ssize_t)(sizeof(*number) + n) &&
	    (msg.msg_flags & MSG_TRUNC) == 0)
		return true;
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	return false;
}

static void
only_this_descriptor(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null != -1)
		dup2(null, STDIN_FILENO);
	if (fd != HELPER_FD)
		dup2(fd, HELPER_FD);
	closefrom(HELPER_FD + 1);
}

/*
 * Ctrl-C and "systemctl stop" go to every process of the service; the parent
 * has its last words to say first, and then closes its end.
 */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE,
		SIGUSR1, SIGUSR2 };
	sigset_t none;

	for (size_t i = 0; i < NELEMS(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The wanted ones that we have: a container may have none to give. */
static uint64_t
held(uint64_t wanted)
{
	capng_get_caps_process();
	for (unsigned cap = 0; cap < 64; cap++)
		if ((wanted >> cap & 1) != 0 &&
		    !capng_have_capability(CAPNG_PERMITTED, cap))
			wanted &= ~(UINT64_C(1) << cap);
	return wanted;
}

static int
keep_only(const struct helper_config *config)
{
	capng_flags_t flags = CAPNG_DROP_SUPP_GRP;
	capng_type_t sets = CAPNG_EFFECTIVE | CAPNG_PERMITTED;
	uint64_t kept = held(config->capabilities);
	bool lower = held(UINT64_C(1) << CAP_SETPCAP) != 0;

	if (!config->may_gain && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	/* What root runs has of these what the bounding set has. */
	if (config->uid == 0)
		sets |= CAPNG_BOUNDING_SET;
	capng_clear(CAPNG_SELECT_BOTH);
	for (unsigned cap = 0; cap < 64; cap++)
		if (kept >> cap & 1)
			capng_update(CAPNG_ADD, sets, cap);
	/* An ordinary user's may come from a service manager. */
	if (geteuid() != 0)
		return capng_apply(CAPNG_SELECT_CAPS);
	if (config->uid == 0)
		return capng_apply(
		    config->may_gain ? CAPNG_SELECT_CAPS : CAPNG_SELECT_BOTH);
	if (!config->may_gain && lower)
		flags |= CAPNG_CLEAR_BOUNDING;
	return capng_change_id((int)config->uid, (int)config->gid, flags) == 0
		   ? 0
		   : -1;
}

void
helper_tell(const void *answer, size_t bytes, int fd)
{
	uint32_t number = 0;

	(void)send_message(HELPER_FD, &number, answer, bytes, fd);
}

/* Until a request is there; false: the parent is gone. */
static bool
wait_for_request(const struct helper_config *config)
{
	struct pollfd wait[] = { { .fd = HELPER_FD, .events = POLLIN },
		{ .events = POLLIN } };

	for (;;) {
		wait[1].fd = config->fd == NULL ? -1 : config->fd(config->arg);
		if (poll(wait, NELEMS(wait), -1) == -1) {
			if (errno == EINTR)
				continue;
			return false;
		}
		if (wait[1].revents != 0)
			config->stirred(config->arg);
		if (wait[0].revents != 0)
			return true;
	}
}

static void __attribute__((noreturn)) serve(const struct helper_config *config)
{
	char *request = mem_zero(1, config->request_bytes);
	char *answer = mem_zero(1, config->answer_bytes);
	uint32_t number;
	int passed;

	if (config->begin != NULL)
		config->begin(config->arg);
	while (wait_for_request(config) &&
	       receive_message(HELPER_FD, &number, request,
		   config->request_bytes, &passed)) {
		if (passed != -1 && !config->takes_fd) {
			close(passed);
			passed = -1;
		}
		memset(answer, 0, config->answer_bytes);
		config->serve(config->arg, request, answer, &passed);
		if (!send_message(HELPER_FD, &number, answer,
			config->answer_bytes, passed))
			break;
		if (passed != -1)
			close(passed);
	}
	if (config->end != NULL) {
		/* What it runs shall not end as the parent has. */
		dup2(STDIN_FILENO, HELPER_FD);
		config->end(config->arg);
	}
	_exit(0);
}

/*
 * Both this process and the one that serves may be killed, and the work goes
 * on; only of this one there is no other.
 */
static void
keep_alive(const char *name)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = fork();
		if (pid == 0)
			return;
		if (pid == -1) {
			log_error("helper %s: fork: %s", name, strerror(errno));
			_exit(1);
		}
		while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
			;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			_exit(0);
		log_error("helper %s: was ended by %s %d; another follows",
		    name, WIFEXITED(status) ? "exit" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
		usleep(REVIVE_USECS);
	}
}

static void __attribute__((noreturn))
child(const struct helper_config *config, int fd, pid_t parent)
{
	struct err err;

	only_this_descriptor(fd);
	ignore_signals();
	prctl(PR_SET_NAME, config->name);
	if (keep_only(config) == -1) {
		log_error("helper %s: the rights cannot be dropped: %s",
		    config->name, strerror(errno));
		_exit(1);
	}
	/* After the change of user, which clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	if (confine != NULL && confine(config->name, &err) == -1) {
		log_error("helper %s: %s", config->name, err.text);
		_exit(1);
	}
	if (config->revive)
		keep_alive(config->name);
	serve(config);
}

void
helper_confine(helper_confine_fn *fn)
{
	confine = fn;
}

struct helper *
helper_start(const struct helper_config *config, struct err *err)
{
	struct helper *helper;
	pid_t parent = getpid();
	int ends[2];

	assert(config->request_bytes <= HELPER_MESSAGE_BYTES &&
	       config->answer_bytes <= HELPER_MESSAGE_BYTES);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1) {
		err_sys(err, "helper %s: socketpair", config->name);
		return NULL;
	}
	helper = mem_zero(1, sizeof(*helper));
	strncpy(helper->name, config->name, sizeof(helper->name) - 1);
	helper->request_bytes = config->request_bytes;
	helper->answer_bytes = config->answer_bytes;
	helper->fd = ends[0];
	helper->pid = fork();
	if (helper->pid == 0)
		child(config, ends[1], parent);
	close(ends[1]);
	if (helper->pid == -1) {
		err_sys(err, "helper %s: fork", config->name);
		helper_stop(helper);
		return NULL;
	}
	return helper;
}

void
helper_stop(struct helper *helper)
{
	if (helper == NULL)
		return;
	close(helper->fd);
	if (helper->pid > 0)
		while (waitpid(helper->pid, NULL, 0) == -1 && errno == EINTR)
			;
	free(helper);
}

int
helper_ask(struct helper *helper, const void *request, int fd, uint32_t *number,
    struct err *err)
{
	*number = ++helper->number;
	if (!send_message(
		helper->fd, number, request, helper->request_bytes, fd))
		return err_set(err, "helper %s: has ended", helper->name);
	return 0;
}

int
helper_answer(struct helper *helper, void *answer, int *fd, uint32_t *number,
    struct err *err)
{
	struct pollfd wait = { .fd = helper->fd, .events = POLLIN };

	*fd = -1;
	*number = 0; /* of no request */
	if (poll(&wait, 1, 0) != 1)
		return 0;
	if (!receive_message(
		helper->fd, number, answer, helper->answer_bytes, fd))
		return err_set(err, "helper %s: has ended", helper->name);
	return 1;
}

int
helper_fd(const struct helper *helper)
{
	return helper->fd;
}

int
helper_call(struct helper *helper, const void *request, void *answer, int *fd,
    int timeout_ms, struct err *err)
{
	struct pollfd wait = { .fd = helper->fd, .events = POLLIN };
	uint32_t number, answered;
	int passed, n;

	if (helper_ask(helper, request, -1, &number, err) == -1)
		return -1;
	for (;;) {
		n = poll(&wait, 1, timeout_ms);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, "helper %s: no answer in %d ms",
			    helper->name, timeout_ms);
		if (helper_answer(helper, answer, &passed, &answered, err) ==
		    -1)
			return -1;
		if (answered == number && fd != NULL)
			break;
		if (passed != -1)
			close(passed);
		if (answered == number)
			return 0;
	}
	*fd = passed;
	return 0;
}

pid_t
helper_pid(const struct helper *helper)
{
	return helper->pid;
}
