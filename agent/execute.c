/*
 * execute.c - run one program to its end, within bounds
 *
 * A program with another user's rights (setuid) may not let itself be killed;
 * it is then left to its end and reaped at a later call, for nothing here may
 * wait for ever.
 */
#include "agent/execute.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/mem.h"
#include "base/slice.h"

#define NAP_MS          5    /* between two looks whether it has ended */
#define KILLED_MS       1000 /* what was killed ends in less */
#define COMPLAINT_BYTES 2048
#define FIRST_BYTES     4096 /* of output, at first */

struct running {
	const struct execution *execution;
	pid_t pid;
	int out, err; /* -1: at the end */
	int64_t until;
	char *text;
	size_t n, room;
	char complaint[COMPLAINT_BYTES]; /* the last of standard error */
	size_t complained;
};

static int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void __attribute__((noreturn))
child(const struct execution *execution, int out, int err)
{
	static char *const nothing[] = { NULL };
	int in = execution->in;
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* What is ignored stays so through execve(2). */
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (in == -1)
		in = open("/dev/null", O_RDONLY);
	/* Away from 0 to 2 first, so that none is overwritten. */
	in = fcntl(in, F_DUPFD, 10);
	out = fcntl(out, F_DUPFD, 10);
	err = fcntl(err, F_DUPFD, 10);
	if (dup2(in, 0) == -1 || dup2(out, 1) == -1 || dup2(err, 2) == -1 ||
	    chdir("/") == -1)
		_exit(126);
	closefrom(3);
	execve(execution->argv[0], (char *const *)(uintptr_t)execution->argv,
	    nothing);
	dprintf(2, "%s\n", strerror(errno));
	_exit(127);
}

static int
start(struct running *run, struct err *err)
{
	const char *name = run->execution->argv[0];
	int out[2], errors[2];

	if (pipe2(out, O_CLOEXEC) == -1)
		return err_sys(err, "%s: pipe", name);
	if (pipe2(errors, O_CLOEXEC) == -1) {
		close(out[0]);
		close(out[1]);
		return err_sys(err, "%s: pipe", name);
	}
	run->pid = fork();
	if (run->pid == 0)
		child(run->execution, out[1], errors[1]);
	close(out[1]);
	close(errors[1]);
	run->out = out[0];
	run->err = errors[0];
	if (run->pid == -1)
		return err_sys(err, "%s: fork", name);
	setpgid(run->pid, run->pid); /* whoever comes first */
	return 0;
}

/* False at the end. */
static bool
take_output(struct running *run)
{
	ssize_t got;

	/* One byte more than allowed tells that there was more. */
	if (run->room - run->n < 2) {
		run->room *= 2;
		if (run->room > run->execution->most_bytes + 2)
			run->room = run->execution->most_bytes + 2;
		run->text = mem_grow(run->text, run->room, 1);
	}
	got = read(run->out, run->text + run->n, run->room - run->n - 1);
	if (got <= 0)
		return got == -1 && errno == EINTR;
	run->n += (size_t)got;
	return true;
}

static bool
take_complaint(struct running *run)
{
	size_t half = sizeof(run->complaint) / 2;
	ssize_t got;

	if (run->complained > half) {
		memmove(run->complaint, run->complaint + run->complained - half,
		    half);
		run->complained = half;
	}
	got = read(run->err, run->complaint + run->complained, half - 1);
	if (got <= 0)
		return got == -1 && errno == EINTR;
	run->complained += (size_t)got;
	return true;
}

static int
listen_once(struct running *run, int wait_ms, struct err *err)
{
	const struct execution *execution = run->execution;
	struct pollfd fds[] = { { run->out, POLLIN, 0 },
		{ run->err, POLLIN, 0 }, { execution->stop, POLLRDHUP, 0 } };
	int64_t left = run->until - clock_ms();

	if (left <= 0)
		return err_set(err, "%s: not done after %d ms",
		    execution->argv[0], execution->most_ms);
	if (poll(fds, NELEMS(fds), wait_ms < left ? wait_ms : (int)left) ==
		-1 &&
	    errno != EINTR)
		return err_sys(err, "%s: poll", execution->argv[0]);
	if (fds[2].revents & (POLLRDHUP | POLLHUP))
		return err_set(err, "%s: no longer wanted", execution->argv[0]);
	if (fds[0].revents != 0 && !take_output(run)) {
		close(run->out);
		run->out = -1;
	}
	if (fds[1].revents != 0 && !take_complaint(run)) {
		close(run->err);
		run->err = -1;
	}
	if (run->n > execution->most_bytes)
		return err_set(err, "%s: more than %zu bytes of output",
		    execution->argv[0], execution->most_bytes);
	return 0;
}

static void
set_complaint(
    const struct running *run, struct err *err, const char *how, int number)
{
	struct slice last = { run->complaint, run->complained };
	char text[256];
	ptrdiff_t at;

	while (last.n > 0 && last.p[last.n - 1] == '\n')
		last.n--;
	at = slice_find_last(last, SLICE("\n"));
	slice_escape(slice_from(last, at == -1 ? 0 : (size_t)at + 1), text,
	    sizeof(text));
	err_set(err, "%s: %s %d%s%s", run->execution->argv[0], how, number,
	    text[0] != '\0' ? ": " : "", text);
}

static int
judge(const struct running *run, int status, struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		set_complaint(run, err, "exit status", WEXITSTATUS(status));
	else
		set_complaint(run, err, "ended by signal", WTERMSIG(status));
	return -1;
}

/* Its output to the end, then its own. */
static int
finish(struct running *run, struct err *err)
{
	int status;
	pid_t ended;

	for (;;) {
		bool quiet = run->out == -1 && run->err == -1;

		if (listen_once(run, quiet ? NAP_MS : 60000, err) == -1)
			return -1;
		if (!quiet)
			continue;
		ended = waitpid(run->pid, &status, WNOHANG);
		if (ended == 0 || (ended == -1 && errno == EINTR))
			continue;
		run->pid = -1;
		if (ended == -1)
			return err_sys(
			    err, "%s: wait", run->execution->argv[0]);
		return judge(run, status, err);
	}
}

static void
end(struct running *run)
{
	int64_t until = clock_ms() + KILLED_MS;

	if (run->out != -1)
		close(run->out);
	if (run->err != -1)
		close(run->err);
	if (run->pid <= 0)
		return;
	kill(-run->pid, SIGKILL);
	kill(run->pid, SIGKILL);
	while (waitpid(run->pid, NULL, WNOHANG) == 0 && clock_ms() < until)
		(void)poll(NULL, 0, NAP_MS);
}

int
execute(const struct execution *execution, char **output, size_t *n,
    struct err *err)
{
	struct running run = { .execution = execution,
		.out = -1,
		.err = -1,
		.until = clock_ms() + execution->most_ms,
		.text = mem_zero(1, FIRST_BYTES),
		.room = FIRST_BYTES };
	int rc;

	rc = start(&run, err);
	if (rc == 0)
		rc = finish(&run, err);
	end(&run);
	if (rc != 0) {
		free(run.text);
		return -1;
	}
	run.text[run.n] = '\0';
	*output = run.text;
	*n = run.n;
	return 0;
}

const char *
execute_find(const char *const *paths)
{
	for (; *paths != NULL; paths++)
		if (access(*paths, X_OK) == 0)
			return *paths;
	return NULL;
}
