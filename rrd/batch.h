/*
 * batch.h - what the worker is handed to write, and its writing
 */
#ifndef RRD_BATCH_H
#define RRD_BATCH_H

#include "rrd/store.h"

struct batch_host {
	char name[STATS_NAME];
	int64_t first, known; /* Unix seconds; 0: not yet */
	bool bring_up;        /* quiet series too, to `known' */
};

struct batch_gauge {
	char host[STATS_NAME];
	enum metric metric;
	int64_t when;
	double value;
};

/* Plain data: the owner frees what it points to. */
struct batch {
	size_t host_count, step_count, gauge_count;
	struct batch_host hosts[STORE_HOSTS];
	struct stats_step **steps;
	struct batch_gauge *gauges;
};

/*
 * Write it all; what is already in the files is passed over, so that a batch
 * that failed can be handed in again.
 */
int batch_write(struct store *, const struct batch *, struct err *);

#endif
