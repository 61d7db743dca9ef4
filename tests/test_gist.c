/* test_gist.c - alike is counted alike */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/gist.h"

static void
names_and_numbers_go_codes_stay(void **state)
{
	static const struct {
		const char *text, *gist;
	} cases[] = {
		{ "", "" },
		{ "Relay access denied", "Relay access denied" },
		{ "450 4.2.0 <kim@example.org>: Greylisted, see id 4Z1B2C",
		    "450 4.2.0 <>: Greylisted, see id *" },
		{ "connect to mx.example.org[192.0.2.7]:25: timed out",
		    "connect to mx.example.org[]:25: timed out" },
		{ "connect to mx.example.org[2001:db8::7]:10025: refused",
		    "connect to mx.example.org[]:*: refused" },
		{ "user kim@example.org unknown", "user * unknown" },
		{ "process 4711 exit status 1", "process * exit status 1" },
		{ "too  many   blanks ", "too many blanks" },
		{ "unknown user: \"kim\"", "unknown user: \"\"" },
		{ "open quote \"and on it goes", "open quote \"\"" },
		{ "a <b", "a <>" },
		{ "see 192.0.2.1 or 5.7.1 or 5.7.1.2 or 9.7.1",
		    "see * or 5.7.1 or * or *" },
		{ "@", "*" },
		{ ".", "." },
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		size_t n = gist(slice_of(cases[i].text), out, sizeof(out) - 1);

		out[n] = '\0';
		assert_string_equal(out, cases[i].gist);
	}
}

/* Any bytes, any room: never past its end. */
static void
it_stays_within_its_room(void **state)
{
	char text[64], *out;
	unsigned seed = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = (size_t)rand_r(&seed) % sizeof(text);
		size_t room = (size_t)rand_r(&seed) % 80;

		for (size_t i = 0; i < n; i++)
			text[i] = (char)"a1@.<[\" :\x80\0x"[rand_r(&seed) % 12];
		out = malloc(room + 1);
		out[room] = 'e';
		assert_true(gist((struct slice){ text, n }, out, room) <= room);
		assert_int_equal(out[room], 'e');
		free(out);
	}
}

/* Texts of a few kinds and any number of names, in turns. */
static void
what_is_remembered_is_what_would_be_made(void **state)
{
	static struct gist_memo memos[GIST_MEMOS];
	static const char *const kinds[] = { "<u#@x>: Relay access denied",
		"client [192.0.2.#] blocked using l#", "[#] a", "<#> a",
		"\"#\" a", "a <#", "", "#",
		"<#>: something that is much longer than what is "
		"remembered of a text, so that it is made anew each time, and "
		"goes on and on until nobody reads it" };
	char text[256], want[GIST_SHORT];
	unsigned seed = 7;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		const char *p = kinds[(unsigned)rand_r(&seed) % NELEMS(kinds)];
		struct slice got;
		size_t n = 0;

		for (; *p != '\0'; p++) {
			if (*p == '#')
				n +=
				    (size_t)snprintf(text + n, sizeof(text) - n,
					"%u", (unsigned)rand_r(&seed) % 3000);
			else
				text[n++] = *p;
		}
		got = gist_again(memos, (struct slice){ text, n });
		n = gist((struct slice){ text, n }, want, sizeof(want));
		assert_true(slice_eq(got, (struct slice){ want, n }));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_go_codes_stay),
		cmocka_unit_test(it_stays_within_its_room),
		cmocka_unit_test(what_is_remembered_is_what_would_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
