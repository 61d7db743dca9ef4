/*
 * series_impl.h - what series.c, write.c, ask.c and keep.c share; the owner's thread
 *
 * The store is the worker's: here it is only handed from job to job.
 */
#ifndef RRD_SERIES_IMPL_H
#define RRD_SERIES_IMPL_H

#include "rrd/batch.h"
#include "rrd/graph.h"
#include "rrd/series.h"

/* Steps that wait while the disk fails, 30 days of a host; the oldest go. */
#define SERIES_STEPS  43200
#define SERIES_GAUGES 4096

struct pending {
	struct stats_step *step;
	bool saved; /* the state has it, or will before it is written */
};

struct series_host {
	char name[STATS_NAME];
	int64_t first, known; /* Unix seconds; 0: not yet */
	int64_t saved_known;  /* what the state knows of `known' */
	int64_t brought_up;   /* quiet series hold zeros to here */
	bool changed;         /* since the last save */
};

/* A row of the state that is to go: the step was written. */
struct written {
	char host[STATS_NAME];
	int64_t at;
};

struct series {
	struct worker *worker;
	struct store *store;
	struct graphs *graphs;
	bool kept; /* there is a state: only what it has is written */
	bool unsorted;

	size_t host_count;
	struct series_host hosts[STORE_HOSTS];
	struct pending *pending; /* by time */
	size_t pending_count, pending_size;
	struct batch_gauge *gauges;
	size_t gauge_count;
	struct written *written;
	size_t written_count, written_size;

	bool writing; /* one write job at a time, or steps would overtake */
	bool held;    /* a commit is under way */
	bool again;   /* what came meanwhile is to be written */
	struct job *asked[WORKER_READS]; /* wait for the steps before them */
	size_t asked_count;
	size_t reads; /* under way in the worker */

	bool failing;
	struct err trouble;
	uint64_t writes, dropped;
};

/* Found or made; NULL where the table is full. */
struct series_host *series_host(struct series *, struct slice name);
/* As series_submit(), for a step that the state has. */
void series_take(struct series *, struct stats_step *adopted, bool saved);
void series_gone(struct series *, const struct stats_step *written);

/* Up to when what was handed to the worker is complete. */
int64_t series_handed(const struct series *, const struct series_host *);
/* The first job: what a killed process left is undone. */
void series_recover(struct series *);
/* Reads that waited for a write. */
void series_ask_again(struct series *);

#endif
