/*
 * test_undecided.c - refusals of OpenSMTPD whose reason a later line tells
 *
 * Our domains are not configured here, as for replay without a configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/feed.h"

#define AT(time) "Nov 22 09:" time " mx1 smtpd[16]: "

static const char refusals[] = AT(
    "00:00") "a000000000000001 smtp connected address=203.0.113.7 "
	     "host=<unknown>\n" AT(
		 "00:01") "a000000000000001 smtp failed-command "
			  "command=\"RCPT TO:<nobody@Example.com>\" "
			  "result=\"550 Invalid recipient: "
			  "<nobody@Example.com>\"\n" AT(
			      "00:02") "a000000000000001 smtp failed-command "
				       "command=\"RCPT TO:<x@example.org>\" "
				       "result=\"550 Invalid recipient: "
				       "<x@example.org>\"\n";

static const char delivery[] =
    AT("00:30") "b000000000000001 mda delivery evpid=0a1b2c3d00000001 "
		"from=<kim@example.net> to=<ann@example.com> "
		"rcpt=<ann@example.com> "
		"user=ann delay=0s result=Ok stat=Delivered\n";

static const char late[] =
    AT("01:01") "a000000000000009 smtp connected address=203.0.113.9 "
		"host=<unknown>\n";

static struct feed *
begin(void)
{
	static const struct tracker_config none;
	struct feed *feed = feed_new(true);

	tracker_reconfigure(feed->tracker, &none);
	return feed;
}

static bool
has(struct feed *feed, const char *reason, const char *recipient)
{
	char want[200];

	snprintf(want, sizeof(want),
	    "rejected mailer=smtp client=203.0.113.7 reason=%s permanent "
	    "code=550 to=%s text=\"550 Invalid recipient: <%s>\"",
	    reason, recipient, recipient);
	return strstr(feed_events(feed), want) != NULL;
}

static void
a_delivery_behind_it_tells(void **state)
{
	struct feed *feed = begin();

	(void)state;
	feed_text(feed, refusals);
	assert_null(strstr(feed_events(feed), "rejected"));
	feed_text(feed, delivery);
	assert_true(has(feed, "unknown_recipient", "nobody@Example.com"));
	assert_null(strstr(feed_events(feed), "x@example.org"));
	tracker_finish(feed->tracker);
	assert_true(has(feed, "relay_denied", "x@example.org"));
	feed_free(feed);
}

static void
nothing_is_waited_for_longer_than_a_minute(void **state)
{
	struct feed *feed = begin();

	(void)state;
	feed_text(feed, refusals);
	feed_text(feed, late);
	assert_true(has(feed, "relay_denied", "nobody@Example.com"));
	feed_free(feed);
}

static void
it_waits_through_a_restart(void **state)
{
	struct feed *first = begin(), *second = begin();
	struct state_rows kept = { 0 };

	(void)state;
	feed_text(first, refusals);
	feed_hand_over(first, second, &kept);
	feed_text(second, delivery);
	assert_true(has(second, "unknown_recipient", "nobody@Example.com"));
	tracker_finish(second->tracker);
	assert_true(has(second, "relay_denied", "x@example.org"));
	rows_fini(&kept);
	feed_free(first);
	feed_free(second);
}

static void
what_is_too_much_does_not_wait(void **state)
{
	struct feed *feed = begin();

	(void)state;
	for (int i = 0; i < 300; i++)
		feed_text(feed, refusals);
	assert_true(has(feed, "relay_denied", "x@example.org"));
	feed_free(feed);
}

static void
domains_that_are_known_decide_at_once(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	feed_text(feed, refusals);
	assert_true(has(feed, "unknown_recipient", "nobody@Example.com"));
	assert_true(has(feed, "relay_denied", "x@example.org"));
	feed_free(feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delivery_behind_it_tells),
		cmocka_unit_test(nothing_is_waited_for_longer_than_a_minute),
		cmocka_unit_test(it_waits_through_a_restart),
		cmocka_unit_test(what_is_too_much_does_not_wait),
		cmocka_unit_test(domains_that_are_known_decide_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
