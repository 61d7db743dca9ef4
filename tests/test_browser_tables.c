/*
 * test_browser_tables.c - what needs attention, and the tables of who and where
 *
 * See test_browser.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/drawing.h"
#include "tests/browser.h"

static void
act(struct browser *b, const char *code)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s; return 1", code);
	json_decref(script(b, text));
}

static void
the_token_signs_in(void **state)
{
	struct browser *b = *state;
	char path[128], token[80], text[256];
	FILE *in;

	people_crowd(b->fixture->tally, FIXTURE_NOW, 40);
	visit(b, "/");
	until(b, "document.body.dataset.ready");
	assert_true(
	    holds(b, "!document.querySelector('#domains .ask').hidden && "
		     "!document.querySelector('#senders-table tr')"));
	snprintf(path, sizeof(path), "%s/web.token", b->fixture->data);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_non_null(fgets(token, sizeof(token), in));
	fclose(in);
	token[strcspn(token, "\n")] = '\0';
	visit(b, "/sign-in");
	snprintf(text, sizeof(text),
	    "document.getElementById('token').value = '%s'; "
	    "document.querySelector('form').submit()",
	    token);
	act(b, text);
	until(b, "location.pathname === '/' && document.body.dataset.ready && "
		 "document.querySelectorAll('#senders-table tbody tr').length "
		 "=== 10");
}

#define FIRST(table) "document.querySelector('" table " tbody th').textContent"

static void
a_head_sorts_and_says_so(void **state)
{
	struct browser *b = *state;

	assert_true(holds(b, "document.querySelector('#senders-table "
			     "[aria-sort=descending]').textContent === "
			     "'Messages'"));
	act(b, "[...document.querySelectorAll('#senders-table th button')]"
	       ".find((one) => one.textContent === 'Domain').click()");
	until(b, "document.querySelector('#senders-table "
		 "[aria-sort=ascending]')?.textContent === 'Domain'");
	assert_true(holds(b, "(() => { const names = [...document"
			     ".querySelectorAll('#senders-table tbody th')]"
			     ".map((cell) => cell.textContent); return names"
			     ".join() === [...names].sort().join(); })()"));
	/* The other half keeps its own. */
	assert_true(holds(b, "document.querySelector('#recipients-table "
			     "[aria-sort]').textContent === 'Delivered'"));
	no_complaints(b);
}

static void
there_is_more_on_demand(void **state)
{
	struct browser *b = *state;

	act(b, "document.querySelector('#senders-table').parentElement"
	       ".nextElementSibling.querySelector('button').click()");
	until(b, "document.querySelectorAll('#senders-table tbody tr').length "
		 "> 40");
	assert_true(holds(b, "document.querySelector('#senders-table')"
			     ".parentElement.nextElementSibling"
			     ".querySelector('button').hidden"));
}

static void
a_table_has_a_filter_of_its_own(void **state)
{
	struct browser *b = *state;

	act(b, "const box = document.querySelector('#domains input'); "
	       "box.value = 'CROWD01'; "
	       "box.dispatchEvent(new Event('input'))");
	until(b, "document.querySelectorAll('#senders-table tbody tr').length "
		 "=== 10");
	assert_true(holds(b, "[...document.querySelectorAll('#senders-table "
			     "tbody th')].every((cell) => cell.textContent"
			     ".startsWith('crowd01'))"));
	/* It is this table's alone. */
	assert_true(holds(b, "document.querySelectorAll('#recipients-table "
			     "tbody tr').length > 3"));
	act(b, "const box = document.querySelector('#domains input'); "
	       "box.value = ''; box.dispatchEvent(new Event('input'))");
	until(b, "document.querySelectorAll('#senders-table tbody tr').length "
		 "> 40");
	no_complaints(b);
}

static void
names_that_strangers_made_up_are_text(void **state)
{
	struct browser *b = *state;

	until(b, "document.getElementById('recipients-table').textContent"
		 ".includes('<script>alert(1)</script>.example')");
	assert_true(holds(b, "document.getElementById('attention').textContent"
			     ".includes('<img src=x onerror=')"));
	assert_false(holds(b, "document.querySelector('main script, main img"
			      "[src=x]')"));
}

/* Since the first refusal, for what has not been taken since. */
static void
what_defers_is_told_with_its_reason_and_since_when(void **state)
{
	struct browser *b = *state;

	until(b, "document.getElementById('attention').textContent"
		 ".includes('mx.slow.example')");
	assert_true(holds(b, "document.getElementById('attention').textContent"
			     ".includes('14 times')"));
	assert_false(holds(b, "document.getElementById('attention').textContent"
			      ".includes('mx.fixed.example')"));
	assert_true(
	    holds(b, "[...document.querySelectorAll('#attention .wants')]"
		     ".every((row) => row.querySelectorAll("
		     "'button:not(.name)').length === 1)"));
}

/* The account's one button, and the way back. */
static void
an_account_at_risk_filters_the_page(void **state)
{
	struct browser *b = *state;

	act(b, "document.querySelector('[aria-label=\"Find messages of kim\"]')"
	       ".click()");
	until(b, "new URLSearchParams(location.search).get('filter') === 'kim' "
		 "&& document.querySelectorAll('#accounts-table tbody tr')"
		 ".length === 1 && " FIRST("#accounts-table") " === 'kim'");
	assert_true(holds(b, "!document.getElementById('filter').hidden"));
	act(b, "document.getElementById('filter-all').click()");
	until(b, "location.search === '' && document.querySelectorAll("
		 "'#accounts-table tbody tr').length > 1");
	no_complaints(b);
}

static void
a_client_that_offends_is_let_in_and_blocked_by_its_button(void **state)
{
	static const char unblock[] =
	    "document.querySelector('#attention [aria-label=\"Unblock client "
	    "203.0.113.77\"]')";
	static const char block[] =
	    "document.querySelector('#attention [aria-label=\"Block client "
	    "203.0.113.77 for an hour\"]')";
	struct browser *b = *state;
	char code[256];

	until(b, unblock);
	b->fixture->now++;
	snprintf(code, sizeof(code), "%s.click()", unblock);
	act(b, code);
	until(b, "document.getElementById('attention-said').textContent === "
		 "'203.0.113.77 is not blocked any more.'");
	until(b, block);
	b->fixture->now++;
	snprintf(code, sizeof(code), "%s.click()", block);
	act(b, code);
	until(b, "document.getElementById('attention-said').textContent === "
		 "'203.0.113.77 is blocked for an hour.'");
	until(b, unblock);
	no_complaints(b);
}

static void
it_fits_phone_and_desk(void **state)
{
	static const int widths[] = { 1280, 360 };
	struct browser *b = *state;
	char shot[64];

	for (size_t i = 0; i < NELEMS(widths); i++) {
		snprintf(shot, sizeof(shot), "tables-%d", widths[i]);
		picture(b, widths[i], i == 0 ? "dark" : "light", shot);
		assert_true(holds(
		    b, "document.documentElement.scrollWidth <= innerWidth"));
	}
	nothing_loaded_from_elsewhere(b);
}

static void
no_browser_here(void **state)
{
	(void)state;
	print_message("chromium and chromedriver are not installed\n");
	skip();
}

int
main(void)
{
	const struct CMUnitTest none[] = { cmocka_unit_test(no_browser_here) };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_token_signs_in),
		cmocka_unit_test(a_head_sorts_and_says_so),
		cmocka_unit_test(there_is_more_on_demand),
		cmocka_unit_test(a_table_has_a_filter_of_its_own),
		cmocka_unit_test(names_that_strangers_made_up_are_text),
		cmocka_unit_test(
		    what_defers_is_told_with_its_reason_and_since_when),
		cmocka_unit_test(an_account_at_risk_filters_the_page),
		cmocka_unit_test(
		    a_client_that_offends_is_let_in_and_blocked_by_its_button),
		cmocka_unit_test(it_fits_phone_and_desk),
	};

	if (access(CHROME, X_OK) == -1 || access(DRIVER, X_OK) == -1)
		return cmocka_run_group_tests(none, NULL, NULL);
	return cmocka_run_group_tests(tests, browser_open, browser_close);
}
