/*
 * test_browser_tables.c - what needs attention, and tables that are sorted,
 * filtered and lengthened, in a browser
 *
 * With the rig of test_browser.c; where there is no Chromium it is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/browser.h"
#include "tests/drawing.h"

static void
press(struct browser *b, const char *selector)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "const one = document.querySelector('%s'); one.focus(); "
	    "one.click(); return 1",
	    selector);
	b->fixture->now++; /* answers are kept for their second */
	act(b, text);
}

/* Type into a filter box, as a person would. */
static void
type(struct browser *b, const char *label, const char *words)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "const box = document.querySelector('[aria-label=\"%s\"]');"
	    "box.value = '%s'; box.dispatchEvent(new Event('input'));"
	    "return 1",
	    label, words);
	b->fixture->now++;
	act(b, text);
}

static int
open_crowded(void **state)
{
	struct browser *b;

	if (browser_open(state) == -1)
		return -1;
	b = *state;
	people_crowd(b->fixture->tally, FIXTURE_NOW, 70);
	sign_in(b);
	return 0;
}

static void
each_row_of_attention_has_its_one_button(void **state)
{
	struct browser *b = *state;

	until(b, "document.querySelectorAll('#attention .wants').length === 6");
	assert_true(
	    holds(b, "[...document.querySelectorAll('#attention .wants')]"
		     ".every((row) => row.querySelectorAll("
		     "':scope > button').length === 1)"));
	assert_true(holds(b, "document.querySelector('#attention')"
			     ".textContent.includes('bounced or deferred 33 % "
			     "of 3000')"));
	/* what a remote server said is text */
	assert_true(holds(b, "document.querySelector('#attention')"
			     ".textContent.includes('14 times: 450 4.2.1 <img "
			     "src=x onerror=')"));
	assert_false(holds(b, "document.querySelector('#attention img')"));
	picture(b, 1280, "light", "tables-1280-light");
	picture(b, 360, "dark", "tables-360-dark");
	assert_true(
	    holds(b, "document.documentElement.scrollWidth <= innerWidth"));
	picture(b, 1280, "dark", "tables-1280-dark");
	no_complaints(b);
}

static void
a_head_sorts_and_says_so(void **state)
{
	struct browser *b = *state;

	until(b, "document.querySelector('#senders-table [data-sort=messages]')"
		 ".ariaSort === 'descending'");
	press(b, "#senders-table [data-sort=domain] button");
	until(b, "document.querySelector('#senders-table [data-sort=domain]')"
		 ".ariaSort === 'ascending' && document.querySelector("
		 "'#senders-table tbody th').textContent === "
		 "'<script>alert(1)</script>.example'");
	assert_true(holds(b, "document.querySelectorAll("
			     "'#senders-table [aria-sort]').length === 1"));
	press(b, "#senders-table [data-sort=bytes] button");
	until(b, "document.querySelector('#senders-table tbody th')"
		 ".textContent.endsWith('.example') && document.querySelector("
		 "'#senders-table [data-sort=bytes]').ariaSort === "
		 "'descending'");
	assert_false(holds(b, "document.querySelector('main script')"));
	no_complaints(b);
}

static void
more_rows_come_on_demand(void **state)
{
	struct browser *b = *state;

	assert_true(holds(b, "document.querySelectorAll("
			     "'#senders-table tbody tr').length === 10"));
	act(b, "[...document.querySelector('#senders-table').parentElement"
	       ".parentElement.querySelectorAll('button')].find((one) => "
	       "one.textContent === 'Show 50 more').click(); return 1");
	until(b, "document.querySelectorAll('#senders-table tbody tr').length "
		 "=== 60");
	no_complaints(b);
}

static void
a_box_filters_its_own_table(void **state)
{
	struct browser *b = *state;

	type(b, "Filter: senders’ domains", "CROWD00");
	until(b, "document.querySelectorAll('#senders-table tbody tr').length "
		 "=== 10 && document.querySelector('#senders-table')"
		 ".parentElement.parentElement.textContent.includes("
		 "'that contain “CROWD00”')");
	assert_true(holds(b, "document.querySelectorAll("
			     "'#recipients-table tbody tr').length === 10"));
	type(b, "Filter: senders’ domains", "no such domain");
	until(b, "document.querySelector('#senders-table .empty')");
	type(b, "Filter: senders’ domains", "");
	until(b, "document.querySelectorAll('#senders-table tbody tr').length "
		 "=== 60");
	assert_true(holds(b, "location.search === ''"));
	no_complaints(b);
}

/* The text is in the URL, Back undoes it, and so does the button. */
static void
a_click_on_a_name_filters_the_page(void **state)
{
	struct browser *b = *state;

	press(b, "#destinations-table [data-key^=\"mx.slow\"]");
	until(b, "location.search === '?filter=mx.slow.example' && "
		 "document.querySelectorAll('#destinations-table tbody tr')"
		 ".length === 1 && document.querySelectorAll("
		 "'#attention .wants').length === 1 && document.querySelector("
		 "'#clients-table .empty')");
	assert_true(holds(b, "document.activeElement.dataset.key === "
			     "'mx.slow.example'"));
	assert_true(holds(b, "document.getElementById('filter').textContent"
			     ".includes('mx.slow.example')"));
	b->fixture->now++;
	act(b, "history.back(); return 1");
	until(b, "location.search === '' && document.querySelectorAll("
		 "'#attention .wants').length === 6 && "
		 "document.getElementById('filter').hidden");
	press(b, "#recipients-table [data-key*=script]");
	until(b, "document.getElementById('filter-text').textContent === "
		 "'<script>alert(1)</script>.example' && "
		 "document.querySelectorAll('#recipients-table tbody tr')"
		 ".length === 1");
	press(b, "#filter-all");
	until(b, "location.search === '' && document.querySelectorAll("
		 "'#attention .wants').length === 6");
	no_complaints(b);
}

static void
the_buttons_of_attention_do_what_they_say(void **state)
{
	struct browser *b = *state;

	press(b, "[aria-label=\"Find messages of kim\"]");
	until(b, "location.search === '?filter=kim' && "
		 "document.querySelectorAll('#accounts-table tbody tr')"
		 ".length === 1");
	press(b, "#filter-all");
	until(b, "document.querySelectorAll('#attention .wants').length === 6");
	press(b, "[aria-label=\"Show the evidence: access map\"]");
	until(b, "document.querySelector('#alerts').getBoundingClientRect()"
		 ".top < innerHeight");
	press(b, "[aria-label=\"Unblock client 203.0.113.77\"]");
	until(b, "document.getElementById('attention-said').textContent === "
		 "'203.0.113.77 is not blocked any more.'");
	b->fixture->now++;
	until(b, "document.querySelector('[aria-label=\"Block client "
		 "203.0.113.77 for an hour\"]')");
	press(b, "[aria-label=\"Block client 203.0.113.77 for an hour\"]");
	until(b, "document.getElementById('attention-said').textContent === "
		 "'203.0.113.77 is blocked for an hour.'");
	until(b, "document.getElementById('blocks-table').textContent"
		 ".includes('203.0.113.77')");
	no_complaints(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_of_attention_has_its_one_button),
		cmocka_unit_test(a_head_sorts_and_says_so),
		cmocka_unit_test(more_rows_come_on_demand),
		cmocka_unit_test(a_box_filters_its_own_table),
		cmocka_unit_test(a_click_on_a_name_filters_the_page),
		cmocka_unit_test(the_buttons_of_attention_do_what_they_say),
	};

	return run_in_browser(tests, open_crowded, browser_close);
}
