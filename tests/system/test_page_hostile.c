/*
 * test_page_hostile.c - what strangers wrote is text, wherever it is shown
 *
 * Lines with script in address, HELO, subject, reply and account come in while
 * a page is open, and before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/hostile.h"
#include "tests/page_rig.h"

static void
tell_lines(int times)
{
	FILE *log = fopen(d.logs.path, "ae");

	assert_non_null(log);
	while (times-- > 0)
		hostile_write(log, "mx1");
	fclose(log);
}

static void
what_strangers_wrote_is_read_and_never_run(void **state)
{
	static const int widths[] = { 1280, 360 };

	(void)state;
	for (size_t i = 0; i < NELEMS(widths); i++) {
		look_at(widths[i], "light");
		open_page("/?range=1h");
		tell_lines(1); /* and so by the stream, too */
		check_file("hostile");
		no_complaints(&chrome);
		nothing_loaded_from_elsewhere(&chrome);
		assert_true(holds(&chrome,
		    "document.documentElement.scrollWidth <= innerWidth"));
	}
}

static void
a_filter_of_the_url_is_text(void **state)
{
	(void)state;
	open_page("/?range=1h&host=%3Cb%3Ehostile7&filter="
		  "%3Cimg%20src%3Dx%20onerror%3Dalert(7)%3E");
	assert_true(
	    holds(&chrome, "document.querySelector('img[src=x]') === null"));
	no_complaints(&chrome);
}

static void
what_a_remote_answered_is_text(void **state)
{
	(void)state;
	open_page("/?range=1h&filter=hostile7@example.org");
	check_file("hostile_find");
	no_complaints(&chrome);
}

static int
open_hostile(void **state)
{
	(void)state;
	daemon_init(&d);
	make_ledger(json_object());
	tell_lines(12);
	if (page_start("domains = {\"example.org\"}\nnetworks = {}\n") == -1)
		return -1;
	daemon_await_lines(&d, 12 * NELEMS(hostile_lines));
	sign_in();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_strangers_wrote_is_read_and_never_run),
		cmocka_unit_test(a_filter_of_the_url_is_text),
		cmocka_unit_test(what_a_remote_answered_is_text),
	};

	return run_in_browser(tests, open_hostile, page_close);
}
