/*
 * bench_log.h - what the benches of finished logs share: a generated log, how
 * many lines it has, a median, a verdict
 */
#ifndef TESTS_BENCH_LOG_H
#define TESTS_BENCH_LOG_H

#include <sys/stat.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench_run.h"

#define BENCH_LOG_END "2026-11-22T00:00:00Z"

/* A day of 100 MB and 300,000 clients, made once; system may be NULL. */
static inline void
make_log(const char *flavour, const char *path, const char *system)
{
	char generate[4200], half[4200];
	const char *argv[] = { generate, "--days", "1", "--end", BENCH_LOG_END,
		"--size", "100M", "--clients", "300000", "-o", half, "--truth",
		"/dev/null", system, NULL };
	struct stat st;
	double seconds;

	if (stat(path, &st) == 0)
		return;
	snprintf(
	    generate, sizeof(generate), "%s/tests/generate/generate", flavour);
	snprintf(half, sizeof(half), "%s.half", path);
	printf("%s: being made\n", path);
	if (!run(argv, &seconds, NULL))
		errx(1, "%s: not there", generate);
	if (rename(half, path) == -1)
		err(1, "%s: rename", path);
}

static inline double
lines_of(const char *path)
{
	static char block[1 << 16];
	FILE *in = fopen(path, "re");
	double lines = 0;
	size_t n;

	if (in == NULL)
		err(1, "%s: open", path);
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		for (const char *p = block;
		     (p = memchr(p, '\n', n - (size_t)(p - block))) != NULL;
		     p++)
			lines++;
	fclose(in);
	return lines;
}

static inline int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static inline double
median_of(double *seconds, unsigned rounds)
{
	qsort(seconds, rounds, sizeof(double), compare);
	return seconds[rounds / 2];
}

static inline int
judge(
    const char *what, double value, double budget, double aim, const char *unit)
{
	printf("%-46s %7.2f%s  budget %4.1f%s  aim %4.1f%s  %s\n", what, value,
	    unit, budget, unit, aim, unit,
	    value > budget ? "OVER"
	    : value > aim  ? "PASS"
			   : "PASS, aim reached");
	return value > budget;
}

#endif
