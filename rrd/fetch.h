/*
 * fetch.h - numbers for a span of time, summed exactly
 */
#ifndef RRD_FETCH_H
#define RRD_FETCH_H

#include "rrd/batch.h"
#include "rrd/series.h"

/* A question, in the worker's thread; plain data. */
struct question {
	size_t host_count;
	struct batch_host hosts[STORE_HOSTS];
	size_t names;
	char *name[SERIES_NAMES]; /* dotted, owned */
	int64_t from, to;
	size_t points;
};

void question_fini(struct question *);

/* The answer, to be freed by span_fini(). */
void fetch_span(
    const struct store *, const struct question *, struct series_span *);
void span_fini(struct series_span *);

#endif
