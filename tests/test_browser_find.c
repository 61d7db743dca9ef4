/*
 * test_browser_find.c - a person finds a message, and sees what became of it
 *
 * As test_browser.c.  Where there is no Chromium the tests are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/browser.h"
#include "tests/web_messages.h"

static void
nobody_finds_a_message_before_signing_in(void **state)
{
	struct browser *b = *state;

	visit(b, "/?range=24h&filter=b%40example.org");
	until(b, "document.body.dataset.ready === '24h'");
	assert_true(holds(b, "!document.querySelector('#find .ask').hidden && "
			     "document.getElementById('find-form').hidden"));
	assert_false(holds(b, "document.querySelector('#find li')"));
	no_complaints(b);
}

/* As a person does it: into the box, and the key. */
static void
type(struct browser *b, const char *words)
{
	json_t *found = drive(b, "POST", "/element",
	    json_pack("{s:s,s:s}", "using", "css selector", "value",
		"#find-form input"));
	const char *element =
	    json_string_value(json_object_iter_value(json_object_iter(found)));
	char path[256];

	snprintf(path, sizeof(path), "/element/%s/clear", element);
	json_decref(drive(b, "POST", path, json_object()));
	snprintf(path, sizeof(path), "/element/%s/value", element);
	json_decref(drive(b, "POST", path,
	    json_pack("{s:o}", "text",
		json_sprintf("%s\xee\x80\x87", words)))); /* U+E007: Enter */
	json_decref(found);
}

static void
a_message_is_found_with_its_time_line(void **state)
{
	struct browser *b = *state;

	sign_in(b);
	type(b, "b@example.org");
	until(b, "document.querySelectorAll('#find .life li').length === 5");
	assert_true(holds(b, "location.search === '?filter=b%40example.org'"));
	assert_true(holds(b,
	    "[...document.querySelectorAll('#find .life b')].map((kind) => "
	    "kind.textContent).join() === "
	    "'received,returned,handed,deferred,sent'"));
	assert_true(
	    holds(b, "document.querySelector('#find h3').textContent === "
		     "'Message AF0001, AF0002 on mx1'"));
	assert_true(holds(b, "document.querySelector('#find .life time')"
			     ".textContent === new Intl.DateTimeFormat("
			     "undefined, { dateStyle: 'medium', timeStyle: "
			     "'medium' }).format(new Date(1795337000000))"));
	/* The other side's answer and its name are text. */
	assert_true(holds(b, "document.getElementById('find').textContent"
			     ".includes('<img/src=x/onerror=alert(1)>')"));
	assert_true(holds(b, "document.getElementById('find').textContent"
			     ".includes('450 4.2.0 later, \\u00fc')"));
	assert_false(holds(b, "document.querySelector('#find img')"));
	no_complaints(b);
}

static void
what_is_clicked_is_looked_for_and_back_undoes_it(void **state)
{
	struct browser *b = *state;

	act(b, "[...document.querySelectorAll('#find .pick')].find((one) => "
	       "one.textContent === '203.0.113.7').click(); return 1");
	until(b, "document.querySelectorAll('#find .messages > li').length "
		 "=== 2");
	assert_true(
	    holds(b, "document.querySelector('#find-form input').value === "
		     "'203.0.113.7'"));
	assert_true(holds(b, "document.querySelector('#find .messages > li')"
			     ".textContent.includes('relay denied')"));
	act(b, "history.back(); return 1");
	until(b, "document.querySelectorAll('#find .messages > li').length "
		 "=== 1");
	no_complaints(b);
}

static void
what_names_nothing_is_said_in_words(void **state)
{
	struct browser *b = *state;

	type(b, "nobody@example.net");
	until(b, "document.getElementById('find-said').textContent === "
		 "'Nothing that is kept names nobody@example.net.'");
	type(b, "two words");
	until(b, "document.getElementById('find-said').textContent"
		 ".startsWith('That can name no message')");
	type(b, "<b>\"x\"</b>@example.org");
	until(b, "document.getElementById('find-said').textContent"
		 ".includes('<b>\"x\"</b>')");
	assert_false(holds(b, "document.querySelector('#find-said b')"));
	no_complaints(b);
	nothing_loaded_from_elsewhere(b);
}

static void
it_can_be_read_on_phone_and_desk_by_day_and_night(void **state)
{
	struct browser *b = *state;

	type(b, "203.0.113.7");
	until(b, "document.querySelectorAll('#find .messages > li').length "
		 "=== 2");
	fits_everywhere(b, "find");
	no_complaints(b);
}

static int
open_all(void **state)
{
	int rc = browser_open(state);
	struct browser *b = *state;

	if (rc == 0)
		fixture_messages(b->fixture);
	return rc;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_finds_a_message_before_signing_in),
		cmocka_unit_test(a_message_is_found_with_its_time_line),
		cmocka_unit_test(
		    what_is_clicked_is_looked_for_and_back_undoes_it),
		cmocka_unit_test(what_names_nothing_is_said_in_words),
		cmocka_unit_test(
		    it_can_be_read_on_phone_and_desk_by_day_and_night),
	};

	return run_in_browser(tests, open_all, browser_close);
}
