/*
 * test_browser.c - what a person sees in a browser is what the API says
 *
 * Headless Chromium, driven by ChromeDriver over the W3C WebDriver protocol,
 * opens the page of a server in this process.  Screenshots go to build/.
 * Where there is no Chromium the tests are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/drawing.h"
#include "tests/browser.h"
#include "tests/feed.h"

static void
the_tiles_show_the_figures_of_the_api(void **state)
{
	static const char *const tiles[] = { "received", "sent", "deferred",
		"bounced", "rejected", "relay_attempts" };
	struct browser *b = *state;
	char claim[256];
	json_t *overview;

	visit(b, "/?range=24h");
	until(b, "document.body.dataset.ready === '24h'");
	overview = api(b, "/api/v1/overview?range=24h");
	for (size_t i = 0; i < NELEMS(tiles); i++) {
		json_t *tile = json_object_get(
		    json_object_get(overview, "tiles"), tiles[i]);

		snprintf(claim, sizeof(claim),
		    "document.getElementById('tile-%s').textContent === "
		    "new Intl.NumberFormat().format(%lld)",
		    tiles[i],
		    (long long)json_integer_value(
			json_object_get(tile, "value")));
		if (!holds(b, claim))
			fail_msg("tile %s: %s", tiles[i], claim);
	}
	snprintf(claim, sizeof(claim),
	    "document.querySelector('#verdict p').textContent === '%s'",
	    json_string_value(
		json_object_get(json_object_get(overview, "verdict"), "text")));
	assert_true(holds(b, claim));
	json_decref(overview);
	no_complaints(b);
	nothing_loaded_from_elsewhere(b);
}

static void
the_chart_is_painted_for_every_range(void **state)
{
	static const char *const ranges[] = { "1h", "24h", "7d", "30d", "1y",
		"5y" };
	struct browser *b = *state;
	char text[256];

	if (!holds(b, "window.uPlot"))
		skip(); /* built with NPM=no */
	for (size_t i = 0; i < NELEMS(ranges); i++) {
		snprintf(text, sizeof(text),
		    "document.querySelector('#ranges input[value=\"%s\"]')"
		    ".click(); return 1",
		    ranges[i]);
		act(b, text);
		snprintf(text, sizeof(text),
		    "document.body.dataset.ready === '%s'", ranges[i]);
		until(b, text);
		until(b, "(() => { const c = document.querySelector("
			 "'#chart canvas'); const copy = new OffscreenCanvas("
			 "c.width, c.height).getContext('2d', "
			 "{willReadFrequently: true}); copy.drawImage(c, 0, 0);"
			 "const d = copy.getImageData(0, 0, c.width, c.height)"
			 ".data; "
			 "let n = 0; for (let i = 3; i < d.length; i += 4) "
			 "n += d[i] > 100; return n > 2000; })()");
		snprintf(text, sizeof(text),
		    "location.search === ('%s' === '24h' ? '' : '?range=%s')",
		    ranges[i], ranges[i]);
		assert_true(holds(b, text));
	}
	no_complaints(b);
}

static void
live_counts_reach_the_page(void **state)
{
	struct browser *b = *state;

	until(b, "document.getElementById('live-in').textContent === '0'");
	fixture_mail(b->fixture, FIXTURE_NOW - 1);
	until(b, "document.getElementById('live-in').textContent === '1'");
	no_complaints(b);
}

static void
nobody_sees_clients_before_signing_in(void **state)
{
	struct browser *b = *state;

	visit(b, "/?range=7d");
	until(b, "document.body.dataset.ready === '7d'");
	assert_true(
	    holds(b, "!document.querySelector('#clients .ask').hidden"));
	assert_false(holds(b, "document.querySelector('#clients tr')"));
	assert_true(
	    holds(b, "!document.querySelector('#alerts .ask').hidden && "
		     "!document.querySelector('#blocks .ask').hidden && "
		     "document.getElementById('block-form').hidden"));
	assert_false(holds(b, "document.querySelector('#alerts li, #blocks tr, "
			      "#rules tr')"));
	picture(b, 1280, "light", "page-signed-out");
	no_complaints(b);
}

static void
the_token_signs_in_and_names_are_text(void **state)
{
	struct browser *b = *state;

	sign_in(b);
	until(b,
	    "location.pathname === '/' && "
	    "document.querySelectorAll('#accounts tbody tr').length === 4");
	assert_true(
	    holds(b, "document.getElementById('accounts').textContent.includes("
		     "'<b>\"o\\'hara\"</b>')"));
	assert_false(holds(b, "document.querySelector('#accounts b')"));
	until(b, "document.getElementById('clients').textContent.includes("
		 "'198.51.100.')");
	assert_true(holds(b, "document.cookie === ''"));
	no_complaints(b);
}

static void
incidents_show_their_evidence_as_text(void **state)
{
	struct browser *b = *state;

	until(b, "document.querySelectorAll('#alerts .incident').length === 3");
	assert_true(holds(b, "document.querySelector('#alerts .act.open .key')"
			     ".textContent === '203.0.113.77' || "
			     "document.querySelector('#alerts').textContent"
			     ".includes('203.0.113.77')"));
	assert_true(holds(b, "document.getElementById('alerts').textContent"
			     ".includes('line 12: the region above was edited"
			     "')"));
	/* What the client wrote is read, not run. */
	assert_true(holds(b, "document.querySelector('#alerts .lines')"
			     ".textContent.includes('<img src=x onerror=')"));
	assert_true(
	    holds(b, "document.getElementById('blocks-table').textContent"
		     ".includes('asked for by <img src=x')"));
	assert_false(holds(b, "document.querySelector('main img:not(.drawn)"
			      ":not([src^=\"/\"]):not([src^=\"blob:\"])')"));
	until(b, "document.getElementById('rules').textContent"
		 ".includes('relay-abuse')");
	assert_true(holds(b, "[...document.querySelectorAll('#rules tr')].find("
			     "(row) => row.textContent.startsWith("
			     "'relay-abuse')).textContent.includes("
			     "'3 in 10 min')"));
	no_complaints(b);
}

static size_t
blocked_rows(struct browser *b)
{
	json_t *value =
	    script(b, "return document.querySelectorAll('#blocks-table "
		      "[aria-label^=\"Unblock\"]').length");
	size_t n = (size_t)json_integer_value(value);

	json_decref(value);
	return n;
}

static void
a_person_blocks_and_unblocks(void **state)
{
	struct browser *b = *state;

	until(b, "document.getElementById('blocks-table').textContent"
		 ".includes('203.0.113.77')");
	assert_int_equal(blocked_rows(b), 4);
	b->fixture->now++;
	act(b, "document.querySelector('[aria-label=\"Unblock 203.0.113.77\"]')"
	       ".click(); return 1");
	until(b, "document.getElementById('blocks-said').textContent"
		 " === '203.0.113.77 is not blocked any more.'");
	until(b, "!document.getElementById('blocks-table').textContent"
		 ".includes('203.0.113.77')");
	assert_int_equal(blocked_rows(b), 3);
	json_decref(
	    script(b, "const form = document.getElementById('block-form');"
		      "form.elements.address.value = '203.0.113.5';"
		      "form.elements.reason.value = '<i>why</i>';"
		      "form.querySelector('button').click(); return 1"));
	until(b, "document.getElementById('blocks-table').textContent"
		 ".includes('by hand: <i>why</i>')");
	assert_int_equal(blocked_rows(b), 4);
	/* What is refused is told in the agent's words. */
	json_decref(
	    script(b, "const form = document.getElementById('block-form');"
		      "form.elements.address.value = '127.0.0.1';"
		      "form.querySelector('button').click(); return 1"));
	until(b, "document.getElementById('blocks-said').textContent"
		 ".startsWith('127.0.0.1: ')");
	assert_int_equal(blocked_rows(b), 4);
	/* The browser notes the refusal, too. */
	json_decref(
	    drive(b, "POST", "/se/log", json_pack("{s:s}", "type", "browser")));
}

/* The stream says that there is something new. */
static void
a_new_block_shows_at_once(void **state)
{
	struct browser *b = *state;

	b->fixture->now++;
	incidents_wish(&b->fixture->incidents, "203.0.113.222", "live", 600);
	until(b, "document.getElementById('blocks-table').textContent"
		 ".includes('203.0.113.222')");
}

static void
the_page_fits_phone_and_desk_by_day_and_night(void **state)
{
	struct browser *b = *state;

	b->fixture->note = "This is sample traffic, made by a generator.";
	b->fixture->now += 2; /* answers are kept for their second */
	visit(b, "/?noted");
	until(b, "!document.getElementById('note').hidden");
	act(b, "document.querySelector('#alerts details').open = true");
	fits_everywhere(b, "page");
	b->fixture->note = NULL;
	b->fixture->now += 2;
	no_complaints(b);
}

static void
a_backlog_shows_its_progress(void **state)
{
	struct browser *b = *state;

	b->fixture->catching_up = 43;
	visit(b, "/?again&range=1h");
	until(b, "!document.getElementById('catching').hidden && "
		 "document.getElementById('catching-bar').value === 43");
	b->fixture->catching_up = -1;
	until(b, "document.getElementById('catching').hidden");
}

/* As a reader of mail shows it, the picture being ours. */
static void
open_mail(struct browser *b, const char *name)
{
	char path[256], url[600], here[256], *html;
	struct slice rest, before;
	FILE *out;

	snprintf(path, sizeof(path), "tests/fixtures/mail/%s.html", name);
	html = feed_file(path);
	assert_non_null(html);
	snprintf(path, sizeof(path), "build/mail-%s.html", name);
	out = fopen(path, "w");
	assert_non_null(out);
	rest = slice_of(html);
	while (slice_cut(&rest, SLICE("<!--picture "), &before)) {
		fwrite(before.p, 1, before.n, out);
		assert_true(slice_cut(&rest, SLICE("-->"), &before));
		fprintf(out,
		    "<p><img src=\"%s/graph/rejects.total.png?range=24h&"
		    "width=600&height=220\" style=\"width:100%%;"
		    "max-width:600px;height:auto;border-radius:6px\"></p>",
		    web_address(b->fixture->web));
	}
	fwrite(rest.p, 1, rest.n, out);
	fclose(out);
	free(html);
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(url, sizeof(url), "file://%s/%s", here, path);
	json_decref(drive(b, "POST", "/url", json_pack("{s:s}", "url", url)));
	until(b, "[...document.images].every((i) => i.complete && "
		 "i.naturalWidth === 600)");
	act(b, "document.body.dataset.ready = 'yes'");
}

/* Text that can be read: as dark as the page is light, or the other way. */
static void
a_mail_can_be_read_on_phone_and_desk_by_day_and_night(void **state)
{
	static const char *const mails[] = { "relay-abuse", "many", "hostile",
		"daily" };
	static const char *const themes[] = { "light", "dark" };
	struct browser *b = *state;
	char shot[128];

	for (size_t i = 0; i < NELEMS(mails); i++) {
		open_mail(b, mails[i]);
		for (size_t k = 0; k < 4; k++) {
			int width = k < 2 ? 700 : 360;

			snprintf(shot, sizeof(shot), "mail-%s-%d-%s", mails[i],
			    width, themes[k % 2]);
			picture(b, width, themes[k % 2], shot);
			if (!holds(b, "document.documentElement.scrollWidth "
				      "<= innerWidth"))
				fail_msg("%s: too wide", shot);
			if (!holds(b,
				k % 2 == 0
				    ? "getComputedStyle(document.body).color "
				      "=== 'rgb(0, 0, 0)'"
				    : "getComputedStyle(document.body).color "
				      "=== 'rgb(255, 255, 255)'"))
				fail_msg("%s: cannot be read", shot);
		}
		assert_true(holds(b, "document.scripts.length === 0 && "
				     "document.querySelector('b') === null"));
	}
	no_complaints(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tiles_show_the_figures_of_the_api),
		cmocka_unit_test(the_chart_is_painted_for_every_range),
		cmocka_unit_test(live_counts_reach_the_page),
		cmocka_unit_test(nobody_sees_clients_before_signing_in),
		cmocka_unit_test(the_token_signs_in_and_names_are_text),
		cmocka_unit_test(incidents_show_their_evidence_as_text),
		cmocka_unit_test(a_person_blocks_and_unblocks),
		cmocka_unit_test(a_new_block_shows_at_once),
		cmocka_unit_test(the_page_fits_phone_and_desk_by_day_and_night),
		cmocka_unit_test(a_backlog_shows_its_progress),
		cmocka_unit_test(
		    a_mail_can_be_read_on_phone_and_desk_by_day_and_night),
	};

	return run_in_browser(tests, browser_open, browser_close);
}
