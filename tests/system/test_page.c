/*
 * test_page.c - the real agent's page, on real logs, says what happened
 *
 * Every check is made at 1280 and at 360 pixels.  Where there is no Chromium
 * all are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/hostile.h"
#include "tests/page_rig.h"
#include "web/server.h"

#define PAGE "/?range=7d&host=mx1"

/* What must be true of the page at any time. */
static void
all_is_quiet(void)
{
	no_complaints(&chrome);
	nothing_loaded_from_elsewhere(&chrome);
	assert_true(holds(
	    &chrome, "document.documentElement.scrollWidth <= innerWidth"));
}

static void
a_stranger_sees_numbers_alone(void **state)
{
	(void)state;
	open_page(PAGE);
	check_file("signed_out");
	check_file("tiles");
	all_is_quiet();
}

static void
the_link_of_mailweir_open_signs_in(void **state)
{
	(void)state;
	sign_in();
	assert_true(
	    holds(&chrome, "document.getElementById('sign-in').hidden"));
	all_is_quiet();
}

/* A part that has no check is told of. */
static void
every_part_shows_what_the_ledger_says(void **state)
{
	json_t *parts, *part;
	size_t i;

	(void)state;
	open_page(PAGE);
	parts = script(&chrome, "return [...document.querySelectorAll("
				"'main section[id]')].map((part) => part.id)");
	assert_true(json_array_size(parts) > 10);
	json_array_foreach (parts, i, part) {
		open_page(PAGE);
		check_file(json_string_value(part));
		all_is_quiet();
	}
	json_decref(parts);
}

static void
each_action_does_what_it_says(void **state)
{
	static const char *const actions[] = { "ranges", "second_host" };

	(void)state;
	for (size_t i = 0; i < NELEMS(actions); i++) {
		open_page(PAGE);
		check_file(actions[i]);
		all_is_quiet();
	}
}

static void
a_drag_over_the_pulse_zooms(void **state)
{
	(void)state;
	open_page(PAGE);
	drag_over_chart(0.7, 0.95);
	check_file("zoom");
	all_is_quiet();
}

/* By the system's wish; a page printed on light is dark on dark. */
static void
the_theme_is_the_system_s(void **state)
{
	static const char light[] =
	    "Number(getComputedStyle(document.body).backgroundColor"
	    ".match(/\\d+/)[0]) > 128";
	char dark[256];

	(void)state;
	snprintf(dark, sizeof(dark), "!(%s)", light);
	look_at(page_width, "light");
	until(&chrome, light);
	look_at(page_width, "dark");
	until(&chrome, dark);
	all_is_quiet();
}

/* Something is to happen while the page is there, at a host of its own. */
static int
open_and_go_on(void **state)
{
	uint64_t lines;
	FILE *log;

	if (page_open(state) == -1)
		return -1;
	do {
		lines = daemon_lines(&d);
		nap_ms(300);
	} while (lines == 0 || lines != daemon_lines(&d));
	log = fopen(d.logs.path, "ae");
	for (int i = 0; i < 6; i++)
		hostile_write(log, "mx3");
	fclose(log);
	daemon_await_lines(&d, lines + 6 * NELEMS(hostile_lines));
	return 0;
}

static int
desk(void **state)
{
	(void)state;
	look_at(1280, "light");
	return 0;
}

static int
phone(void **state)
{
	(void)state;
	sign_out();
	look_at(360, "dark");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_stranger_sees_numbers_alone, desk),
		cmocka_unit_test(the_link_of_mailweir_open_signs_in),
		cmocka_unit_test(every_part_shows_what_the_ledger_says),
		cmocka_unit_test(each_action_does_what_it_says),
		cmocka_unit_test(a_drag_over_the_pulse_zooms),
		cmocka_unit_test(the_theme_is_the_system_s),
		cmocka_unit_test_setup(a_stranger_sees_numbers_alone, phone),
		cmocka_unit_test(the_link_of_mailweir_open_signs_in),
		cmocka_unit_test(every_part_shows_what_the_ledger_says),
		cmocka_unit_test(each_action_does_what_it_says),
		cmocka_unit_test(a_drag_over_the_pulse_zooms),
		cmocka_unit_test(the_theme_is_the_system_s),
	};

	return run_in_browser(tests, open_and_go_on, page_close);
}
