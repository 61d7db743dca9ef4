/* test_addr.c - addresses as values: read, printed, held by prefixes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/array.h"

static struct addr
address(const char *text)
{
	struct addr addr;

	if (!addr_parse(slice_of(text), &addr))
		fail_msg("%s: not read", text);
	return addr;
}

/* RFC 5952 section 4, and a mapped address as IPv4. */
static void
addresses_are_printed_in_their_one_form(void **state)
{
	static const char *const cases[][2] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "2001:0db8::0001", "2001:db8::1" },
		{ "2001:DB8:0:0:0:0:2:1", "2001:db8::2:1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:0201", "192.0.2.1" },
		{ "fe80:0:0:0:0:0:0:1", "fe80::1" },
	};
	char text[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct addr addr = address(cases[i][0]);

		addr_print(&addr, text);
		assert_string_equal(text, cases[i][1]);
	}
	addr_print(&(struct addr){ 0 }, text);
	assert_string_equal(text, "");
}

static void
what_is_no_address_leaves_none(void **state)
{
	static const char *const cases[] = { "", "1", "1.2.3", "1.2.3.4.5",
		"1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/24",
		"1..2.3", "a.b.c.d", ":", ":::", "1::2::3",
		"12345::", "fe80::1%eth0", "[::1]", "::ffff:1.2.3.256",
		"2001:db8:1:2:3:4:5:6:7", "unknown",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };
	struct addr addr;

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		memset(&addr, 0xff, sizeof(addr));
		if (addr_parse(slice_of(cases[i]), &addr))
			fail_msg("%s: read", cases[i]);
		assert_true(addr_is_none(&addr));
	}
	assert_false(addr_parse(SLICE("::1\0"), &addr));
}

static void
forms_of_one_address_are_equal(void **state)
{
	struct addr a = address("2001:db8::1"), b = address("2001:DB8:0::01");
	struct addr c = address("::ffff:192.0.2.1"), d = address("192.0.2.1");
	struct addr e = address("192.0.2.2");

	(void)state;
	assert_true(addr_eq(&a, &b) && addr_hash(&a) == addr_hash(&b));
	assert_true(addr_eq(&c, &d) && addr_hash(&c) == addr_hash(&d));
	assert_false(addr_eq(&d, &e));
}

static void
loopback_and_private_are_known(void **state)
{
	static const struct {
		const char *text;
		bool loopback, private;
	} cases[] = {
		{ "127.0.0.1", true, true },
		{ "127.255.255.255", true, true },
		{ "::1", true, true },
		{ "::ffff:127.0.0.1", true, true },
		{ "10.0.0.1", false, true },
		{ "172.16.0.1", false, true },
		{ "172.31.255.255", false, true },
		{ "172.32.0.0", false, false },
		{ "192.168.0.1", false, true },
		{ "169.254.0.1", false, true },
		{ "fd00::1", false, true },
		{ "fe80::1", false, true },
		{ "febf::1", false, true },
		{ "fec0::1", false, false },
		{ "192.0.2.1", false, false },
		{ "2001:db8::1", false, false },
		{ "::", false, false },
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct addr addr = address(cases[i].text);

		assert_int_equal(addr_is_loopback(&addr), cases[i].loopback);
		assert_int_equal(addr_is_private(&addr), cases[i].private);
	}
	assert_false(addr_is_private(&(struct addr){ 0 }));
}

static void
a_prefix_holds_its_own(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool holds;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.77/24", "192.0.2.1", true },
		{ "0.0.0.0/0", "203.0.113.1", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1/32", "192.0.2.2", false },
		{ "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::1/128", "2001:db8::2", false },
		{ "::/0", "2001:db8::1", true },
		{ "192.0.2.0/24", "::ffff:192.0.2.9", true },
	};
	static const char *const bad[] = { "", "/", "192.0.2.0/",
		"192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/24/24",
		"2001:db8::/129", "x/8", "192.0.2/24", "192.0.2.0/24 " };
	struct prefix prefix;

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct addr addr = address(cases[i].addr);

		assert_true(prefix_parse(slice_of(cases[i].prefix), &prefix));
		if (prefix_holds(&prefix, &addr) != cases[i].holds)
			fail_msg("%s, %s", cases[i].prefix, cases[i].addr);
	}
	for (size_t i = 0; i < NELEMS(bad); i++)
		if (prefix_parse(slice_of(bad[i]), &prefix))
			fail_msg("%s: read", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_printed_in_their_one_form),
		cmocka_unit_test(what_is_no_address_leaves_none),
		cmocka_unit_test(forms_of_one_address_are_equal),
		cmocka_unit_test(loopback_and_private_are_known),
		cmocka_unit_test(a_prefix_holds_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
