/* read_logs.c - finished logs, read to their end for their account */
#include "agent/read_logs.h"

#include "agent/stored.h"

struct reading {
	struct stats *stats;
	const char *host; /* NULL: all */
	int64_t since;    /* Unix microseconds */
	int64_t first;    /* the host's first event, counted or not */
};

int
read_logs_year(struct read_logs *logs, const char *text, struct err *err)
{
	uint64_t year;

	if (!slice_number(slice_of(text), &year) || year < 1970 || year > 9999)
		return err_set(
		    err, "--year: \"%s\": expected a year such as 2026", text);
	logs->year = (int)year;
	return 0;
}

static void
take(void *arg, const struct mail_event *event)
{
	struct reading *reading = arg;

	if (reading->host != NULL &&
	    !slice_same_word(event->host, slice_of(reading->host)))
		return;
	if (reading->first == 0 || event->when < reading->first)
		reading->first = event->when;
	if (event->when >= reading->since)
		stats_add(reading->stats, event);
}

/* Lines make no row, and their times are rounded. */
static void
count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	(void)arg;
	(void)host;
	(void)when;
	(void)metric;
	(void)n;
}

static int
read_files(struct collectors *collectors, const struct read_logs *logs,
    int64_t now, struct err *err)
{
	struct finished_options options = {
		.year = logs->year, .zone = logs->zone, .now = now
	};

	collectors_sort(logs->paths, logs->count);
	for (size_t i = 0; i < logs->count; i++)
		if (collectors_finished(
			collectors, logs->paths[i], &options, err) == -1)
			return -1;
	collectors_finish(collectors);
	return 0;
}

int
read_logs_sum(const struct read_logs *logs, const struct collect_config *config,
    const char *host, int64_t since, int64_t now, struct stats_host *sum,
    struct err *err)
{
	struct reading reading = { stats_new(), host, since * 1000000, 0 };
	struct collect_sinks sinks = {
		.events = { take, &reading }, .count = count, .arg = &reading
	};
	struct collect_config rest = *config;
	struct collectors *collectors;
	int rc = -1;

	/* Not those that the daemon follows. */
	rest.sources = NULL;
	rest.source_count = 0;
	collectors = collectors_open(&rest, false, 0, 0, &sinks, err);
	if (collectors != NULL)
		rc = read_files(collectors, logs, now, err);
	if (rc == 0)
		rc = stored_sum(reading.stats, NULL, sum, err);
	sum->first =
	    reading.first > reading.since ? reading.first / 1000000 : since;
	if (rc == 0 && host != NULL && reading.first == 0)
		rc = err_set(err, "host %s: not in the log", host);
	collectors_close(collectors);
	stats_free(reading.stats);
	return rc;
}
