/*
 * bench_run.h - a program run to its end, its processor time and memory
 *
 * What it prints goes to the file `out_path'.
 */
#ifndef TESTS_BENCH_RUN_H
#define TESTS_BENCH_RUN_H

#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char out_path[4096];

static inline pid_t
start(const char *const *argv)
{
	pid_t pid = fork();
	int null, out;

	if (pid == -1)
		err(1, "fork");
	if (pid > 0)
		return pid;
	null = open("/dev/null", O_RDWR);
	/* Not to /dev/null: grep would see that and stop at the first line. */
	out = open(out_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (null == -1 || out == -1)
		_exit(126);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	setenv("LC_ALL", "C", 1);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static inline long
anon_kib_of(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	in = fopen(path, "re");
	if (in == NULL)
		return 0;
	while (fgets(line, sizeof(line), in) != NULL)
		if (sscanf(line, "RssAnon: %ld", &kib) == 1)
			break;
	fclose(in);
	return kib;
}

static inline double
seconds_of(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) /
		   1e6;
}

/* True if it could be run to its end; memory is watched if it is asked for. */
static inline bool
run(const char *const *argv, double *seconds, long *anon_kib)
{
	const struct timespec pause = { 0, 2000000 };
	int flags = anon_kib != NULL ? WNOHANG : 0;
	struct rusage usage;
	pid_t pid = start(argv), got;
	int status;

	while ((got = wait4(pid, &status, flags, &usage)) == 0) {
		long kib = anon_kib_of(pid);

		if (kib > *anon_kib)
			*anon_kib = kib;
		nanosleep(&pause, NULL);
	}
	if (got == -1)
		err(1, "%s: wait", argv[0]);
	*seconds = seconds_of(&usage);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return false; /* it is not installed */
	if (status != 0)
		errx(1, "%s %s: failed", argv[0], argv[1]);
	return true;
}

#endif
