/* test_slice.c - borrowed text and cutting it, also of no bytes at all */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/array.h"
#include "base/slice.h"

#define S(text)                                                                \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static void
the_first_and_the_last_are_found(void **state)
{
	static const struct {
		struct slice s, what;
		ptrdiff_t first, last;
	} cases[] = {
		{ S("a, b, c"), S(", "), 1, 4 },
		{ S("abc"), S("abc"), 0, 0 },
		{ S("abc"), S("abcd"), -1, -1 },
		{ S("aaab"), S("aab"), 1, 1 },
		{ S("a\0b\0c"), S("\0"), 1, 3 },
		{ S(""), S("a"), -1, -1 },
		{ S(""), S(""), 0, 0 },
		{ S("ab"), S(""), 0, 2 },
		{ { NULL, 0 }, S("a"), -1, -1 },
		{ { NULL, 0 }, { NULL, 0 }, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		assert_int_equal(
		    slice_find(cases[i].s, cases[i].what), cases[i].first);
		assert_int_equal(
		    slice_find_last(cases[i].s, cases[i].what), cases[i].last);
	}
	assert_int_equal(slice_find_char(SLICE("a.b.c"), '.'), 1);
	assert_int_equal(slice_find_char((struct slice){ NULL, 0 }, '.'), -1);
}

static void
a_cut_that_fails_changes_nothing(void **state)
{
	struct slice rest = SLICE("a=b"), head = SLICE("before");

	(void)state;
	assert_false(slice_cut(&rest, SLICE(", "), &head));
	assert_true(slice_is(rest, "a=b") && slice_is(head, "before"));
	assert_true(slice_cut(&rest, SLICE("="), &head));
	assert_true(slice_is(rest, "b") && slice_is(head, "a"));
	assert_true(slice_cut(&rest, SLICE("b"), &head));
	assert_true(rest.n == 0 && head.n == 0);

	rest = SLICE("a=b=c");
	assert_false(slice_cut_last(&rest, SLICE(", "), &head));
	assert_true(slice_is(rest, "a=b=c") && head.n == 0);
	assert_true(slice_cut_last(&rest, SLICE("="), &head));
	assert_true(slice_is(rest, "a=b") && slice_is(head, "c"));
	assert_false(slice_skips(&rest, "x"));
	assert_true(slice_skips(&rest, ""));
}

static void
a_number_is_digits_that_fit(void **state)
{
	static const struct {
		struct slice text;
		bool good;
		uint64_t number;
	} cases[] = {
		{ S("0"), true, 0 },
		{ S("007"), true, 7 },
		{ S("9999999999999999999"), true, 9999999999999999999u },
		{ S("10000000000000000000"), false, 0 },
		{ S(""), false, 0 },
		{ S("-1"), false, 0 },
		{ S("1 "), false, 0 },
		{ S("1\0"), false, 0 },
	};
	uint64_t number;

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		number = 0;
		assert_int_equal(
		    slice_number(cases[i].text, &number), cases[i].good);
		assert_true(number == cases[i].number);
	}
}

static void
words_are_compared_without_their_case(void **state)
{
	(void)state;
	assert_true(
	    slice_same_word(SLICE("MX1.Example"), SLICE("mx1.exAMPLE")));
	assert_false(slice_same_word(SLICE("mx1"), SLICE("mx12")));
	/* ASCII alone: these differ in the bit that letters' case is in */
	assert_false(slice_same_word(SLICE("@"), SLICE("`")));
	assert_false(slice_same_word(SLICE("\xc4"), SLICE("\xe4")));
}

static void
a_copy_ends_in_nul_whatever_the_room(void **state)
{
	char buffer[4];

	(void)state;
	assert_int_equal(slice_copy(SLICE("abcdef"), buffer, 4), 3);
	assert_string_equal(buffer, "abc");
	assert_int_equal(slice_copy(SLICE("abc"), buffer, 4), 3);
	assert_string_equal(buffer, "abc");
	assert_int_equal(slice_copy((struct slice){ NULL, 0 }, buffer, 1), 0);
	assert_string_equal(buffer, "");
}

static void
only_shortest_forms_of_unicode_are_utf8(void **state)
{
	static const struct {
		struct slice text;
		size_t length;
	} cases[] = {
		{ S("a"), 1 },
		{ S("\xc3\xa4"), 2 },
		{ S("\xe2\x82\xac"), 3 },
		{ S("\xf0\x9f\x93\xac"), 4 },
		{ S("\xf4\x8f\xbf\xbf"), 4 },
		{ S("\xc3"), 0 }, /* cut */
		{ S("\xe2\x82"), 0 },
		{ S("\xc0\xaf"), 0 }, /* overlong */
		{ S("\xe0\x9f\xbf"), 0 },
		{ S("\xf0\x8f\xbf\xbf"), 0 },
		{ S("\xed\xa0\x80"), 0 },     /* surrogate */
		{ S("\xf4\x90\x80\x80"), 0 }, /* above U+10FFFF */
		{ S("\xf5\x80\x80\x80"), 0 },
		{ S("\x80"), 0 },
		{ S("\xff"), 0 },
		{ S(""), 0 },
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++)
		assert_int_equal(slice_utf8(cases[i].text), cases[i].length);
}

static void
escaped_text_is_printable_and_never_cut_inside_a_character(void **state)
{
	char text[32], small[6];

	(void)state;
	slice_escape(SLICE("a\tb\xff\0\x7f\xc3\xa4"), text, sizeof(text));
	assert_string_equal(text, "a\\011b\\377\\000\\177\xc3\xa4");
	assert_int_equal(slice_escape(SLICE("abcd\n"), small, 6), 4);
	assert_string_equal(small, "abcd");
	assert_int_equal(slice_escape(SLICE("abcd\xc3\xa4"), small, 6), 4);
	assert_string_equal(small, "abcd");
	assert_int_equal(slice_escape(SLICE("abc\xc3\xa4"), small, 6), 5);
	assert_string_equal(small, "abc\xc3\xa4");
}

static void
texts_that_differ_in_any_byte_or_length_have_other_hashes(void **state)
{
	char text[40] = { 0 };

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		uint64_t hash = slice_hash((struct slice){ text, n });

		if (n > 0)
			assert_true(
			    hash != slice_hash((struct slice){ text, n - 1 }));
		for (size_t i = 0; i < n; i++) {
			text[i] ^= 1;
			assert_true(
			    hash != slice_hash((struct slice){ text, n }));
			text[i] ^= 1;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_and_the_last_are_found),
		cmocka_unit_test(a_cut_that_fails_changes_nothing),
		cmocka_unit_test(a_number_is_digits_that_fit),
		cmocka_unit_test(words_are_compared_without_their_case),
		cmocka_unit_test(a_copy_ends_in_nul_whatever_the_room),
		cmocka_unit_test(only_shortest_forms_of_unicode_are_utf8),
		cmocka_unit_test(
		    escaped_text_is_printable_and_never_cut_inside_a_character),
		cmocka_unit_test(
		    texts_that_differ_in_any_byte_or_length_have_other_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
