/* test_lines.c - whole lines, the same however the bytes are cut */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "collectors/lines.h"

static char got[40000];
static size_t got_n;
static uint64_t begins[64];
static size_t count;

static void
take(void *arg, struct slice line, uint64_t begin)
{
	(void)arg;
	assert_true(got_n + line.n + 1 <= sizeof(got));
	assert_true(count < NELEMS(begins));
	begins[count++] = begin;
	memcpy(got + got_n, line.p, line.n);
	got_n += line.n;
	got[got_n++] = '|';
}

/* In blocks of `step' bytes, each of its exact size: ASan sees an overrun. */
static void
feed(struct lines *lines, struct slice text, size_t step)
{
	got_n = count = 0;
	for (size_t at = 0; at < text.n; at += step) {
		size_t n = step < text.n - at ? step : text.n - at;
		char *block = malloc(n);

		memcpy(block, text.p + at, n);
		lines_feed(lines, block, n, take, NULL);
		free(block);
	}
}

static const struct {
	struct slice text, lines;
	uint64_t offset; /* behind the last line */
} cases[] = {
	{ { "", 0 }, { "", 0 }, 0 },
	{ { "one\ntwo\n", 8 }, { "one|two|", 8 }, 8 },
	{ { "one\ntwo", 7 }, { "one|", 4 }, 4 },
	{ { "no end", 6 }, { "", 0 }, 0 },
	{ { "\n\n", 2 }, { "||", 2 }, 2 },
	{ { "one\r\n\r\n\rtwo\r\r\n", 14 }, { "one||\rtwo\r|", 11 }, 14 },
	{ { "\0\0\0one\n\0two\n\0\n", 14 }, { "one|two||", 9 }, 14 },
	{ { "o\0ne\0\n", 6 }, { "o\0ne\0|", 6 }, 6 },
	{ { "\xff\xfe\n\x80", 4 }, { "\xff\xfe|", 3 }, 3 },
	{ { "\0\0\0\0", 4 }, { "", 0 }, 0 },
};

static void
lines_are_the_same_however_the_bytes_are_cut(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < NELEMS(cases); i++)
		for (size_t step = 1; step <= 16; step++) {
			struct lines lines = { 0 };

			feed(&lines, cases[i].text, step);
			assert_int_equal(got_n, cases[i].lines.n);
			assert_memory_equal(got, cases[i].lines.p, got_n);
			assert_true(lines.offset == cases[i].offset);
			assert_true(lines.fed == cases[i].text.n);
		}
}

static void
a_line_knows_where_it_begins(void **unused)
{
	struct lines lines = { 0 };

	(void)unused;
	for (size_t step = 1; step <= 16; step++) {
		lines_start(&lines, 1000);
		feed(&lines, SLICE("one\n\0two\nthree\nfo"), step);
		assert_int_equal(count, 3);
		assert_int_equal(begins[0], 1000);
		assert_int_equal(begins[1], 1004);
		assert_int_equal(begins[2], 1009);
		assert_int_equal(lines.offset, 1015);
	}
}

/* "before", a line of n bytes, "after". */
static struct slice
around(size_t n, char fill, const char *end)
{
	static char text[3 * LINE_MAX_BYTES];
	char *p = text;

	p = stpcpy(p, "before\n");
	memset(p, fill, n);
	p = stpcpy(p + n, end);
	p = stpcpy(p, "after\n");
	return (struct slice){ text, (size_t)(p - text) };
}

static void
a_line_over_8_kib_is_dropped_whole_and_counted(void **unused)
{
	static const size_t steps[] = { 1, 100, 4096, 8191, 8192, 8193,
		1 << 20 };

	(void)unused;
	for (size_t i = 0; i < NELEMS(steps); i++) {
		struct lines lines = { 0 };

		feed(&lines, around(LINE_MAX_BYTES, 'x', "\n"), steps[i]);
		assert_int_equal(got_n, 7 + LINE_MAX_BYTES + 1 + 6);
		assert_int_equal(lines.overlong, 0);
		feed(&lines, around(LINE_MAX_BYTES + 1, 'x', "\n"), steps[i]);
		assert_int_equal(got_n, 13);
		assert_memory_equal(got, "before|after|", 13);
		assert_int_equal(lines.overlong, 1);
		feed(&lines, around(2 * LINE_MAX_BYTES, 'x', "\r\n"), steps[i]);
		assert_memory_equal(got, "before|after|", 13);
		assert_int_equal(lines.overlong, 2);
	}
}

static void
a_hole_before_a_line_is_not_its_length(void **unused)
{
	(void)unused;
	for (size_t step = 1000; step < 20000; step += 1777) {
		struct lines lines = { 0 };

		feed(&lines, around(2 * LINE_MAX_BYTES, '\0', ""), step);
		assert_int_equal(got_n, 13);
		assert_memory_equal(got, "before|after|", 13);
		assert_int_equal(lines.overlong, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_the_same_however_the_bytes_are_cut),
		cmocka_unit_test(a_line_knows_where_it_begins),
		cmocka_unit_test(
		    a_line_over_8_kib_is_dropped_whole_and_counted),
		cmocka_unit_test(a_hole_before_a_line_is_not_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
