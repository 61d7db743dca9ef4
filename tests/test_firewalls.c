/*
 * test_firewalls.c - the firewalls of older hosts: ipset, and a command
 *
 * Each test has a network of its own (tests/netns.h), with the real ipset and
 * iptables; where that cannot be had they are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/feed.h"

#include "blocks/command_line.h"
#include "tests/backend_rig.h"

static bool
set_has(const char *element)
{
	char command[128];

	snprintf(command, sizeof(command),
	    "ipset save 2>&1 | grep -F ' %s timeout '", element);
	return output(command)[0] != '\0';
}

static int
rules_with(const char *text)
{
	char command[256];

	snprintf(command, sizeof(command),
	    "(iptables -S; ip6tables -S) | grep -cF -e '%s'", text);
	return atoi(output(command));
}

static struct blocks *
start_with(const char *backend)
{
	have_network = have_network && system("ipset list -n") == 0 &&
		       system("iptables -S >/dev/null") == 0;
	config.backend = (char *)(uintptr_t)backend;
	return start();
}

static void
every_firewall_adds_and_removes(void **state)
{
	static const struct prefix client = { { 4, { 192, 0, 2, 7 } }, 32 };

	(void)state;
	if (!have_network)
		skip();
	for (size_t i = 0; i < block_backend_count; i++) {
		const struct block_backend *backend = block_backends[i];
		struct block_element element = wire_element(&client);
		bool found = true;

		config.run = block_run_alone;
		if (backend->change == NULL)
			continue; /* a map: tests/test_maps.c */
		print_message("  %s\n", backend->name);
		element.seconds = 600;
		assert_int_equal(backend->open(&config, &found, &err), 0);
		/* What cannot be asked may have anything. */
		assert_int_equal(found, backend->lasting);
		assert_int_equal(backend->change(&element, 1, &err), 0);
		/* again, which is for longer, and what is not there */
		assert_int_equal(backend->change(&element, 1, &err), 0);
		element.remove = true;
		assert_int_equal(backend->change(&element, 1, &err), 0);
		assert_int_equal(backend->change(&element, 1, &err), 0);
		assert_int_equal(backend->open(&config, &found, &err), 0);
		assert_int_equal(backend->close(&config, &err), 0);
		assert_int_equal(backend->close(&config, &err), 0);
	}
	config.run = block_run;
}

static void
ipset_has_each_length_in_the_set_of_its_family(void **state)
{
	struct blocks *blocks = start_with("ipset");

	(void)state;
	assert_int_equal(block(blocks, "203.0.113.7"), BLOCK_DONE);
	assert_int_equal(block(blocks, "198.51.100.0/24"), BLOCK_DONE);
	assert_int_equal(block(blocks, "2001:db8:7::5"), BLOCK_DONE);
	settle(blocks, 3);
	assert_true(set_has("203.0.113.7"));
	assert_true(set_has("198.51.100.0/24"));
	assert_true(set_has("2001:db8:7::/64"));
	assert_int_equal(rules_with("-A INPUT -j mailweir"), 2);
	assert_int_equal(rules_with("--dports 25,587 -m set --match-set "), 2);
	assert_true(blocks_remove(
	    blocks, (struct prefix[]){ prefix_of("203.0.113.7") }, NOW));
	settle(blocks, 2);
	assert_false(set_has("203.0.113.7"));
	assert_null(blocks_trouble(blocks));
	blocks_free(blocks);
	assert_int_equal(rules_with("mailweir"), 0);
	assert_string_equal(output("ipset list -n"), "");
}

/* Seconds pass, until it is whole again. */
static void
until_repaired(struct blocks *blocks, uint64_t times, uint64_t enforced)
{
	static int64_t later;

	for (int i = 0; blocks_counts(blocks).repaired < times; i++) {
		if (i == 3000)
			fail_msg("not repaired: %s", blocks_trouble(blocks));
		turn(blocks, 5);
		later += 10;
		blocks_tick(blocks, NOW + later * SECOND);
		blocks->now = NOW;
	}
	settle(blocks, enforced);
}

static void
ipset_is_repaired_whatever_is_taken_away(void **state)
{
	static const char *const damages[] = {
		"iptables -F mailweir",
		"ip6tables -D INPUT -j mailweir",
		"iptables -F; iptables -X; ipset destroy mailweir4",
		"ipset flush mailweir4",
		"ipset add mailweir4 203.0.113.99 timeout 1000",
	};
	struct blocks *blocks = start_with("ipset");

	(void)state;
	(void)block(blocks, "203.0.113.7");
	(void)block(blocks, "2001:db8:7::5");
	settle(blocks, 2);
	for (size_t i = 0; i < NELEMS(damages); i++) {
		assert_int_equal(system(damages[i]), 0);
		until_repaired(blocks, i + 1, 2);
		assert_true(set_has("203.0.113.7"));
		assert_true(set_has("2001:db8:7::/64"));
		assert_false(set_has("203.0.113.99"));
		assert_int_equal(rules_with("-A INPUT -j mailweir"), 2);
		assert_int_equal(rules_with("--match-set mailweir"), 2);
	}
	blocks_free(blocks);
}

static void
ipset_makes_sets_that_are_not_as_ours_anew(void **state)
{
	struct blocks *blocks;

	(void)state;
	(void)system("ipset create mailweir4 hash:ip");
	blocks = start_with("ipset");
	(void)block(blocks, "198.51.100.0/24");
	settle(blocks, 1);
	assert_true(set_has("198.51.100.0/24"));
	blocks_free(blocks);
}

#define RULE "-s %a/%p -p tcp --dport 25 -j DROP"

static void
set_commands(void)
{
	static char add[] = "/usr/sbin/iptables -w -I INPUT " RULE;
	static char remove[] = "/usr/sbin/iptables -w -D INPUT " RULE;
	static char add6[] = "/usr/sbin/ip6tables -w -I INPUT " RULE;
	static char remove6[] = "/usr/sbin/ip6tables -w -D INPUT " RULE;

	config.add = add;
	config.remove = remove;
	config.add6 = add6;
	config.remove6 = remove6;
}

/* Elements of a firewall end by themselves; these are ended. */
static void
a_command_removes_what_is_over(void **state)
{
	struct blocks *blocks = start_with("command");

	(void)state;
	(void)block(blocks, "203.0.113.7");
	(void)block(blocks, "2001:db8:7::5");
	settle(blocks, 2);
	assert_int_equal(rules_with("-s 203.0.113.7/32 "), 1);
	assert_int_equal(rules_with("-s 2001:db8:7::/64 "), 1);
	/* For longer is no second rule. */
	(void)block(blocks, "203.0.113.7");
	turn(blocks, 50);
	assert_int_equal(rules_with("-s 203.0.113.7/32 "), 1);
	blocks_tick(blocks, NOW + 7300 * SECOND);
	for (int i = 0; i < PATIENT / 10 && rules_with("DROP") != 0; i++) {
		struct pollfd wait = { .fd = blocks_fd(blocks),
			.events = POLLIN };

		(void)poll(&wait, 1, 10);
		blocks_ready(blocks, NOW + 7300 * SECOND);
	}
	assert_int_equal(rules_with("DROP"), 0);
	blocks_free(blocks);
}

static void
a_command_adds_nothing_twice_after_a_crash(void **state)
{
	struct blocks *blocks = start_with("command");

	(void)state;
	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	crash(blocks);
	blocks = start_with("command");
	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	assert_int_equal(rules_with("-s 203.0.113.7/32 "), 1);
	blocks_free(blocks);
	assert_int_equal(rules_with("DROP"), 0);
}

/* As mailweir unblock --all does without an agent. */
static void
what_is_listed_is_cleared_without_an_agent(void **state)
{
	struct prefix listed[] = { prefix_of("203.0.113.7"),
		prefix_of("203.0.113.8") };
	struct blocks *blocks = start_with("command");

	(void)state;
	(void)block(blocks, "203.0.113.7");
	settle(blocks, 1);
	kill(child_of(helper_pid(blocks->enforcer->helper)), SIGKILL);
	crash(blocks);
	config.run = block_run_alone;
	assert_int_equal(rules_with("-s 203.0.113.7/32 "), 1);
	assert_int_equal(blocks_clear(&config, listed, 2, &err), 0);
	assert_int_equal(rules_with("DROP"), 0);
	config.run = block_run;
}

static void
a_command_that_fails_is_told_with_its_words(void **state)
{
	struct blocks *blocks;

	(void)state;
	config.add = (char[]){ "/usr/bin/sh -c 'echo no room >&2; exit 4' %a" };
	blocks = start_with("command");
	(void)block(blocks, "203.0.113.7");
	for (int i = 0; i < PATIENT / 10 && blocks_trouble(blocks) == NULL; i++)
		turn(blocks, 10);
	assert_string_equal(
	    blocks_trouble(blocks), "/usr/bin/sh: exit status 4: no room");
	assert_int_equal(blocks_counts(blocks).enforced, 0);
	blocks_free(blocks);
	set_commands();
}

/* "IN => OUT" a row; words of OUT in brackets. */
static void
command_lines_become_words(void **state)
{
	char *text = feed_file("tests/fixtures/blocks/command_lines");
	struct slice rest = slice_of(text), row, in;
	struct block_element element = {
		.family = 4, .bits = 24, .b = { 198, 51, 100 }, .seconds = 3600
	};
	struct command_line command;
	size_t rows = 0;

	(void)state;
	while (slice_cut(&rest, SLICE("\n"), &row)) {
		char line[2048], words[4096] = "";

		if (row.n == 0 || row.p[0] == '#' ||
		    !slice_cut(&row, SLICE(" => "), &in))
			continue;
		slice_copy(in, line, sizeof(line));
		if (command_line_make(&command, line, &element, &err) == -1)
			snprintf(words, sizeof(words), "%s", err.text);
		else
			for (size_t i = 0; i < command.count; i++)
				snprintf(words + strlen(words),
				    sizeof(words) - strlen(words), "[%s]",
				    command.words[i]);
		if (!slice_eq(row, slice_of(words)))
			fail_msg("%s: %s", line, words);
		rows++;
	}
	assert_true(rows > 10);
	free(text);
}

static void
a_line_that_becomes_too_long_is_refused(void **state)
{
	char line[4 * COMMAND_BYTES] = "/x ";

	(void)state;
	for (int i = 0; i < COMMAND_BYTES / 2; i++)
		strcat(line, "%a");
	assert_int_equal(command_line_check(line, &err), -1);
	assert_non_null(strstr(err.text, "more than"));
	memset(line + 2, 'a', COMMAND_BYTES);
	line[COMMAND_BYTES + 2] = '\0';
	assert_int_equal(command_line_check(line, &err), -1);
	strcpy(line, "/x");
	for (int i = 0; i < COMMAND_WORDS; i++)
		strcat(line, " y");
	assert_int_equal(command_line_check(line, &err), -1);
	assert_true(command_line_timed("/x %a %s"));
	assert_false(command_line_timed("/x %a %%s %"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_NETWORK(every_firewall_adds_and_removes),
		IN_NETWORK(ipset_has_each_length_in_the_set_of_its_family),
		IN_NETWORK(ipset_is_repaired_whatever_is_taken_away),
		IN_NETWORK(ipset_makes_sets_that_are_not_as_ours_anew),
		IN_NETWORK(a_command_removes_what_is_over),
		IN_NETWORK(a_command_adds_nothing_twice_after_a_crash),
		IN_NETWORK(what_is_listed_is_cleared_without_an_agent),
		IN_NETWORK(a_command_that_fails_is_told_with_its_words),
		cmocka_unit_test(command_lines_become_words),
		cmocka_unit_test(a_line_that_becomes_too_long_is_refused),
	};

	set_commands();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
