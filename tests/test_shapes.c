/* test_shapes.c - lines that are not understood, without anybody's names */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "collectors/shapes.h"

static char *
printed(const struct shapes *shapes)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	shapes_print(shapes, out);
	fclose(out);
	return text;
}

static void
numbers_addresses_and_names_are_masked(void **state)
{
	static const char *const cases[][2] = {
		{ "lost 12 of 300 things", "lost N of N things" },
		{ "from=<kim@example.com> went away", "from=<> went away" },
		{ "host mx.example.org[192.0.2.1] said no",
		    "host N[] said no" },
		{ "name \"Kim, the first\" is odd", "name \"\" is odd" },
		{ "user kim@example.com, gone", "user N, gone" },
		{ "\xd0\xb8\xd0\xbc\xd1\x8f left", "N left" },
		{ "an open <bracket and more", "an open <>" },
		{ "ends. here", "ends. here" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct shapes *shapes = shapes_new();
		char want[200], *got;

		snprintf(want, sizeof(want), "       1  p: %s\n", cases[i][1]);
		shapes_add(shapes, SLICE("p"), slice_of(cases[i][0]));
		got = printed(shapes);
		assert_string_equal(got, want);
		free(got);
		shapes_free(shapes);
	}
}

static void
the_most_frequent_comes_first(void **state)
{
	struct shapes *shapes = shapes_new();
	char *got;

	(void)state;
	shapes_add(shapes, SLICE("p"), SLICE("rare thing"));
	for (int i = 0; i < 3; i++)
		shapes_add(shapes, SLICE("p"), SLICE("frequent 77"));
	shapes_add(shapes, SLICE("p"), SLICE("another"));
	got = printed(shapes);
	assert_string_equal(got, "       3  p: frequent N\n"
				 "       1  p: another\n"
				 "       1  p: rare thing\n");
	free(got);
	shapes_free(shapes);
}

static void
the_top_is_cut_and_the_rest_summed(void **state)
{
	struct shapes *shapes = shapes_new();
	struct line_shape rows[2];
	uint64_t others = 9;

	(void)state;
	assert_int_equal(0, shapes_top(shapes, rows, 2, &others));
	assert_int_equal(others, 0);
	for (int i = 0; i < 6; i++)
		shapes_add(shapes, SLICE("p"),
		    i < 3   ? SLICE("often")
		    : i < 5 ? SLICE("now and then")
			    : SLICE("once"));
	assert_int_equal(2, shapes_top(shapes, rows, 2, &others));
	assert_string_equal(rows[0].text, "p: often");
	assert_int_equal(rows[0].count, 3);
	assert_string_equal(rows[1].text, "p: now and then");
	assert_int_equal(others, 1);
	shapes_free(shapes);
}

static void
shapes_are_bounded_and_the_rest_is_counted(void **state)
{
	struct shapes *shapes = shapes_new();
	char text[64], *got;
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < SHAPES + 50; i++) {
		snprintf(text, sizeof(text), "kind %c%c", 'a' + i / 26,
		    'a' + i % 26);
		shapes_add(shapes, SLICE("p"), slice_of(text));
	}
	got = printed(shapes);
	for (const char *p = got; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, SHAPES + 1);
	assert_non_null(strstr(got, "      50  of other shapes\n"));
	free(got);
	shapes_free(shapes);
}

static void
any_bytes_of_any_length_are_printed_safely(void **state)
{
	struct shapes *shapes = shapes_new();
	char text[1000], *got;

	(void)state;
	for (int c = 0; c < 256; c++) {
		memset(text, c, sizeof(text));
		shapes_add(shapes, (struct slice){ text, sizeof(text) },
		    (struct slice){ text, sizeof(text) });
	}
	got = printed(shapes);
	for (const char *p = got; *p != '\0'; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	free(got);
	shapes_free(shapes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_addresses_and_names_are_masked),
		cmocka_unit_test(the_most_frequent_comes_first),
		cmocka_unit_test(the_top_is_cut_and_the_rest_summed),
		cmocka_unit_test(shapes_are_bounded_and_the_rest_is_counted),
		cmocka_unit_test(any_bytes_of_any_length_are_printed_safely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
