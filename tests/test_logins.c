/* test_logins.c - logins that wait for a line which may undo them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/logins.h"
#include "tests/feed.h"

#define LOGIN                                                                  \
	"Nov 22 10:00:00 mx1 cyrus/pop3[%u]: login: [192.0.2.7] kim"           \
	" plaintext User logged in SESSIONID=<a>"
#define TOO_SOON                                                               \
	"Nov 22 10:00:00 mx1 cyrus/pop3[%u]: user.kim: Logins must be at"      \
	" least 1 minute apart"
#define FAILED                                                                 \
	"Nov 22 10:00:00 mx1 imapd[%u]: Login failed user=kim auth=kim"        \
	" host=[198.51.100.9]"
#define AUTHENTICATE                                                           \
	"Nov 22 10:00:03 mx1 imapd[%u]: AUTHENTICATE PLAIN failure"            \
	" host=[198.51.100.9]"
#define LATER "Nov 22 10:00:%02u mx1 cyrus/imap[1]: idle for too long"

static void
say(struct feed *feed, const char *fmt, unsigned number)
{
	char line[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(line, sizeof(line), fmt, number);
#pragma GCC diagnostic pop
	assert_int_not_equal(feed_line(feed, slice_of(line)), MEANS_UNKNOWN);
}

static size_t
count(struct feed *feed, const char *what)
{
	const char *text = feed_events(feed);
	size_t n = 0;

	while ((text = strstr(text, what)) != NULL) {
		n++;
		text++;
	}
	return n;
}

static void
a_login_counts_after_ten_seconds_without_a_refusal(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	say(feed, LOGIN, 7);
	say(feed, LATER, 9);
	assert_int_equal(count(feed, " login_"), 0);
	assert_true(tracker_floor(feed->tracker, 0) < INT64_MAX);
	say(feed, LATER, 10);
	assert_int_equal(count(feed, " login_ok"), 1);
	assert_true(tracker_floor(feed->tracker, 0) == INT64_MAX);
	say(feed, TOO_SOON, 7);
	assert_int_equal(count(feed, " login_failed"), 0);
	feed_free(feed);
}

static void
a_refusal_is_of_its_own_process(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	say(feed, LOGIN, 7);
	say(feed, LOGIN, 8);
	say(feed, TOO_SOON, 7);
	say(feed, TOO_SOON, 7);
	tracker_finish(feed->tracker);
	assert_int_equal(count(feed, " login_failed"), 1);
	assert_int_equal(count(feed, " login_ok"), 1);
	feed_free(feed);
}

static void
what_waits_survives_a_restart(void **state)
{
	struct feed *before = feed_new(true), *after = feed_new(true);
	struct state_rows rows = { 0 };

	(void)state;
	say(before, LOGIN, 7);
	say(before, LOGIN, 8);
	say(before, TOO_SOON, 8);
	feed_hand_over(before, after, &rows);
	say(after, TOO_SOON, 8);
	say(after, TOO_SOON, 7);
	tracker_finish(after->tracker);
	assert_int_equal(count(before, " login_failed"), 1);
	assert_int_equal(count(after, " login_failed"), 1);
	assert_int_equal(count(after, " login_ok"), 0);
	rows_fini(&rows);
	feed_free(before);
	feed_free(after);
}

static void
of_too_many_that_wait_the_first_count_at_once(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	for (unsigned i = 0; i < LOGINS_MOST + 3; i++)
		say(feed, LOGIN, 100 + i);
	assert_int_equal(count(feed, " login_ok"), 3);
	tracker_finish(feed->tracker);
	assert_int_equal(count(feed, " login_ok"), LOGINS_MOST + 3);
	feed_free(feed);
}

static void
what_a_log_was_seen_to_tell_survives_a_restart(void **state)
{
	struct feed *before = feed_new(true), *after = feed_new(true);
	struct state_rows rows = { 0 };

	(void)state;
	say(before, AUTHENTICATE, 1);
	assert_int_equal(count(before, " login_failed"), 1);
	say(before, FAILED, 1);
	say(before, AUTHENTICATE, 1);
	assert_int_equal(count(before, " login_failed"), 2);
	feed_hand_over(before, after, &rows);
	say(after, AUTHENTICATE, 2);
	assert_int_equal(count(after, " login_failed"), 0);
	rows_fini(&rows);
	feed_free(before);
	feed_free(after);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_login_counts_after_ten_seconds_without_a_refusal),
		cmocka_unit_test(a_refusal_is_of_its_own_process),
		cmocka_unit_test(what_waits_survives_a_restart),
		cmocka_unit_test(of_too_many_that_wait_the_first_count_at_once),
		cmocka_unit_test(
		    what_a_log_was_seen_to_tell_survives_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
