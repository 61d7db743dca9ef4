/* test_zone.c - wall clocks and Unix time, also where an hour is twice */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "collectors/stamp.h"
#include "collectors/zone.h"

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3" /* needs no zone files */

static int64_t
at(int month, int day, int hour, int minute)
{
	return days_from_civil(2026, month, day) * 86400 + hour * 3600 +
	       minute * 60;
}

static struct zone *
zone_of(const char *name)
{
	struct err err;
	struct zone *zone = zone_new(name, &err);

	if (zone == NULL)
		fail_msg("%s", err.text);
	return zone;
}

static void
utc_is_its_own_wall_clock(void **state)
{
	struct zone *zone = zone_of("UTC");

	(void)state;
	for (int64_t t = 0; t < 4000000000; t += 86400 * 97 + 1)
		assert_int_equal(zone_to_unix(zone, t, 0), t);
	zone_free(zone);
}

static void
the_hour_that_is_twice_follows_what_came_before(void **state)
{
	struct zone *zone = zone_of(BERLIN);
	/* 2026-10-25, 03:00 CEST becomes 02:00 CET at 01:00 UTC */
	int64_t wall = at(10, 25, 2, 30), first = at(10, 25, 0, 30);

	(void)state;
	assert_int_equal(zone_to_unix(zone, wall, 0), first);
	assert_int_equal(zone_to_unix(zone, wall, first), first);
	assert_int_equal(zone_to_unix(zone, wall, first + 1), first + 3600);
	assert_int_equal(
	    zone_to_unix(zone, at(10, 25, 1, 59), 0), at(10, 24, 23, 59));
	assert_int_equal(
	    zone_to_unix(zone, at(10, 25, 3, 0), 0), at(10, 25, 2, 0));
	zone_free(zone);
}

static void
a_second_that_was_skipped_is_the_moment_after(void **state)
{
	struct zone *zone = zone_of(BERLIN);
	/* 2026-03-29, 02:00 CET becomes 03:00 CEST at 01:00 UTC */
	int64_t unix_time = zone_to_unix(zone, at(3, 29, 2, 30), 0);

	(void)state;
	assert_int_equal(unix_time, at(3, 29, 1, 30));
	assert_int_equal(
	    zone_to_unix(zone, at(3, 29, 1, 59), 0), at(3, 29, 0, 59));
	assert_int_equal(
	    zone_to_unix(zone, at(3, 29, 3, 0), 0), at(3, 29, 1, 0));
	zone_free(zone);
}

static void
every_minute_of_a_year_comes_back(void **state)
{
	struct zone *zone = zone_of(BERLIN);

	(void)state;
	for (int64_t t = at(1, 1, 0, 0); t < at(12, 31, 0, 0); t += 60) {
		int64_t wall = t + zone_offset(zone, t);

		assert_int_equal(zone_to_unix(zone, wall, t), t);
	}
	zone_free(zone);
}

static void
offsets_change_when_the_law_says(void **state)
{
	struct zone *zone = zone_of(BERLIN);

	(void)state;
	assert_int_equal(zone_offset(zone, at(3, 29, 1, 0) - 1), 3600);
	assert_int_equal(zone_offset(zone, at(3, 29, 1, 0)), 7200);
	assert_int_equal(zone_offset(zone, at(10, 25, 1, 0) - 1), 7200);
	assert_int_equal(zone_offset(zone, at(10, 25, 1, 0)), 3600);
	assert_int_equal(zone_offset(zone, INT64_MIN / 4), 3600);
	assert_int_equal(zone_offset(zone, INT64_MAX / 4), 3600);
	zone_free(zone);
}

static void
an_unknown_zone_is_refused_by_name(void **state)
{
	static const char *const bad[] = { "Europe/Nowhere", "Nowhere", "",
		"../../etc/passwd", "Europe/../../../etc/passwd" };
	struct err err;

	(void)state;
	for (size_t i = 0; i < NELEMS(bad); i++) {
		assert_null(zone_new(bad[i], &err));
		assert_non_null(strstr(err.text, bad[i]));
		assert_non_null(strstr(err.text, "expected"));
	}
}

static void
the_process_keeps_its_own_zone(void **state)
{
	struct zone *zone;

	(void)state;
	setenv("TZ", "EST5", 1);
	tzset();
	zone = zone_of(BERLIN);
	assert_string_equal(getenv("TZ"), "EST5");
	assert_int_equal(timezone, 5 * 3600);
	zone_free(zone);
	zone = zone_of("local");
	assert_int_equal(zone_offset(zone, 0), -5 * 3600);
	zone_free(zone);
	unsetenv("TZ");
	zone = zone_of(BERLIN);
	assert_null(getenv("TZ"));
	zone_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utc_is_its_own_wall_clock),
		cmocka_unit_test(
		    the_hour_that_is_twice_follows_what_came_before),
		cmocka_unit_test(a_second_that_was_skipped_is_the_moment_after),
		cmocka_unit_test(every_minute_of_a_year_comes_back),
		cmocka_unit_test(offsets_change_when_the_law_says),
		cmocka_unit_test(an_unknown_zone_is_refused_by_name),
		cmocka_unit_test(the_process_keeps_its_own_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
