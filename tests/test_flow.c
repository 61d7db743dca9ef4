/*
 * test_flow.c - connections are followed, each direction in order
 *
 * A story is told segment by segment; what a reader was given is one text:
 * ">" and what the client sent, "<" and what the server sent, "[n]" a gap of n
 * bytes, "." a side closed, "|" and "!" the end, after a reset.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "collectors/wire/flow.h"
#include "tests/frames.h"

#define CLIENT_ISN 100
#define SERVER_ISN 500

static char told[4096];
static unsigned started, begun;

static void
tell(const char *text, size_t n)
{
	size_t used = strlen(told);

	if (used + n >= sizeof(told))
		return; /* more than a test looks at */
	memcpy(told + used, text, n);
	told[used + n] = '\0';
}

static void *
start(void *arg, const struct flow_start *how)
{
	started++;
	begun += how->begun;
	return arg;
}

static bool
take(void *session, const struct stream_data *data)
{
	(void)session;
	tell(data->from == CLIENT ? ">" : "<", 1);
	tell(data->bytes.p, data->bytes.n);
	return true;
}

static bool
gap(void *session, enum side from, uint32_t bytes, int64_t when)
{
	char text[16];

	(void)session;
	(void)from;
	(void)when;
	snprintf(text, sizeof(text), "[%u]", bytes);
	tell(text, strlen(text));
	return true;
}

static void
closed(void *session, enum side from)
{
	(void)session;
	(void)from;
	tell(".", 1);
}

static void
end(void *session, const struct flow_end *how)
{
	(void)session;
	tell(how->reset ? "!" : "|", 1);
}

static struct flows *
flows_of_test(void)
{
	static int session;
	struct flow_reader reader = { start, take, gap, closed, end, &session };

	told[0] = '\0';
	started = begun = 0;
	return flows_new(&reader);
}

/* Numbers are relative to the first byte of each side. */
static struct segment
segment_of(enum side from, int seq, int ack, unsigned flags, const char *text)
{
	struct segment s = some_segment("192.0.2.1", "192.0.2.25", text);
	struct addr addr = s.from;

	s.seq =
	    (uint32_t)((from == CLIENT ? CLIENT_ISN : SERVER_ISN) + 1 + seq);
	s.ack =
	    (uint32_t)((from == CLIENT ? SERVER_ISN : CLIENT_ISN) + 1 + ack);
	s.flags = (uint8_t)flags;
	s.when = 1000000;
	if (from == SERVER) {
		s.from = s.to;
		s.to = addr;
		s.from_port = 25;
		s.to_port = 40000;
	}
	return s;
}

static void
say(struct flows *flows, enum side from, int seq, int ack, const char *text)
{
	struct segment s = segment_of(from, seq, ack, TCP_ACK, text);

	flows_add(flows, &s, from);
}

static void
flag(struct flows *flows, enum side from, int seq, int ack, unsigned flags)
{
	struct segment s = segment_of(from, seq, ack, flags, "");

	flows_add(flows, &s, from);
}

static void
shake_hands(struct flows *flows)
{
	flag(flows, CLIENT, -1, -1, TCP_SYN);
	flag(flows, SERVER, -1, 0, TCP_SYN | TCP_ACK);
	flag(flows, CLIENT, 0, 0, TCP_ACK);
}

/* Packets of others pass. */
static void
let_pass(struct flows *flows, int n)
{
	struct segment s = segment_of(CLIENT, 0, 0, TCP_ACK, "");

	s.from_port = 999;
	while (n-- > 0)
		flows_add(flows, &s, CLIENT);
}

static void
each_direction_is_given_in_order(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	shake_hands(flows);
	say(flows, SERVER, 0, 0, "220\n");
	say(flows, CLIENT, 4, 4, "def"); /* not yet */
	say(flows, CLIENT, 0, 4, "abc\n");
	say(flows, CLIENT, 0, 4, "abc\n"); /* again */
	say(flows, SERVER, 4, 7, "250");
	flag(flows, CLIENT, 7, 7, TCP_FIN | TCP_ACK);
	flag(flows, SERVER, 7, 8, TCP_FIN | TCP_ACK);
	assert_string_equal(told, "<220\n>abc\n>def<250..|");
	assert_int_equal(flows_counts(flows)->streams.retransmitted, 1);
	assert_int_equal(begun, 1);
	flows_free(flows);
}

static void
a_reply_waits_for_its_command(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	shake_hands(flows);
	say(flows, SERVER, 0, 0, "220\n");
	say(flows, SERVER, 4, 5, "250\n"); /* shown before what it answers */
	say(flows, CLIENT, 0, 4, "EHLO\n");
	assert_string_equal(told, "<220\n>EHLO\n<250\n");
	flows_free(flows);
}

static void
of_bytes_that_come_twice_the_first_stay(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	shake_hands(flows);
	say(flows, CLIENT, 4, 0, "ef");
	say(flows, CLIENT, 2, 0, "cdXXgh");
	say(flows, CLIENT, 0, 0, "ab");
	say(flows, CLIENT, 6, 0, "YYi");
	assert_string_equal(told, ">ab>cd>ef>gh>i");
	assert_int_equal(flows_counts(flows)->streams.overlaps, 2);
	flows_free(flows);
}

static void
what_was_acknowledged_and_does_not_come_is_a_gap(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	shake_hands(flows);
	say(flows, CLIENT, 0, 0, "ab");
	say(flows, CLIENT, 6, 0, "gh");
	let_pass(flows, 100);
	say(flows, CLIENT, 8, 0, "ij");
	assert_string_equal(told, ">ab"); /* perhaps it is sent again */
	flag(flows, SERVER, 0, 10, TCP_ACK);
	let_pass(flows, 100);
	flag(flows, SERVER, 0, 10, TCP_ACK);
	assert_string_equal(told, ">ab[4]>gh>ij");
	assert_int_equal(flows_counts(flows)->streams.gaps, 1);
	flows_free(flows);
}

static void
what_waits_is_bounded(void **state)
{
	static char text[60001];
	struct flows *flows = flows_of_test();
	int n = 0;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	shake_hands(flows);
	while (flows_counts(flows)->streams.gaps == 0) {
		assert_true(flows_counts(flows)->streams.waiting ==
			    (uint64_t)n * 60000);
		say(flows, CLIENT, 10 + n++ * 60000, 0, text);
	}
	assert_int_equal(n, STREAM_BYTES / 60000 + 1);
	assert_int_equal(flows_counts(flows)->streams.waiting, 0);
	assert_memory_equal(told, "[10]", 4);

	told[0] = '\0';
	for (int i = 0; i <= STREAM_PIECES; i++)
		say(flows, SERVER, 1 + 2 * i, 0, "y");
	assert_memory_equal(told, "[1]<y[1]<y", 10);
	assert_int_equal(flows_counts(flows)->streams.waiting, 0);
	flows_free(flows);
}

static void
a_session_is_joined_in_its_middle(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	say(flows, SERVER, 1000, 70, "250\n");
	let_pass(flows, STREAM_PATIENCE); /* no handshake turns up */
	say(flows, CLIENT, 70, 1004, "QUIT");
	assert_string_equal(told, "<250\n>QUIT");
	assert_int_equal(started, 1);
	assert_int_equal(begun, 0);
	flows_free(flows);
}

static void
a_handshake_in_another_order_is_one(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	say(flows, SERVER, 0, 0, "220\n");
	flag(flows, CLIENT, 0, 0, TCP_ACK);
	flag(flows, SERVER, -1, 0, TCP_SYN | TCP_ACK);
	flag(flows, CLIENT, -1, -1, TCP_SYN);
	say(flows, CLIENT, 0, 4, "QUIT");
	assert_string_equal(told, "<220\n>QUIT");
	assert_int_equal(started, 1);
	assert_int_equal(begun, 1);
	flows_free(flows);
}

static void
a_late_copy_opens_nothing(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	shake_hands(flows);
	say(flows, CLIENT, 0, 0, "QUIT");
	flag(flows, CLIENT, 4, 0, TCP_FIN | TCP_ACK);
	flag(flows, SERVER, 0, 5, TCP_FIN | TCP_ACK);
	say(flows, CLIENT, 0, 0, "QUIT");
	flag(flows, CLIENT, -1, -1, TCP_SYN);
	let_pass(flows, 100);
	assert_string_equal(told, ">QUIT..|");
	assert_int_equal(started, 1);
	flows_free(flows);
}

static void
a_reset_ends_it_once_stragglers_are_in(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	shake_hands(flows);
	flag(flows, CLIENT, 3, 0, TCP_RST);
	say(flows, CLIENT, 0, 0, "abc");
	assert_string_equal(told, ">abc");
	let_pass(flows, STREAM_PATIENCE + 1);
	assert_string_equal(told, ">abc!");
	flows_free(flows);
}

static void
a_reset_from_nowhere_ends_nothing(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	shake_hands(flows);
	flag(flows, CLIENT, 0x40000000, 0, TCP_RST);
	let_pass(flows, STREAM_PATIENCE + 1);
	say(flows, CLIENT, 0, 0, "abc");
	assert_string_equal(told, ">abc");
	flows_free(flows);
}

static void
ports_used_again_are_another_session(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	shake_hands(flows);
	say(flows, CLIENT, 0, 0, "old");
	flag(flows, CLIENT, 70000, -1, TCP_SYN); /* the other never closed */
	flag(flows, SERVER, 90000, 70001, TCP_SYN | TCP_ACK);
	flag(flows, CLIENT, 70001, 90001, TCP_ACK);
	say(flows, CLIENT, 70001, 90001, "new");
	assert_string_equal(told, ">old|>new");
	assert_int_equal(begun, 2);
	flows_free(flows);
}

static void
a_million_half_open_connections_displace_no_session(void **state)
{
	struct flows *flows = flows_of_test();
	struct segment s;

	(void)state;
	shake_hands(flows);
	say(flows, CLIENT, 0, 0, "abc");
	for (uint32_t i = 0; i < 1000000; i++) {
		s = segment_of(CLIENT, 0, 0, TCP_SYN, "");
		memcpy(s.from.b, &i, sizeof(i));
		s.seq = i * 7;
		flows_add(flows, &s, CLIENT);
	}
	say(flows, CLIENT, 3, 0, "def");
	assert_string_equal(told, ">abc>def");
	assert_int_equal(started, 1);
	assert_int_equal(
	    flows_counts(flows)->evicted_half, 1000000 - FLOWS_HALF);
	assert_int_equal(flows_counts(flows)->evicted, 0);
	flows_free(flows);
}

static void
the_longest_silent_session_makes_room(void **state)
{
	struct flows *flows = flows_of_test();
	struct segment s;

	(void)state;
	for (uint32_t i = 0; i < FLOWS_MOST + 10; i++) {
		s = segment_of(CLIENT, 0, 0, TCP_ACK, "x");
		memcpy(s.from.b, &i, sizeof(i));
		s.when += i;
		flows_add(flows, &s, CLIENT);
	}
	let_pass(flows, STREAM_PATIENCE + 1);
	assert_int_equal(started, FLOWS_MOST + 10);
	assert_int_equal(flows_counts(flows)->evicted, 10);
	flows_free(flows);
}

static void
another_interface_shows_it_again(void **state)
{
	struct flows *flows = flows_of_test();
	struct segment s = segment_of(CLIENT, 0, 0, TCP_ACK, "abc");

	(void)state;
	shake_hands(flows);
	s.interface = 2;
	flows_add(flows, &s, CLIENT);
	assert_string_equal(told, "");
	s.interface = 0;
	flows_add(flows, &s, CLIENT);
	assert_string_equal(told, ">abc");
	flows_free(flows);
}

static void
in_a_quiet_second_nothing_is_waited_for(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	say(flows, CLIENT, 0, 0, "abc"); /* of no known connection */
	flows_clock(flows, 1500000);
	assert_string_equal(told, "");
	flows_clock(flows, 2000001);
	assert_string_equal(told, ">abc");
	flag(flows, CLIENT, 3, 0, TCP_RST);
	flows_clock(flows, 2000001);
	assert_string_equal(told, ">abc!");
	flows_free(flows);
}

static void
the_silent_end_in_the_end(void **state)
{
	struct flows *flows = flows_of_test();

	(void)state;
	shake_hands(flows);
	say(flows, CLIENT, 0, 0, "abc");
	flows_clock(flows, FLOWS_SILENT);
	assert_string_equal(told, ">abc");
	flows_clock(flows, 1000000 + FLOWS_SILENT);
	assert_string_equal(told, ">abc|");
	flows_free(flows);
}

/* To a container: with its address in the server's place. */
static void
a_translated_copy_is_no_session(void **state)
{
	struct flows *flows = flows_of_test();
	static const struct {
		enum side from;
		int seq, ack;
		unsigned flags;
		const char *text;
	} story[] = {
		{ CLIENT, -1, -1, TCP_SYN, "" },
		{ SERVER, -1, 0, TCP_SYN | TCP_ACK, "" },
		{ CLIENT, 0, 0, TCP_ACK, "" },
		{ CLIENT, 0, 0, TCP_ACK, "QUIT" },
		{ SERVER, 0, 4, TCP_ACK, "221" },
		{ CLIENT, 4, 3, TCP_FIN | TCP_ACK, "" },
		{ SERVER, 3, 5, TCP_FIN | TCP_ACK, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++)
		for (int k = 0; k < 2; k++) {
			struct segment s =
			    segment_of(story[i].from, story[i].seq,
				story[i].ack, story[i].flags, story[i].text);
			struct addr *server =
			    story[i].from == CLIENT ? &s.to : &s.from;

			if (k == 1)
				(void)addr_parse(SLICE("172.17.0.2"), server);
			s.interface = (uint32_t)k;
			flows_add(flows, &s, story[i].from);
		}
	let_pass(flows, 100);
	assert_string_equal(told, ">QUIT<221..|");
	assert_int_equal(started, 1);
	flows_free(flows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_direction_is_given_in_order),
		cmocka_unit_test(a_reply_waits_for_its_command),
		cmocka_unit_test(of_bytes_that_come_twice_the_first_stay),
		cmocka_unit_test(
		    what_was_acknowledged_and_does_not_come_is_a_gap),
		cmocka_unit_test(what_waits_is_bounded),
		cmocka_unit_test(a_session_is_joined_in_its_middle),
		cmocka_unit_test(a_handshake_in_another_order_is_one),
		cmocka_unit_test(a_late_copy_opens_nothing),
		cmocka_unit_test(a_reset_ends_it_once_stragglers_are_in),
		cmocka_unit_test(a_reset_from_nowhere_ends_nothing),
		cmocka_unit_test(ports_used_again_are_another_session),
		cmocka_unit_test(
		    a_million_half_open_connections_displace_no_session),
		cmocka_unit_test(the_longest_silent_session_makes_room),
		cmocka_unit_test(another_interface_shows_it_again),
		cmocka_unit_test(a_translated_copy_is_no_session),
		cmocka_unit_test(in_a_quiet_second_nothing_is_waited_for),
		cmocka_unit_test(the_silent_end_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
