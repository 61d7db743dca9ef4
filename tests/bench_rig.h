/*
 * bench_rig.h - what the benches of the running daemon share
 *
 * On a busy machine a trial is mostly waiting for a processor: beside what is
 * measured stands how long a byte takes to another process and back.
 */
#ifndef TESTS_BENCH_RIG_H
#define TESTS_BENCH_RIG_H

#include <sys/prctl.h>
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ECHOES "a byte to another process and back, meanwhile"

static inline double
seconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void
pause_msecs(long msecs)
{
	nanosleep(&(struct timespec){ 0, msecs * 1000000 }, NULL);
}

static inline int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static inline void
say(const char *what, double *taken, size_t n)
{
	qsort(taken, n, sizeof(taken[0]), by_value);
	printf("%s: p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", what,
	    taken[n / 2], taken[n * 99 / 100], taken[n - 1]);
}

/* Sends back each byte; the other end. */
static inline int
start_echo(void)
{
	int ends[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		err(1, "socketpair");
	if (fork() == 0) {
		close(ends[0]);
		while (read(ends[1], &byte, 1) == 1)
			(void)!write(ends[1], &byte, 1);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static inline double
echo(int fd)
{
	char byte = 0;
	double begin = seconds_of(CLOCK_MONOTONIC);

	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		err(1, "echo");
	return seconds_of(CLOCK_MONOTONIC) - begin;
}

static inline int
judge(const char *what, double measured, double budget, double aim,
    const char *unit)
{
	printf("%-44s %8.2f %s, budget %.4g %s, aim %.4g %s: %s\n", what,
	    measured, unit, budget, unit, aim, unit,
	    measured > budget ? "over the budget"
	    : measured > aim  ? "within the budget"
			      : "met");
	return measured > budget;
}

/* A daemon with that configuration, which ends with whoever started it. */
static inline pid_t
start_daemon(const char *program, const char *config_path, const char *config)
{
	FILE *file = fopen(config_path, "w");
	pid_t pid;

	if (file == NULL || fputs(config, file) == EOF || fclose(file) == EOF)
		err(1, "%s", config_path);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(null, STDOUT_FILENO);
		execl(program, program, "run", "-c", config_path, NULL);
		_exit(127);
	}
	return pid;
}

#endif
