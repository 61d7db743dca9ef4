/* test_stamp.c - what time a line says it is, where it says only half */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/array.h"
#include "collectors/stamp.h"

#define DAY 86400

static struct zone *utc;

static int
open_zone(void **state)
{
	struct err err;

	(void)state;
	utc = zone_new("UTC", &err);
	return utc == NULL ? -1 : 0;
}

static int
close_zone(void **state)
{
	(void)state;
	zone_free(utc);
	return 0;
}

static int64_t
noon(int64_t year, int month, int day)
{
	return days_from_civil(year, month, day) * DAY + DAY / 2;
}

static struct stamp_clock
clock_of(int64_t hint, int year)
{
	return (struct stamp_clock){ .zone = utc, .hint = hint, .year = year };
}

/* "Mar  4" at noon; -1: not read. */
static int64_t
read_day(struct stamp_clock *clock, const char *day)
{
	char line[64];
	struct slice text;
	int64_t when;

	snprintf(line, sizeof(line), "%s 12:00:00 mx1 x", day);
	text = slice_of(line);
	if (!stamp_read(clock, &text, &when))
		return -1;
	assert_true(slice_is(text, "mx1 x"));
	return when / 1000000;
}

static void
the_year_is_the_last_before_the_file_was_written(void **state)
{
	static const struct {
		const char *day;
		int month, mday, year;
	} cases[] = {
		{ "Mar  4", 3, 4, 2026 },
		{ "Nov 22", 11, 22, 2026 },
		{ "Nov 23", 11, 23, 2026 }, /* a clock ahead */
		{ "Nov 25", 11, 25, 2025 },
		{ "Dec 31", 12, 31, 2025 },
		{ "Jan  1", 1, 1, 2026 },
		{ "Feb 29", 2, 29, 2024 },
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct stamp_clock clock = clock_of(noon(2026, 11, 22), 0);

		assert_int_equal(read_day(&clock, cases[i].day),
		    noon(cases[i].year, cases[i].month, cases[i].mday));
	}
}

static void
lines_go_over_the_turn_of_the_year_and_back(void **state)
{
	struct stamp_clock clock = clock_of(noon(2026, 2, 1), 0);

	(void)state;
	assert_int_equal(read_day(&clock, "Dec 30"), noon(2025, 12, 30));
	assert_int_equal(read_day(&clock, "Dec 31"), noon(2025, 12, 31));
	assert_int_equal(read_day(&clock, "Jan  1"), noon(2026, 1, 1));
	/* a line that came late */
	assert_int_equal(read_day(&clock, "Dec 31"), noon(2025, 12, 31));
	assert_int_equal(read_day(&clock, "Jan  1"), noon(2026, 1, 1));
	assert_int_equal(read_day(&clock, "Jan 20"), noon(2026, 1, 20));
}

static void
a_clock_set_back_is_not_another_year(void **state)
{
	struct stamp_clock clock = clock_of(noon(2026, 11, 22), 0);

	(void)state;
	assert_int_equal(read_day(&clock, "Nov 22"), noon(2026, 11, 22));
	assert_int_equal(read_day(&clock, "Nov 10"), noon(2026, 11, 10));
	assert_int_equal(read_day(&clock, "Nov 22"), noon(2026, 11, 22));
}

static void
a_year_that_is_given_counts_on_from_there(void **state)
{
	struct stamp_clock clock = clock_of(INT64_MAX / 2, 2019);

	(void)state;
	assert_int_equal(read_day(&clock, "Dec 31"), noon(2019, 12, 31));
	assert_int_equal(read_day(&clock, "Jan  1"), noon(2020, 1, 1));
	assert_int_equal(read_day(&clock, "Feb 29"), noon(2020, 2, 29));
	assert_int_equal(read_day(&clock, "Nov  1"), noon(2020, 11, 1));
	assert_int_equal(read_day(&clock, "Mar  1"), noon(2021, 3, 1));
}

static void
a_gap_of_eleven_months_is_gone_over(void **state)
{
	struct stamp_clock clock = clock_of(noon(2026, 11, 22), 2025);

	(void)state;
	assert_int_equal(read_day(&clock, "Jun 10"), noon(2025, 6, 10));
	assert_int_equal(read_day(&clock, "May  9"), noon(2026, 5, 9));
}

static void
a_29th_of_february_is_of_a_leap_year(void **state)
{
	struct stamp_clock clock = clock_of(noon(2029, 1, 1), 2026);

	(void)state;
	assert_int_equal(read_day(&clock, "Dec  1"), noon(2026, 12, 1));
	assert_int_equal(read_day(&clock, "Feb 29"), noon(2028, 2, 29));
	assert_int_equal(read_day(&clock, "Mar  1"), noon(2028, 3, 1));
}

static void
the_zone_is_the_sources(void **state)
{
	struct err err;
	struct zone *zone = zone_new("CET-1CEST,M3.5.0,M10.5.0/3", &err);
	struct stamp_clock clock = { .zone = zone, .hint = noon(2026, 12, 1) };

	(void)state;
	assert_int_equal(read_day(&clock, "Jul  1"), noon(2026, 7, 1) - 7200);
	assert_int_equal(read_day(&clock, "Nov 30"), noon(2026, 11, 30) - 3600);
	zone_free(zone);
}

/* Lines of the hour that is twice, in their order. */
static void
an_hour_that_is_twice_goes_forward(void **state)
{
	static const char *const lines[] = { "Oct 25 02:59:00 x",
		"Oct 25 02:59:59 x", "Oct 25 02:00:00 x", "Oct 25 02:30:00 x" };
	struct err err;
	struct zone *zone = zone_new("CET-1CEST,M3.5.0,M10.5.0/3", &err);
	struct stamp_clock clock = { .zone = zone, .hint = noon(2026, 12, 1) };
	int64_t when, last = 0;

	(void)state;
	for (size_t i = 0; i < NELEMS(lines); i++) {
		struct slice text = slice_of(lines[i]);

		assert_true(stamp_read(&clock, &text, &when));
		assert_true(when > last);
		last = when;
	}
	assert_int_equal(
	    last / 1000000, days_from_civil(2026, 10, 25) * DAY + 3600 + 1800);
	zone_free(zone);
}

static void
rfc3339_stamps_are_taken_as_they_stand(void **state)
{
	static const struct {
		const char *text;
		int64_t micros; /* behind 2026-11-22 09:00 UTC */
	} cases[] = {
		{ "2026-11-22T09:00:01Z", 1000000 },
		{ "2026-11-22T09:00:01.5Z", 1500000 },
		{ "2026-11-22T09:00:01.123456+00:00", 1123456 },
		{ "2026-11-22T09:00:01.123456789Z", 1123456 },
		{ "2026-11-22T11:00:00+02:00", 0 },
		{ "2026-11-22T05:30:00-03:30", 0 },
		{ "2026-11-23T08:59:00+23:59", 0 },
		{ "2026-11-22T09:00:60Z", 60000000 },
		{ "2026-11-22 09:00:00Z", 0 },
	};
	int64_t nine =
		    (days_from_civil(2026, 11, 22) * DAY + 9 * 3600) * 1000000,
		when;

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct slice text = slice_of(cases[i].text);

		assert_true(stamp_read_rfc3339(&text, &when));
		assert_int_equal(text.n, 0);
		assert_int_equal(when - nine, cases[i].micros);
	}
}

/* As a program writes it that keeps its log itself. */
static void
a_walls_stamp_has_an_offset_or_the_sources_zone(void **state)
{
	static const struct {
		const char *text;
		int64_t micros; /* after 09:00 UTC */
	} cases[] = {
		{ "2026-11-22 09:00:01 x", 1000000 },
		{ "2026-11-22 09:00:01.5 x", 1500000 },
		{ "2026-11-22 09:00:60 x", 60000000 },
		{ "2026-11-22 09:00:02 x", 2000000 },
		{ "2026-11-22 10:00:01 +0100 x", 1000000 },
		{ "2026-11-22 05:30:00.250 -0330 x", 250000 },
		{ "2026-11-22T09:00:00 x", 0 },
	};
	static const char *const bad[] = { "2026-11-22 09:00:01",
		"2026-11-22 09:00:01Z x", "2026-11-22 09:00:61 x",
		"2026-02-29 09:00:01 x", "@4000000066f5c1d1 x", "" };
	struct stamp_clock clock = clock_of(0, 0);
	int64_t when;

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct slice text = slice_of(cases[i].text);

		assert_true(stamp_read_wall(&clock, &text, &when));
		assert_true(slice_is(text, "x"));
		assert_int_equal(
		    when - (noon(2026, 11, 22) - 3 * 3600) * INT64_C(1000000),
		    cases[i].micros);
		assert_int_equal(clock.last, when / 1000000);
	}
	for (size_t i = 0; i < NELEMS(bad); i++) {
		struct slice text = slice_of(bad[i]);

		if (stamp_read_wall(&clock, &text, &when))
			fail_msg("%s: read", bad[i]);
	}
}

/* tai64n(8): the label of 1970 is 2^62 + 10. */
static void
tai64n_is_the_second_without_leaps(void **state)
{
	static const struct {
		const char *text;
		int64_t when;
	} cases[] = {
		{ "@400000006b02447727e8647c x", 1795310701669541 },
		{ "@400000000000000a00000000 x", 0 },
		{ "@4000000037c219bf3b9ac9ff x", 935467445999999 },
	};
	static const char *const bad[] = { "@400000006b02447727e8647c",
		"@400000006b02447727e8647 x", "@400000006b02447727e8647cx",
		"@400000006B02447727E8647C x", "@400000006b0244773b9aca00 x",
		"@3fffffffffffffff00000000 x", "@ffffffffffffffff00000000 x",
		"@4000000000000009ffffffff x", "@", "" };
	struct stamp_clock clock = clock_of(0, 0);
	int64_t when;

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct slice text = slice_of(cases[i].text);

		assert_true(stamp_read_tai64n(&clock, &text, &when));
		assert_true(slice_is(text, "x"));
		assert_int_equal(when, cases[i].when);
		assert_int_equal(clock.last, when / 1000000);
	}
	for (size_t i = 0; i < NELEMS(bad); i++) {
		struct slice text = slice_of(bad[i]);

		if (stamp_read_tai64n(&clock, &text, &when))
			fail_msg("%s: read", bad[i]);
	}
}

static void
what_is_no_stamp_is_not_read(void **state)
{
	static const char *const bad[] = { "", "Nov 22 09:00:01",
		"nov 22 09:00:01 x", "Nov 00 09:00:01 x", "Nov 31 09:00:01 x",
		"Feb 30 09:00:01 x", "Nov 2  09:00:01 x", "Nov 22 24:00:01 x",
		"Nov 22 09:60:01 x", "Nov 22 09:00:61 x", "Nov 22 9:00:01  x",
		"Nov 22 09:00:01x x", "Nov-22 09:00:01 x",
		"2026-11-22T09:00:01 x", "2026-02-29T09:00:01Z x",
		"2026-13-01T09:00:01Z x", "2026-00-01T09:00:01Z x",
		"2026-01-32T09:00:01Z x", "2026-11-22T24:00:01Z x",
		"2026-11-22T09:00:01+0100 x", "2026-11-22T09:00:01+24:00 x",
		"2026-11-22T09:00:01Zx", "20261122T090001Z xxxxxxxxxx",
		"2026-11-22T09:00:01.5" };

	(void)state;
	for (size_t i = 0; i < NELEMS(bad); i++) {
		struct stamp_clock clock = clock_of(noon(2026, 11, 22), 0);
		struct slice text = slice_of(bad[i]);
		int64_t when;

		if (stamp_read(&clock, &text, &when))
			fail_msg("%s: read", bad[i]);
	}
}

static void
days_are_counted_as_the_calendar_has_them(void **state)
{
	int64_t days = -719162; /* 0001-01-01 */

	(void)state;
	for (int year = 1; year < 2401; year++) {
		bool leap =
		    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		assert_int_equal(days_from_civil(year, 1, 1), days);
		assert_int_equal(days_from_civil(year, 3, 1), days + 59 + leap);
		days += 365 + leap;
	}
	assert_int_equal(days_from_civil(1970, 1, 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_year_is_the_last_before_the_file_was_written),
		cmocka_unit_test(lines_go_over_the_turn_of_the_year_and_back),
		cmocka_unit_test(a_clock_set_back_is_not_another_year),
		cmocka_unit_test(a_year_that_is_given_counts_on_from_there),
		cmocka_unit_test(a_gap_of_eleven_months_is_gone_over),
		cmocka_unit_test(a_29th_of_february_is_of_a_leap_year),
		cmocka_unit_test(the_zone_is_the_sources),
		cmocka_unit_test(an_hour_that_is_twice_goes_forward),
		cmocka_unit_test(rfc3339_stamps_are_taken_as_they_stand),
		cmocka_unit_test(
		    a_walls_stamp_has_an_offset_or_the_sources_zone),
		cmocka_unit_test(tai64n_is_the_second_without_leaps),
		cmocka_unit_test(what_is_no_stamp_is_not_read),
		cmocka_unit_test(days_are_counted_as_the_calendar_has_them),
	};

	return cmocka_run_group_tests(tests, open_zone, close_zone);
}
