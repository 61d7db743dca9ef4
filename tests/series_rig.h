/*
 * series_rig.h - what the tests of the series share: a place, steps, answers
 */
#ifndef TESTS_SERIES_RIG_H
#define TESTS_SERIES_RIG_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/worker.h"
#include "rrd/series.h"

#define DAY 86400
#define MON INT64_C(1795305600) /* 2026-11-22 00:00:00 UTC, a midnight */

struct rig {
	char data[256];
	struct worker *worker;
	struct series *series;
	/* the last answer */
	int64_t step;
	size_t points;
	int64_t *times;
	double *values[SERIES_NAMES];
	size_t names;
	char *bytes;
	size_t n;
	char trouble[512];
};

static inline void
rig_start(struct rig *rig)
{
	struct err err;

	rig->worker = worker_new(&err);
	assert_non_null(rig->worker);
	rig->series = series_open(rig->data, rig->worker, &err);
	if (rig->series == NULL)
		fail_msg("%s", err.text);
}

static inline void
rig_open(struct rig *rig)
{
	const char *tmp = getenv("TMPDIR");

	memset(rig, 0, sizeof(*rig));
	snprintf(rig->data, sizeof(rig->data), "%s/mailweir.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(rig->data));
	rig_start(rig);
}

static inline void
rig_forget(struct rig *rig)
{
	for (size_t i = 0; i < rig->names; i++)
		free(rig->values[i]);
	free(rig->times);
	free(rig->bytes);
	rig->times = NULL;
	rig->bytes = NULL;
	rig->names = rig->n = rig->points = 0;
}

static inline void
rig_stop(struct rig *rig)
{
	series_close(rig->series);
	worker_free(rig->worker);
	rig->series = NULL;
	rig->worker = NULL;
}

static inline void
rig_remove(const char *path)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
}

static inline void
rig_close(struct rig *rig)
{
	rig_stop(rig);
	rig_forget(rig);
	rig_remove(rig->data);
}

/* A step of one host with up to one mailer and a few cells. */
static inline struct stats_step *
step_of(const char *host, int64_t at, const char *mailer,
    const struct stats_cell *cells, size_t n)
{
	size_t names = mailer != NULL ? STATS_NAME : 0;
	struct stats_step *step =
	    calloc(1, sizeof(*step) + names + n * sizeof(*cells));
	char *p = (char *)step + sizeof(*step);

	snprintf(step->host, sizeof(step->host), "%s", host);
	step->at = at;
	step->mailer_count = mailer != NULL;
	step->mailers = (char(*)[STATS_NAME])(void *)p;
	if (mailer != NULL)
		snprintf(step->mailers[0], STATS_NAME, "%s", mailer);
	step->cells = (struct stats_cell *)(void *)(p + names);
	step->count = n;
	memcpy(step->cells, cells, n * sizeof(*cells));
	return step;
}

static inline void
count(struct rig *rig, const char *host, int64_t at, enum metric metric,
    uint64_t value)
{
	const struct stats_cell cell = { (uint16_t)metric, -1, value };

	series_submit(rig->series, step_of(host, at, NULL, &cell, 1));
}

static inline void
count_mailer(struct rig *rig, const char *host, int64_t at, const char *mailer,
    enum mailer_metric metric, uint64_t value)
{
	const struct stats_cell cell = { (uint16_t)metric, 0, value };

	series_submit(rig->series, step_of(host, at, mailer, &cell, 1));
}

static inline void
rig_write(struct rig *rig)
{
	series_write(rig->series);
	worker_drain(rig->worker);
}

static inline void
rig_take(void *arg, const struct series_span *span)
{
	struct rig *rig = arg;

	rig_forget(rig);
	rig->step = span->step;
	rig->points = span->points;
	rig->names = span->names;
	rig->times = malloc((span->points + 1) * sizeof(*rig->times));
	memcpy(rig->times, span->times, span->points * sizeof(*rig->times));
	for (size_t i = 0; i < span->names; i++) {
		rig->values[i] = malloc((span->points + 1) * sizeof(double));
		memcpy(rig->values[i], span->values[i],
		    span->points * sizeof(double));
	}
}

/* Ask for one series; the sum of the points that are known. */
static inline double
fetch(struct rig *rig, const char *host, const char *name, int64_t from,
    int64_t to, size_t points)
{
	double sum = 0;

	assert_true(series_fetch(rig->series, slice_of(host), &name, 1, from,
	    to, points, rig_take, rig));
	worker_drain(rig->worker);
	for (size_t i = 0; i < rig->points; i++)
		if (!isnan(rig->values[0][i]))
			sum += rig->values[0][i];
	return sum;
}

static inline size_t
unknown_points(const struct rig *rig)
{
	size_t n = 0;

	for (size_t i = 0; i < rig->points; i++)
		n += isnan(rig->values[0][i]);
	return n;
}

#endif
