/* test_decode.c - a frame of any link gives the segment that is in it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collectors/wire/fragments.h"
#include "tests/frames.h"

static enum decoded
decode_bytes(enum link_type link, const void *p, size_t n, struct segment *s)
{
	struct decoder *decoder = decoder_new(link);
	struct frame frame = { 5000000, { p, n }, n, 0 };
	enum decoded result = decode(decoder, &frame, s);

	decoder_free(decoder);
	return result;
}

static void
must_be(enum link_type link, const struct bytes *b, const struct segment *want)
{
	struct segment got;

	assert_int_equal(decode_bytes(link, b->p, b->n, &got), DECODED_SEGMENT);
	assert_true(addr_eq(&got.from, &want->from));
	assert_true(addr_eq(&got.to, &want->to));
	assert_int_equal(got.from_port, want->from_port);
	assert_int_equal(got.to_port, want->to_port);
	assert_int_equal(got.seq, want->seq);
	assert_int_equal(got.ack, want->ack);
	assert_int_equal(got.flags, want->flags);
	assert_true(slice_eq(got.payload, want->payload));
	assert_int_equal(got.cut, 0);
	assert_int_equal(got.when, 5000000);
}

static void
each_link_and_tag_leads_to_the_same_segment(void **state)
{
	static const struct {
		enum link_type link;
		const char *head;
		size_t n;
	} heads[] = {
#define HEAD(link, text) { LINK_##link, text, sizeof(text) - 1 }
#define MACS             "\2\0\0\0\0\1\2\0\0\0\0\2"
		HEAD(ETHERNET, MACS "\x08\x00"),
		HEAD(ETHERNET, MACS "\x81\x00\0\x07\x08\x00"),
		HEAD(ETHERNET, MACS "\x88\xa8\0\x07\x81\x00\0\x09\x08\x00"),
		HEAD(ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\0\x21"),
		HEAD(ETHERNET, MACS "\x88\x64\x11\0\0\1\0\x50\x21"),
		HEAD(ETHERNET, MACS "\x88\x47\0\1\0\x40\0\2\1\x40"),
		HEAD(COOKED, "\0\0\0\1\0\6\2\0\0\0\0\2\0\0\x08\x00"),
		HEAD(COOKED_2, "\x08\x00\0\0\0\0\0\3\0\1\0\6"
			       "\2\0\0\0\0\2\0\0"),
		HEAD(RAW, ""),
		HEAD(LOOPBACK, "\2\0\0\0"),
	};
	struct segment s = some_segment("192.0.2.1", "192.0.2.25", "EHLO x");
	struct bytes b;

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		b.n = 0;
		put(&b, heads[i].head, heads[i].n);
		put_ip(&b, &s);
		must_be(heads[i].link, &b, &s);
	}
}

static void
cooked_links_tell_who_sent_it_and_where(void **state)
{
	struct segment s = some_segment("192.0.2.1", "192.0.2.25", "x"), got;
	struct bytes b = { .n = 0 };

	(void)state;
	put(&b, "\x08\x00\0\0\0\0\0\7\0\1\4\6\2\0\0\0\0\2\0\0", 20);
	put_ip(&b, &s);
	assert_int_equal(
	    decode_bytes(LINK_COOKED_2, b.p, b.n, &got), DECODED_SEGMENT);
	assert_true(got.outgoing);
	assert_int_equal(got.interface, 7);
	assert_int_equal(got.from_link, 0); /* it has one of two */
}

static void
options_and_extension_headers_are_passed_over(void **state)
{
	struct segment s = some_segment("192.0.2.1", "192.0.2.25", "NOOP");
	struct bytes b = { .n = 0 }, tcp = { .n = 0 }, rest = { .n = 0 };

	(void)state;
	put_tcp(&tcp, &s);
	put_ethernet(&b, 0x0800);
	put_ipv4(&b, &s, 1, 0, 10, tcp.p, tcp.n);
	must_be(LINK_ETHERNET, &b, &s);

	s = some_segment("2001:db8::1", "2001:db8::25", "NOOP");
	/* hop by hop, 16 bytes; routing, 8; authentication, 12; destination */
	put(&rest, "\x2b\1\1\4\0\0\0\0\1\6\0\0\0\0\0\0", 16);
	put(&rest, "\x33\0\0\0\0\0\0\0", 8);
	put(&rest, "\x3c\1\0\0\0\0\0\0\0\0\0\0", 12);
	put(&rest, "\6\0\1\4\0\0\0\0", 8);
	put(&rest, tcp.p, tcp.n);
	b.n = 0;
	put_ethernet(&b, 0x86dd);
	put_ipv6(&b, &s, 0, rest.p, rest.n);
	must_be(LINK_ETHERNET, &b, &s);
}

static void
padding_is_no_payload_and_no_length_is_all_there_is(void **state)
{
	struct segment s = some_segment("192.0.2.1", "192.0.2.25", "X");
	struct bytes b = { .n = 0 };

	(void)state;
	put_ethernet(&b, 0x0800);
	put_ip(&b, &s);
	put(&b, "\0\0\0\0\0\0", 6);
	must_be(LINK_ETHERNET, &b, &s);
	b.n -= 6;
	b.p[16] = b.p[17] = 0; /* the kernel had not filled it in */
	must_be(LINK_ETHERNET, &b, &s);
}

static void
what_was_not_captured_is_told(void **state)
{
	struct segment s = some_segment(
			   "192.0.2.1", "192.0.2.25", "0123456789"),
		       got;
	struct bytes b = { .n = 0 };
	struct decoder *decoder = decoder_new(LINK_RAW);
	struct frame frame;

	(void)state;
	put_ip(&b, &s);
	frame = (struct frame){ 1, { (char *)b.p, b.n - 4 }, b.n, 0 };
	assert_int_equal(decode(decoder, &frame, &got), DECODED_SEGMENT);
	assert_true(slice_is(got.payload, "012345"));
	assert_int_equal(got.cut, 4);
	decoder_free(decoder);
}

static void
a_cut_frame_is_never_read_past(void **state)
{
	static const struct {
		enum link_type link;
		unsigned type;
		const char *from, *to;
	} kinds[] = { { LINK_ETHERNET, 0x0800, "192.0.2.1", "192.0.2.25" },
		{ LINK_ETHERNET, 0x86dd, "2001:db8::1", "2001:db8::25" } };
	struct segment got;
	struct bytes b;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct segment s =
		    some_segment(kinds[i].from, kinds[i].to, "QUIT");

		b.n = 0;
		put_ethernet(&b, kinds[i].type);
		put_ip(&b, &s);
		for (size_t n = 0; n < b.n; n++) {
			char *exact = malloc(n ? n : 1);

			memcpy(exact, b.p, n);
			if (decode_bytes(kinds[i].link, exact, n, &got) ==
			    DECODED_SEGMENT)
				assert_true(got.payload.n < 4);
			free(exact);
		}
	}
}

static void
fragments_are_joined_in_any_order(void **state)
{
	static const int orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 },
		{ 1, 2, 0 } };
	struct segment s = some_segment("192.0.2.1", "192.0.2.25",
			   "a text of more than three times eight"),
		       got;
	struct bytes tcp = { .n = 0 }, b;
	struct decoder *decoder = decoder_new(LINK_RAW);
	struct frame frame = { 1, { NULL, 0 }, 0, 0 };

	(void)state;
	put_tcp(&tcp, &s);
	for (size_t o = 0; o < 3; o++)
		for (size_t i = 0; i < 3; i++) {
			size_t at = (size_t)orders[o][i] * 24;
			bool last = orders[o][i] == 2;

			b.n = 0;
			put_ipv4(&b, &s, (unsigned)o,
			    (unsigned)(at / 8) | (last ? 0 : 0x2000), 0,
			    tcp.p + at, last ? tcp.n - at : 24);
			frame.bytes = (struct slice){ (char *)b.p, b.n };
			frame.length = b.n;
			assert_int_equal(decode(decoder, &frame, &got),
			    i < 2 ? DECODED_NOTHING : DECODED_SEGMENT);
		}
	assert_true(slice_eq(got.payload, s.payload));
	decoder_free(decoder);
}

static void
where_fragments_overlap_the_first_stays(void **state)
{
	struct fragments *f = fragments_new();
	struct fragment one = { .protocol = 6,
		.more = true,
		.offset = 8,
		.data = SLICE("bbbbbbbb") };
	struct slice whole;

	(void)state;
	assert_false(fragments_add(f, &one, &whole));
	one.offset = 0;
	one.data = SLICE("aaaaaaaaXXXXXXXXcccccccc");
	assert_false(fragments_add(f, &one, &whole));
	one.offset = 24;
	one.more = false;
	one.data = SLICE("d");
	assert_true(fragments_add(f, &one, &whole));
	assert_true(slice_is(whole, "aaaaaaaabbbbbbbbccccccccd"));
	fragments_free(f);
}

static void
a_flood_of_fragments_is_bounded_and_counted(void **state)
{
	static char data[32768];
	struct fragments *f = fragments_new();
	struct fragment one = {
		.protocol = 6, .more = true, .data = { data, sizeof(data) }
	};
	struct slice whole;

	(void)state;
	for (uint32_t id = 0; id < 10000; id++) {
		one.id = id;
		assert_false(fragments_add(f, &one, &whole));
	}
	/* 4 MiB of them may wait. */
	assert_true(fragments_dropped(f) >= 10000 - 129);
	one.offset = 65528; /* it would end past the longest packet */
	one.data.n = 8;
	assert_false(fragments_add(f, &one, &whole));
	fragments_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_link_and_tag_leads_to_the_same_segment),
		cmocka_unit_test(cooked_links_tell_who_sent_it_and_where),
		cmocka_unit_test(options_and_extension_headers_are_passed_over),
		cmocka_unit_test(
		    padding_is_no_payload_and_no_length_is_all_there_is),
		cmocka_unit_test(what_was_not_captured_is_told),
		cmocka_unit_test(a_cut_frame_is_never_read_past),
		cmocka_unit_test(fragments_are_joined_in_any_order),
		cmocka_unit_test(where_fragments_overlap_the_first_stays),
		cmocka_unit_test(a_flood_of_fragments_is_bounded_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
