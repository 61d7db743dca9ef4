/*
 * test_waiting.c - what waits in Sendmail's account for a later line
 *
 * Strangers choose how much that is, and when the later line comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/feed.h"

#define AT   "Nov 22 10:00:00 mx1 sm-mta"
#define MANY 9000 /* more than may wait, twice */

/* Nothing is known of the host's own domains: columns wait as well. */
static struct feed *
stranger(bool prints)
{
	struct feed *feed = feed_new(prints);

	tracker_reconfigure(feed->tracker, &(struct tracker_config){ 0 });
	return feed;
}

static void __attribute__((format(printf, 2, 3)))
say(struct feed *feed, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	(void)feed_line(feed, slice_of(line));
}

static void
say_from(struct feed *feed, unsigned n)
{
	say(feed,
	    AT "[%u]: 7AMA000a%06u: from=<ann@example.net>, size=1000,"
	       " class=0, nrcpts=1, msgid=<%u@example.net>, proto=ESMTP,"
	       " daemon=MTA, relay=mail.example.net [192.0.2.7]",
	    n, n, n);
}

static size_t
count_lines(const char *text, const char *with)
{
	size_t n = 0;

	while ((text = strstr(text, with)) != NULL) {
		n++;
		text++;
	}
	return n;
}

/* How many wait, as the state has it: a row that is too long is refused. */
static void
hand_over(struct feed *feed)
{
	struct feed *next = stranger(true);
	struct state_rows rows = { 0 };

	feed_hand_over(feed, next, &rows);
	rows_fini(&rows);
	feed_free(next);
}

static void
what_waits_is_bounded_also_where_a_decision_makes_more(void **state)
{
	struct feed *feed = stranger(true);
	const char *events;

	(void)state;
	for (unsigned n = 1; n <= MANY; n++) {
		say(feed,
		    AT "[%u]: 7AMA000a%06u: ruleset=check_mail,"
		       " arg1=<ann@example.net>,"
		       " relay=mail.example.net [192.0.2.7], discard",
		    n, n);
		say_from(feed, n);
	}
	hand_over(feed);
	assert_true(tracker_counts(feed->tracker)->dropped > 0);
	tracker_finish(feed->tracker);
	events = feed_events(feed);
	assert_int_equal(count_lines(events, " discarded "), MANY);
	assert_int_equal(count_lines(events, "msgs_from"), MANY);
	assert_int_equal(count_lines(events, "msgs_discarded"), MANY);
	feed_free(feed);
}

static void
each_refusal_of_a_long_session_learns_its_client(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	for (unsigned n = 0; n < 4000; n++)
		say(feed,
		    AT "[201]: 7AMA000a000201: <u%u@example.com>..."
		       " User unknown",
		    n);
	assert_string_equal(feed_events(feed), "");
	say_from(feed, 201);
	assert_int_equal(count_lines(feed_events(feed), " rejected "), 4000);
	assert_int_equal(
	    count_lines(feed_events(feed), " rejected id=7AMA000a000201"
					   " client=192.0.2.7 "),
	    4000);
	feed_free(feed);
}

static void
a_message_that_was_refused_holds_nothing_up(void **state)
{
	struct feed *feed = feed_new(true);
	uint32_t host;

	(void)state;
	say_from(feed, 201);
	(void)maillog_host(feed->maillog, &host);
	assert_true(tracker_floor(feed->tracker, host) != INT64_MAX);
	say(feed,
	    AT "[201]: 7AMA000a000201: Milter: data, reject=554 5.7.1 no");
	assert_true(tracker_floor(feed->tracker, host) == INT64_MAX);
	tracker_finish(feed->tracker);
	assert_int_equal(count_lines(feed_events(feed), " received "), 0);
	assert_int_equal(count_lines(feed_events(feed), " rejected "), 1);
	feed_free(feed);
}

static void
the_floor_is_the_host_s_own(void **state)
{
	struct feed *feed = feed_new(true);
	uint32_t first, second;

	(void)state;
	say_from(feed, 201);
	(void)maillog_host(feed->maillog, &first);
	say(feed, "Nov 22 10:00:09 mx2 sm-mta[9]: 7AMA000a000009: "
		  "<u@example.com>... User unknown");
	(void)maillog_host(feed->maillog, &second);
	assert_int_equal(tracker_floor(feed->tracker, second) -
			     tracker_floor(feed->tracker, first),
	    9000000);
	assert_true(tracker_floor(feed->tracker, 7) == INT64_MAX);
	feed_free(feed);
}

/* Of hosts in other time zones, or with a wrong clock. */
static void
no_host_s_clock_hurries_another(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	say_from(feed, 201);
	for (unsigned hour = 11; hour < 20; hour++)
		say(feed,
		    "2026-11-22T%u:00:00Z ahead sm-mta[7]: starting daemon",
		    hour);
	assert_int_equal(count_lines(feed_events(feed), " received "), 0);
	say(feed, "Nov 22 10:00:19 mx1 sm-mta[1]: starting daemon");
	assert_int_equal(count_lines(feed_events(feed), " received "), 0);
	say(feed, "Nov 22 10:00:20 mx1 sm-mta[1]: starting daemon");
	assert_int_equal(count_lines(feed_events(feed), " received "), 1);
	feed_free(feed);
}

static void
a_wrong_clock_forgets_nothing_of_other_hosts(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	say_from(feed, 201);
	say(feed, "2099-01-01T00:00:00Z ahead sm-mta[7]: 7AMA000a000007:"
		  " from=<ann@example.net>, size=1000, class=0, nrcpts=1,"
		  " msgid=<7@example.net>, relay=a.example.net [192.0.2.9]");
	say(feed, "2099-01-02T00:00:00Z ahead sm-mta[7]: starting daemon");
	say(feed, AT "[202]: 7AMA000a000201: to=<u@example.org>,"
		     " delay=00:00:01, xdelay=00:00:01, mailer=esmtp,"
		     " pri=31000, relay=b.example.org. [198.51.100.7],"
		     " dsn=2.0.0, stat=Sent (ok)");
	assert_non_null(strstr(feed_events(feed),
	    " sent mailer=esmtp id=7AMA000a000201 client=192.0.2.7"));
	feed_free(feed);
}

static void
a_process_s_next_message_decides_its_last_alone(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	for (unsigned n = 201; n < 205; n++)
		say_from(feed, n);
	say(feed, AT "[203]: 7AMA001a000203: from=<ann@example.net>, size=1,"
		     " class=0, nrcpts=1, msgid=<x@example.net>, proto=SMTP,"
		     " daemon=MTA, relay=mail.example.net [192.0.2.7]");
	assert_int_equal(count_lines(feed_events(feed), " received "), 1);
	assert_non_null(
	    strstr(feed_events(feed), " received id=7AMA000a000203 "));
	feed_free(feed);
}

static void
recipients_deferred_again_are_no_more_than_they_were(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	say_from(feed, 201);
	for (unsigned n = 0; n < 12000; n++)
		say(feed,
		    AT "[%u]: 7AMA000a000201: to=<u%u@example.org>,"
		       " delay=00:00:01, xdelay=00:00:01, mailer=esmtp,"
		       " pri=31000, relay=b.example.org. [198.51.100.7],"
		       " dsn=4.0.0, stat=Deferred",
		    202 + n, n % 6000);
	/* Those beyond the bound, each time. */
	assert_int_equal(tracker_counts(feed->tracker)->dropped,
	    (uint64_t)2 * (6000 - 4096));
	say(feed, AT "[9]: 7AMA000a000201: 7AMA000a000009: sender notify:"
		     " Cannot send message for 5 days");
	assert_int_equal(count_lines(feed_events(feed), " expired "), 1);
	assert_non_null(strstr(feed_events(feed), " count=4096"));
	feed_free(feed);
}

static void
no_message_reports_of_itself(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	say_from(feed, 201);
	assert_int_equal(
	    feed_line(feed, SLICE(AT "[201]: 7AMA000a000201: 7AMA000a000201:"
				     " clone: owner=kim")),
	    MEANS_UNKNOWN);
	tracker_finish(feed->tracker);
	assert_non_null(strstr(feed_events(feed),
	    " received id=7AMA000a000201 client=192.0.2.7"
	    " from=ann@example.net"));
	feed_free(feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_waits_is_bounded_also_where_a_decision_makes_more),
		cmocka_unit_test(
		    each_refusal_of_a_long_session_learns_its_client),
		cmocka_unit_test(a_message_that_was_refused_holds_nothing_up),
		cmocka_unit_test(the_floor_is_the_host_s_own),
		cmocka_unit_test(no_host_s_clock_hurries_another),
		cmocka_unit_test(a_wrong_clock_forgets_nothing_of_other_hosts),
		cmocka_unit_test(
		    a_process_s_next_message_decides_its_last_alone),
		cmocka_unit_test(
		    recipients_deferred_again_are_no_more_than_they_were),
		cmocka_unit_test(no_message_reports_of_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
