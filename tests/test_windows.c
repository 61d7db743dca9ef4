/*
 * test_windows.c - windows are exact at their edges, and bounded
 *
 * Every sum is held against one that is counted the slow way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdlib.h>

#include "alerts/window.h"
#include "base/array.h"
#include "base/rows.h"

#define SECOND INT64_C(1000000)
#define BEGIN  (INT64_C(1795338000) * SECOND)

static struct alert_host host = { .name = "mx1", .length = 3, .hash = 77 };

static struct mark
mark_of(uint32_t client, int64_t when)
{
	struct mark mark = { .when = BEGIN + when, .host = &host, .part = 1 };

	mark.client.family = 4;
	for (int i = 0; i < 4; i++)
		mark.client.b[i] = (uint8_t)(client >> (24 - 8 * i));
	mark.hash = addr_hash(&mark.client) | 1;
	return mark;
}

static struct windows *
windows_of(bool members, uint32_t warn, uint32_t act)
{
	struct windows *windows = windows_new(KEY_CLIENT, members);

	windows_configure(windows, (uint32_t[]){ warn, act });
	return windows;
}

/* The sums of one more mark. */
static struct window_sum
add(struct windows *windows, uint32_t client, int64_t when, int level)
{
	struct window_sum sums[ALERT_LEVELS];
	struct mark mark = mark_of(client, when);

	windows_add(windows, &mark, sums);
	return sums[level];
}

static void
a_window_ends_to_the_microsecond(void **state)
{
	struct windows *windows = windows_of(false, 0, 600);
	struct window_sum sum;

	(void)state;
	sum = add(windows, 1, 0, LEVEL_ACT);
	assert_int_equal(sum.part, 1);
	sum = add(windows, 1, 600 * SECOND, LEVEL_ACT);
	assert_int_equal(sum.part, 2);
	assert_int_equal(sum.first, BEGIN);
	sum = add(windows, 1, 600 * SECOND + 1, LEVEL_ACT);
	assert_int_equal(sum.part, 2);
	assert_int_equal(sum.first, BEGIN + 600 * SECOND);
	sum = add(windows, 2, 600 * SECOND + 1, LEVEL_ACT);
	assert_int_equal(sum.part, 1);
	windows_free(windows);
}

/* Of all windows of that length that hold the mark at `at', the most. */
static unsigned
most_of(const int64_t *times, size_t n, size_t at, int64_t within)
{
	unsigned most = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned in = 0;

		/* The window that begins with the i-th. */
		if (times[at] < times[i] || times[at] - times[i] > within)
			continue;
		for (size_t k = 0; k < n; k++)
			in += times[k] >= times[i] &&
			      times[k] - times[i] <= within;
		most = in > most ? in : most;
	}
	return most;
}

static void
marks_in_any_order_are_counted_as_if_sorted(void **state)
{
	int64_t times[400];

	(void)state;
	srand(7);
	for (int round = 0; round < 60; round++) {
		struct windows *windows = windows_of(false, 0, 100);
		int64_t now = 0;

		for (size_t i = 0; i < NELEMS(times); i++) {
			/* Mostly onwards, at times a little back. */
			now += rand() % 40 * SECOND / 4;
			times[i] = now;
			if (rand() % 5 == 0)
				times[i] -= rand() % 60 * SECOND / 4;
			if (times[i] < 0)
				times[i] = 0;
			assert_int_equal(
			    add(windows, 1, times[i], LEVEL_ACT).part,
			    most_of(times, i + 1, i, 100 * SECOND));
		}
		windows_free(windows);
	}
}

static void
each_level_has_its_own_window(void **state)
{
	struct windows *windows = windows_of(false, 60, 600);

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct window_sum sums[ALERT_LEVELS];
		struct mark mark = mark_of(1, i * 30 * SECOND);

		windows_add(windows, &mark, sums);
		assert_int_equal(sums[LEVEL_WARN].part, i < 3 ? i + 1 : 3);
		assert_int_equal(sums[LEVEL_ACT].part, i + 1);
	}
	/* Other lengths: what is kept stays. */
	windows_configure(windows, (uint32_t[]){ 0, 120 });
	assert_int_equal(add(windows, 1, 600 * SECOND, LEVEL_WARN).part, 0);
	assert_int_equal(add(windows, 1, 600 * SECOND, LEVEL_ACT).part, 6);
	windows_free(windows);
}

static void
a_member_counts_once_and_by_its_last_time(void **state)
{
	struct windows *windows = windows_of(true, 0, 100);
	static const struct {
		int64_t when;
		uint64_t member;
		unsigned different;
	} rows[] = {
		{ 0, 1, 1 }, { 50, 2, 2 }, { 90, 1, 2 }, { 140, 3, 3 },
		{ 151, 3, 2 },                /* the second is 101 s ago */
		{ 190, 4, 3 }, { 191, 4, 2 }, /* the first, again at 90, too */
		{ 120, 4, 2 },                /* late, and it was seen since */
		{ 130, 5, 3 }, /* with 3 and 4, or with 1 and 3: 4 is at 191 */
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(rows); i++) {
		struct window_sum sums[ALERT_LEVELS];
		struct mark mark = mark_of(1, rows[i].when * SECOND);

		mark.member = rows[i].member;
		windows_add(windows, &mark, sums);
		if (sums[LEVEL_ACT].part != rows[i].different)
			fail_msg(
			    "row %zu: %u", i, (unsigned)sums[LEVEL_ACT].part);
	}
	windows_free(windows);
}

/* More than are kept: edges blur, sums do not. */
static void
sums_stay_exact_beyond_what_is_kept(void **state)
{
	struct windows *windows = windows_of(false, 0, 3600);
	uint64_t part = 0;

	(void)state;
	for (int i = 0; i < 100000; i++)
		part = add(windows, 1, i * INT64_C(30000), LEVEL_ACT).part;
	assert_int_equal(part, 100000);
	/* An hour later most are gone, and none is counted twice. */
	part = add(windows, 1, 3600 * SECOND + 1500 * SECOND, LEVEL_ACT).part;
	assert_in_range(part, 49500, 50500);
	part = add(windows, 1, 8700 * SECOND, LEVEL_ACT).part;
	assert_int_equal(part, 2);
	windows_free(windows);
}

static size_t
allocated(void)
{
	return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static void
a_million_clients_are_watched_in_bounded_memory(void **state)
{
	size_t before = allocated();
	struct windows *windows = windows_of(false, 600, 600);

	(void)state;
	/* One that offends, among a million that come once or twice. */
	for (int64_t i = 0; i < 4; i++)
		(void)add(windows, 0xcb007107, i, LEVEL_ACT);
	for (uint32_t i = 0; i < 1000000; i++) {
		int64_t now = i * INT64_C(1000);

		(void)add(windows, i, now, LEVEL_ACT);
		if (i % 3 == 0)
			(void)add(windows, i, now + 500, LEVEL_ACT);
		if (i % 50000 == 0)
			assert_int_equal(
			    add(windows, 0xcb007107, now + 600, LEVEL_ACT).part,
			    now < 600 * SECOND ? 5 + i / 50000 : 13);
	}
	assert_true(windows_keys(windows) <= ALERTS_KEYS);
	assert_true(windows_evicted(windows) > 900000);
	if (allocated() - before > 8u << 20)
		fail_msg("%zu bytes", allocated() - before);
	windows_free(windows);
}

/* Who has offended least goes first, and who has longest been quiet. */
static void
who_offends_most_is_kept(void **state)
{
	struct windows *windows = windows_of(false, 0, 600);

	(void)state;
	for (uint32_t i = 0; i < 4000; i++)
		for (int n = 0; n < 4; n++)
			(void)add(windows, i, i + n, LEVEL_ACT);
	for (uint32_t i = 4000; i < 100000; i++)
		(void)add(windows, i, 10000 + i, LEVEL_ACT);
	for (uint32_t i = 0; i < 4000; i++)
		assert_int_equal(add(windows, i, 200000, LEVEL_ACT).part, 5);
	windows_free(windows);
}

static void
save_all(struct windows *windows, struct state_rows *kept)
{
	struct state_rows rows = { 0 };

	windows_save(windows, &rows, SLICE("k"));
	rows_merge(&rows, kept);
	*kept = rows;
}

/* Also of keys that moved or went since. */
static void
what_is_saved_is_all_that_is_known(void **state)
{
	struct windows *windows = windows_of(false, 100, 600), *again;
	struct state_rows kept = { 0 };
	struct row row;
	size_t rows = 0;

	(void)state;
	srand(3);
	for (int i = 0; i < 60000; i++) {
		(void)add(windows, (uint32_t)(rand() % 30000), i * SECOND / 50,
		    LEVEL_ACT);
		if (i % 7000 == 0)
			save_all(windows, &kept);
	}
	save_all(windows, &kept);
	again = windows_of(false, 100, 600);
	for (size_t at = 0; rows_next(&kept, &at, &row);) {
		struct slice key = row.key;

		if (row.dropped)
			continue;
		assert_true(slice_skips(&key, "k"));
		assert_true(windows_load(again, key, row.value));
		rows++;
	}
	assert_true(rows > 100);
	assert_int_equal(windows_keys(again), windows_keys(windows));
	for (uint32_t i = 0; i < 2000; i++) {
		struct window_sum a = add(windows, i, 1300 * SECOND, LEVEL_ACT);
		struct window_sum b = add(again, i, 1300 * SECOND, LEVEL_ACT);

		assert_memory_equal(&a, &b, sizeof(a));
	}
	rows_fini(&kept);
	windows_free(windows);
	windows_free(again);
}

static void
a_damaged_row_is_refused(void **state)
{
	struct windows *windows = windows_of(false, 100, 600);
	struct state_rows kept = { 0 };
	struct row row;
	size_t at = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		(void)add(windows, 1, i * SECOND, LEVEL_ACT);
	save_all(windows, &kept);
	assert_true(rows_next(&kept, &at, &row));
	for (size_t n = 1; n < row.value.n; n++) {
		struct windows *other = windows_of(false, 100, 600);
		char *exact = malloc(n);

		memcpy(exact, row.value.p, n);
		assert_false(windows_load(
		    other, slice_from(row.key, 1), (struct slice){ exact, n }));
		free(exact);
		windows_free(other);
	}
	rows_fini(&kept);
	windows_free(windows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_ends_to_the_microsecond),
		cmocka_unit_test(marks_in_any_order_are_counted_as_if_sorted),
		cmocka_unit_test(each_level_has_its_own_window),
		cmocka_unit_test(a_member_counts_once_and_by_its_last_time),
		cmocka_unit_test(sums_stay_exact_beyond_what_is_kept),
		cmocka_unit_test(
		    a_million_clients_are_watched_in_bounded_memory),
		cmocka_unit_test(who_offends_most_is_kept),
		cmocka_unit_test(what_is_saved_is_all_that_is_known),
		cmocka_unit_test(a_damaged_row_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
