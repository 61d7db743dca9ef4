/*
 * finished.c - a log file, or standard input, read from end to end
 */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/collectors_impl.h"
#include "collectors/compared.h"
#include "collectors/lines.h"
#include "collectors/logfile.h"
#include "collectors/wire/pcapfile.h"
#include "collectors/years.h"

#define AHEAD (4u << 20) /* of what can be read once only */

/* A finished file on its way through the parsers. */
struct reading {
	struct collectors *collectors;
	struct source source;
	struct lines lines;
	uint64_t done; /* bytes */
	char *ahead;   /* read already, to find the year; or NULL */
	size_t ahead_bytes;
};

static void
take_finished(void *arg, struct slice line, uint64_t begin)
{
	struct reading *reading = arg;

	(void)begin;
	reading->source.log.overlong = reading->lines.overlong;
	source_line(reading->collectors, &reading->source, line);
}

static void
start_clock(struct stamp_clock *clock, const struct logfile *file,
    const struct finished_options *options)
{
	struct stat st;

	clock->hint = options->now;
	if (fstat(logfile_fd(file), &st) == 0 && S_ISREG(st.st_mode))
		clock->hint = stamp_hint(st.st_mtime, options->now);
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

static void
feed(struct reading *reading, const char *block, size_t n)
{
	struct collectors *c = reading->collectors;

	lines_feed(&reading->lines, block, n, take_finished, reading);
	maillog_flush(c->maillog);
	source_lost(c, &reading->source, reading->lines.overlong);
	for (uint32_t i = 0; i < TRACKER_HOSTS; i++)
		if (reading->source.hosts[i] != 0)
			collectors_complete(c, i,
			    collectors_host_time(
				c, i, reading->source.hosts[i] * 1000) -
				GRACE_SECS);
	reading->done += n;
}

static void
take_ahead(void *arg, struct slice line, uint64_t begin)
{
	(void)begin;
	(void)years_see(arg, line);
}

/*
 * Of a pipe or an archive, what goes into memory is looked over; unless its
 * stamps say all.
 */
static int
look_ahead(struct reading *reading, struct logfile *file, struct years *years,
    struct err *err)
{
	struct lines *lines = mem_zero(1, sizeof(*lines));
	const char *block;
	ssize_t n = 1;

	reading->ahead = mem_zero(1, AHEAD);
	while (n > 0 && reading->ahead_bytes < AHEAD &&
	       (reading->ahead_bytes == 0 || years->first != 0)) {
		n = logfile_next(
		    file, AHEAD - reading->ahead_bytes, &block, err);
		if (n <= 0)
			break;
		memcpy(reading->ahead + reading->ahead_bytes, block, (size_t)n);
		reading->ahead_bytes += (size_t)n;
		lines_feed(lines, block, (size_t)n, take_ahead, years);
	}
	free(lines);
	return n == -1 ? -1 : 0;
}

static int
find_year(struct reading *reading, struct logfile *file, struct err *err)
{
	struct stamp_clock *clock = &reading->source.log.clock;
	struct years years = { 0 };
	struct stat st;
	int rc = 0;

	if (clock->year != 0)
		return 0;
	if (!logfile_is_compressed(file) && fstat(logfile_fd(file), &st) == 0 &&
	    S_ISREG(st.st_mode))
		years_look(&years, logfile_fd(file));
	else
		rc = look_ahead(reading, file, &years, err);
	clock->year = years_begin(&years, clock->hint);
	return rc;
}

static int
read_blocks(struct reading *reading, struct logfile *file, const char *path,
    const struct finished_options *options, struct err *err)
{
	uint64_t all = file_size(file);
	const char *block;
	ssize_t n;

	lines_start(&reading->lines, 0);
	n = find_year(reading, file, err);
	for (size_t at = 0; at < reading->ahead_bytes; at += LOGFILE_BLOCK) {
		size_t left = reading->ahead_bytes - at;

		feed(reading, reading->ahead + at,
		    left < LOGFILE_BLOCK ? left : LOGFILE_BLOCK);
	}
	while (n != -1 &&
	       (n = logfile_next(file, LOGFILE_BLOCK, &block, err)) > 0) {
		feed(reading, block, (size_t)n);
		if (options->progress != NULL)
			options->progress(
			    options->arg, path, reading->done, all);
	}
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
	if (pcapfile_begins(logfile_peek(file))) {
		rc = finished_capture(c, file, path, options, err);
		logfile_close(file);
		return rc;
	}
	reading = mem_zero(1, sizeof(*reading));
	reading->collectors = c;
	reading->source.owner = c;
	reading->source.log.name = teller_name(path, false);
	reading->source.host = options->host;
	zone = zone_new(options->zone ? options->zone : "local", err);
	if (zone != NULL) {
		reading->source.log.clock.zone = zone;
		start_clock(&reading->source.log.clock, file, options);
		rc = read_blocks(reading, file, path, options, err);
	}
	zone_free(zone);
	free(reading->ahead);
	free(reading);
	logfile_close(file);
	return rc;
}

void
collectors_finish(struct collectors *c)
{
	tracker_finish(c->tracker);
	maillog_flush(c->maillog);
	compared_finish(c);
	for (uint32_t i = 0; i < TRACKER_HOSTS; i++)
		if (c->hosts[i].n != 0)
			collectors_complete(c, i,
			    collectors_coverage(c).last / 1000000 + 2 * 60);
}
