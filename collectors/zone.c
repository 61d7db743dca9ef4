/* zone.c - a time zone, as a table of its offsets */
#include "collectors/zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/slice.h"

#define FROM  946684800  /* 2000-01-01 */
#define UNTIL 2145916800 /* 2038-01-01 */
#define PROBE 604800     /* no zone changes twice a week */

struct change {
	int64_t from; /* Unix time */
	int64_t offset;
};

struct zone {
	struct change *changes;
	size_t count;
};

static int64_t
ask_offset(int64_t unix_time)
{
	time_t when = (time_t)unix_time;
	struct tm tm;

	return localtime_r(&when, &tm) == NULL ? 0 : tm.tm_gmtoff;
}

static void
add_change(struct zone *zone, int64_t from, int64_t offset)
{
	zone->changes =
	    mem_grow(zone->changes, zone->count + 1, sizeof(*zone->changes));
	zone->changes[zone->count++] = (struct change){ from, offset };
}

/* The offset differs between the two: find the second it changed. */
static int64_t
find_change(int64_t before, int64_t after, int64_t old)
{
	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (ask_offset(middle) == old)
			before = middle;
		else
			after = middle;
	}
	return after;
}

static void
learn(struct zone *zone)
{
	int64_t offset = ask_offset(FROM), now;

	add_change(zone, INT64_MIN, offset);
	for (int64_t t = FROM + PROBE; t < UNTIL; t += PROBE) {
		now = ask_offset(t);
		if (now != offset)
			add_change(
			    zone, find_change(t - PROBE, t, offset), now);
		offset = now;
	}
}

/*
 * A zone that the library does not know is silently taken for UTC.  What is no
 * file must have an offset in it: "CET-1CEST,M3.5.0,M10.5.0/3".
 */
int
zone_check(const char *name, struct err *err)
{
	const char *directory = getenv("TZDIR");
	char path[512];
	struct slice all = slice_of(name);

	if (slice_is(all, "local") || slice_is(all, "UTC") || name[0] == ':' ||
	    strchr(name, ',') != NULL ||
	    (strchr(name, '/') == NULL && strpbrk(name, "0123456789") != NULL))
		return 0;
	snprintf(path, sizeof(path), "%s/%s",
	    directory ? directory : "/usr/share/zoneinfo", name);
	if (all.n == 0 || slice_find(all, SLICE("..")) != -1 ||
	    access(path, R_OK) == -1)
		return err_set(err,
		    "zone \"%s\": not known; expected local, UTC or a name "
		    "such as Europe/Berlin",
		    name);
	return 0;
}

struct zone *
zone_new(const char *name, struct err *err)
{
	const char *set = getenv("TZ");
	char *saved = set == NULL ? NULL : mem_text(set);
	struct zone *zone;

	if (zone_check(name, err) == -1) {
		free(saved);
		return NULL;
	}
	zone = mem_zero(1, sizeof(*zone));
	if (strcmp(name, "local") != 0)
		setenv("TZ", name, 1);
	tzset();
	learn(zone);
	if (saved != NULL)
		setenv("TZ", saved, 1);
	else
		unsetenv("TZ");
	tzset();
	free(saved);
	return zone;
}

void
zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	free(zone->changes);
	free(zone);
}

int64_t
zone_offset(const struct zone *zone, int64_t unix_time)
{
	size_t i = zone->count - 1;

	while (zone->changes[i].from > unix_time)
		i--;
	return zone->changes[i].offset;
}

int64_t
zone_to_unix(const struct zone *zone, int64_t wall, int64_t not_before)
{
	/* Zones are within a day of UTC: the offsets a day either side are
	   the two that can be meant. */
	int64_t early = wall - zone_offset(zone, wall - 86400);
	int64_t late = wall - zone_offset(zone, wall + 86400);
	int64_t first = early < late ? early : late;
	int64_t second = early < late ? late : early;
	bool first_fits = first + zone_offset(zone, first) == wall;
	bool second_fits = second + zone_offset(zone, second) == wall;

	if (first_fits && (!second_fits || first >= not_before))
		return first;
	return second;
}
