/* test_home.c - which networks and domains are ours */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "collectors/home.h"
#include "collectors/tracker.h"

static char *local[] = { (char[]){ "Example.ORG" }, (char[]){ "mx1" },
	(char[]){ ".customers.example" }, (char[]){ "!not.customers.example" },
	(char[]){ "!.away.customers.example" } };
static char *relayed[] = { (char[]){ "example.net" },
	(char[]){ ".example.net" }, (char[]){ "example.org" }, (char[]){ "." },
	(char[]){ "" }, (char[]){ "!" } };
static struct prefix networks[2];

static struct tracker_config
config_of_all(void)
{
	assert_true(prefix_parse(SLICE("192.0.2.0/24"), &networks[0]));
	assert_true(prefix_parse(SLICE("2001:db8::/32"), &networks[1]));
	return (struct tracker_config){ .networks = networks,
		.network_count = 2,
		.domains = local,
		.domain_count = NELEMS(local),
		.relay_domains = relayed,
		.relay_domain_count = NELEMS(relayed) };
}

static const struct {
	const char *domain;
	enum home_domain is;
} questions[] = {
	{ "example.org", HOME_LOCAL },
	{ "EXAMPLE.org.", HOME_LOCAL },
	{ "mx1", HOME_LOCAL },
	{ "mx2", HOME_ELSEWHERE },
	{ "a.example.org", HOME_ELSEWHERE },
	{ "ample.org", HOME_ELSEWHERE },
	{ "example.net", HOME_RELAYED },
	{ "a.b.EXAMPLE.net", HOME_RELAYED },
	{ "badexample.net", HOME_ELSEWHERE },
	{ ".example.net", HOME_RELAYED },
	{ "customers.example", HOME_ELSEWHERE },
	{ "one.customers.example", HOME_LOCAL },
	{ "not.customers.example", HOME_ELSEWHERE },
	{ "is.not.customers.example", HOME_LOCAL },
	{ "a.away.customers.example", HOME_ELSEWHERE },
	{ "[192.0.2.7]", HOME_LOCAL },
	{ "[127.0.0.1]", HOME_LOCAL },
	{ "[IPv6:2001:db8::1]", HOME_LOCAL },
	{ "[198.51.100.7]", HOME_ELSEWHERE },
	{ "[192.0.2.7", HOME_ELSEWHERE },
	{ "[", HOME_ELSEWHERE },
	{ "", HOME_ELSEWHERE },
	{ "..", HOME_ELSEWHERE },
	{ "example.com", HOME_ELSEWHERE },
};

static void
the_longest_name_that_fits_decides(void **state)
{
	struct tracker_config config = config_of_all();
	struct home home;
	unsigned bad = 0;

	(void)state;
	home_init(&home, &config);
	for (size_t i = 0; i < NELEMS(questions); i++)
		if (home_domain(&home, slice_of(questions[i].domain)) !=
		    questions[i].is) {
			fprintf(stderr, "wrong: %s\n", questions[i].domain);
			bad++;
		}
	assert_int_equal(bad, 0);
	home_fini(&home);
}

static void
a_name_is_read_to_its_end_and_no_further(void **state)
{
	struct tracker_config config = config_of_all();
	struct home home;
	char *exact;

	(void)state;
	home_init(&home, &config);
	for (size_t n = 0; n < 600; n++) {
		exact = mem_zero(1, n + 1);
		memset(exact, n % 7 == 0 ? '.' : 'x', n);
		exact = mem_grow(exact, n == 0 ? 1 : n, 1);
		assert_int_equal(home_domain(&home, (struct slice){ exact, n }),
		    HOME_ELSEWHERE);
		free(exact);
	}
	home_fini(&home);
}

static void
networks_and_loopback_are_ours(void **state)
{
	struct tracker_config config = config_of_all();
	static const struct {
		const char *address;
		bool ours;
	} cases[] = { { "192.0.2.255", true }, { "192.0.3.0", false },
		{ "127.9.9.9", true }, { "::1", true },
		{ "2001:db8:ffff::1", true }, { "2001:db9::1", false } };
	struct home home;
	struct addr addr;

	(void)state;
	home_init(&home, &config);
	/* It was copied. */
	memset(networks, 0, sizeof(networks));
	for (size_t i = 0; i < NELEMS(cases); i++) {
		assert_true(addr_parse(slice_of(cases[i].address), &addr));
		assert_int_equal(home_has_address(&home, &addr), cases[i].ours);
	}
	home_fini(&home);
}

static void
fifty_thousand_domains_are_as_quick_as_one(void **state)
{
	enum { MANY = 50000 };
	struct tracker_config config = { .domain_count = MANY };
	char **many = mem_zero(MANY, sizeof(*many)), name[64];
	struct home home;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "customer-%zu.example", i);
		many[i] = mem_text(name);
	}
	config.domains = many;
	home_init(&home, &config);
	assert_int_equal(home.domains.count, MANY);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(
		    home_domain(&home, slice_of(many[i])), HOME_LOCAL);
		free(many[i]);
	}
	free(many);
	home_fini(&home);
}

static void
ignore(void *arg, const struct mail_event *event)
{
	(void)arg;
	(void)event;
}

static void
an_address_is_judged_by_its_last_domain(void **state)
{
	struct tracker_config config = config_of_all(), none = { 0 };
	struct tracker *tracker =
	    tracker_new(NULL, (struct event_sink){ ignore, NULL });

	(void)state;
	assert_false(tracker_domains_known(tracker));
	tracker_reconfigure(tracker, &config);
	assert_true(tracker_domains_known(tracker));
	assert_true(tracker_is_local_domain(tracker, SLICE("kim@example.org")));
	assert_true(tracker_is_local_domain(tracker, SLICE("example.org")));
	assert_false(tracker_is_our_domain(
	    tracker, SLICE("\"kim@example.org\"@example.com")));
	assert_true(tracker_is_our_domain(tracker, SLICE("kim@example.net")));
	assert_false(
	    tracker_is_local_domain(tracker, SLICE("kim@example.net")));
	assert_false(tracker_is_our_domain(tracker, SLICE("kim@")));
	assert_false(tracker_is_our_domain(tracker, SLICE("")));
	tracker_reconfigure(tracker, &none);
	assert_false(tracker_domains_known(tracker));
	tracker_free(tracker);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_name_that_fits_decides),
		cmocka_unit_test(a_name_is_read_to_its_end_and_no_further),
		cmocka_unit_test(networks_and_loopback_are_ours),
		cmocka_unit_test(fifty_thousand_domains_are_as_quick_as_one),
		cmocka_unit_test(an_address_is_judged_by_its_last_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
