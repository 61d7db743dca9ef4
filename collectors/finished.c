/*
 * finished.c - a log file, or standard input, read from end to end
 */
#include <sys/stat.h>

#include <stdlib.h>

#include "base/mem.h"
#include "collectors/collectors_impl.h"
#include "collectors/lines.h"
#include "collectors/logfile.h"

/* A finished file on its way through the parsers. */
struct reading {
	struct collectors *collectors;
	struct source source;
};

static void
take_finished(void *arg, struct slice line, uint64_t begin)
{
	struct reading *reading = arg;

	(void)begin;
	source_line(reading->collectors, &reading->source, line);
}

static void
start_clock(struct stamp_clock *clock, const struct logfile *file,
    const struct finished_options *options)
{
	struct stat st;

	clock->hint = options->now;
	if (fstat(logfile_fd(file), &st) == 0 && S_ISREG(st.st_mode))
		clock->hint = st.st_mtime;
	if (options->year != 0) {
		clock->year = options->year;
		clock->hint = INT64_MAX / 2;
	}
}

static uint64_t
file_size(const struct logfile *file)
{
	struct stat st;

	return fstat(logfile_fd(file), &st) == 0 ? (uint64_t)st.st_size : 0;
}

static int
read_blocks(struct reading *reading, struct logfile *file, const char *path,
    const struct finished_options *options, struct err *err)
{
	struct collectors *c = reading->collectors;
	struct lines *lines = mem_zero(1, sizeof(*lines));
	uint64_t done = 0, all = file_size(file);
	const char *block;
	ssize_t n;

	lines_start(lines, 0);
	while ((n = logfile_next(file, LOGFILE_BLOCK, &block, err)) > 0) {
		lines_feed(lines, block, (size_t)n, take_finished, reading);
		maillog_flush(c->maillog);
		source_lost(c, &reading->source, lines->overlong);
		for (uint32_t i = 0; i < TRACKER_HOSTS; i++)
			if (reading->source.hosts[i] != 0)
				collectors_complete(c, i,
				    collectors_host_time(
					c, i, reading->source.hosts[i] * 1000) -
					GRACE_SECS);
		done += (uint64_t)n;
		if (options->progress != NULL)
			options->progress(options->arg, path, done, all);
	}
	free(lines);
	return n == -1 ? -1 : 0;
}

int
collectors_finished(struct collectors *c, const char *path,
    const struct finished_options *options, struct err *err)
{
	struct reading *reading;
	struct logfile *file = logfile_open(path, err);
	struct zone *zone;
	int rc = -1;

	if (file == NULL)
		return -1;
	reading = mem_zero(1, sizeof(*reading));
	reading->collectors = c;
	zone = zone_new(options->zone ? options->zone : "local", err);
	if (zone != NULL) {
		reading->source.log.clock.zone = zone;
		start_clock(&reading->source.log.clock, file, options);
		rc = read_blocks(reading, file, path, options, err);
	}
	zone_free(zone);
	free(reading);
	logfile_close(file);
	return rc;
}

void
collectors_finish(struct collectors *c)
{
	tracker_finish(c->tracker);
	maillog_flush(c->maillog);
	for (uint32_t i = 0; i < TRACKER_HOSTS; i++)
		if (c->hosts[i].n != 0)
			collectors_complete(c, i,
			    maillog_coverage(c->maillog)->last / 1000000 +
				2 * 60);
}
