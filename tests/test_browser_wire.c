/*
 * test_browser_wire.c - the wire beside the log, as a person sees it
 *
 * Headless Chromium over the page of a server in this process; screenshots go
 * to build/.  Where there is no Chromium the tests are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/browser.h"
#include "tests/drawing.h"

#define HOST SLICE("mx1.example.org")

static void
count(struct fixture *f, enum metric metric, uint64_t n)
{
	stats_count(f->stats, HOST, f->now, metric, n);
}

static void
happens(struct fixture *f, struct mail_event event)
{
	event.source = SOURCE_WIRE;
	event.client = fixture_address("203.0.113.0", 7);
	fixture_take(f, &event, f->now);
}

/* Three of four messages are in the log, one packet in 50 is lost. */
static void
capture(struct fixture *f)
{
	for (int i = 0; i < 4; i++) {
		happens(f, (struct mail_event){ .kind = EVENT_CONNECTED });
		happens(f, (struct mail_event){ .kind = EVENT_RECEIVED,
			       .message = { .bytes = 1500, .recipients = 1 } });
	}
	happens(f, (struct mail_event){ .kind = EVENT_MISSING,
		       .missing = { .unlogged = true } });
	count(f, METRIC_WIRE_LOGGED, 3);
	count(f, METRIC_WIRE_PACKETS, 980);
	count(f, METRIC_WIRE_PACKETS_DROPPED, 20);
	count(f, METRIC_WIRE_GAPS, 2);
}

static void
without_a_capture_there_is_no_such_part(void **state)
{
	struct browser *b = *state;

	visit(b, "/?range=1h");
	until(b, "document.body.dataset.ready === '1h'");
	assert_true(holds(b, "document.getElementById('wire').hidden"));
	assert_true(
	    holds(b, "document.querySelector('#navigation a[href=\"#wire\"]')"
		     ".getClientRects().length === 0"));
	assert_false(holds(b, "document.getElementById('coverage-text')"
			      ".textContent.includes('packets')"));
	no_complaints(b);
}

/* What Sendmail itself writes down: sessions, and not one packet. */
static void
a_transcript_says_what_it_is(void **state)
{
	struct browser *b = *state;

	count(b->fixture, METRIC_WIRE_SESSIONS, 1);
	b->fixture->now += 2; /* answers are kept for their second */
	visit(b, "/?range=1h&spoken");
	until(b, "document.body.dataset.ready === '1h'");
	assert_true(holds(b,
	    "document.getElementById('wire-text').textContent === "
	    "'No message was held against the log. Read from a transcript of "
	    "Sendmail\\'s.'"));
	no_complaints(b);
}

static void
the_wire_stands_beside_the_log(void **state)
{
	struct browser *b = *state;

	capture(b->fixture);
	b->fixture->now += 2; /* answers are kept for their second */
	visit(b, "/?range=1h&again");
	until(b, "document.body.dataset.ready === '1h'");
	assert_false(holds(b, "document.getElementById('wire').hidden"));
	assert_true(
	    holds(b, "document.querySelector('#navigation a[href=\"#wire\"]')"
		     ".getClientRects().length === 1"));
	assert_true(holds(b,
	    "document.getElementById('wire-text').textContent === "
	    "'3 messages in both, 1 message not in the log, 0 messages not on "
	    "the wire. 980 packets captured, 20 dropped (2%), 2 gaps in "
	    "sessions.'"));
	assert_true(holds(b,
	    "[...document.querySelectorAll('#wire-table tbody tr')].find("
	    "(row) => row.textContent.startsWith('Messages'))"
	    ".children[1].textContent === '4'"));
	/* The log's figure is the one of the tile. */
	assert_true(holds(b,
	    "[...document.querySelectorAll('#wire-table tbody tr')].find("
	    "(row) => row.textContent.startsWith('Messages'))"
	    ".children[2].textContent === "
	    "document.getElementById('tile-received').textContent"));
	assert_true(holds(b, "document.getElementById('coverage-text')"
			     ".textContent.includes('980 packets captured, "
			     "20 dropped.')"));
	no_complaints(b);
}

static void
it_fits_phone_and_desk_by_day_and_night(void **state)
{
	struct browser *b = *state;

	fits_everywhere(b, "wire");
	no_complaints(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_capture_there_is_no_such_part),
		cmocka_unit_test(a_transcript_says_what_it_is),
		cmocka_unit_test(the_wire_stands_beside_the_log),
		cmocka_unit_test(it_fits_phone_and_desk_by_day_and_night),
	};

	return run_in_browser(tests, browser_open, browser_close);
}
