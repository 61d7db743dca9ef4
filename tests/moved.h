/*
 * moved.h - a log of the corpus, its lines moved to other dates
 *
 * Written with a stamp that says all, or as syslog's on some wall clock.
 */
#ifndef TESTS_MOVED_H
#define TESTS_MOVED_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "collectors/stamp.h"

#define LOGS  "tests/corpus/"
#define LINES 32768

struct zone_name {
	const char *name;
	const char *rule; /* the same by itself, where there are no files */
};

static const struct zone_name utc = { "UTC", "UTC0" };
static const struct zone_name berlin = { "Europe/Berlin",
	"CET-1CEST,M3.5.0,M10.5.0/3" };
static const struct zone_name new_york = { "America/New_York",
	"EST5EDT,M3.2.0,M11.1.0" };
static const struct zone_name lord_howe = { "Australia/Lord_Howe",
	"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0" };
static const struct zone_name kolkata = { "Asia/Kolkata", "IST-5:30" };
static const struct zone_name *const zones[] = { &utc, &berlin, &new_york,
	&lord_howe, &kolkata };

/* A log of the corpus: when each line was said (Unix microseconds). */
struct corpus_line {
	int64_t when;
	char *rest; /* behind the stamp */
};

static struct corpus_line lines[LINES];
static size_t line_count;
static void
load(const char *run)
{
	char command[128], *line = NULL;
	size_t room = 0;
	ssize_t n;
	FILE *pipe;

	snprintf(
	    command, sizeof(command), "xz -dc " LOGS "%s.rfc3339.log.xz", run);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while ((n = getline(&line, &room, pipe)) > 0) {
		struct slice text = { line, (size_t)n };
		struct corpus_line *to = &lines[line_count++];

		assert_true(line_count < LINES);
		assert_true(stamp_read_rfc3339(&text, &to->when));
		to->rest = mem_text(text.p);
	}
	free(line);
	assert_int_equal(pclose(pipe), 0);
	assert_true(line_count > 1000);
}

static void
unload(void)
{
	while (line_count > 0)
		free(lines[--line_count].rest);
}

/* Where the lines are moved to: the middle one, and how far apart. */
struct move {
	int64_t middle;  /* Unix seconds */
	int64_t stretch; /* times */
	int64_t late;    /* so long after was the file touched, or piped */
};

static int64_t
moved(const struct move *move, size_t i)
{
	return move->middle + (lines[i].when - lines[line_count / 2].when) *
				  move->stretch / 1000000;
}

/* The C library's own idea of the wall clock; what is tested goes back. */
static char *
written(const struct move *move, const char *zone, size_t *size)
{
	char stamp[64], *text = NULL;
	FILE *out = open_memstream(&text, size);

	setenv("TZ", zone != NULL ? zone : "UTC0", 1);
	tzset();
	for (size_t i = 0; i < line_count; i++) {
		time_t when = (time_t)moved(move, i);
		struct tm tm;

		localtime_r(&when, &tm);
		strftime(stamp, sizeof(stamp),
		    zone != NULL ? "%b %e %T" : "%Y-%m-%dT%T+00:00", &tm);
		fprintf(out, "%s%s", stamp, lines[i].rest);
	}
	fclose(out);
	return text;
}

#endif
