/*
 * bench.c - processor time and memory against the budgets of the project
 *
 * bench FLAVOUR DIRECTORY: the programs are build/FLAVOUR's, the logs and all
 * that is written go to the directory.  A log of Postfix is made once, and a
 * capture; of other formats there is bench_formats.c.
 *
 * Times are processor time (user and system), the median of five rounds in
 * which all contenders take turns, so that a busy minute hits all alike.
 * Memory is the highest RssAnon seen in one more round, in which each program
 * is looked at every 2 ms and not timed.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench_capture.h"
#include "tests/bench_log.h"

#define ROUNDS 5
#define WORDS  20

#define STREAMS 1000000 /* half-open ones, of a flood */

enum {
	WC,
	GREP,
	VERSION_ONLY,
	REPLAY,
	REPLAY_DATA,
	REPLAY_HISTORY,
	REPLAY_RULES,
	COUNT_PACKETS,
	REPLAY_CAPTURE,
	REPLAY_FLOOD,
	TSHARK,
	PFLOGSUMM,
	MAILGRAPH
};

static struct contender {
	const char *name;
	const char *argv[WORDS];
	unsigned rounds;
	double seconds[ROUNDS];
	long anon_kib;
} contenders[] = {
	[WC] = { "wc -l", { "wc", "-l", "LOG" }, ROUNDS, { 0 }, 0 },
	[GREP] = { "grep -c 'status=sent'",
	    { "grep", "-c", "status=sent", "LOG" }, ROUNDS, { 0 }, 0 },
	[VERSION_ONLY] = { "mailweir version", { "MAILWEIR", "version" },
	    ROUNDS, { 0 }, 0 },
	[REPLAY] = { "mailweir replay", { "MAILWEIR", "replay", "LOG" }, ROUNDS,
	    { 0 }, 0 },
	[REPLAY_DATA] = { "mailweir replay --data",
	    { "MAILWEIR", "replay", "--data", "DATA", "LOG" }, ROUNDS, { 0 },
	    0 },
	[REPLAY_HISTORY] = { "mailweir replay --data --history",
	    { "MAILWEIR", "replay", "--data", "DATA", "--history", "LOG" },
	    ROUNDS, { 0 }, 0 },
	[REPLAY_RULES] = { "mailweir replay --rules",
	    { "MAILWEIR", "replay", "--rules", "LOG" }, ROUNDS, { 0 }, 0 },
	[COUNT_PACKETS] = { "packets counted by libpcap",
	    { "SELF", "--count", "CAPTURE" }, ROUNDS, { 0 }, 0 },
	[REPLAY_CAPTURE] = { "mailweir replay, capture",
	    { "MAILWEIR", "replay", "CAPTURE" }, ROUNDS, { 0 }, 0 },
	[REPLAY_FLOOD] = { "mailweir replay, half-open streams",
	    { "MAILWEIR", "replay", "FLOOD" }, 2, { 0 }, 0 },
	[TSHARK] = { "tshark, fields of SMTP",
	    { "tshark", "-n", "-r", "CAPTURE", "-Y", "smtp", "-T", "fields",
		"-e", "frame.time_epoch", "-e", "tcp.stream", "-e",
		"smtp.req.command", "-e", "smtp.req.parameter", "-e",
		"smtp.response.code", "-e", "smtp.rsp.parameter" },
	    2, { 0 }, 0 },
	[PFLOGSUMM] = { "pflogsumm", { "pflogsumm", "LOG" }, 1, { 0 }, 0 },
	[MAILGRAPH] = { "mailgraph --cat",
	    { "mailgraph", "--cat", "--logfile", "LOG", "--daemon-rrd",
		"GRAPHS", "--year", "YEAR" },
	    1, { 0 }, 0 },
};
#define CONTENDERS (sizeof(contenders) / sizeof(contenders[0]))

static char program[4096], log_path[4096], data_root[4096], graph_path[4096];
static char data_path[4120], capture_path[4096], flood_path[4096];
static char out_path[4096];

static const char *
word_of(const char *word)
{
	static char year[5];

	if (strcmp(word, "LOG") == 0)
		return log_path;
	if (strcmp(word, "MAILWEIR") == 0)
		return program;
	if (strcmp(word, "SELF") == 0)
		return "/proc/self/exe";
	if (strcmp(word, "CAPTURE") == 0)
		return capture_path;
	if (strcmp(word, "FLOOD") == 0)
		return flood_path;
	if (strcmp(word, "DATA") == 0)
		return data_path;
	if (strcmp(word, "GRAPHS") == 0)
		return graph_path;
	if (strcmp(word, "YEAR") == 0)
		return memcpy(year, BENCH_LOG_END, 4);
	return word;
}

static void
empty_directory(const char *path)
{
	const char *argv[] = { "rm", "-rf", path, NULL };
	double seconds;

	(void)run(argv, &seconds, NULL);
	if (mkdir(path, 0755) == -1)
		err(1, "%s: mkdir", path);
}

/*
 * Each turn has a data directory of its own, and all are removed at the end:
 * ext4 without a journal is slow to give out an inode that was freed lately,
 * which is no cost of ours.
 */
static bool
take_turn(struct contender *c, double *seconds, long *anon_kib)
{
	const char *argv[WORDS + 1] = { NULL };
	static unsigned turn;

	snprintf(data_path, sizeof(data_path), "%s/%u", data_root, turn++);
	if (mkdir(data_path, 0755) == -1)
		err(1, "%s: mkdir", data_path);
	for (size_t w = 0; w < WORDS && c->argv[w] != NULL; w++)
		argv[w] = word_of(c->argv[w]);
	return run(argv, seconds, anon_kib);
}

static void
run_rounds(void)
{
	double ignored;

	empty_directory(data_root);
	empty_directory(graph_path);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < CONTENDERS; i++) {
			struct contender *c = &contenders[i];

			if (round < c->rounds &&
			    !take_turn(c, &c->seconds[round], NULL))
				c->rounds = 0;
		}
	for (size_t i = 0; i < CONTENDERS; i++)
		if (contenders[i].rounds > 1)
			(void)take_turn(
			    &contenders[i], &ignored, &contenders[i].anon_kib);
	empty_directory(data_root);
	empty_directory(graph_path);
}

static double
median(struct contender *c)
{
	return median_of(c->seconds, c->rounds);
}

/* What the rules cost an event, their incidents and the list of them too. */
static int
judge_rules(void)
{
	const char *argv[] = { program, "replay", "--events", log_path, NULL };
	double seconds =
	    median(&contenders[REPLAY_RULES]) - median(&contenders[REPLAY]);
	double events, ignored;

	if (!run(argv, &ignored, NULL))
		errx(1, "%s: not there", program);
	events = lines_of(out_path);
	printf("replay --rules, above replay: %.0f events, %.2f million a "
	       "second\n",
	    events, events / seconds / 1e6);
	return judge("an event through the default rules",
	    seconds / events * 1e9, 2000, 1000, " ns");
}

static int
judge_wire(double start_up)
{
	int over = 0;

	over |= judge("replay of a capture, against counting its packets",
	    (median(&contenders[REPLAY_CAPTURE]) - start_up) /
		median(&contenders[COUNT_PACKETS]),
	    4, 2, "x");
	over |= judge("anonymous memory with 1,000,000 half-open streams",
	    (double)contenders[REPLAY_FLOOD].anon_kib / 1024, 24, 16, " MiB");
	return over;
}

int
main(int argc, char **argv)
{
	double grep, start_up, mib;
	int over = 0;

	if (argc == 3 && strcmp(argv[1], "--count") == 0)
		return count_packets(argv[2]);
	if (argc != 3)
		errx(2, "usage: bench FLAVOUR DIRECTORY");
	snprintf(program, sizeof(program), "%s/mailweir", argv[1]);
	snprintf(log_path, sizeof(log_path), "%s/mail-100M.log", argv[2]);
	snprintf(
	    capture_path, sizeof(capture_path), "%s/mail-200M.pcap", argv[2]);
	snprintf(flood_path, sizeof(flood_path), "%s/flood-%d.pcap", argv[2],
	    STREAMS);
	snprintf(data_root, sizeof(data_root), "%s/data", argv[2]);
	snprintf(out_path, sizeof(out_path), "%s/out", argv[2]);
	snprintf(graph_path, sizeof(graph_path), "%s/graphs", argv[2]);
	(void)mkdir(argv[2], 0755);
	setvbuf(stdout, NULL, _IOLBF, 0);

	make_log(argv[1], log_path, NULL);
	make_capture(capture_path, 200u << 20);
	make_flood(flood_path, STREAMS);
	run_rounds();
	grep = median(&contenders[GREP]);
	start_up = median(&contenders[VERSION_ONLY]);

	printf("\n%-30s %10s %12s %12s\n", "100 MB of log", "seconds",
	    "times grep", "anon MiB");
	for (size_t i = 0; i < CONTENDERS; i++) {
		struct contender *c = &contenders[i];
		double net;

		if (c->rounds == 0) {
			printf("%-30s not installed\n", c->name);
			continue;
		}
		net = median(c);
		if (i >= REPLAY && i <= REPLAY_RULES)
			net -= start_up;
		printf("%-30s %10.3f %12.2f %12.1f\n", c->name, median(c),
		    net / grep, (double)c->anon_kib / 1024);
	}
	mib = 0;
	for (size_t i = REPLAY; i <= REPLAY_CAPTURE; i++)
		if (i != REPLAY_RULES &&
		    (double)contenders[i].anon_kib / 1024 > mib)
			mib = (double)contenders[i].anon_kib / 1024;

	printf("\n");
	over |= judge("replay, above start-up, against grep",
	    (median(&contenders[REPLAY]) - start_up) / grep, 4, 1, "x");
	over |= judge("replay --data, above start-up, against grep",
	    (median(&contenders[REPLAY_DATA]) - start_up) / grep, 6, 1.5, "x");
	over |= judge("message history as well, above start-up",
	    (median(&contenders[REPLAY_HISTORY]) - start_up) / grep, 20, 8,
	    "x");
	over |= judge_rules();
	over |= judge_wire(start_up);
	over |=
	    judge("highest anonymous memory of an account", mib, 16, 8, " MiB");
	over |= judge("anonymous memory with the rules and their windows",
	    (double)contenders[REPLAY_RULES].anon_kib / 1024, 96, 48, " MiB");
	return over;
}
