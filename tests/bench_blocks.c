/*
 * bench_blocks.c - from a log line to the kernel's set, and a list restored
 *
 * bench_blocks FLAVOUR DIRECTORY: build/FLAVOUR's mailweir runs in a network
 * name space of ours, on a log in the directory.  A trial writes the two lines
 * before a client crosses a rule's threshold, waits, and takes the time from
 * before the write() of the third until the kernel tells (nfnetlink) that the
 * client's address is in the set.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/mem.h"
#include "blocks/blocks.h"
#include "blocks/netlink.h"
#include "tests/bench_rig.h"
#include "tests/netns.h"

#define TRIALS   200
#define ALREADY  10000
#define RESTORED 100000
#define SECOND   INT64_C(1000000)

static char data[512], log_path[512], config_path[512], program[512];
static int log_fd, notices;

static int64_t
now_us(void)
{
	return (int64_t)(seconds_of(CLOCK_REALTIME) * 1e6);
}

static struct block_config config = { .mode = BLOCK_ENFORCE,
	.backend = (char[]){ "nftables" },
	.ports = { 25, 465, 587 },
	.port_count = 3,
	.max_blocks = RESTORED,
	.max_new = UINT32_MAX };

static void
forget_data(void)
{
	char command[1200];

	snprintf(command, sizeof(command), "rm -rf '%s' && mkdir -p '%s'", data,
	    data);
	if (system(command) != 0)
		errx(1, "%s: cannot be made", data);
}

/* The list as a run before would have left it. */
static struct state *
open_state(struct blocks *blocks)
{
	struct state_part parts[BLOCK_PARTS];
	struct err why;
	struct state *state;

	blocks_parts(blocks, parts);
	state = state_open(data, parts, BLOCK_PARTS, &why);
	if (state == NULL)
		errx(1, "%s", why.text);
	return state;
}

static void
prepare(uint32_t n)
{
	struct blocks *blocks = blocks_new(&config);
	struct block_wish wish = { .rule = SLICE("harvest"),
		.reason = SLICE("unknown recipients: 30 times in 10 min"),
		.when = now_us(),
		.seconds = 86400 };
	struct state *state;
	struct err why;

	forget_data();
	state = open_state(blocks);
	for (uint32_t i = 0; i < n; i++) {
		wish.what =
		    (struct prefix){ { 4, { 10, (uint8_t)(i >> 16),
					      (uint8_t)(i >> 8), (uint8_t)i } },
			    32 };
		if (blocks_add(blocks, &wish, wish.when, NULL) != BLOCK_DONE)
			errx(1, "the list takes no more than %u", i);
	}
	if (state_commit_now(state, &why) == -1)
		errx(1, "%s", why.text);
	state_close(state);
	blocks_free(blocks);
}

/* Of this process and of its helpers that have ended. */
static double
processor_seconds(void)
{
	static const int whose[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
	struct rusage usage;
	double seconds = 0;

	for (size_t i = 0; i < NELEMS(whose); i++) {
		if (getrusage(whose[i], &usage) == -1)
			err(1, "getrusage");
		seconds +=
		    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
			1e6;
	}
	return seconds;
}

/*
 * From the state on disk to the kernel's set, of the processor: on a busy
 * machine the rest is mostly waiting for one.
 */
static double
restore(void)
{
	struct blocks *blocks;
	struct state *state;
	struct err why;
	double begin, used;

	prepare(RESTORED);
	used = processor_seconds();
	begin = seconds_of(CLOCK_MONOTONIC);
	blocks = blocks_new(&config);
	state = open_state(blocks);
	blocks_tick(blocks, now_us());
	if (blocks_enforce(blocks, NULL, 0, 0, 0, &why) == -1)
		errx(1, "%s", why.text);
	while (blocks_counts(blocks).enforced != RESTORED) {
		struct pollfd wait = { .fd = blocks_fd(blocks),
			.events = POLLIN };

		if (poll(&wait, 1, 10000) != 1)
			errx(1, "not restored: %s", blocks_trouble(blocks));
		blocks_ready(blocks, now_us());
	}
	printf("100,000 blocks from the state to the kernel: %.2f s\n",
	    seconds_of(CLOCK_MONOTONIC) - begin);
	blocks_free(blocks);
	state_close(state);
	return processor_seconds() - used;
}

static void
write_line(uint32_t client)
{
	struct in_addr addr = { htonl(client) };
	char text[512], stamp[64];
	int64_t us = now_us();
	time_t now = (time_t)(us / SECOND);
	struct tm tm;
	int n;

	strftime(
	    stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now, &tm));
	n = snprintf(text, sizeof(text),
	    "%s.%06d+00:00 mx1 postfix/smtpd[812]: NOQUEUE: reject: RCPT from "
	    "unknown[%s]: 454 4.7.1 <kim@example.net>: Relay access denied; "
	    "from=<lee@example.com> to=<kim@example.net> proto=ESMTP "
	    "helo=<desk>\n",
	    stamp, (int)(us % SECOND), inet_ntoa(addr));
	if (write(log_fd, text, (size_t)n) != n)
		err(1, "%s", log_path);
}

struct sought {
	uint32_t address; /* network order */
	bool found;
};

/* The address stands in the message as it is. */
static void
take(void *arg, const struct nlmsghdr *message)
{
	struct sought *sought = arg;

	if (NFNL_MSG_TYPE(message->nlmsg_type) == NFT_MSG_NEWSETELEM &&
	    memmem(message, message->nlmsg_len, &sought->address,
		sizeof(sought->address)) != NULL)
		sought->found = true;
}

/* Seconds until it is there; -1: it was not within so many ms. */
static double
until_blocked(uint32_t client, double begin, int msecs)
{
	struct sought sought = { htonl(client), false };
	struct pollfd wait = { .fd = notices, .events = POLLIN };

	while (!sought.found && poll(&wait, 1, msecs) == 1)
		(void)netlink_hear(notices, take, &sought);
	return sought.found ? seconds_of(CLOCK_MONOTONIC) - begin : -1;
}

static double
trial(uint32_t client)
{
	double begin;

	write_line(client);
	write_line(client);
	pause_msecs(10); /* the agent has read them and rests */
	begin = seconds_of(CLOCK_MONOTONIC);
	write_line(client);
	return until_blocked(client, begin, 5000);
}

static pid_t
start_agent(void)
{
	char text[2048];

	snprintf(text, sizeof(text),
	    "data = \"%s\"\nuser = \"root\"\nsource \"log\" { path = \"%s\" }\n"
	    "networks = {\"127.0.0.0/8\"}\ndomains = {\"example.org\"}\n"
	    "web { listen = \"127.0.0.1:0\" }\n"
	    "blocks { mode = \"enforce\" }\n",
	    data, log_path);
	return start_daemon(program, config_path, text);
}

static int
lines_to_set(void)
{
	double taken[TRIALS], echoed[TRIALS];
	uint32_t first = 0xc6120000; /* 198.18.0.0 */
	int echo_fd = start_echo();
	struct err why;
	pid_t pid;

	prepare(ALREADY);
	log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
	notices =
	    netlink_open(NETLINK_NETFILTER, 1u << (NFNLGRP_NFTABLES - 1), &why);
	if (log_fd == -1 || notices == -1)
		err(1, "%s", log_path);
	pid = start_agent();
	/* What is in the log at the start is past. */
	for (int i = 0; trial(first) < 0; i++)
		if (i == 20)
			errx(1, "nobody is blocked");
	for (uint32_t i = 0; i < TRIALS; i++) {
		taken[i] = 1000 * trial(first + 256 + i);
		if (taken[i] < 0)
			errx(1, "trial %u: not blocked", i);
		pause_msecs(5);
		echoed[i] = 1000 * echo(echo_fd);
	}
	close(echo_fd);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	say("log line to the kernel's set, 10,000 blocked, 200 trials", taken,
	    TRIALS);
	/* On a busy machine a trial is mostly waiting for a processor. */
	say(ECHOES, echoed, TRIALS);
	return judge("log line to the kernel's set, p99",
	    taken[TRIALS * 99 / 100], 5, 1, "ms");
}

int
main(int argc, char **argv)
{
	char *root;
	int over;

	if (argc != 3)
		errx(2, "usage: bench_blocks FLAVOUR DIRECTORY");
	root = realpath(argv[2], NULL);
	if (root == NULL)
		err(1, "%s", argv[2]);
	snprintf(program, sizeof(program), "%s/mailweir", argv[1]);
	snprintf(data, sizeof(data), "%s/blocks", root);
	snprintf(log_path, sizeof(log_path), "%s/blocks.log", root);
	snprintf(config_path, sizeof(config_path), "%s/blocks.conf", root);
	free(root);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!netns_enter()) {
		printf("blocks: no network name space here, not measured\n");
		return 0;
	}
	over = judge("100,000 blocks to the kernel, of the processor",
	    restore(), 1, 1, "s");
	over |= lines_to_set();
	forget_data();
	return over;
}
