/* test_years.c - in which year a log begins */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "collectors/stamp.h"
#include "collectors/years.h"

#define DAY 86400

static int64_t
hint_of(int year, int month, int day)
{
	return days_from_civil(year, month, day) * DAY + DAY / 2;
}

static void
the_year_follows_from_what_comes_after(void **state)
{
	static const struct {
		const char *days[8];
		int year; /* of the first, last written 2026-11-22 */
	} cases[] = {
		{ { "Nov 20", "Nov 22" }, 2026 },
		{ { "Nov 23" }, 2026 },           /* a clock ahead */
		{ { "Nov 25", "Dec 31" }, 2025 }, /* touched late */
		{ { "Jun 20", "Dec 31", "Jan  1", "Jun 30" }, 2025 },
		{ { "Jun 20", "Jan  1", "Jun  1", "Dec 31", "Jan  1" }, 2024 },
		{ { "Feb 27", "Feb 29", "Mar  1" }, 2024 },
		{ { "Dec 31", "Jan  1", "Feb 29", "Mar  1" }, 2023 },
		{ { "Feb 29" }, 2024 },
		/* set back, and no turn */
		{ { "Nov 22", "Nov 10", "Nov 22" }, 2026 },
		{ { "Jan  3", "Dec 31", "Jan  4" }, 2025 },
		/* a clock without a battery, set soon after its start */
		{ { "Nov 10", "Jan  1", "Jan  1", "Nov 11" }, 2026 },
		{ { "no stamp", "", "Nov 31", "Nov 22" }, 2026 },
		{ { "<22>Dec 30", "Jan  2" }, 2025 },
		{ { "no stamp" }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct years years = { 0 };
		int year;

		for (size_t d = 0; cases[i].days[d] != NULL; d++) {
			char line[64];

			snprintf(line, sizeof(line), "%s 12:00:00 mx1 x",
			    cases[i].days[d]);
			(void)years_see(&years, slice_of(line));
		}
		year = years_begin(&years, hint_of(2026, 11, 22));
		if (year != cases[i].year)
			fail_msg("%s: of %d, not %d", cases[i].days[0], year,
			    cases[i].year);
	}
}

/* Lines of the day, until the text is so long. */
static void
fill(FILE *out, const char *day, long bytes)
{
	for (long end = ftell(out) + bytes; ftell(out) < end;)
		fprintf(
		    out, "%s 12:00:00 mx1 postfix/qmgr[1]: 4Z: removed\n", day);
}

/* Few lines of 29 February, and of New Year's Eve, between many others. */
static void
what_is_between_two_looks_is_seen(void **state)
{
	static const struct {
		const char *before, *between, *after;
		int year;
	} cases[] = {
		{ "Feb 28", "Feb 29", "Mar  1", 2024 },
		{ "Dec 30", "Dec 31", "Jan  1", 2025 },
		{ "Jan 20", "Jan 21", "Mar  2", 2026 },
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct years years = { 0 };
		FILE *out = tmpfile();

		assert_non_null(out);
		fill(out, cases[i].before, 1000000);
		fill(out, cases[i].between, 60);
		fill(out, cases[i].after, 3000000);
		assert_int_equal(fflush(out), 0);
		years_look(&years, fileno(out));
		assert_int_equal(
		    years_begin(&years, hint_of(2026, 11, 22)), cases[i].year);
		/* What reads the file goes on where it was. */
		assert_int_equal(lseek(fileno(out), 0, SEEK_CUR), ftell(out));
		fclose(out);
	}
}

static void
a_time_that_is_nonsense_is_no_hint(void **state)
{
	int64_t now = hint_of(2026, 11, 22);

	(void)state;
	assert_int_equal(stamp_hint(now - DAY, now), now - DAY);
	assert_int_equal(stamp_hint(now + DAY / 2, now), now + DAY / 2);
	assert_int_equal(stamp_hint(now + 2 * DAY, now), now);
	assert_int_equal(stamp_hint(0, now), now);
	assert_int_equal(stamp_hint(-1, now), now);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_year_follows_from_what_comes_after),
		cmocka_unit_test(what_is_between_two_looks_is_seen),
		cmocka_unit_test(a_time_that_is_nonsense_is_no_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
