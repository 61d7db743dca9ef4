/*
 * test_backends.c - every backend does what the list says, and only that
 *
 * Each test has a network of its own (tests/netns.h), with the real firewall
 * of the kernel; where that cannot be had they are skipped.  nft(8) is asked
 * what is there.  The list's time stands still; the kernel's goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blocks/own.h"
#include "tests/backend_rig.h"

static bool
kernel_has(const char *set, const char *element)
{
	char command[128];

	snprintf(command, sizeof(command), "nft list set inet mailweir %s 2>&1",
	    set);
	return strstr(output(command), element) != NULL;
}

static void
each_length_has_its_set(void **state)
{
	struct blocks *blocks = start();

	(void)state;
	assert_int_equal(block(blocks, "203.0.113.7"), BLOCK_DONE);
	assert_int_equal(block(blocks, "198.51.100.0/24"), BLOCK_DONE);
	assert_int_equal(block(blocks, "2001:db8:7::5"), BLOCK_DONE);
	blocks_exempt(blocks, EXEMPT_HOSTS,
	    (struct prefix[]){ prefix_of("2001:db8:8::1") }, 1);
	assert_int_equal(block(blocks, "2001:db8:8::5"), BLOCK_DONE);
	settle(blocks, 4);
	assert_true(kernel_has(
	    "ipv4", "203.0.113.7 counter packets 0 bytes 0 timeout 1h"));
	assert_true(kernel_has(
	    "ipv4_24", "198.51.100.0 counter packets 0 bytes 0 timeout 1h"));
	assert_true(kernel_has(
	    "ipv6_64", "2001:db8:7:: counter packets 0 bytes 0 timeout 1h"));
	assert_true(kernel_has(
	    "ipv6", "2001:db8:8::5 counter packets 0 bytes 0 timeout 1h"));
	assert_true(blocks_remove(
	    blocks, (struct prefix[]){ prefix_of("203.0.113.7") }, NOW));
	settle(blocks, 3);
	assert_false(kernel_has("ipv4", "203.0.113.7"));
	assert_null(blocks_trouble(blocks));
	blocks_free(blocks);
	assert_null(strstr(output("nft list tables"), "mailweir"));
}

/* The last word counts, however often it changes before it is sent. */
static void
changes_in_a_row_end_as_the_list_does(void **state)
{
	struct blocks *blocks = start();
	struct prefix client = prefix_of("203.0.113.7");

	(void)state;
	for (int i = 0; i < 5; i++) {
		(void)block(blocks, "203.0.113.7");
		(void)block(blocks, "203.0.113.8");
		(void)blocks_remove(blocks, &client, NOW);
	}
	settle(blocks, 1);
	assert_false(kernel_has("ipv4", "203.0.113.7"));
	assert_true(kernel_has("ipv4", "203.0.113.8"));
	blocks_free(blocks);
}

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
block_many(struct blocks *blocks, uint32_t n)
{
	struct block_wish wish = { .when = NOW, .seconds = 3600 };

	for (uint32_t i = 0; i < n; i++) {
		wish.what =
		    (struct prefix){ { 4, { 10, (uint8_t)(i >> 16),
					      (uint8_t)(i >> 8), (uint8_t)i } },
			    32 };
		assert_int_equal(
		    blocks_add(blocks, &wish, NOW, NULL), BLOCK_DONE);
	}
}

static void
a_hundred_thousand_are_restored_and_again_when_all_is_flushed(void **state)
{
	struct blocks *blocks = start();
	double begin = seconds_now();

	(void)state;
	block_many(blocks, 100000);
	settle(blocks, 100000);
	print_message("  made in %.2f s\n", seconds_now() - begin);
	assert_int_equal(system("nft flush ruleset"), 0);
	begin = seconds_now();
	while (blocks_counts(blocks).repaired == 0)
		turn(blocks, 10);
	settle(blocks, 100000);
	print_message("  repaired in %.2f s\n", seconds_now() - begin);
	/* Listing so many may be disturbed by who lists them as well. */
	for (int i = 0; i < 10 && !kernel_has("ipv4", "10.0.0.0"); i++)
		turn(blocks, 100);
	assert_true(kernel_has("ipv4", "10.0.0.0"));
	assert_non_null(strstr(blocks_repair(blocks), "somebody removed"));
	/* told for a while, then no more */
	assert_null(blocks_trouble(blocks));
	blocks_tick(blocks, NOW + 601 * SECOND);
	assert_null(blocks_repair(blocks));
	blocks_free(blocks);
}

static void
rules_and_chains_that_are_removed_come_back(void **state)
{
	static const char *const damages[] = {
		"nft flush chain inet mailweir input",
		"nft 'flush chain inet mailweir input; delete chain inet "
		"mailweir input'",
		"nft delete table inet mailweir",
		"nft 'flush ruleset; add table ip other'",
	};
	struct blocks *blocks = start();

	(void)state;
	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	for (size_t i = 0; i < NELEMS(damages); i++) {
		assert_int_equal(system(damages[i]), 0);
		while (blocks_counts(blocks).repaired <= i)
			turn(blocks, 10);
		settle(blocks, 1);
		assert_true(kernel_has("ipv4", "203.0.113.7"));
		assert_non_null(
		    strstr(output("nft list chain inet mailweir input"),
			"tcp dport { 25, 587 } ip saddr @ipv4 counter name "
			"\"refused\" reject with tcp reset"));
	}
	/* what others do elsewhere is nothing to us */
	assert_int_equal(system("nft add table ip another"), 0);
	turn(blocks, 50);
	assert_int_equal(blocks_counts(blocks).repaired, NELEMS(damages));
	blocks_free(blocks);
}

static void
elements_changed_by_hand_are_changed_back(void **state)
{
	struct blocks *blocks = start();

	(void)state;
	(void)block(blocks, "203.0.113.7");
	(void)block(blocks, "2001:db8:7::5");
	settle(blocks, 2);
	assert_int_equal(
	    system("nft 'delete element inet mailweir ipv4 { 203.0.113.7 }; "
		   "add element inet mailweir ipv4 { 203.0.113.99 }'"),
	    0);
	while (blocks_counts(blocks).repaired == 0)
		turn(blocks, 10);
	settle(blocks, 2);
	assert_true(kernel_has("ipv4", "203.0.113.7"));
	assert_false(kernel_has("ipv4", "203.0.113.99"));
	assert_true(kernel_has("ipv6_64", "2001:db8:7::"));
	assert_non_null(strstr(blocks_repair(blocks), "differed"));
	blocks_free(blocks);
}

/* An agent that is killed leaves its blocks, and the next one finds them. */
static void
what_a_killed_agent_had_not_saved_is_taken_over(void **state)
{
	struct blocks *blocks = start();
	const struct block *block_found = NULL;
	struct addr addr = prefix_of("203.0.113.7").addr;

	(void)state;
	(void)block(blocks, "203.0.113.7");
	(void)block(blocks, "203.0.113.8");
	settle(blocks, 2);
	crash(blocks);
	assert_true(kernel_has("ipv4", "203.0.113.7"));
	blocks = start();
	(void)block(blocks, "203.0.113.8"); /* this one was saved */
	/* and this one became exempt meanwhile */
	assert_int_equal(system("nft add element inet mailweir ipv4 "
				"'{198.51.100.1 timeout 1h}'"),
	    0);
	blocks_exempt(blocks, EXEMPT_NETWORKS,
	    (struct prefix[]){ prefix_of("198.51.100.0/24") }, 1);
	for (int i = 0; i < PATIENT / 10 && block_found == NULL; i++) {
		turn(blocks, 10);
		block_found = blocks_find(blocks, &addr, NOW);
	}
	assert_non_null(block_found);
	settle(blocks, 2);
	assert_true(kernel_has("ipv4", "203.0.113.7"));
	assert_false(kernel_has("ipv4", "198.51.100.1"));
	blocks_free(blocks);
}

static void
observing_leaves_nothing_behind(void **state)
{
	struct block_config observe = config;
	struct blocks *blocks = start();

	(void)state;
	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	observe.mode = BLOCK_OBSERVE;
	blocks_reconfigure(blocks, &observe);
	while (blocks_counts(blocks).enforced != 0)
		turn(blocks, 10);
	assert_null(strstr(output("nft list tables"), "mailweir"));
	assert_int_equal(block(blocks, "203.0.113.8"), BLOCK_DONE);
	turn(blocks, 50);
	assert_null(strstr(output("nft list tables"), "mailweir"));
	/* told to: what is in the list is enforced */
	blocks_reconfigure(blocks, &config);
	settle(blocks, 2);
	crash(blocks);
	config.mode = BLOCK_OBSERVE;
	blocks = start();
	while (!blocks->enforcer->cleared)
		turn(blocks, 10);
	config.mode = BLOCK_ENFORCE;
	assert_null(strstr(output("nft list tables"), "mailweir"));
	blocks_free(blocks);
}

static void
a_helper_that_is_killed_is_followed_by_another(void **state)
{
	struct blocks *blocks = start();
	pid_t first, worker;

	(void)state;
	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	first = helper_pid(blocks->enforcer->helper);
	worker = child_of(first);
	assert_int_not_equal(worker, 0);
	kill(worker, SIGKILL);
	(void)block(blocks, "203.0.113.8");
	while (child_of(first) == worker || child_of(first) == 0)
		turn(blocks, 10);
	settle(blocks, 2);
	assert_true(kernel_has("ipv4", "203.0.113.8"));
	/* its father alone is not missed */
	worker = child_of(first);
	kill(first, SIGKILL);
	(void)block(blocks, "203.0.113.9");
	settle(blocks, 3);
	assert_null(blocks_trouble(blocks));
	/* both are: what is there stays, and it is said */
	kill(worker, SIGKILL);
	while (blocks_fd(blocks) != -1)
		turn(blocks, 10);
	assert_int_equal(block(blocks, "203.0.113.10"), BLOCK_DONE);
	assert_non_null(strstr(blocks_trouble(blocks), "has ended"));
	assert_true(kernel_has("ipv4", "203.0.113.9"));
	blocks_free(blocks);
	assert_int_equal(blocks_clear(&config, NULL, 0, &err), 0);
	assert_null(strstr(output("nft list tables"), "mailweir"));
}

/* A full set: what has room is made, the rest is told and tried again. */
static void
a_full_set_is_told_and_everything_else_goes_on(void **state)
{
	struct block_config small = config;
	struct blocks *blocks;
	struct prefix one = prefix_of("10.0.0.1");

	(void)state;
	small.max_blocks = 20; /* and a set of 1025 */
	if (!have_network)
		skip();
	blocks = blocks_new(&small);
	blocks_tick(blocks, NOW);
	assert_int_equal(blocks_enforce(blocks, NULL, 0, 0, 0, &err), 0);
	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	/* as if it had just been compared: that waits for a minute */
	blocks->enforcer->compare_at = NOW + 60 * SECOND;
	assert_int_equal(
	    system("i=0; while [ $i -lt 1020 ]; do echo add element inet "
		   "mailweir ipv4 { 198.18.$((i / 250)).$((i % 250)) }; "
		   "i=$((i + 1)); done | nft -f -"),
	    0);
	block_many(blocks, 15);
	for (int i = 0; i < PATIENT / 10 && blocks_trouble(blocks) == NULL; i++)
		turn(blocks, 10);
	assert_non_null(strstr(blocks_trouble(blocks), "Too many open files"));
	assert_true(blocks_counts(blocks).enforced >= 1);
	assert_true(blocks_counts(blocks).enforced < 16);
	assert_true(blocks_remove(blocks, &one, NOW));
	/* it is compared, and what was put there by hand goes */
	for (int64_t later = 1; blocks_trouble(blocks) != NULL; later++) {
		if (later == 3000)
			fail_msg("%s", blocks_trouble(blocks));
		turn(blocks, 10);
		blocks_tick(blocks, NOW + later * SECOND);
	}
	assert_int_equal(blocks_counts(blocks).enforced, 15);
	blocks_free(blocks);
}

/* The helper looks again at what the agent should not have asked. */
static void
the_helper_refuses_its_own_host(void **state)
{
	struct blocks *blocks = start();

	(void)state;
	own_close(blocks->enforcer->own); /* the agent is blind */
	blocks->enforcer->own = NULL;
	exempt_set(&blocks->exempt, EXEMPT_OWN, NULL, 0);
	assert_int_equal(
	    system("ip address add 198.51.100.77/32 dev lo && "
		   "ip address add 2001:db8:5::77/128 dev lo nodad"),
	    0);
	assert_int_equal(block(blocks, "198.51.100.77"), BLOCK_DONE);
	assert_int_equal(block(blocks, "198.51.100.0/24"), BLOCK_DONE);
	assert_int_equal(block(blocks, "2001:db8:5::1"), BLOCK_DONE);
	assert_int_equal(block(blocks, "203.0.113.7"), BLOCK_DONE);
	settle(blocks, 1);
	assert_false(kernel_has("ipv4", "198.51.100.77"));
	assert_false(kernel_has("ipv4_24", "198.51.100.0"));
	assert_false(kernel_has("ipv6_64", "2001:db8:5::"));
	blocks_free(blocks);
}

/* Until it was taken back: then the others are still known. */
static void
the_helper_refuses_what_a_person_said(void **state)
{
	struct blocks *blocks = start();
	struct prefix said = prefix_of("203.0.113.0/24"),
		      other = prefix_of("192.0.2.0/24");

	(void)state;
	(void)blocks_never_add(blocks, &said, SLICE("a partner"), NOW);
	(void)blocks_never_add(blocks, &other, SLICE(""), NOW);
	settle(blocks, 0);
	exempt_set(&blocks->exempt, EXEMPT_SAID, NULL, 0); /* it is blind */
	assert_int_equal(block(blocks, "203.0.113.7"), BLOCK_DONE);
	assert_int_equal(block(blocks, "198.51.100.8"), BLOCK_DONE);
	settle(blocks, 1);
	assert_false(kernel_has("ipv4", "203.0.113.7"));
	assert_true(blocks_never_remove(blocks, &said));
	exempt_set(&blocks->exempt, EXEMPT_SAID, NULL, 0);
	assert_int_equal(block(blocks, "203.0.113.7"), BLOCK_DONE);
	assert_int_equal(block(blocks, "192.0.2.7"), BLOCK_DONE);
	settle(blocks, 2);
	assert_true(kernel_has("ipv4", "203.0.113.7"));
	assert_false(kernel_has("ipv4", "192.0.2.7"));
	blocks_free(blocks);
}

static void
know_refused(struct blocks *blocks)
{
	struct addr addr = prefix_of("203.0.113.7").addr;
	const struct block *one;

	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	one = blocks_find(blocks, &addr, NOW);
	assert_false(one->counted);
	blocks_ask_refused(blocks);
	for (int i = 0; i < PATIENT / 10 && !one->counted; i++)
		turn(blocks, 10);
	assert_true(one->counted);
	assert_int_equal(one->refused, 0);
	assert_true(blocks_counts(blocks).counts);
	assert_int_equal(blocks_counts(blocks).repaired, 0);
}

static void
refused_is_known_of_each_once_it_was_asked(void **state)
{
	struct blocks *blocks = start();

	(void)state;
	know_refused(blocks);
	blocks_free(blocks);
}

/* Left by a run that did not count. */
static void
sets_that_do_not_count_are_made_anew(void **state)
{
	struct blocks *blocks;

	(void)state;
	assert_int_equal(
	    system("nft 'add table inet mailweir; add set inet mailweir ipv4 "
		   "{ type ipv4_addr; flags timeout; size 126000; }'"),
	    0);
	blocks = start();
	know_refused(blocks);
	assert_null(blocks_trouble(blocks));
	blocks_free(blocks);
}

/* An agent that was taken over can ask for anything. */
static void
the_helper_survives_what_it_does_not_understand(void **state)
{
	static const struct {
		uint32_t op, count;
		bool failed;
	} cases[] = {
		{ BLOCK_OPS, 0, true },
		{ UINT32_MAX, 1, true },
		{ BLOCK_OP_CHANGE, BLOCK_CHANGES + 1, true },
		{ BLOCK_OP_CHANGE, UINT32_MAX, true },
		{ BLOCK_OP_CHANGE, BLOCK_CHANGES, false },
		{ BLOCK_OP_NEVER, BLOCK_CHANGES, false },
		{ BLOCK_OP_WRITE, 0, true },
		{ BLOCK_OP_CHECK, 0, false },
	};
	struct blocks *blocks = start();
	struct block_request *request = &blocks->enforcer->request;
	struct block_answer answer;

	(void)state;
	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	for (size_t i = 0; i < NELEMS(cases); i++) {
		/* no family, no length, no time */
		memset(request, (int)(0x41 + i), sizeof(*request));
		request->op = cases[i].op;
		request->count = cases[i].count;
		assert_int_equal(helper_call(blocks->enforcer->helper, request,
				     &answer, NULL, PATIENT, &err),
		    0);
		assert_int_equal(answer.failed, cases[i].failed);
		if (cases[i].op == BLOCK_OP_CHANGE && !answer.failed)
			assert_true(answer.never[0] && answer.never[999]);
	}
	(void)block(blocks, "203.0.113.8");
	settle(blocks, 2);
	assert_true(kernel_has("ipv4", "203.0.113.8"));
	blocks_free(blocks);
}

/* Addresses that come and go are known at once. */
static void
an_address_of_this_host_is_never_blocked(void **state)
{
	struct blocks *blocks = start();

	(void)state;
	assert_int_equal(block(blocks, "198.51.100.78"), BLOCK_DONE);
	settle(blocks, 1);
	assert_int_equal(
	    system("ip address add 198.51.100.78/32 dev lo; ip link add v0 "
		   "type veth peer name v1; ip link set v0 up; ip address add "
		   "198.51.100.90/24 dev v0; ip route add default via "
		   "198.51.100.91 dev v0"),
	    0);
	blocks_tick(blocks, NOW + SECOND);
	settle(blocks, 0);
	assert_int_equal(block(blocks, "198.51.100.78"), BLOCK_NEVER);
	assert_int_equal(block(blocks, "198.51.100.91"), BLOCK_NEVER);
	assert_int_equal(block(blocks, "198.51.100.92"), BLOCK_DONE);
	assert_int_equal(system("ip address del 198.51.100.78/32 dev lo"), 0);
	blocks_tick(blocks, NOW + 2 * SECOND);
	assert_int_equal(block(blocks, "198.51.100.78"), BLOCK_DONE);
	settle(blocks, 2);
	assert_int_equal(system("ip link del v0"), 0);
	blocks_free(blocks);
}

static void
forwarding_has_a_chain_of_its_own(void **state)
{
	struct block_config forward = config;
	struct blocks *blocks = start();

	(void)state;
	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	assert_null(strstr(output("nft list table inet mailweir"),
	    "hook forward priority -200"));
	forward.forward = true;
	blocks_reconfigure(blocks, &forward);
	turn(blocks, 1000);
	settle(blocks, 1);
	assert_non_null(strstr(output("nft list table inet mailweir"),
	    "hook forward priority -200"));
	blocks_reconfigure(blocks, &config);
	turn(blocks, 1000);
	settle(blocks, 1);
	assert_null(strstr(output("nft list table inet mailweir"),
	    "hook forward priority -200"));
	blocks_free(blocks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_NETWORK(each_length_has_its_set),
		IN_NETWORK(changes_in_a_row_end_as_the_list_does),
		IN_NETWORK(
		    a_hundred_thousand_are_restored_and_again_when_all_is_flushed),
		IN_NETWORK(rules_and_chains_that_are_removed_come_back),
		IN_NETWORK(elements_changed_by_hand_are_changed_back),
		IN_NETWORK(what_a_killed_agent_had_not_saved_is_taken_over),
		IN_NETWORK(observing_leaves_nothing_behind),
		IN_NETWORK(a_helper_that_is_killed_is_followed_by_another),
		IN_NETWORK(a_full_set_is_told_and_everything_else_goes_on),
		IN_NETWORK(the_helper_refuses_its_own_host),
		IN_NETWORK(the_helper_refuses_what_a_person_said),
		IN_NETWORK(refused_is_known_of_each_once_it_was_asked),
		IN_NETWORK(sets_that_do_not_count_are_made_anew),
		IN_NETWORK(the_helper_survives_what_it_does_not_understand),
		IN_NETWORK(an_address_of_this_host_is_never_blocked),
		IN_NETWORK(forwarding_has_a_chain_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
