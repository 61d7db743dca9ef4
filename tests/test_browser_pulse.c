/*
 * test_browser_pulse.c - verdict, tiles, pulse, rejects, mailers, coverage
 *
 * Each against the API's figures; zoomed, moved, filtered, by hand and keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/drawing.h"
#include "tests/browser.h"

static void
look(struct browser *b, const char *path, const char *ready)
{
	char claim[100];

	b->fixture->now++; /* answers are kept for their second */
	visit(b, path);
	snprintf(claim, sizeof(claim), "document.body.dataset.ready === '%s'",
	    ready);
	until(b, claim);
}

static void
expect(struct browser *b, const char *claim)
{
	if (!holds(b, claim))
		fail_msg("%s", claim);
}

static void
the_verdict_leads_to_what_explains_it(void **state)
{
	struct browser *b = *state;

	look(b, "/", "24h");
	expect(b,
	    "document.getElementById('verdict-first').textContent === "
	    "'Normal.' && document.getElementById('verdict-link').hidden");
	b->fixture->trouble = b->fixture->trouble_open =
	    "disk: No space. <i>left</i>";
	look(b, "/?range=1h", "1h");
	expect(b, "document.getElementById('verdict').className === "
		  "'verdict bad'");
	expect(b, "document.getElementById('verdict-first').textContent === "
		  "'Trouble: disk: No space. <i>left</i>.'");
	expect(b, "document.getElementById('verdict-rest').textContent"
		  ".endsWith('4 addresses blocked.')");
	act(b, "document.getElementById('verdict-link').click()");
	until(b, "location.hash === '#coverage' && document.getElementById("
		 "'coverage').getBoundingClientRect().top < innerHeight");
	b->fixture->trouble = b->fixture->trouble_open = NULL;
	no_complaints(b);
}

/* In words, so that nobody needs to see a colour. */
static void
tiles_say_how_they_changed(void **state)
{
	struct browser *b = *state;
	json_t *overview, *tile;
	char claim[512];
	double value, before;

	look(b, "/", "24h");
	expect(b, "document.querySelectorAll('.tile').length === 12");
	expect(b, "[...document.querySelectorAll('.tile')].every((tile) => "
		  "tile.querySelector('svg polyline'))");
	overview = api(b, "/api/v1/overview?range=24h");
	tile = json_object_get(json_object_get(overview, "tiles"), "received");
	value = json_number_value(json_object_get(tile, "value"));
	before = json_number_value(json_object_get(tile, "previous"));
	assert_true(before > 50 && value > 50 && value != before);
	snprintf(claim, sizeof(claim),
	    "(() => { const words = document.querySelector('.tile.received "
	    ".change').textContent; const part = %f; return Math.abs(part) < "
	    "0.005 ? words === 'about as last Sunday' : words === "
	    "new Intl.NumberFormat(undefined, {style: 'percent', signDisplay: "
	    "'exceptZero'}).format(part) + ' against last Sunday'; })()",
	    value / before - 1);
	expect(b, claim);
	/* The attack on the relay was yesterday, not the week before. */
	expect(b, "document.querySelector('.tile.relay_attempts .change')"
		  ".textContent === 'none last Sunday'");
	tile = json_object_get(
	    json_object_get(overview, "tiles"), "rejected_share");
	snprintf(claim, sizeof(claim),
	    "document.getElementById('tile-rejected_share').textContent === "
	    "new Intl.NumberFormat(undefined, {style: 'percent', "
	    "maximumFractionDigits: 1}).format(%.12f)",
	    json_number_value(json_object_get(tile, "value")));
	expect(b, claim);
	tile = json_object_get(json_object_get(overview, "tiles"), "queued");
	snprintf(claim, sizeof(claim),
	    "document.getElementById('tile-queued').textContent === '%lld' && "
	    "document.querySelector('.tile.queued .unit').textContent"
	    ".startsWith('oldest ')",
	    (long long)json_integer_value(json_object_get(tile, "value")));
	expect(b, claim);
	json_decref(overview);
	look(b, "/?range=5y", "5y");
	expect(b, "document.querySelector('.tile.received .change')"
		  ".textContent === 'nothing to compare with'");
	no_complaints(b);
}

#define LEGEND(title)                                                          \
	"[...document.querySelectorAll('#legend button')].find((button) => "   \
	"button.textContent.startsWith('" title "')).querySelector('b')"       \
	".textContent"

/* Sums in the legend, the points in the table. */
static void
the_pulse_has_the_figures_of_the_series(void **state)
{
	static const struct {
		const char *title, *names[3];
	} rows[] = {
		{ "Accepted", { "messages.received" } },
		{ "Relay denied", { "rejects.relay_denied" } },
		{ "Unknown address",
		    { "rejects.unknown_recipient", "rejects.unknown_sender" } },
		{ "Sent", { "messages.sent" } },
		{ "Deferred", { "messages.deferred" } },
		{ "Bounced", { "messages.bounced" } },
	};
	struct browser *b = *state;

	look(b, "/", "24h");
	act(b, "document.getElementById('figures').open = true");
	until(b, "document.querySelector('#figures-table tbody tr')");
	for (size_t i = 0; i < NELEMS(rows); i++) {
		char path[300] = "/api/v1/series?range=24h&points=300",
		     claim[700];
		long long sum = 0;

		for (size_t k = 0; rows[i].names[k] != NULL; k++) {
			json_t *series, *value;
			size_t at;

			snprintf(path, sizeof(path),
			    "/api/v1/series?range=24h&points=300&name=%s",
			    rows[i].names[k]);
			series = api(b, path);
			json_array_foreach (
			    json_object_get(json_object_get(series, "values"),
				rows[i].names[k]),
			    at, value)
				sum += json_integer_value(value);
			json_decref(series);
		}
		snprintf(claim, sizeof(claim),
		    "[...document.querySelectorAll('#legend button')].find("
		    "(button) => button.textContent.startsWith('%s'))"
		    ".querySelector('b').textContent === "
		    "new Intl.NumberFormat().format(%lld)",
		    rows[i].title, sum);
		expect(b, claim);
		snprintf(claim, sizeof(claim),
		    "(() => { const table = document.getElementById("
		    "'figures-table'); const at = "
		    "[...table.tHead.rows[0].cells]"
		    ".findIndex((cell) => cell.textContent === '%s'); return "
		    "[...table.tBodies[0].rows].reduce((sum, row) => sum + "
		    "(Number(row.cells[at].textContent.replace(/[^0-9]/g, '')) "
		    "|| 0), 0) === %lld; })()",
		    rows[i].title, sum);
		expect(b, claim);
	}
	no_complaints(b);
}

/* The pixels of a canvas above and below the axis. */
static void
what_goes_out_hangs_below_the_axis(void **state)
{
	struct browser *b = *state;

	look(b, "/", "24h");
	expect(b, "(() => { const c = document.querySelector('#chart canvas');"
		  "const d = c.getContext('2d').getImageData(0, 0, c.width, "
		  "c.height).data; const hex = getComputedStyle("
		  "document.documentElement).getPropertyValue('--sent').trim();"
		  "const want = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + "
		  "2), 16)); let n = 0, top = 1e9; for (let i = 0; i < "
		  "d.length; i += 4) if (want.every((v, k) => v === d[i + k]))"
		  "{ n++; top = Math.min(top, i / 4 / c.width); } "
		  "return n > 500 && top > c.height / 2; })()");
	no_complaints(b);
}

#define OVER "document.querySelector('#chart .u-over')"

/* Two places on the chart, as parts of its width; what happens in between. */
static void
drag(struct browser *b, double from, double to)
{
	static const char *const kinds[] = { "mousemove", "mousedown",
		"mousemove", "mouseup" };
	double at[] = { from, from, to, to };
	char text[600];

	for (size_t i = 0; i < NELEMS(kinds); i++) {
		snprintf(text, sizeof(text),
		    "const over = " OVER "; const box = "
		    "over.getBoundingClientRect(); (%d ? document : over)"
		    ".dispatchEvent(new MouseEvent('%s', {bubbles: true, "
		    "clientX: box.left + box.width * %f, clientY: box.top + 40,"
		    "movementX: 9, button: 0, buttons: 1, view: window}))",
		    i == 3, kinds[i], at[i]);
		act(b, text);
	}
}

static void
press(struct browser *b, const char *key)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "document.getElementById('chart').dispatchEvent(new KeyboardEvent("
	    "'keydown', {key: '%s', bubbles: true, cancelable: true}))",
	    key);
	act(b, "delete document.body.dataset.ready");
	act(b, text);
}

#define SPAN                                                                   \
	"(() => { const q = new URLSearchParams(location.search); return "     \
	"q.get('to') - q.get('from'); })()"

static void
dragging_zooms_and_back_leads_back(void **state)
{
	struct browser *b = *state;
	json_t *overview, *value;
	char path[160], claim[300];
	long long from, to;

	look(b, "/", "24h");
	expect(b, "document.getElementById('pulse-back').hidden");
	act(b, "delete document.body.dataset.ready");
	drag(b, 0.25, 0.5);
	until(b, "document.body.dataset.ready === 'zoom'");
	expect(b, "Math.abs(" SPAN " - 21600) < 1200");
	value = script(b, "return [...new URLSearchParams(location.search)]"
			  ".map(([, value]) => Number(value))");
	from = json_integer_value(json_array_get(value, 0));
	to = json_integer_value(json_array_get(value, 1));
	json_decref(value);
	snprintf(
	    path, sizeof(path), "/api/v1/overview?from=%lld&to=%lld", from, to);
	overview = api(b, path);
	snprintf(claim, sizeof(claim),
	    "document.getElementById('tile-received').textContent === "
	    "new Intl.NumberFormat().format(%lld)",
	    (long long)json_integer_value(json_object_get(
		json_object_get(json_object_get(overview, "tiles"), "received"),
		"value")));
	expect(b, claim);
	json_decref(overview);
	expect(b, "document.querySelector('#ranges input:checked') === null");
	expect(b, "document.querySelector('.tile.received .change')"
		  ".textContent.endsWith('the week before')");
	/* Once more, and one step back by the button, one by the key. */
	act(b, "delete document.body.dataset.ready");
	drag(b, 0.2, 0.4);
	until(b, "document.body.dataset.ready === 'zoom' && " SPAN " < 6000");
	act(b, "document.getElementById('pulse-back').click()");
	until(b, "Math.abs(" SPAN " - 21600) < 1200");
	press(b, "Escape");
	until(b, "document.body.dataset.ready === '24h'");
	expect(b, "location.search === ''");
	expect(b, "document.getElementById('pulse-back').hidden");
	no_complaints(b);
}

static void
keys_move_and_zoom(void **state)
{
	struct browser *b = *state;

	look(b, "/", "24h");
	press(b, "+");
	until(b, "document.body.dataset.ready === 'zoom'");
	expect(b, SPAN " === 43200");
	act(b, "window.before = Number(new URLSearchParams(location.search)"
	       ".get('from'))");
	press(b, "ArrowLeft");
	until(b, "document.body.dataset.ready === 'zoom'");
	expect(b, SPAN " === 43200 && window.before - new URLSearchParams("
		       "location.search).get('from') === 10800");
	press(b, "ArrowRight");
	until(b, "document.body.dataset.ready === 'zoom'");
	expect(b, "window.before === Number(new URLSearchParams("
		  "location.search).get('from'))");
	press(b, "-");
	until(
	    b, "document.body.dataset.ready === 'zoom' && " SPAN " === 86400");
	/* The browser's own way back works as well. */
	act(b, "history.go(-4)");
	until(b, "location.search === ''");
	no_complaints(b);
}

static void
the_pointer_is_in_all_charts_at_once(void **state)
{
	struct browser *b = *state;

	look(b, "/", "24h");
	act(b, "window.sum = " LEGEND("Accepted"));
	expect(b,
	    "[...document.querySelectorAll('#rejects-table .here')].every("
	    "(cell) => cell.textContent === '')");
	act(b,
	    "const over = " OVER "; const box = over.getBoundingClientRect();"
	    "over.dispatchEvent(new MouseEvent('mousemove', {bubbles: true,"
	    "clientX: box.left + box.width / 2, clientY: box.top + 40, "
	    "view: window}))");
	until(b, LEGEND("Accepted") " !== window.sum");
	until(b, "[...document.querySelectorAll('#rejects-table .here')].some("
		 "(cell) => cell.textContent !== '')");
	/* The same point: a reason that is a group of its own has one figure. */
	expect(b, "document.querySelector('[data-reason=relay_denied]')"
		  ".textContent === " LEGEND("Relay denied"));
	no_complaints(b);
}

static void
a_reason_is_shown_alone(void **state)
{
	struct browser *b = *state;
	json_t *rejects = api(b, "/api/v1/rejects?range=24h"), *row;
	size_t i;

	look(b, "/", "24h");
	json_array_foreach (json_object_get(rejects, "reasons"), i, row) {
		char claim[400];

		snprintf(claim, sizeof(claim),
		    "document.querySelector('#rejects-table tbody tr:nth-child("
		    "%zu) td:last-child').textContent === "
		    "new Intl.NumberFormat().format(%lld)",
		    i + 1,
		    (long long)json_integer_value(
			json_object_get(row, "count")));
		expect(b, claim);
	}
	assert_true(i > 5);
	json_decref(rejects);
	act(b, "[...document.querySelectorAll('#rejects-table button')].find("
	       "(one) => one.textContent === 'dnsbl').click()");
	until(b, "!document.getElementById('pulse-reason').hidden");
	expect(b, "location.search === '?reason=dnsbl'");
	expect(b, "document.querySelectorAll('#legend button').length === 1");
	expect(b, "document.querySelector('#rejects-table "
		  "button[aria-pressed=true]').textContent === 'dnsbl'");
	act(b, "document.getElementById('pulse-all').click()");
	until(b, "document.querySelectorAll('#legend button').length === 10");
	expect(b, "location.search === ''");
	no_complaints(b);
}

static void
the_last_hour_goes_on_by_the_second(void **state)
{
	struct browser *b = *state;

	look(b, "/?range=1h", "1h");
	act(b, "window.had = Number(" LEGEND("Accepted") ")");
	for (int i = 0; i < 3; i++)
		fixture_mail(b->fixture, FIXTURE_NOW - 1);
	fixture_reject(b->fixture, FIXTURE_NOW - 1, REASON_RELAY_DENIED,
	    fixture_address("203.0.113.0", 77));
	until(b, "Number(" LEGEND("Accepted") ") === window.had + 3");
	until(b, "Number(" LEGEND("Relay denied") ") === 1");
	no_complaints(b);
}

static void
mailers_have_a_chart_each_and_names_are_text(void **state)
{
	struct browser *b = *state;

	fixture_take(b->fixture,
	    &(struct mail_event){ .kind = EVENT_SENT,
		.mailer = SLICE("<img src=x onerror=alert(1)>"),
		.delivery = { .bytes = 1000 } },
	    FIXTURE_NOW - 30);
	look(b, "/", "24h");
	expect(b, "[...document.querySelectorAll('#mailers-table tbody th')]"
		  ".some((cell) => cell.textContent === "
		  "'<img src=x onerror=alert(1)>')");
	expect(b, "document.querySelector('#mailers-table img') === null");
	expect(b, "[...document.querySelectorAll('#mailers-table tr')].slice(1)"
		  ".every((row) => row.querySelector('svg'))");
	expect(b, "[...document.querySelectorAll('#mailers-table thead th')]"
		  ".map((cell) => cell.textContent).join() === 'Mailer,Msgs "
		  "from,Bytes from,Msgs to,Bytes to,Rejected,Discarded,"
		  "Quarantined,Both ways'");
	expect(b, "(() => { const sum = (row) => Number(row.cells[3]"
		  ".textContent.replace(/[^0-9]/g, '')); const table = "
		  "document.getElementById('mailers-table'); return "
		  "[...table.tBodies[0].rows].reduce((all, row) => all + "
		  "sum(row), 0) === sum(table.tFoot.rows[0]); })()");
	no_complaints(b);
}

static void
the_hosts_clock_stands_beside_the_browsers(void **state)
{
	struct browser *b = *state;

	look(b, "/", "24h");
	expect(b, "document.getElementById('zone').hidden === "
		  "(new Date().getTimezoneOffset() === -60)");
	expect(b, "document.getElementById('zone').hidden || "
		  "document.getElementById('zone').textContent.endsWith("
		  "', UTC+1.')");
	no_complaints(b);
}

static void
a_host_is_looked_at_alone(void **state)
{
	struct browser *b = *state;

	look(b, "/?range=1h", "1h");
	expect(b, "document.getElementById('host-label').hidden");
	for (int i = 0; i < 5; i++)
		fixture_take(b->fixture,
		    &(struct mail_event){ .kind = EVENT_RECEIVED,
			.host = SLICE("mx2.example.org"),
			.mailer = SLICE("smtp"),
			.message = { .bytes = 900, .recipients = 1 } },
		    FIXTURE_NOW - 2);
	look(b, "/?range=1h", "1h");
	until(b, "!document.getElementById('host-label').hidden");
	act(b, "const list = document.getElementById('host'); list.value = "
	       "'mx2.example.org'; list.dispatchEvent(new Event('change', "
	       "{bubbles: true}))");
	until(
	    b, "document.getElementById('tile-received').textContent === '5'");
	expect(b, "location.search === '?range=1h&host=mx2.example.org'");
	/* The stream is that host's too. */
	fixture_take(b->fixture,
	    &(struct mail_event){ .kind = EVENT_RECEIVED,
		.host = SLICE("mx2.example.org"),
		.mailer = SLICE("smtp"),
		.message = { .bytes = 900, .recipients = 1 } },
	    FIXTURE_NOW - 1);
	until(
	    b, "document.getElementById('tile-received').textContent === '6'");
	act(b, "history.back()");
	until(b, "document.getElementById('host').value === '' && "
		 "Number(document.getElementById('tile-received').textContent) "
		 "> 50");
	no_complaints(b);
}

static void
the_system_chooses_light_or_dark(void **state)
{
	static const char *const themes[] = { "light", "dark" };
	static const char *const shots[] = { "pulse-light", "pulse-dark" };
	struct browser *b = *state;

	look(b, "/", "24h");
	for (size_t i = 0; i < 2; i++) {
		picture(b, 1280, themes[i], shots[i]);
		expect(b, i == 0 ? "getComputedStyle(document.body)"
				   ".backgroundColor === 'rgb(243, 246, 248)'"
				 : "getComputedStyle(document.body)"
				   ".backgroundColor === 'rgb(14, 20, 25)'");
		/* The charts are painted anew: each has the theme's own. */
		until(b,
		    "(() => { const c = document.querySelector("
		    "'#rejects-chart canvas'); const copy = "
		    "new OffscreenCanvas(c.width, c.height).getContext('2d',"
		    "{willReadFrequently: true}); copy.drawImage(c, 0, 0); "
		    "const d = copy.getImageData(0, 0, c.width, c.height)"
		    ".data; const hex = getComputedStyle("
		    "document.documentElement).getPropertyValue("
		    "'--g-client').trim(); const want = [1, 3, 5].map((i) "
		    "=> parseInt(hex.slice(i, i + 2), 16)); let n = 0; "
		    "for (let i = 0; i < d.length; i += 4) n += "
		    "want.every((v, k) => v === d[i + k]); "
		    "return n > 50; })()");
	}
	fits_everywhere(b, "pulse");
	no_complaints(b);
}

static void
the_navigation_says_where_one_is(void **state)
{
	struct browser *b = *state;

	look(b, "/", "24h");
	act(b, "document.getElementById('mailers').scrollIntoView({behavior: "
	       "'instant'})");
	until(b, "document.querySelector('#navigation [aria-current]')?.hash "
		 "=== '#mailers'");
	expect(b, "document.getElementById('navigation')"
		  ".getBoundingClientRect().bottom > 0");
	act(b, "scrollTo({top: 1e6, behavior: 'instant'})");
	until(b, "document.querySelector('#navigation [aria-current]') === "
		 "document.querySelector('#navigation a:last-child')");
	no_complaints(b);
}

static void
marks_and_shapes_are_for_who_is_signed_in(void **state)
{
	struct browser *b = *state;

	look(b, "/?range=1h", "1h");
	expect(b, "document.querySelector('.mark') === null && "
		  "document.getElementById('coverage-shapes').hidden");
	stats_count(b->fixture->stats, SLICE("mx1.example.org"),
	    b->fixture->now, METRIC_AGENT_HISTORY_DROPPED, 7);
	sign_in(b);
	look(b, "/?range=1h", "1h");
	until(b, "document.querySelector('.mark')");
	expect(b, "[...document.querySelectorAll('.mark')].reduce((sum, mark) "
		  "=> sum + (Number(mark.textContent) || 1), 0) === 7");
	expect(b, "[...document.querySelectorAll('.mark')].some((mark) => "
		  "mark.getAttribute('aria-label').includes('blocked'))");
	act(b, "document.querySelector('.mark').click()");
	until(b, "document.activeElement.dataset.number || "
		 "document.activeElement.dataset.address || "
		 "['blocks', 'attention', 'alerts'].includes("
		 "document.activeElement.id)");
	act(b, "document.querySelector('#coverage-shapes').open = true");
	expect(b, "document.getElementById('shapes-table').textContent"
		  ".includes('strange <img src=x onerror=alert(1)>')");
	expect(b, "document.querySelector('#shapes-table img') === null");
	expect(b, "document.querySelector('#shapes-table tbody td:last-child')"
		  ".textContent === '21'");
	expect(b, "document.querySelector('#shapes-table tfoot td')"
		  ".textContent === '5'");
	act(b, "document.querySelector('#coverage-programs').open = true");
	expect(b, "document.querySelector('#programs-table tbody td')"
		  ".textContent === '961'");
	expect(b, "document.querySelector('#programs-table img') === null");
	expect(b, "document.querySelector('#programs-table tfoot td')"
		  ".textContent === '17'");
	expect(b, "document.getElementById('coverage-text').textContent"
		  ".includes('7 events not in the message history')");
	expect(b, "document.querySelector('#coverage-table .path').textContent"
		  " === '/var/log/mail.log'");
	no_complaints(b);
}

static double
first_paint(struct browser *b)
{
	json_t *value;
	double milliseconds;

	look(b, "/?range=7d", "7d");
	until(b, "performance.getEntriesByName('first-contentful-paint')"
		 ".length > 0");
	value = script(b, "return performance.getEntriesByName("
			  "'first-contentful-paint')[0].startTime");
	milliseconds = json_number_value(value);
	json_decref(value);
	return milliseconds;
}

/* All that is loaded before anything is asked, as it is sent; nothing of it is
   kept.  Of some paints the quickest counts: others have the machine as well. */
static void
the_page_is_small_and_quick(void **state)
{
	struct browser *b = *state;
	double paint = INFINITY;
	json_t *value;

	json_decref(drive(b, "POST", "/goog/cdp/execute",
	    json_pack("{s:s,s:{}}", "cmd", "Network.enable", "params")));
	json_decref(drive(b, "POST", "/goog/cdp/execute",
	    json_pack("{s:s,s:{s:b}}", "cmd", "Network.setCacheDisabled",
		"params", "cacheDisabled", 1)));
	for (int i = 0; i < 8 && paint > 300; i++)
		paint = fmin(paint, first_paint(b));
	print_message("  first paint: %.0f ms\n", paint);
	assert_true(paint <= 300);
	value = script(b,
	    "return performance.getEntriesByType('resource').filter((entry) => "
	    "!entry.name.includes('/api/')).concat("
	    "performance.getEntriesByType('navigation')).reduce((sum, entry) "
	    "=> sum + entry.encodedBodySize, 0)");
	print_message(
	    "  the page: %lld bytes\n", (long long)json_integer_value(value));
	assert_in_range(json_integer_value(value), 20000, 150 * 1024);
	json_decref(value);
	nothing_loaded_from_elsewhere(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdict_leads_to_what_explains_it),
		cmocka_unit_test(tiles_say_how_they_changed),
		cmocka_unit_test(the_pulse_has_the_figures_of_the_series),
		cmocka_unit_test(what_goes_out_hangs_below_the_axis),
		cmocka_unit_test(dragging_zooms_and_back_leads_back),
		cmocka_unit_test(keys_move_and_zoom),
		cmocka_unit_test(the_pointer_is_in_all_charts_at_once),
		cmocka_unit_test(a_reason_is_shown_alone),
		cmocka_unit_test(the_last_hour_goes_on_by_the_second),
		cmocka_unit_test(mailers_have_a_chart_each_and_names_are_text),
		cmocka_unit_test(the_hosts_clock_stands_beside_the_browsers),
		cmocka_unit_test(the_navigation_says_where_one_is),
		cmocka_unit_test(a_host_is_looked_at_alone),
		cmocka_unit_test(the_system_chooses_light_or_dark),
		cmocka_unit_test(marks_and_shapes_are_for_who_is_signed_in),
		cmocka_unit_test(the_page_is_small_and_quick),
	};

	return run_in_browser(tests, browser_open, browser_close);
}
