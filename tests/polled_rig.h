/*
 * polled_rig.h - sources that are looked at, with a clock of the test's own
 */
#ifndef TESTS_POLLED_RIG_H
#define TESTS_POLLED_RIG_H

#include <stdint.h>

#include "collectors/collectors.h"
#include "tests/spools.h"

#define RIG_NOW INT64_C(1795330000) /* Unix seconds */

struct polled_rig {
	struct spool_tree tree; /* spools, files, and the state */
	struct source_config sources[4];
	struct collect_config config;
	struct collectors *collectors;
	struct state *state;
	int64_t now; /* Unix seconds */
	uint64_t counted[METRICS];
	uint64_t gauges[METRICS], in_series[METRICS];
	int64_t series_at, complete;
	uint64_t mailers[4][MAILER_METRICS]; /* what the log told of each */
	char host[64];                       /* that was told last */
	char said[4096];                     /* on standard error */
	int file, stderr_fd;
};

static char rig_names[4][12] = { "prog", "*file*", "*include*", "local" };
static char *rig_mailers[] = { rig_names[0], rig_names[1], rig_names[2],
	rig_names[3] };
static char rig_host[] = "mx1";

static inline void
rig_event(void *arg, const struct mail_event *event)
{
	(void)arg;
	(void)event;
}

static inline void
rig_count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	struct polled_rig *rig = arg;

	(void)when;
	slice_copy(host, rig->host, sizeof(rig->host));
	rig->counted[metric] += n;
}

static inline void
rig_gauge(void *arg, struct slice host, int64_t when, enum metric metric,
    uint64_t value)
{
	struct polled_rig *rig = arg;

	slice_copy(host, rig->host, sizeof(rig->host));
	rig->gauges[metric] = value;
	if (when == 0)
		return;
	rig->in_series[metric]++;
	rig->series_at = when;
}

static inline void
rig_complete(void *arg, struct slice host, int64_t upto)
{
	struct polled_rig *rig = arg;

	(void)host;
	rig->complete = upto;
}

static inline uint64_t
rig_mailer(
    void *arg, struct slice host, struct slice name, enum mailer_metric metric)
{
	struct polled_rig *rig = arg;

	(void)host;
	for (size_t i = 0; i < 4; i++)
		if (slice_eq(name, slice_of(rig_mailers[i])))
			return rig->mailers[i][metric];
	return 0;
}

static inline struct source_config *
rig_source(
    struct polled_rig *rig, enum source_type type, char *title, char *path)
{
	struct source_config *source =
	    &rig->sources[rig->config.source_count++];

	*source = (struct source_config){ .title = title,
		.type = type,
		.path = path,
		.host = rig_host,
		.mailers = rig_mailers,
		.mailer_count = 4 };
	return source;
}

static inline void
rig_init(struct polled_rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->tree = tree_make();
	rig->config.sources = rig->sources;
	rig->now = RIG_NOW;
}

/* What is said on standard error from here on is kept. */
static inline void
rig_listen(struct polled_rig *rig)
{
	char path[] = "/tmp/mailweir-said.XXXXXX";

	rig->file = mkstemp(path);
	rig->stderr_fd = dup(STDERR_FILENO);
	MUST(rig->file != -1 && rig->stderr_fd != -1);
	unlink(path);
	dup2(rig->file, STDERR_FILENO);
}

static inline void
rig_heard(struct polled_rig *rig)
{
	size_t n = strlen(rig->said);
	ssize_t got;

	dup2(rig->stderr_fd, STDERR_FILENO);
	close(rig->stderr_fd);
	MUST(lseek(rig->file, 0, SEEK_SET) == 0);
	got = read(rig->file, rig->said + n, sizeof(rig->said) - 1 - n);
	MUST(got != -1);
	rig->said[n + (size_t)got] = '\0';
	close(rig->file);
}

static inline void
rig_start(struct polled_rig *rig)
{
	const struct collect_sinks sinks = { .events = { rig_event, NULL },
		.count = rig_count,
		.complete = rig_complete,
		.arg = rig,
		.gauge = rig_gauge,
		.mailer = rig_mailer };
	struct state_part parts[COLLECTORS_PARTS];
	struct err err;

	rig->collectors =
	    collectors_open(&rig->config, false, 0, 0, &sinks, &err);
	MUST(rig->collectors != NULL);
	collectors_parts(rig->collectors, parts);
	rig->state = state_open(rig->tree.path, parts, COLLECTORS_PARTS, &err);
	MUST(rig->state != NULL);
	rig_listen(rig);
	collectors_ready(rig->collectors, rig->now * 1000);
	while (collectors_read(rig->collectors, 65536, rig->now * 1000) != 0)
		;
	rig_heard(rig);
}

/* As a kill right after a commit, or before it. */
static inline void
rig_stop(struct polled_rig *rig, bool committed)
{
	struct err err;

	MUST(!committed || state_commit_now(rig->state, &err) == 0);
	collectors_close(rig->collectors);
	state_close(rig->state);
}

static inline void
rig_fini(struct polled_rig *rig)
{
	tree_remove(&rig->tree);
}

/* So many seconds pass, as in the agent's loop; what is said is kept. */
static inline void
rig_pass(struct polled_rig *rig, int64_t seconds)
{
	int64_t end = (rig->now + seconds) * 1000, now, due;

	rig_listen(rig);
	for (now = rig->now * 1000; now <= end; now += 100) {
		if (now % 1000 == 0)
			collectors_tick(rig->collectors, now);
		due = collectors_due(rig->collectors);
		if (due != -1 && due <= now)
			while (collectors_read(rig->collectors, 65536, now))
				;
	}
	collectors_tick(rig->collectors, end);
	rig->now += seconds;
	rig_heard(rig);
}

/* How often it was said. */
static inline unsigned
rig_said(const struct polled_rig *rig, const char *what)
{
	unsigned n = 0;

	for (const char *p = rig->said; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

#endif
