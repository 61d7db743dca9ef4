/*
 * output.c - lines to a file, and to its rotated siblings
 *
 * Siblings are cut at Sunday midnight, as logrotate's weekly would, and dated
 * by their last line: who reads them back learns the year from that.
 */
#include "tests/generate/generate.h"

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct output_config config;
static FILE *out;
static uint64_t bytes;
static int64_t next_cut = INT64_MAX, last_line;
static unsigned siblings; /* yet to come */

/* The first Sunday 00:00 local time after it. */
static int64_t
cut_after(int64_t when)
{
	time_t seconds = (time_t)(when / SECOND);
	struct tm tm;

	localtime_r(&seconds, &tm);
	tm.tm_mday += 7 - tm.tm_wday;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * SECOND;
}

static void
open_file(void)
{
	char path[4096];

	if (config.path == NULL) {
		out = stdout;
		return;
	}
	if (siblings > 0)
		snprintf(path, sizeof(path), "%s.%u", config.path, siblings);
	else
		snprintf(path, sizeof(path), "%s", config.path);
	out = fopen(path, "we");
	if (out == NULL)
		err(1, "%s: open", path);
}

static void
close_file(void)
{
	struct timespec times[2];

	if (fflush(out) == EOF)
		err(1, "%s: write", config.path ? config.path : "stdout");
	times[0].tv_sec = times[1].tv_sec = (time_t)(last_line / SECOND);
	times[0].tv_nsec = times[1].tv_nsec = 0;
	if (last_line != 0 && config.path != NULL)
		(void)futimens(fileno(out), times);
	if (out != stdout)
		fclose(out);
}

void
output_open(const struct output_config *wanted)
{
	config = *wanted;
	if (config.weekly && config.path != NULL) {
		next_cut = cut_after(config.start);
		for (int64_t cut = next_cut; cut < config.end;
		     cut = cut_after(cut))
			siblings++;
	}
	open_file();
}

/* "Nov 22 03:07:52", made anew only when the second changes. */
static const char *
stamp_of(int64_t when)
{
	static char text[64];
	static time_t known = -1;
	time_t seconds = (time_t)(when / SECOND);
	char date[32], zone[8];
	struct tm tm;

	if (seconds == known && !config.rfc3339)
		return text;
	localtime_r(&seconds, &tm);
	known = seconds;
	if (config.mainlog) {
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
		return text;
	}
	if (!config.rfc3339) {
		strftime(text, sizeof(text), "%b %e %H:%M:%S", &tm);
		return text;
	}
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, sizeof(text), "%s.%06d%.3s:%.2s", date,
	    (int)(when % SECOND), zone, zone + 3);
	return text;
}

void
output_line(int64_t when, const char *text)
{
	int n;

	if (when >= next_cut && siblings > 0) {
		close_file();
		siblings--;
		next_cut = cut_after(next_cut);
		open_file();
	}
	if (config.mainlog)
		n = fprintf(
		    out, "%s %s\n", stamp_of(when), strstr(text, ": ") + 2);
	else
		n = fprintf(
		    out, "%s %s %s\n", stamp_of(when), config.host, text);
	if (n < 0)
		err(1, "%s: write", config.path ? config.path : "stdout");
	bytes += (uint64_t)n;
	last_line = when;
}

uint64_t
output_bytes(void)
{
	return bytes;
}

void
output_flush(void)
{
	if (fflush(out) == EOF)
		err(1, "%s: write", config.path ? config.path : "stdout");
}

void
output_close(void)
{
	close_file();
}
