/*
 * bench.c - processor time and memory against the budgets of the project
 *
 * bench FLAVOUR DIRECTORY: the programs are build/FLAVOUR's, the logs and all
 * that is written go to the directory.  The logs are made once, one of Postfix
 * and one of Sendmail, of as many clients, and a capture.
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
#include "tests/bench_run.h"

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
	REPLAY_SENDMAIL,
	REPLAY_RULES,
	REPLAY_EXIM,
	REPLAY_OPENSMTPD,
	REPLAY_QMAIL,
	REPLAY_NULLMAILER,
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
	[REPLAY_SENDMAIL] = { "mailweir replay, Sendmail's",
	    { "MAILWEIR", "replay", "SENDMAIL" }, ROUNDS, { 0 }, 0 },
	[REPLAY_RULES] = { "mailweir replay --rules",
	    { "MAILWEIR", "replay", "--rules", "LOG" }, ROUNDS, { 0 }, 0 },
	[REPLAY_EXIM] = { "mailweir replay, Exim's",
	    { "MAILWEIR", "replay", "EXIM" }, ROUNDS, { 0 }, 0 },
	[REPLAY_OPENSMTPD] = { "mailweir replay, OpenSMTPD's",
	    { "MAILWEIR", "replay", "OPENSMTPD" }, ROUNDS, { 0 }, 0 },
	[REPLAY_QMAIL] = { "mailweir replay, qmail's",
	    { "MAILWEIR", "replay", "QMAIL" }, ROUNDS, { 0 }, 0 },
	[REPLAY_NULLMAILER] = { "mailweir replay, nullmailer's",
	    { "MAILWEIR", "replay", "NULLMAILER" }, ROUNDS, { 0 }, 0 },
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

/* Logs of other systems than Postfix; a line of theirs is as dear as one of
   Postfix', or nearly so. */
static struct other {
	unsigned contender;
	const char *word, *name;
	const char *system; /* the generator's option */
	char path[4200];
} others[] = {
	{ REPLAY_SENDMAIL, "SENDMAIL", "Sendmail", "--sendmail", "" },
	{ REPLAY_EXIM, "EXIM", "Exim", "--exim", "" },
	{ REPLAY_OPENSMTPD, "OPENSMTPD", "OpenSMTPD", "--opensmtpd", "" },
	{ REPLAY_QMAIL, "QMAIL", "qmail", "--qmail", "" },
	{ REPLAY_NULLMAILER, "NULLMAILER", "nullmailer", "--nullmailer", "" },
};
#define OTHERS (sizeof(others) / sizeof(others[0]))
static const char log_end[] = "2026-11-22T00:00:00Z";

static const char *
word_of(const char *word)
{
	static char year[5];

	if (strcmp(word, "LOG") == 0)
		return log_path;
	for (size_t i = 0; i < OTHERS; i++)
		if (strcmp(word, others[i].word) == 0)
			return others[i].path;
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
		return memcpy(year, log_end, 4);
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

static void
make_log(const char *flavour, const char *path, const char *system)
{
	char generate[4200], half[4200];
	const char *argv[] = { generate, "--days", "1", "--end", log_end,
		"--size", "100M", "--clients", "300000", "-o", half, "--truth",
		"/dev/null", system, NULL };
	struct stat st;
	double seconds;

	if (stat(path, &st) == 0)
		return;
	snprintf(
	    generate, sizeof(generate), "%s/tests/generate/generate", flavour);
	snprintf(half, sizeof(half), "%s.half", path);
	printf("%s: being made\n", path);
	if (!run(argv, &seconds, NULL))
		errx(1, "%s: not there", generate);
	if (rename(half, path) == -1)
		err(1, "%s: rename", path);
}

static double
lines_of(const char *path)
{
	static char block[1 << 16];
	FILE *in = fopen(path, "re");
	double lines = 0;
	size_t n;

	if (in == NULL)
		err(1, "%s: open", path);
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		for (const char *p = block;
		     (p = memchr(p, '\n', n - (size_t)(p - block))) != NULL;
		     p++)
			lines++;
	fclose(in);
	return lines;
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

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(struct contender *c)
{
	qsort(c->seconds, c->rounds, sizeof(double), compare);
	return c->seconds[c->rounds / 2];
}

static int
judge(
    const char *what, double value, double budget, double aim, const char *unit)
{
	printf("%-46s %7.2f%s  budget %4.1f%s  aim %4.1f%s  %s\n", what, value,
	    unit, budget, unit, aim, unit,
	    value > budget ? "OVER"
	    : value > aim  ? "PASS"
			   : "PASS, aim reached");
	return value > budget;
}

static double
line_cost(unsigned contender, const char *path, double start_up)
{
	return (median(&contenders[contender]) - start_up) / lines_of(path) *
	       1e9;
}

static int
judge_others(double start_up)
{
	double postfix = line_cost(REPLAY, log_path, start_up);
	int over = 0;

	printf("replay, above start-up, a line: Postfix' %.0f ns\n", postfix);
	for (size_t i = 0; i < OTHERS; i++) {
		const struct other *other = &others[i];
		double cost =
		    line_cost(other->contender, other->path, start_up);
		char what[80];

		printf("replay, above start-up, a line: %s's %.0f ns\n",
		    other->name, cost);
		snprintf(what, sizeof(what),
		    "a line of %s's against one of Postfix'", other->name);
		over |= judge(what, cost / postfix, 2, 1.5, "x");
	}
	return over;
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
	for (size_t i = 0; i < OTHERS; i++)
		snprintf(others[i].path, sizeof(others[i].path),
		    "%s/%s-100M.log", argv[2], others[i].system + 2);
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
	for (size_t i = 0; i < OTHERS; i++)
		make_log(argv[1], others[i].path, others[i].system);
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
		if (i >= REPLAY && i <= REPLAY_NULLMAILER)
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
	over |= judge_others(start_up);
	over |= judge_rules();
	over |= judge_wire(start_up);
	over |=
	    judge("highest anonymous memory of an account", mib, 16, 8, " MiB");
	over |= judge("anonymous memory with the rules and their windows",
	    (double)contenders[REPLAY_RULES].anon_kib / 1024, 96, 48, " MiB");
	return over;
}
