/*
 * test_browser_live.c - live events, blocks and rules, as a person uses them
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

static long long
number(struct browser *b, const char *expression)
{
	char text[1024];
	json_t *value;
	long long n;

	snprintf(text, sizeof(text), "return %s", expression);
	value = script(b, text);
	n = json_integer_value(value);
	json_decref(value);
	return n;
}

static void
refuse(struct browser *b, const char *client, const char *recipient)
{
	struct mail_event event = { .when = b->fixture->now * INT64_C(1000000),
		.kind = EVENT_REJECTED,
		.count = 1,
		.host = SLICE("mx1.example.org"),
		.reject = { .reason = REASON_RELAY_DENIED,
		    .sender = SLICE("<script>alert(1)</script>@b.example"),
		    .recipient = slice_of(recipient),
		    .text = SLICE("<img src=x onerror=alert(1)>") } };

	(void)addr_parse(slice_of(client), &event.client);
	web_event(b->fixture->web, &event);
}

static void
deliver(struct browser *b, const char *recipient)
{
	struct mail_event event = { .when = b->fixture->now * INT64_C(1000000),
		.kind = EVENT_SENT,
		.count = 1,
		.host = SLICE("mx2.example.org"),
		.account = SLICE("kim"),
		.delivery = { .sender = SLICE("kim@example.org"),
		    .recipient = slice_of(recipient),
		    .relay = SLICE("mx.example.net"),
		    .dsn = SLICE("2.0.0"),
		    .reply = SLICE("250 Ok") } };

	web_event(b->fixture->web, &event);
}

/* Something of all kinds, so that the picture shows them. */
static void
some_of_each(struct browser *b)
{
	static const enum event_kind kinds[] = { EVENT_CONNECTED,
		EVENT_AUTH_FAILED, EVENT_DEFERRED, EVENT_PROBE, EVENT_RECEIVED,
		EVENT_TLS };

	for (size_t i = 0; i < NELEMS(kinds); i++) {
		struct mail_event event = { .kind = kinds[i],
			.when = b->fixture->now * INT64_C(1000000),
			.count = 1,
			.host = SLICE("mx1.example.org"),
			.client = fixture_address("198.51.100.0", 9) };

		web_event(b->fixture->web, &event);
	}
}

static void
the_token_signs_in(void **state)
{
	struct browser *b = *state;

	visit(b, "/");
	until(b, "document.body.dataset.ready");
	assert_true(
	    holds(b, "!document.querySelector('#events .ask').hidden && "
		     "document.getElementById('events-tools').hidden"));
	sign_in(b);
	until(b, "location.pathname === '/' && "
		 "!document.getElementById('events-tools')?.hidden");
	until(b, "document.getElementById('events-empty').textContent"
		 ".startsWith('Nothing has happened')");
	no_complaints(b);
}

static void
events_show_as_they_come_and_as_text(void **state)
{
	struct browser *b = *state;

	some_of_each(b);
	refuse(b, "203.0.113.7", "x@example.com");
	until(b, "document.querySelectorAll('#events tbody tr').length === 7");
	assert_true(holds(b, "document.querySelector('#events tbody tr')"
			     ".textContent.includes('<script>alert(1)')"));
	assert_true(holds(b, "document.querySelector('#events tbody tr')"
			     ".textContent.includes('relay_denied: <img src=x "
			     "onerror=')"));
	assert_false(holds(b, "document.querySelector('#events script, "
			      "#events img')"));
	/* The kind is a word, not only a colour. */
	assert_true(holds(b, "document.querySelector('#events .kind.bad')"
			     ".textContent === 'rejected'"));
	assert_true(holds(b, "[...document.querySelectorAll('#events .kind')]"
			     ".some((kind) => kind.textContent === "
			     "'auth failed')"));
	assert_true(holds(b, "document.getElementById('events-empty').hidden"));
	deliver(b, "lee@example.net");
	until(b, "document.querySelector('#events tbody tr').textContent"
		 ".includes('mx.example.net 2.0.0: 250 Ok')");
	no_complaints(b);
}

static void
type(struct browser *b, const char *filter)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "const box = document.getElementById('events-filter');"
	    "box.value = '%s'; box.dispatchEvent(new Event('input'))",
	    filter);
	act(b, text);
}

static void
the_filter_box_looks_into_every_column(void **state)
{
	struct browser *b = *state;

	b->fixture->now++;
	type(b, "LEE@example");
	until(b, "document.querySelectorAll('#events tbody tr').length === 1");
	refuse(b, "203.0.113.8", "nobody@example.com");
	deliver(b, "lee@example.net");
	until(b, "document.querySelectorAll('#events tbody tr').length === 2");
	type(b, "no such");
	until(b, "document.querySelectorAll('#events tbody tr').length === 0");
	until(b, "document.getElementById('events-empty').textContent === "
		 "'No event contains the filter.'");
	b->fixture->now++;
	type(b, "Auth failed"); /* as it is shown */
	until(b, "document.querySelectorAll('#events tbody tr').length === 1");
	b->fixture->now++;
	type(b, "");
	until(b, "document.querySelectorAll('#events tbody tr').length === 10");
	no_complaints(b);
}

static void
a_click_on_an_address_filters_the_page(void **state)
{
	struct browser *b = *state;

	b->fixture->now++;
	act(b, "[...document.querySelectorAll('#events button.name')].find("
	       "(one) => one.textContent === '203.0.113.8').click()");
	until(b, "new URLSearchParams(location.search).get('filter') === "
		 "'203.0.113.8'");
	until(b, "document.querySelectorAll('#events tbody tr').length === 1");
	until(b, "document.getElementById('blocks-table').textContent === "
		 "document.getElementById('blocks-table').textContent && "
		 "document.querySelectorAll('#blocks-table tbody button')"
		 ".length === 0");
	b->fixture->now++;
	act(b, "history.back()");
	until(b, "location.search === ''");
	until(b, "document.querySelectorAll('#events tbody tr').length === 10");
	no_complaints(b);
}

static void
paused_it_counts_what_it_does_not_show(void **state)
{
	struct browser *b = *state;

	act(b, "document.getElementById('events-pause').click()");
	until(b, "document.getElementById('events-count').textContent === "
		 "'Paused; 0 came meanwhile.'");
	for (int i = 0; i < 50; i++)
		refuse(b, "203.0.113.9", "paused@example.com");
	until(b, "document.getElementById('events-count').textContent === "
		 "'Paused; 50 came meanwhile.'");
	assert_true(holds(b, "document.getElementById('events-pause')"
			     ".textContent === 'Go on'"));
	assert_int_equal(
	    number(b, "document.querySelectorAll('#events tbody tr').length"),
	    10);
	b->fixture->now++;
	act(b, "document.getElementById('events-pause').click()");
	until(b, "document.querySelectorAll('#events tbody tr').length === 60");
	until(b, "document.getElementById('events-count').textContent === ''");
	no_complaints(b);
}

/* 100,000 in some seconds: a page that painted each would stand still. */
static void
a_flood_leaves_the_page_quick(void **state)
{
	struct browser *b = *state;

	act(b, "window.longest = 0; new PerformanceObserver((list) => {"
	       "for (const one of list.getEntries()) window.longest = "
	       "Math.max(window.longest, one.duration); })"
	       ".observe({ entryTypes: ['longtask'] })");
	for (int second = 0; second < 5; second++) {
		int64_t until = b->second + 1;

		for (int i = 0; i < 20000; i++)
			refuse(b, "203.0.113.10", "flood@example.com");
		while (b->second < until)
			turn(b);
	}
	refuse(b, "203.0.113.11", "last@example.com");
	until(b, "document.querySelector('#events tbody tr').textContent"
		 ".includes('last@example.com')");
	assert_true(
	    number(b, "document.querySelectorAll('#events tbody tr').length") <=
	    300);
	until(b, "/^\\S* more came than are told here/.test("
		 "document.getElementById('events-count').textContent)");
	if (number(b, "Math.round(window.longest)") > 500)
		fail_msg("a task of %lld ms",
		    number(b, "Math.round(window.longest)"));
	no_complaints(b);
}

static void
a_block_opens_to_the_lines_that_are_why(void **state)
{
	struct browser *b = *state;

	act(b, "document.querySelector('#blocks [data-address=\"203.0.113.77\"]"
	       " summary').click()");
	until(b, "document.querySelectorAll('#blocks [data-address="
		 "\"203.0.113.77\"] .lines li').length === 4");
	assert_true(holds(b, "document.querySelector('#blocks .lines')"
			     ".textContent.includes('<img src=x onerror=')"));
	assert_false(holds(b, "document.querySelector('#blocks img')"));
	/* It stays open while the list is shown anew. */
	b->fixture->now++;
	incidents_wish(&b->fixture->incidents, "203.0.113.200", "new", 7265);
	until(b, "document.getElementById('blocks-table').textContent"
		 ".includes('203.0.113.200')");
	until(b, "document.querySelectorAll('#blocks [data-address="
		 "\"203.0.113.77\"] .lines li').length === 4");
	assert_true(
	    holds(b, "document.querySelector('#blocks-table').textContent"
		     ".includes('unknown')"));
	no_complaints(b);
}

/* By the agent's clock, not the browser's. */
static void
the_time_that_is_left_runs_down(void **state)
{
	struct browser *b = *state;
	const struct block *block;
	struct addr addr;
	char claim[256];

	assert_true(addr_parse(SLICE("203.0.113.200"), &addr));
	block = blocks_find(
	    b->fixture->incidents.blocks, &addr, b->fixture->now * 1000000);
	b->fixture->now = block->until / 1000000 - 3725;
	until(b, "[...document.querySelectorAll('#blocks tr')].find((row) => "
		 "row.textContent.includes('203.0.113.200'))"
		 ".querySelector('[data-until]').textContent === '1 h 2 min'");
	b->fixture->now += 3725 - 59;
	snprintf(claim, sizeof(claim),
	    "document.querySelector('[data-until=\"%lld\"]').textContent === "
	    "'59 s'",
	    (long long)(block->until / 1000000));
	until(b, claim);
	b->fixture->now = FIXTURE_NOW + 100;
	no_complaints(b);
}

static void
click(struct browser *b, const char *label)
{
	char text[256];

	b->fixture->now++;
	snprintf(text, sizeof(text),
	    "document.querySelector('[aria-label=\"%s\"]').click()", label);
	act(b, text);
}

static void
a_block_is_extended_and_keeps_why(void **state)
{
	struct browser *b = *state;
	struct addr addr;
	const struct block *block;

	click(b, "Extend the block of 203.0.113.77");
	until(b, "document.querySelector('dialog[open]').textContent"
		 ".includes('Extend the block of 203.0.113.77')");
	/* Escape, or Cancel: nothing happens. */
	act(b, "document.querySelector('dialog .buttons button:last-child')"
	       ".click()");
	until(b, "document.querySelector('dialog') === null");
	click(b, "Extend the block of 203.0.113.77");
	act(b, "document.querySelector('dialog select').value = '7d'; "
	       "document.querySelector('dialog .main').click()");
	until(b,
	    "document.getElementById('blocks-said').textContent.startsWith("
	    "'203.0.113.77: its block lasts')");
	assert_true(addr_parse(SLICE("203.0.113.77"), &addr));
	block = blocks_find(
	    b->fixture->incidents.blocks, &addr, b->fixture->now * 1000000);
	assert_int_equal(block->until, (b->fixture->now + 7 * 86400) * 1000000);
	assert_string_equal(block->rule, "relay-abuse");
	until(b,
	    "[...document.querySelectorAll('#blocks tr')].find((row) => "
	    "row.textContent.includes('203.0.113.77'))"
	    ".querySelector('[data-until]').textContent.startsWith('7 d')");
	no_complaints(b);
}

static void
never_unblocks_and_can_be_taken_back(void **state)
{
	struct browser *b = *state;

	click(b, "Never block 203.0.113.200");
	act(b, "document.querySelector('dialog input').value = "
	       "'<b>a partner</b>'; document.querySelector('dialog .main')"
	       ".click()");
	until(b, "document.getElementById('blocks-said').textContent === "
		 "'203.0.113.200 is never blocked from now on.'");
	until(b, "document.getElementById('never-count').textContent === "
		 "'Never blocked: 1 said here, 0 in the configuration'");
	assert_true(holds(b, "document.getElementById('never-list').textContent"
			     ".includes('203.0.113.200 <b>a partner</b>')"));
	assert_false(holds(b, "document.getElementById('blocks-table')"
			      ".textContent.includes('203.0.113.200')"));
	click(b, "203.0.113.200 may be blocked again");
	until(b, "document.getElementById('never-count').textContent"
		 ".startsWith('Never blocked: 0 said here')");
	assert_int_equal(blocks_never_count(b->fixture->incidents.blocks), 0);
	no_complaints(b);
}

static void
a_person_unblocks(void **state)
{
	struct browser *b = *state;

	click(b, "Unblock spam@example.net");
	until(b, "document.getElementById('blocks-said').textContent === "
		 "'spam@example.net is not blocked any more.'");
	until(b, "!document.getElementById('blocks-table').textContent"
		 ".includes('spam@example.net')");
	no_complaints(b);
}

static void
observing_explains_how_to_enforce(void **state)
{
	struct browser *b = *state;

	assert_true(holds(b, "document.getElementById('blocks-mode').hidden"));
	b->fixture->incidents.config.mode = BLOCK_OBSERVE;
	b->fixture->block_right =
	    "needs the right CAP_NET_ADMIN, as root has it";
	b->fixture->now++;
	visit(b, "/?observing");
	until(b, "document.getElementById('blocks-count')?.textContent"
		 ".endsWith('would be blocked')");
	act(b, "document.getElementById('blocks-how').click()");
	until(b, "document.querySelector('dialog[open] pre').textContent === "
		 "'blocks {\\n\\tmode = \"enforce\"\\n}\\n'");
	assert_true(holds(b, "document.querySelectorAll('dialog pre')[1]"
			     ".textContent.startsWith("
			     "'mailweir check -c /etc/mailweir.conf')"));
	assert_true(holds(b, "document.querySelector('dialog .lacks')"
			     ".textContent.includes('CAP_NET_ADMIN')"));
	assert_true(holds(b, "document.querySelector('dialog').contains("
			     "document.activeElement)"));
	picture(b, 1280, "light", "page-enforce-light");
	picture(b, 360, "dark", "page-enforce-dark");
	act(b, "document.querySelector('dialog button').click()");
	until(b, "document.querySelector('dialog') === null");
	b->fixture->incidents.config.mode = BLOCK_ENFORCE;
	no_complaints(b);
}

static void
rules_tell_how_often_they_fired(void **state)
{
	struct browser *b = *state;
	struct alerts *alerts = b->fixture->incidents.alerts;
	struct alert_fired fired = alerts_rule_fired(alerts,
	    (size_t)alerts_find_rule(SLICE("relay-abuse")), b->fixture->now);
	char claim[400];

	assert_true(fired.warn > fired.act && fired.act > 0);
	snprintf(claim, sizeof(claim),
	    "(() => { const row = [...document.querySelectorAll("
	    "'#rules tbody tr')].find((one) => one.textContent.startsWith("
	    "'relay-abuse')); return row.cells[3].textContent === '%llu' && "
	    "row.cells[5].textContent === '%llu' && "
	    "row.cells[7].textContent === '%llu'; })()",
	    (unsigned long long)fired.warn, (unsigned long long)fired.act,
	    (unsigned long long)fired.blocked);
	assert_true(holds(b, claim));
	assert_true(holds(b, "document.getElementById('rules-days').textContent"
			     ".includes('one day')"));
	no_complaints(b);
}

static void
it_fits_phone_and_desk_by_day_and_night(void **state)
{
	struct browser *b = *state;

	b->fixture->now++;
	some_of_each(b);
	deliver(b, "lee@example.net");
	visit(b, "/?again");
	until(b, "document.querySelectorAll('#events tbody tr').length > 20");
	act(b, "document.querySelector('#blocks [data-address] summary')"
	       ".click(); document.getElementById('never').open = true");
	fits_everywhere(b, "page-live");
	no_complaints(b);
	nothing_loaded_from_elsewhere(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_token_signs_in),
		cmocka_unit_test(events_show_as_they_come_and_as_text),
		cmocka_unit_test(the_filter_box_looks_into_every_column),
		cmocka_unit_test(a_click_on_an_address_filters_the_page),
		cmocka_unit_test(paused_it_counts_what_it_does_not_show),
		cmocka_unit_test(a_flood_leaves_the_page_quick),
		cmocka_unit_test(a_block_opens_to_the_lines_that_are_why),
		cmocka_unit_test(the_time_that_is_left_runs_down),
		cmocka_unit_test(a_block_is_extended_and_keeps_why),
		cmocka_unit_test(never_unblocks_and_can_be_taken_back),
		cmocka_unit_test(a_person_unblocks),
		cmocka_unit_test(observing_explains_how_to_enforce),
		cmocka_unit_test(rules_tell_how_often_they_fired),
		cmocka_unit_test(it_fits_phone_and_desk_by_day_and_night),
	};

	return run_in_browser(tests, browser_open, browser_close);
}
