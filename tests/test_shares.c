/* test_shares.c - each mail program's lines, in bounded memory */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/shares.h"
#include "tests/feed.h"

static const char some[] =
    "2026-11-22T01:00:00+00:00 mx1 postfix/smtpd[1]: connect from "
    "a.example.org[192.0.2.7]\n"
    "2026-11-22T01:00:01+00:00 mx1 postfix/smtpd[1]: what is this\n"
    "2026-11-22T01:00:01+00:00 mx1 CRON[2]: (root) CMD (true)\n"
    "no header at all\n"
    "2026-11-22T01:00:02+00:00 mx1 dovecot: imap-login: Login: user=<kim>, "
    "method=PLAIN, rip=192.0.2.7, lip=192.0.2.10, session=<a>\n";

static void
each_mail_program_has_its_lines(void **state)
{
	struct feed *feed = feed_new(false);
	struct program_share rows[SHARES], others;

	(void)state;
	feed_text(feed, some);
	assert_int_equal(
	    shares_top(maillog_shares(feed->maillog), rows, SHARES, &others),
	    2);
	assert_string_equal(rows[0].program, "postfix/smtpd");
	assert_int_equal(rows[0].recognised, 1);
	assert_int_equal(rows[0].unrecognised, 1);
	assert_string_equal(rows[1].program, "dovecot");
	assert_int_equal(rows[1].recognised, 1);
	assert_int_equal(others.ignored, 1);
	assert_int_equal(others.unrecognised, 1);
	feed_free(feed);
}

static void
forged_names_fill_no_memory_and_lose_no_line(void **state)
{
	struct shares *shares = shares_new();
	struct program_share rows[SHARES], others;
	uint64_t lines = 0;
	char name[128];
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "postfix-%u/%0100u", i, i);
		shares_of(shares, slice_of(name))->lines[MEANS_UNKNOWN]++;
	}
	n = shares_top(shares, rows, SHARES, &others);
	assert_int_equal(n, SHARES);
	for (size_t i = 0; i < n; i++)
		lines += rows[i].unrecognised;
	assert_int_equal(lines, SHARES);
	assert_int_equal(others.unrecognised, 1000 - SHARES);
	shares_free(shares);
}

static void
lines_are_added_to_those_of_before_the_restart(void **state)
{
	struct feed *before = feed_new(false), *after = feed_new(false);
	struct program_share rows[SHARES], others;
	struct state_writer w = { 0 };
	struct slice value;

	(void)state;
	feed_text(before, some);
	shares_save(maillog_shares(before->maillog), &w);
	value = (struct slice){ w.p, w.n };
	assert_true(shares_load(maillog_shares(after->maillog), value));
	feed_text(after, some);
	assert_int_equal(
	    shares_top(maillog_shares(after->maillog), rows, 1, &others), 1);
	assert_int_equal(rows[0].recognised, 2);
	assert_int_equal(rows[0].unrecognised, 2);
	/* With those of the rows that were not asked for. */
	assert_int_equal(others.recognised, 2);
	assert_int_equal(others.ignored, 2);
	feed_free(before);
	feed_free(after);
	writer_fini(&w);
}

static void
a_damaged_value_is_refused(void **state)
{
	struct feed *feed = feed_new(false);
	struct state_writer w = { 0 };
	size_t whole = 0;

	(void)state;
	feed_text(feed, some);
	shares_save(maillog_shares(feed->maillog), &w);
	for (size_t n = 0; n <= w.n; n++) {
		struct shares *shares = shares_new();

		whole += shares_load(shares, (struct slice){ w.p, n });
		shares_free(shares);
	}
	/* Only where a row ends: nothing, others, and two programs. */
	assert_int_equal(whole, 4);
	writer_fini(&w);
	feed_free(feed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mail_program_has_its_lines),
		cmocka_unit_test(forged_names_fill_no_memory_and_lose_no_line),
		cmocka_unit_test(
		    lines_are_added_to_those_of_before_the_restart),
		cmocka_unit_test(a_damaged_value_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
