/*
 * test_grants.c - who may relay because somebody logged in from there
 *
 * fixtures/poplogin/configured: logs of hosts where it is so by configuration;
 * GOLDEN=1 rewrites the .events: read the diff.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/collectors.h"
#include "collectors/grants.h"
#include "collectors/relays.h"
#include "tests/feed.h"
#include "tests/logs.h"

#define LOGIN(time, from)                                                      \
	"Nov 20 " time " mx1 dovecot: imap-login: Login: user=<kim>, "         \
	"method=PLAIN, rip=" from ", lip=198.51.100.25, mpid=30\n"
#define SENT(time, id, from)                                                   \
	"Nov 20 " time " mx1 postfix/smtpd[5]: " id ": client=a[" from "]\n"   \
	"Nov 20 " time " mx1 postfix/cleanup[6]: " id ": message-id=<" id      \
	"@x>\n"                                                                \
	"Nov 20 " time " mx1 postfix/qmgr[7]: " id ": from=<x@example.org>, "  \
	"size=9, nrcpt=1 (queue active)\n"                                     \
	"Nov 20 " time " mx1 postfix/smtp[8]: " id ": "                        \
	"to=<lee@example.net>, relay=mx.example.net[203.0.113.25]:25, "        \
	"delay=1, dsn=2.0.0, status=sent (250 ok)\n"                           \
	"Nov 20 " time " mx1 postfix/qmgr[7]: " id ": removed\n"

static char domain[] = "example.com";
static char *const domains[] = { domain };

static struct feed *
begin(bool relays, bool never, unsigned seconds)
{
	const struct tracker_config config = { .domains = domains,
		.domain_count = 1,
		.login_relays = relays,
		.login_never = never,
		.login_seconds = seconds };
	struct feed *feed = feed_new(true);

	tracker_reconfigure(feed->tracker, &config);
	return feed;
}

/* How the message with that id was relayed; "": it was not. */
static const char *
relayed(struct feed *feed, const char *id)
{
	static char how[128];
	char want[64];
	const char *at;

	snprintf(want, sizeof(want), " relayed id=%s ", id);
	at = strstr(feed_events(feed), want);
	how[0] = '\0';
	if (at != NULL)
		slice_copy((struct slice){ at + strlen(want),
			       strcspn(at + strlen(want), "\n") },
		    how, sizeof(how));
	return how;
}

static void
check_sample(const char *path)
{
	struct feed *feed = begin(true, false, 0);
	char other[4096], *text = feed_file(path), *want;
	FILE *out;

	feed_text(feed, text);
	tracker_finish(feed->tracker);
	snprintf(other, sizeof(other), "%.*s.events",
	    (int)(strlen(path) - strlen(".log")), path);
	if (getenv("GOLDEN") != NULL) {
		out = fopen(other, "we");
		assert_non_null(out);
		fputs(feed_events(feed), out);
		fclose(out);
	}
	want = feed_file(other);
	assert_non_null(want);
	assert_string_equal(feed_events(feed), want);
	free(want);
	free(text);
	feed_free(feed);
}

static void
samples_give_their_events(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(
	    glob("tests/fixtures/poplogin/configured/*.log", 0, NULL, &found),
	    0);
	assert_true(found.gl_pathc >= 4);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_sample(found.gl_pathv[i]);
	globfree(&found);
}

static const char two_sent[] = LOGIN("09:00:00", "192.0.2.7") SENT(
    "09:00:59", "4AA001", "192.0.2.7") SENT("09:01:00", "4AA002", "192.0.2.7");

static void
a_login_alone_lets_nobody_relay(void **state)
{
	struct feed *feed = begin(false, false, 60);

	(void)state;
	feed_text(feed, two_sent);
	assert_string_equal(relayed(feed, "4AA001"), "client=192.0.2.7 open");
	feed_free(feed);
}

static void
the_window_ends_to_the_second(void **state)
{
	struct feed *feed = begin(true, false, 60);

	(void)state;
	feed_text(feed, two_sent);
	assert_string_equal(relayed(feed, "4AA001"),
	    "account=kim client=192.0.2.7 authenticated");
	assert_string_equal(relayed(feed, "4AA002"), "client=192.0.2.7 open");
	feed_free(feed);
}

static void
where_it_is_never_so_no_line_makes_it_so(void **state)
{
	struct feed *feed = begin(true, true, 60);

	(void)state;
	feed_text(feed,
	    "Nov 20 08:59:59 mx1 pop-before-smtp[4]: added 192.0.2.7 to DB\n");
	feed_text(feed, two_sent);
	assert_string_equal(relayed(feed, "4AA001"), "client=192.0.2.7 open");
	feed_free(feed);
}

static void
a_login_after_the_message_is_too_late(void **state)
{
	struct feed *feed = begin(true, false, 60);

	(void)state;
	feed_text(feed, LOGIN("08:00:00", "192.0.2.9")
			    SENT("08:59:59", "4AA003", "192.0.2.7"));
	feed_text(feed, two_sent);
	assert_string_equal(relayed(feed, "4AA003"), "client=192.0.2.7 open");
	feed_free(feed);
}

/* Logins are on another host, as DRAC can have it, or in a log that is not
   read. */
static void
where_no_login_is_seen_a_stranger_may_be_anybody(void **state)
{
	struct feed *feed = begin(true, false, 60);

	(void)state;
	feed_text(feed,
	    "2036-11-20T09:00:00Z mx1 dovecot: imap-login: Login: user=<kim>, "
	    "method=PLAIN, rip=192.0.2.7, lip=198.51.100.25, mpid=30\n");
	feed_text(feed, SENT("09:00:00", "4AA001", "192.0.2.8"));
	assert_string_equal(relayed(feed, "4AA001"), "client=192.0.2.8 unsure");
	feed_text(feed, LOGIN("09:00:01", "192.0.2.7")
			    SENT("09:00:02", "4AA002", "192.0.2.8"));
	assert_string_equal(relayed(feed, "4AA002"), "client=192.0.2.8 open");
	feed_free(feed);
}

/* Cyrus looks whether the mailbox can be had when it has logged a login. */
static void
a_login_that_may_yet_fail_counts_until_it_does(void **state)
{
	static const char login[] =
	    "Nov 20 09:00:00 mx1 cyrus/pop3[7]: login: a [192.0.2.7] kim "
	    "plaintext User logged in\n";
	struct feed *feed = begin(true, false, 60);

	(void)state;
	feed_text(feed, login);
	feed_text(feed, SENT("09:00:01", "4AA001", "192.0.2.7"));
	assert_string_equal(relayed(feed, "4AA001"),
	    "account=kim client=192.0.2.7 authenticated");
	feed_text(feed,
	    "Nov 20 09:00:02 mx1 cyrus/pop3[7]: Unable to lock maildrop kim\n");
	feed_text(feed, LOGIN("09:00:03", "192.0.2.9")
			    SENT("09:00:04", "4AA002", "192.0.2.7"));
	assert_string_equal(relayed(feed, "4AA002"), "client=192.0.2.7 open");
	feed_free(feed);
}

/* The logins are in a file of their own, that is read first. */
static void
logins_of_the_whole_day_may_be_read_before_the_messages(void **state)
{
	struct feed *feed = begin(true, false, 60);

	(void)state;
	feed_text(feed, LOGIN("09:00:00", "192.0.2.7") LOGIN("12:00:00",
			    "192.0.2.7") LOGIN("18:00:00", "192.0.2.7"));
	feed_text(feed, SENT("09:00:30", "4AA001", "192.0.2.7")
			    SENT("10:00:00", "4AA002", "192.0.2.7")
				SENT("12:00:59", "4AA003", "192.0.2.7"));
	assert_string_equal(relayed(feed, "4AA001"),
	    "account=kim client=192.0.2.7 authenticated");
	assert_string_equal(relayed(feed, "4AA002"), "client=192.0.2.7 open");
	assert_string_equal(relayed(feed, "4AA003"),
	    "account=kim client=192.0.2.7 authenticated");
	feed_free(feed);
}

static void
a_week_after_the_daemons_last_word_a_login_is_a_login(void **state)
{
	struct feed *feed = begin(false, false, 0);

	(void)state;
	feed_text(feed, "Nov 13 09:00:01 mx1 pop-before-smtp[4]: starting up "
			"(v1.42)\n");
	feed_text(feed, LOGIN("08:59:00", "192.0.2.7")
			    SENT("09:00:00", "4AA001", "192.0.2.7")
				SENT("09:00:01", "4AA002", "192.0.2.7"));
	assert_string_equal(relayed(feed, "4AA001"),
	    "account=kim client=192.0.2.7 authenticated");
	assert_string_equal(relayed(feed, "4AA002"), "client=192.0.2.7 open");
	feed_free(feed);
}

/* What nobody takes back is over after a day. */
static void
a_daemon_that_fell_silent_grants_for_a_day(void **state)
{
	struct feed *feed = begin(false, false, 0);

	(void)state;
	feed_text(feed,
	    "Nov 19 09:00:00 mx1 pop-before-smtp[4]: added 192.0.2.7 to DB\n");
	feed_text(feed, SENT("08:59:59", "4AA001", "192.0.2.7")
			    SENT("09:00:00", "4AA002", "192.0.2.7"));
	assert_string_equal(
	    relayed(feed, "4AA001"), "client=192.0.2.7 authenticated");
	assert_string_equal(relayed(feed, "4AA002"), "client=192.0.2.7 open");
	feed_free(feed);
}

static void
our_networks_need_no_login(void **state)
{
	struct prefix ours = { { 4, { 192, 0, 2 } }, 24 };
	const struct tracker_config config = { .domains = domains,
		.domain_count = 1,
		.networks = &ours,
		.network_count = 1,
		.login_relays = true };
	struct feed *feed = feed_new(true);

	(void)state;
	tracker_reconfigure(feed->tracker, &config);
	feed_text(feed, two_sent);
	assert_string_equal(
	    relayed(feed, "4AA001"), "client=192.0.2.7 network");
	feed_free(feed);
}

static void
put_login(struct feed *feed, unsigned i, int64_t when)
{
	struct mail_event event = { .when = when,
		.kind = EVENT_LOGIN_OK,
		.host = SLICE("mx1"),
		.account = SLICE("kim"),
		.client = { 4, { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
				   (uint8_t)i } } };

	grants_login(feed->tracker, &event);
}

static bool
may_relay(struct feed *feed, unsigned i, int64_t when)
{
	struct addr client = { 4,
		{ 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
	struct slice account;
	uint32_t host;

	(void)tracker_host(feed->tracker, SLICE("mx1"), &host);
	return grants_find(feed->tracker, host, &client, when, &account);
}

/* The longest untouched go first, and are counted if their time is not over. */
static void
more_addresses_than_fit_are_dropped_and_counted(void **state)
{
	struct feed *feed = begin(true, false, 60);
	const int64_t now = INT64_C(1795165200000000);

	(void)state;
	for (unsigned i = 0; i < GRANTS_MOST + 5; i++)
		put_login(feed, i, now);
	assert_int_equal(tracker_counts(feed->tracker)->dropped, 5);
	assert_false(may_relay(feed, 4, now));
	assert_true(may_relay(feed, 5, now));
	assert_true(may_relay(feed, GRANTS_MOST + 4, now));
	for (unsigned i = 0; i < 5; i++)
		put_login(feed, 3 * GRANTS_MOST + i, now + 61000000);
	assert_int_equal(tracker_counts(feed->tracker)->dropped, 5);
	feed_free(feed);
}

/* What is long over leaves neither a row here nor one in the state. */
static void
what_is_over_for_a_day_leaves_no_row(void **state)
{
	struct feed *feed = begin(true, false, 60);
	struct state_part part = tracker_part(feed->tracker);
	const int64_t now = INT64_C(1795165200000000);
	struct state_rows rows = { 0 }, more = { 0 };
	size_t drops = 0;
	struct row row;

	(void)state;
	put_login(feed, 1, now);
	part.save(part.arg, &rows);
	put_login(feed, 2, now + INT64_C(87000000000));
	part.save(part.arg, &more);
	for (size_t at = 0; rows_next(&more, &at, &row);)
		drops += row.dropped;
	assert_int_equal(drops, 1);
	rows_fini(&rows);
	rows_fini(&more);
	feed_free(feed);
}

static void
a_restart_between_login_and_message_changes_nothing(void **state)
{
	struct feed *feed = begin(true, false, 60);
	struct feed *next = begin(true, false, 60);
	struct state_rows rows = { 0 };

	(void)state;
	feed_text(feed, LOGIN("09:00:00", "192.0.2.7"));
	feed_hand_over(feed, next, &rows);
	feed_text(next, SENT("09:00:59", "4AA001", "192.0.2.7")
			    SENT("09:01:00", "4AA002", "192.0.2.7"));
	assert_string_equal(relayed(next, "4AA001"),
	    "account=kim client=192.0.2.7 authenticated");
	assert_string_equal(relayed(next, "4AA002"), "client=192.0.2.7 open");
	rows_fini(&rows);
	feed_free(feed);
	feed_free(next);
}

#define SENDERS 900 /* so that each log has many times what is read at once */

static unsigned relays[RELAY_UNSURE + 1];

static void
count_relays(void *arg, const struct mail_event *event)
{
	(void)arg;
	if (event->kind != EVENT_RELAYED)
		return;
	relays[event->relay]++;
	if (event->relay == RELAY_AUTHENTICATED)
		assert_true(slice_is(event->account, "kim"));
}

/* Each logs in and sends a minute later; every tenth did not log in. */
static void
write_logs(const char *logins, const char *messages)
{
	FILE *in = fopen(logins, "we"), *out = fopen(messages, "we");

	assert_true(in != NULL && out != NULL);
	for (unsigned i = 0; i < SENDERS; i++) {
		char at[48], then[48];

		snprintf(at, sizeof(at), "2026-11-20T%02u:%02u:00Z mx1",
		    i / 60 % 24, i % 60);
		snprintf(then, sizeof(then), "2026-11-20T%02u:%02u:30Z mx1",
		    i / 60 % 24, i % 60);
		if (i % 10 != 0)
			fprintf(in,
			    "%s dovecot: imap-login: Login: user=<kim>, "
			    "method=PLAIN, rip=10.0.%u.%u, lip=192.0.2.25, "
			    "mpid=3\n",
			    at, i / 256, i % 256);
		fprintf(out,
		    "%s postfix/smtpd[5]: A%05X: client=a[10.0.%u.%u]\n"
		    "%s postfix/cleanup[6]: A%05X: message-id=<%u@x>\n"
		    "%s postfix/qmgr[7]: A%05X: from=<x@example.org>, "
		    "size=9, nrcpt=1 (queue active)\n"
		    "%s postfix/smtp[8]: A%05X: to=<lee@example.net>, "
		    "relay=mx.example.net[203.0.113.25]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 ok)\n"
		    "%s postfix/qmgr[7]: A%05X: removed\n",
		    then, i, i / 256, i % 256, then, i, i, then, i, then, i,
		    then, i);
	}
	fclose(in);
	fclose(out);
}

static void
a_login_in_another_log_counts_however_far_that_is_read(void **state)
{
	static char utc[] = "UTC", one[] = "logins", two[] = "messages";
	const struct collect_sinks sinks = { .events = { count_relays, NULL } };
	const int64_t now = INT64_C(1795348800000);
	char logins[160], messages[160];
	struct source_config sources[] = {
		{ .title = two, .path = messages, .zone = utc },
		{ .title = one, .path = logins, .zone = utc },
	};
	const struct collect_config config = { .sources = sources,
		.source_count = 2,
		.domains = (char **)(uintptr_t)domains,
		.domain_count = 1,
		.login_relay = LOGIN_RELAY_ALWAYS,
		.login_seconds = 60 };
	struct collectors *collectors;
	struct logs logs;
	struct err err;

	(void)state;
	memset(relays, 0, sizeof(relays));
	logs_make(&logs);
	snprintf(logins, sizeof(logins), "%s/logins", logs.directory);
	snprintf(messages, sizeof(messages), "%s/messages", logs.directory);
	write_logs(logins, messages);
	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	assert_non_null(collectors);
	collectors_ready(collectors, now);
	while (collectors_read(collectors, 1 << 16, now) != 0)
		;
	assert_int_equal(relays[RELAY_AUTHENTICATED], SENDERS * 9 / 10);
	assert_int_equal(relays[RELAY_OPEN], SENDERS / 10);
	assert_int_equal(relays[RELAY_UNSURE], 0);
	collectors_close(collectors);
	logs_remove(&logs);
}

/* And the steps of their times stay open; the oldest is decided if need be. */
static void
relaying_waits_for_the_other_log_through_a_restart(void **state)
{
	struct feed *feed = begin(true, false, 60);
	struct feed *next = begin(true, false, 60);
	struct state_rows rows = { 0 };
	char text[sizeof(SENT("09:00:00", "4BB0000", "192.0.2.7"))];
	uint32_t host;

	(void)state;
	tracker_several(feed->tracker, true);
	tracker_several(next->tracker, true);
	feed_text(feed, SENT("09:00:30", "4AA001", "192.0.2.7")
			    SENT("09:01:00", "4AA002", "192.0.2.8"));
	assert_string_equal(relayed(feed, "4AA001"), "");
	(void)tracker_host(feed->tracker, SLICE("mx1"), &host);
	assert_int_equal(
	    tracker_floor(feed->tracker, host), INT64_C(1795165230000000));
	feed_hand_over(feed, next, &rows);
	feed_text(next, LOGIN("09:00:00", "192.0.2.7"));
	tracker_read(next->tracker, INT64_C(1795165260000000));
	assert_string_equal(relayed(next, "4AA001"),
	    "account=kim client=192.0.2.7 authenticated");
	assert_string_equal(relayed(next, "4AA002"), "");
	for (unsigned i = 0; i < RELAYS_MOST; i++) {
		snprintf(text, sizeof(text),
		    SENT("09:02:00", "4BB%04X", "192.0.2.9"), i, i, i, i, i, i);
		feed_text(next, text);
	}
	assert_string_equal(relayed(next, "4AA002"), "client=192.0.2.8 open");
	assert_string_equal(relayed(next, "4BB0000"), "");
	tracker_read(next->tracker, INT64_MAX);
	assert_string_equal(relayed(next, "4BB03FF"), "client=192.0.2.9 open");
	(void)tracker_host(next->tracker, SLICE("mx1"), &host);
	assert_int_equal(tracker_floor(next->tracker, host), INT64_MAX);
	rows_fini(&rows);
	feed_free(feed);
	feed_free(next);
}

static void
damaged_rows_are_refused(void **state)
{
	static const struct slice keys[] = { { "g", 1 }, { "g\1\0\0\0", 5 },
		{ "r", 1 } };
	struct feed *feed = begin(true, false, 60);
	struct state_part part = tracker_part(feed->tracker);
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(
		    part.load(part.arg, keys[i], SLICE("\xff\xff"), &err), -1);
	feed_free(feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_give_their_events),
		cmocka_unit_test(a_login_alone_lets_nobody_relay),
		cmocka_unit_test(the_window_ends_to_the_second),
		cmocka_unit_test(where_it_is_never_so_no_line_makes_it_so),
		cmocka_unit_test(a_login_after_the_message_is_too_late),
		cmocka_unit_test(
		    where_no_login_is_seen_a_stranger_may_be_anybody),
		cmocka_unit_test(
		    a_login_that_may_yet_fail_counts_until_it_does),
		cmocka_unit_test(
		    logins_of_the_whole_day_may_be_read_before_the_messages),
		cmocka_unit_test(
		    a_week_after_the_daemons_last_word_a_login_is_a_login),
		cmocka_unit_test(a_daemon_that_fell_silent_grants_for_a_day),
		cmocka_unit_test(our_networks_need_no_login),
		cmocka_unit_test(
		    more_addresses_than_fit_are_dropped_and_counted),
		cmocka_unit_test(what_is_over_for_a_day_leaves_no_row),
		cmocka_unit_test(
		    a_restart_between_login_and_message_changes_nothing),
		cmocka_unit_test(
		    a_login_in_another_log_counts_however_far_that_is_read),
		cmocka_unit_test(
		    relaying_waits_for_the_other_log_through_a_restart),
		cmocka_unit_test(damaged_rows_are_refused),
	};

	return cmocka_run_group_tests_name("grants", tests, NULL, NULL);
}
