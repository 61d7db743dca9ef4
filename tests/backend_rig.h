/*
 * backend_rig.h - a list that a real firewall of the kernel enforces
 *
 * The list's time stands still; the kernel's goes on.
 */
#ifndef TESTS_BACKEND_RIG_H
#define TESTS_BACKEND_RIG_H

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/block_run.h"
#include "base/array.h"
#include "blocks/backend.h"
#include "blocks/blocks_impl.h"
#include "blocks/enforce_impl.h"
#include "tests/netns.h"

#define NOW     (INT64_C(1795338000) * SECOND)
#define PATIENT 20000 /* ms until something must have happened */

static struct block_config config = { .mode = BLOCK_ENFORCE,
	.backend = (char[]){ "nftables" },
	.ports = { 25, 587 },
	.port_count = 2,
	.max_blocks = 100000,
	.max_new = 1000000,
	.run = block_run };
static struct err err;
static bool have_network;

/* What a command prints, up to 64 kB; of this thread. */
static inline const char *
output(const char *command)
{
	static char text[65536];
	FILE *pipe = popen(command, "r");
	size_t n;

	assert_non_null(pipe);
	n = fread(text, 1, sizeof(text) - 1, pipe);
	text[n] = '\0';
	while (fgetc(pipe) != EOF)
		;
	(void)pclose(pipe);
	return text;
}

static inline struct prefix
prefix_of(const char *text)
{
	struct prefix prefix;

	assert_true(prefix_parse(slice_of(text), &prefix));
	return prefix;
}

static inline enum block_outcome
block(struct blocks *blocks, const char *text)
{
	struct block_wish wish = {
		.what = prefix_of(text), .when = NOW, .seconds = 3600
	};

	return blocks_add(blocks, &wish, NOW, NULL);
}

static inline void
turn(struct blocks *blocks, int msecs)
{
	struct pollfd wait = { .fd = blocks_fd(blocks), .events = POLLIN };

	(void)poll(&wait, 1, msecs);
	blocks_ready(blocks, NOW);
}

/* Until so many are enforced, and nothing is left to be told. */
static inline void
settle(struct blocks *blocks, uint64_t enforced)
{
	for (int i = 0; i < PATIENT / 10; i++) {
		struct block_counts counts = blocks_counts(blocks);

		if (counts.enforced == enforced &&
		    counts.expected == enforced && blocks->enforcer->open &&
		    !blocks->enforcer->asked && enforcer_idle(blocks->enforcer))
			return;
		turn(blocks, 10);
	}
	fail_msg("%zu of %zu are enforced: %s",
	    (size_t)blocks_counts(blocks).enforced, (size_t)enforced,
	    blocks_trouble(blocks));
}

static inline struct blocks *
start(void)
{
	struct blocks *blocks;

	if (!have_network)
		skip();
	blocks = blocks_new(&config);
	blocks_tick(blocks, NOW);
	if (blocks_enforce(blocks, NULL, 0, 0, 0, &err) == -1)
		fail_msg("%s", err.text);
	return blocks;
}

/* What a process that is killed leaves: nothing is closed. */
static inline void
crash(struct blocks *blocks)
{
	kill(helper_pid(blocks->enforcer->helper), SIGKILL);
	blocks->enforcer->made = false;
	blocks_free(blocks);
}

/* The children of a process, by number. */
static inline pid_t
child_of(pid_t pid)
{
	char command[64];

	snprintf(command, sizeof(command), "cat /proc/%d/task/%d/children",
	    (int)pid, (int)pid);
	return (pid_t)atoi(output(command));
}

/* A fresh network each, so that none finds what another left. */
static inline int
enter(void **state)
{
	(void)state;
	have_network = netns_enter() && system("nft list tables") == 0;
	if (!have_network)
		print_message("  no network name space with nftables here\n");
	return 0;
}

#define IN_NETWORK(test) cmocka_unit_test_setup(test, enter)

#endif
