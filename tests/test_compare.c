/*
 * test_compare.c - what the wire shows and the log tells is the same mail
 *
 * A story is told message by message, each at a second since the beginning;
 * what came of it are four counts and the last event.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/compare.h"

#define BEGIN     INT64_C(1800000000)
#define TOLERANCE 60
#define CLIENT    "203.0.113.7"

static struct compare *compare;
static unsigned logged, uncompared, unlogged, unseen;
static struct mail_event last;
static char last_line[200];

static int64_t
at(int seconds)
{
	return (BEGIN + seconds) * 1000000;
}

static void
count(void *arg, int64_t when, enum metric metric, uint64_t n)
{
	(void)arg;
	(void)when;
	if (metric == METRIC_WIRE_LOGGED)
		logged += (unsigned)n;
	else if (metric == METRIC_WIRE_UNCOMPARED)
		uncompared += (unsigned)n;
	else
		fail_msg("counted as %s", metric_name(metric));
}

static void
take(void *arg, const struct mail_event *event)
{
	(void)arg;
	assert_int_equal(event->kind, EVENT_MISSING);
	assert_int_equal(event->source, SOURCE_WIRE);
	unlogged += event->missing.unlogged;
	unseen += !event->missing.unlogged;
	last = *event;
	slice_copy(event->line, last_line, sizeof(last_line));
}

static struct addr
addr_of(const char *text)
{
	struct addr addr;

	(void)addr_parse(slice_of(text), &addr);
	return addr;
}

/* Captures and logs begin a minute before. */
static int
start(void **state)
{
	struct compare_config config = { .host = SLICE("mail"),
		.name = SLICE("mail"),
		.tolerance = TOLERANCE * INT64_C(1000000),
		.missing = { take, NULL },
		.count = count };

	(void)state;
	logged = uncompared = unlogged = unseen = 0;
	last_line[0] = '\0';
	compare = compare_new(&config);
	compare_time(compare, SOURCE_WIRE, at(-60));
	compare_time(compare, SOURCE_LOG, at(-60));
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	compare_free(compare);
	return 0;
}

static struct mail_event
message(enum event_source source, int seconds, const char *id)
{
	return (struct mail_event){ .when = at(seconds),
		.kind = EVENT_RECEIVED,
		.source = source,
		.count = 1,
		.host = SLICE("mail"),
		.queue_id = slice_of(id),
		.client = addr_of(CLIENT),
		.message = { .sender = SLICE("kim@example.org"),
		    .bytes = 700,
		    .recipients = 1 } };
}

static void
tell(enum event_source source, int seconds, const char *id)
{
	struct mail_event event = message(source, seconds, id);

	compare_take(compare, &event);
}

static void
pass(int seconds)
{
	compare_time(compare, SOURCE_WIRE, at(seconds));
	compare_time(compare, SOURCE_LOG, at(seconds));
}

#define EXPECT(l, n, s, u)                                                     \
	do {                                                                   \
		assert_int_equal(logged, l);                                   \
		assert_int_equal(unlogged, n);                                 \
		assert_int_equal(unseen, s);                                   \
		assert_int_equal(uncompared, u);                               \
	} while (0)

static void
either_may_tell_first(void **state)
{
	(void)state;
	tell(SOURCE_WIRE, 0, "A");
	tell(SOURCE_LOG, 1, "A");
	tell(SOURCE_LOG, 2, "B");
	tell(SOURCE_WIRE, 3, "B");
	pass(1000);
	EXPECT(2, 0, 0, 0);
}

static void
a_message_that_the_log_lacks_is_unlogged(void **state)
{
	(void)state;
	tell(SOURCE_WIRE, 0, "A");
	tell(SOURCE_WIRE, 0, "B");
	tell(SOURCE_LOG, 0, "B");
	pass(TOLERANCE - 1);
	EXPECT(1, 0, 0, 0);
	pass(TOLERANCE);
	EXPECT(1, 1, 0, 0);
	assert_int_equal(last.when, at(TOLERANCE));
	assert_string_equal(last_line,
	    "2027-01-15T08:00:00Z message of 700 bytes from 203.0.113.7, "
	    "queue id A: taken on the wire, not in the log");
}

static void
a_message_that_the_wire_lacks_is_unseen(void **state)
{
	(void)state;
	tell(SOURCE_LOG, 0, "A");
	tell(SOURCE_LOG, 0, "B");
	tell(SOURCE_WIRE, 0, "A");
	pass(TOLERANCE);
	EXPECT(1, 0, 1, 0);
	assert_true(slice_is(last.queue_id, "B"));
}

static void
a_log_that_is_behind_is_waited_for(void **state)
{
	(void)state;
	tell(SOURCE_WIRE, 0, "A");
	compare_time(compare, SOURCE_WIRE, at(7200));
	EXPECT(0, 0, 0, 0);
	tell(SOURCE_LOG, 0, "A");
	compare_time(compare, SOURCE_LOG, at(7200));
	EXPECT(1, 0, 0, 0);
}

static void
what_was_missing_and_comes_late_is_no_other_message(void **state)
{
	(void)state;
	tell(SOURCE_WIRE, 0, "A");
	pass(100);
	tell(SOURCE_LOG, 101, "A");
	pass(1000);
	EXPECT(0, 1, 0, 0);
}

static void
without_an_id_sender_client_and_size_tell(void **state)
{
	struct mail_event event;

	(void)state;
	tell(SOURCE_WIRE, 0, "");
	event = message(SOURCE_WIRE, 1, "");
	event.message.bytes = 100000;
	compare_take(compare, &event);
	event = message(SOURCE_LOG, 2, "1234");
	event.message.bytes = 100200; /* with a header of the server */
	compare_take(compare, &event);
	EXPECT(1, 0, 0, 0);
	event = message(SOURCE_LOG, 2, "1235");
	event.client = addr_of("203.0.113.8");
	compare_take(compare, &event);
	event = message(SOURCE_LOG, 2, "1236");
	event.message.sender = SLICE("lee@example.org");
	compare_take(compare, &event);
	EXPECT(1, 0, 0, 0);
	pass(1000);
	EXPECT(1, 1, 2, 0);
}

static void
another_id_is_another_message(void **state)
{
	(void)state;
	tell(SOURCE_WIRE, 0, "A");
	tell(SOURCE_LOG, 0, "B");
	pass(1000);
	EXPECT(0, 1, 1, 0);
}

static void
pickup_and_our_own_connections_are_not_on_the_wire(void **state)
{
	struct addr own = addr_of("192.0.2.25");
	struct mail_event event = message(SOURCE_LOG, 0, "A");

	(void)state;
	compare_set_own(compare, &own, 1);
	event.client = (struct addr){ 0 };
	compare_take(compare, &event);
	event = message(SOURCE_LOG, 0, "B");
	event.client = addr_of("127.0.0.1");
	compare_take(compare, &event);
	event = message(SOURCE_LOG, 0, "C");
	event.client = own;
	compare_take(compare, &event);
	event = message(SOURCE_LOG, 0, "D");
	event.message.generated = true;
	compare_take(compare, &event);
	event = message(SOURCE_LOG, 0, "E");
	event.host = SLICE("other");
	compare_take(compare, &event);
	pass(1000);
	EXPECT(0, 0, 0, 0);
}

static void
a_host_has_a_full_and_a_short_name(void **state)
{
	struct mail_event event = message(SOURCE_LOG, 0, "A");

	(void)state;
	event.host = SLICE("mail.example.org");
	tell(SOURCE_WIRE, 0, "A");
	compare_take(compare, &event);
	pass(1000);
	EXPECT(1, 0, 0, 0);
	assert_true(compare_same_host(SLICE("Mail"), SLICE("mail")));
	assert_false(compare_same_host(SLICE("mail"), SLICE("mailer")));
	assert_false(compare_same_host(
	    SLICE("mail.example.org"), SLICE("mail.example.com")));
	assert_false(compare_same_host(SLICE(""), SLICE("mail")));
	assert_false(compare_same_host(SLICE(""), SLICE(".org")));
}

static void
what_was_taken_and_thrown_away_is_in_the_log(void **state)
{
	struct mail_event event = message(SOURCE_LOG, 0, "A");

	(void)state;
	event.kind = EVENT_DISCARDED;
	event.delivery.sender = SLICE("kim@example.org");
	tell(SOURCE_WIRE, 0, "A");
	compare_take(compare, &event);
	compare_take(compare, &event); /* for another recipient */
	pass(1000);
	EXPECT(1, 0, 0, 0);
}

static void
mail_under_tls_is_not_compared(void **state)
{
	struct addr client = addr_of(CLIENT);

	(void)state;
	compare_unread(compare, &client, at(0), false);
	tell(SOURCE_LOG, 500, "A");
	pass(1000);
	EXPECT(0, 0, 0, 1);
	compare_unread(compare, &client, at(1000), true);
	tell(SOURCE_LOG, 1000 + TOLERANCE, "B");
	tell(SOURCE_LOG, 1001 + TOLERANCE, "C");
	tell(SOURCE_WIRE, 1000, "D"); /* the log has all, all the same */
	pass(2000);
	EXPECT(0, 1, 1, 2);
}

static void
a_minute_with_losses_is_not_compared(void **state)
{
	(void)state;
	compare_lost(compare, SOURCE_WIRE, at(10));
	compare_lost(compare, SOURCE_LOG, at(600));
	tell(SOURCE_LOG, 0, "A");
	tell(SOURCE_WIRE, 0, "B");
	tell(SOURCE_WIRE, 600, "C");
	tell(SOURCE_LOG, 600, "D");
	pass(1000);
	EXPECT(0, 1, 1, 2);
}

static void
what_was_before_the_capture_is_not_compared(void **state)
{
	(void)state;
	tell(SOURCE_LOG, -61, "A");
	pass(1000);
	EXPECT(0, 0, 0, 1);
}

static void
a_clock_that_is_put_back_makes_nothing_up(void **state)
{
	(void)state;
	pass(7200);
	compare_time(compare, SOURCE_WIRE, at(0));
	tell(SOURCE_LOG, -1, "A");
	tell(SOURCE_WIRE, 5, "B");
	tell(SOURCE_WIRE, 5, "C");
	compare_time(compare, SOURCE_WIRE, at(6));
	EXPECT(0, 0, 0, 0);
	tell(SOURCE_LOG, 7, "B");
	compare_time(compare, SOURCE_WIRE, at(1000));
	EXPECT(1, 1, 0, 1);
}

static void
without_a_log_nothing_is_missing(void **state)
{
	(void)state;
	(void)stop(NULL);
	(void)start(NULL);
	compare_free(compare);
	compare = compare_new(&(struct compare_config){
	    .host = SLICE("mail"), .name = SLICE("mail"), .count = count });
	for (int i = 0; i < 36000; i += 60) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		compare_time(compare, SOURCE_WIRE, at(i));
		tell(SOURCE_WIRE, i, id);
	}
	EXPECT(0, 0, 0, 0);
}

static void
a_flood_takes_bounded_room(void **state)
{
	char id[16];

	(void)state;
	for (int i = 0; i < COMPARE_MOST + 1000; i++) {
		snprintf(id, sizeof(id), "%d", i);
		tell(SOURCE_WIRE, 0, i % 2 ? "" : id);
	}
	EXPECT(0, 0, 0, 500); /* a filter's words are not missed */
	pass(1000);
	assert_int_equal(unlogged + uncompared, COMPARE_MOST / 2 + 500);
	/* Whose partner had to make room is not missing. */
	tell(SOURCE_LOG, 0, "0");
	pass(1000);
	assert_int_equal(unseen, 0);
	for (int i = 0; i < COMPARE_UNREAD + 10; i++) {
		struct addr client = { 4,
			{ 10, 0, (uint8_t)(i >> 8), (uint8_t)i } };

		compare_unread(compare, &client, at(1000), false);
	}
	/* Whose sessions were forgotten is not known any more. */
	tell(SOURCE_LOG, 1001, "A");
	pass(2000);
	assert_int_equal(unseen, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(either_may_tell_first),
		TEST(a_message_that_the_log_lacks_is_unlogged),
		TEST(a_message_that_the_wire_lacks_is_unseen),
		TEST(a_log_that_is_behind_is_waited_for),
		TEST(what_was_missing_and_comes_late_is_no_other_message),
		TEST(without_an_id_sender_client_and_size_tell),
		TEST(another_id_is_another_message),
		TEST(pickup_and_our_own_connections_are_not_on_the_wire),
		TEST(a_host_has_a_full_and_a_short_name),
		TEST(what_was_taken_and_thrown_away_is_in_the_log),
		TEST(mail_under_tls_is_not_compared),
		TEST(a_minute_with_losses_is_not_compared),
		TEST(what_was_before_the_capture_is_not_compared),
		TEST(a_clock_that_is_put_back_makes_nothing_up),
		TEST(without_a_log_nothing_is_missing),
		TEST(a_flood_takes_bounded_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
