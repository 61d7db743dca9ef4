/* test_ends.c - which end of a connection is ours */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collectors/wire/ends.h"

#define ROUTER      0x020000000001
#define SERVER_LINK 0x020000000002

static struct addr
addr_of(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(slice_of(text), &addr));
	return addr;
}

/* A connection was taken: a SYN-ACK of the server. */
static void
takes(struct ends *ends, const char *server, uint64_t link, const char *client,
    uint64_t client_link)
{
	struct segment s = { .from = addr_of(server),
		.to = addr_of(client),
		.from_link = link,
		.to_link = client_link };

	ends_learn(ends, &s);
}

static bool
outbound(struct ends *ends, const char *client, uint64_t link,
    const char *server, uint64_t server_link, bool outgoing)
{
	struct segment syn = {
		.from_link = link, .to_link = server_link, .outgoing = outgoing
	};
	struct flow_start start = { .ends = { addr_of(client), addr_of(server),
					1025, 25 },
		.segment = &syn,
		.from = CLIENT };

	return ends_are_outbound(ends, &start);
}

static void
behind_a_router_who_has_many_clients_is_ours(void **state)
{
	struct ends *ends = ends_new();

	(void)state;
	takes(ends, "203.0.113.9", ROUTER, "192.0.2.25", SERVER_LINK);
	takes(ends, "203.0.113.8", ROUTER, "192.0.2.25", SERVER_LINK);
	takes(ends, "192.0.2.25", SERVER_LINK, "198.51.100.1", ROUTER);
	takes(ends, "192.0.2.26", SERVER_LINK, "198.51.100.2", ROUTER);
	takes(ends, "192.0.2.26", SERVER_LINK, "198.51.100.2", ROUTER);
	takes(ends, "192.0.2.26", SERVER_LINK, "198.51.100.3", ROUTER);
	assert_true(outbound(ends, "192.0.2.99", SERVER_LINK, "203.0.113.9",
	    ROUTER, false)); /* from an address that takes none */
	assert_false(outbound(
	    ends, "198.51.100.9", ROUTER, "192.0.2.25", SERVER_LINK, false));
	ends_free(ends);
}

static void
without_links_addresses_tell(void **state)
{
	struct ends *ends = ends_new();

	(void)state;
	takes(ends, "203.0.113.9", 0, "192.0.2.25", 0);
	takes(ends, "192.0.2.25", 0, "198.51.100.1", 0);
	takes(ends, "192.0.2.25", 0, "198.51.100.2", 0);
	assert_true(outbound(ends, "192.0.2.25", 0, "203.0.113.9", 0, false));
	assert_false(outbound(ends, "198.51.100.3", 0, "192.0.2.25", 0, false));
	ends_free(ends);
}

static void
where_nothing_is_known_the_server_is_ours(void **state)
{
	struct ends *ends = ends_new();

	(void)state;
	assert_false(outbound(
	    ends, "192.0.2.1", ROUTER, "192.0.2.25", SERVER_LINK, false));
	takes(ends, "192.0.2.25", SERVER_LINK, "192.0.2.1", ROUTER);
	assert_false(outbound(
	    ends, "192.0.2.1", ROUTER, "192.0.2.25", SERVER_LINK, false));
	ends_free(ends);
}

static void
what_this_host_sent_is_outbound(void **state)
{
	struct ends *ends = ends_new();

	(void)state;
	assert_true(outbound(ends, "192.0.2.25", 0, "203.0.113.9", 0, true));
	ends_free(ends);
}

static void
our_own_addresses_decide(void **state)
{
	struct ends *ends = ends_new();
	struct addr own[] = { addr_of("192.0.2.25"), addr_of("2001:db8::25") };

	(void)state;
	ends_set_own(ends, own, 2);
	takes(ends, "203.0.113.9", 0, "192.0.2.25", 0);
	assert_true(
	    outbound(ends, "2001:db8::25", 0, "2001:db8::99", 0, false));
	assert_true(outbound(ends, "192.0.2.25", 0, "203.0.113.9", 0, false));
	assert_false(outbound(ends, "203.0.113.9", 0, "192.0.2.25", 0, false));
	/* To itself it is a client like any other. */
	assert_false(outbound(ends, "192.0.2.25", 0, "192.0.2.25", 0, true));
	ends_free(ends);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behind_a_router_who_has_many_clients_is_ours),
		cmocka_unit_test(without_links_addresses_tell),
		cmocka_unit_test(where_nothing_is_known_the_server_is_ours),
		cmocka_unit_test(what_this_host_sent_is_outbound),
		cmocka_unit_test(our_own_addresses_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
