/*
 * store.h - the hosts, mailers and files that are written to
 *
 * Used in the worker's thread only.  Bounds are those of base/stats.h and one
 * more of each for "other"; what comes after gets no series.
 */
#ifndef RRD_STORE_H
#define RRD_STORE_H

#include "base/stats.h"
#include "rrd/file.h"
#include "rrd/name.h"

#define STORE_HOSTS   (STATS_HOSTS + 1)
#define STORE_MAILERS (STATS_MAILERS + 1)

struct store_mailer {
	char safe[NAME_BYTES];
	char name[STATS_NAME]; /* empty: only its folder was seen */
	struct series_file *files[MAILER_METRICS];
};

struct store_host {
	char safe[NAME_BYTES];
	char name[STATS_NAME]; /* as it came first */
	int64_t first;         /* its first step, Unix seconds; 0: not known */
	struct series_file *files[METRICS];
	size_t mailer_count;
	struct store_mailer *mailers[STORE_MAILERS];
};

struct store {
	char *root; /* DATA/rrd */
	char *undo; /* DATA/rrd.undo */
	bool recovered;
	size_t host_count;
	struct store_host *hosts[STORE_HOSTS];
	struct series_file *waiting; /* files with samples */
	size_t samples;              /* in all of them */
	struct mould mould;          /* for those that are not there */
	uint64_t updates;
	uint64_t batch; /* counts them */
	bool failed;    /* this one, for this reason: */
	struct err reason;
	bool full_said;
};

struct store *store_new(const char *data);
void store_free(struct store *);

/* Found or made; NULL where the table is full. */
struct store_host *store_host(struct store *, const char *name, int64_t first);

/* The series' file, `mailer' NULL for the host's own; NULL: table full. */
struct series_file *store_file(
    struct store *, struct store_host *, const char *mailer, unsigned metric);

/*
 * A batch: between begin and end the first failure is kept, and a file that
 * failed gets nothing more, as samples after a gap would shut out those that
 * are handed in again.
 */
void store_begin(struct store *);
int store_end(struct store *, struct err *);

/* The file takes samples from `at' on. */
bool store_ready(struct store *, const struct store_host *,
    struct series_file *, int64_t at);
/* After samples were pushed: `before' is how many waited. */
void store_waits(struct store *, struct series_file *, size_t before);

/* Every counter of the host that is on the disk is brought up to `until'. */
void store_bring_up(struct store *, struct store_host *, int64_t until);

/*
 * Write all that waits, under the cover of undo; then nothing waits.  False:
 * there is no cover, and nothing can be written.
 */
bool store_flush(struct store *);

#endif
