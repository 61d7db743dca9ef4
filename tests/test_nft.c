/*
 * test_nft.c - what libnftables is told, and how its answers are read
 *
 * No kernel and no firewall: tests/test_backends.c has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "blocks/exempt.h"
#include "blocks/netlink.h"
#include "blocks/nft_compare.h"
#include "blocks/nft_text.h"

static struct block_element
element(const char *text, uint32_t seconds, bool removed)
{
	struct block_element e;
	struct prefix prefix;

	assert_true(prefix_parse(slice_of(text), &prefix));
	assert_true(prefix_tidy(&prefix));
	e = wire_element(&prefix);
	e.seconds = seconds;
	e.remove = removed;
	return e;
}

static void
a_change_is_printed_by_set_from_addresses_alone(void **state)
{
	struct block_element elements[] = {
		element("203.0.113.7", 3600, false),
		element("2001:db8::1/64", 604800, false),
		element("203.0.113.8", 60, true),
		element("198.51.100.9/24", 60, false),
		element("2001:db8::1", 4294967295, false),
		element("::ffff:203.0.113.9", 5, false),
	};
	char *text;

	(void)state;
	elements[5].again = true;
	text = nft_change_text(elements, NELEMS(elements));
	assert_string_equal(text,
	    "add element inet mailweir ipv4 { 203.0.113.7 timeout 3600s }\n"
	    "delete element inet mailweir ipv4 { 203.0.113.7, 203.0.113.8 }\n"
	    "add element inet mailweir ipv4 { 203.0.113.7 timeout 3600s, "
	    "203.0.113.9 timeout 5s }\n"
	    "add element inet mailweir ipv4_24 { 198.51.100.0 timeout 60s }\n"
	    "delete element inet mailweir ipv4_24 { 198.51.100.0 }\n"
	    "add element inet mailweir ipv4_24 { 198.51.100.0 timeout 60s }\n"
	    "add element inet mailweir ipv6 { 2001:db8::1 timeout "
	    "4294967295s }\n"
	    "delete element inet mailweir ipv6 { 2001:db8::1 }\n"
	    "add element inet mailweir ipv6 { 2001:db8::1 timeout "
	    "4294967295s }\n"
	    "add element inet mailweir ipv6_64 { 2001:db8:: timeout 604800s }\n"
	    "delete element inet mailweir ipv6_64 { 2001:db8:: }\n"
	    "add element inet mailweir ipv6_64 { 2001:db8:: timeout "
	    "604800s }\n");
	free(text);
	text = nft_change_text(elements, 0);
	assert_string_equal(text, "");
	free(text);
}

static void
without_ports_nothing_is_refused(void **state)
{
	struct block_config config = { .max_blocks = 100000,
		.ports = { 25, 587 },
		.port_count = 2,
		.forward = true };
	char *text = nft_make_text(&config, true);

	(void)state;
	assert_non_null(strstr(text, "size 126000; counter; }\n"));
	assert_non_null(strstr(text,
	    "add chain inet mailweir input { type filter hook input priority "
	    "-200; policy accept; }\n"));
	assert_non_null(strstr(text,
	    "add rule inet mailweir forward tcp dport { 25, 587 } ip6 saddr & "
	    "ffff:ffff:ffff:ffff:: @ipv6_64 counter name refused reject with "
	    "tcp reset\n"));
	free(text);
	config.port_count = 0;
	text = nft_make_text(&config, false);
	assert_null(strstr(text, "counter;"));
	assert_null(strstr(text, "add rule"));
	free(text);
}

static void
print(void *arg, const struct addr *addr, uint32_t seconds, int64_t packets)
{
	char text[ADDR_TEXT];

	addr_print(addr, text);
	fprintf(arg, "%s %u", text, (unsigned)seconds);
	if (packets >= 0)
		fprintf(arg, " refused %lld", (long long)packets);
	fputc('\n', arg);
}

static char *
parsed(struct slice text)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	nft_parse_set(text, print, out);
	fclose(out);
	return result;
}

static const char listing[] =
    "table inet mailweir {\n\tset ipv4 {\n\t\ttype ipv4_addr\n\t\tsize "
    "126000\n\t\tflags timeout\n\t\telements = { 10.0.0.0 timeout 1h expires "
    "59m59s992ms, 10.0.0.1,\n\t\t\t     10.0.0.2 timeout 7d expires "
    "6d23h59m59s8ms, 2001:db8::7 counter packets 12 bytes 720 timeout 1s "
    "expires 8ms,\n\t\t\t     10.0.0.3 "
    "timeout 600d expires 99999999999d }\n\t}\n}\n";

static void
a_listing_gives_its_elements(void **state)
{
	char *got = parsed(slice_of(listing));

	(void)state;
	assert_string_equal(got,
	    "10.0.0.0 3599\n10.0.0.1 0\n10.0.0.2 604799\n"
	    "2001:db8::7 1 refused 12\n10.0.0.3 4294967295\n");
	free(got);
}

static void
a_cut_listing_is_read_no_further(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(listing); n++) {
		char *exact = malloc(n), *got;

		memcpy(exact, listing, n);
		got = parsed((struct slice){ exact, n });
		free(got);
		free(exact);
	}
}

/* Attributes whose lengths lie end the walk. */
static void
attributes_are_held_against_what_is_there(void **state)
{
	static const uint8_t bytes[] = { 8, 0, 1, 0, 192, 0, 2, 1, /* whole */
		7, 0, 2, 0x80, 1, 2, 3, 0,                         /* padded */
		4, 0, 3, 0,                                        /* empty */
		200, 0, 4, 0, 1, 2, 3, 4 };                        /* a lie */
	struct netlink_attribute a;
	unsigned seen = 0;

	(void)state;
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		char *exact = malloc(n);
		struct netlink_attributes at = { exact, n };

		memcpy(exact, bytes, n);
		while (netlink_next(&at, &a)) {
			assert_true(a.type >= 1 && a.type <= 3);
			seen += a.type == 3 && a.bytes == 0;
		}
		free(exact);
	}
	assert_int_equal(seen, sizeof(bytes) - 20 + 1);
}

static void
elements_that_are_not_sound_are_none(void **state)
{
	static const struct block_element bad[] = {
		{ .family = 0, .bits = 32, .seconds = 1 },
		{ .family = 5, .bits = 32, .seconds = 1 },
		{ .family = 4, .bits = 0, .seconds = 1 },
		{ .family = 4, .bits = 33, .seconds = 1 },
		{ .family = 4, .bits = 16, .seconds = 1, .b = { 10 } },
		{ .family = 4, .bits = 32, .seconds = 0, .b = { 10 } },
		{ .family = 4, .bits = 24, .seconds = 1, .b = { 10, 0, 0, 1 } },
		{ .family = 4,
		    .bits = 32,
		    .seconds = 1,
		    .b = { 10, 0, 0, 1, 9 } },
		{ .family = 6, .bits = 48, .seconds = 1, .b = { 0x20 } },
		{ .family = 6, .bits = 255, .seconds = 1, .b = { 0x20 } },
		{ .family = 0, .bits = 255, .seconds = 1 },
		{ .family = 6,
		    .bits = 128,
		    .seconds = 1,
		    .b = { [10] = 0xff, [11] = 0xff, [12] = 10 } },
	};
	struct prefix prefix;

	(void)state;
	for (size_t i = 0; i < NELEMS(bad); i++)
		if (wire_prefix(&bad[i], &prefix))
			fail_msg("%zu: is sound", i);
	assert_true(wire_prefix(
	    (struct block_element[]){ element("10.0.0.1", 1, false) },
	    &prefix));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_change_is_printed_by_set_from_addresses_alone),
		cmocka_unit_test(without_ports_nothing_is_refused),
		cmocka_unit_test(a_listing_gives_its_elements),
		cmocka_unit_test(a_cut_listing_is_read_no_further),
		cmocka_unit_test(attributes_are_held_against_what_is_there),
		cmocka_unit_test(elements_that_are_not_sound_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
