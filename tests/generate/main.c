/*
 * main.c - generate: a month of plausible mail traffic, and then live
 *
 * The same seed, span and options give the same file on every machine, so
 * that a benchmark can be repeated and a finding be found again.
 */
#include "tests/generate/generate.h"

#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct output_config output = { .host = "mx1" };
static double days = 30, rate = 1500;
static uint64_t size_wanted;
static unsigned clients;
static enum system mail_system = SYSTEM_POSTFIX;
static bool live;
static const char *truth_path;
static volatile sig_atomic_t stop;

static const char usage_text[] =
    "usage: generate [options]\n"
    "  -o FILE        write there, not to standard output\n"
    "  --days N       that much history (30)\n"
    "  --end TIME     its end: now, or 2026-11-22T00:00:00Z\n"
    "  --rate N       messages a day (1500)\n"
    "  --seed N       another seed, other traffic (1)\n"
    "  --host NAME    the host in the lines (mx1)\n"
    "  --sendmail     Sendmail's traffic, not Postfix'\n"
    "  --exim         Exim's, as its main log has it\n"
    "  --opensmtpd    OpenSMTPD's\n"
    "  --qmail        qmail's, by splogger\n"
    "  --nullmailer   nullmailer's, by logger\n"
    "  --rfc3339      that time stamp, not the traditional one\n"
    "  --weekly       cut into FILE.3, FILE.2, FILE.1, FILE\n"
    "  --size BYTES   stop at that size; the rate follows from it\n"
    "  --clients N    so many different strangers\n"
    "  --live         then go on in real time until killed (needs -o)\n"
    "  --truth FILE   the account of what was written, as JSON\n";

static void
on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * SECOND + ts.tv_nsec / 1000;
}

static int64_t
time_of(const char *text)
{
	struct tm tm = { 0 };
	const char *end;

	if (strcmp(text, "now") == 0)
		return now_us();
	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != '\0')
		errx(2, "%s: expected now or YYYY-MM-DDTHH:MM:SSZ", text);
	return (int64_t)timegm(&tm) * SECOND;
}

static double
number_of(const char *text)
{
	char *end;
	double n = strtod(text, &end);

	if (end == text || n < 0)
		errx(2, "%s: expected a number", text);
	if (*end == 'M')
		n *= 1e6;
	else if (*end != '\0')
		errx(2, "%s: expected a number", text);
	return n;
}

enum { OF = 256 }; /* whose traffic: above all letters */

static const struct option options[] = { { "days", required_argument, NULL,
					     'd' },
	{ "end", required_argument, NULL, 'e' },
	{ "rate", required_argument, NULL, 'r' },
	{ "seed", required_argument, NULL, 's' },
	{ "host", required_argument, NULL, 'h' },
	{ "sendmail", no_argument, NULL, OF + SYSTEM_SENDMAIL },
	{ "exim", no_argument, NULL, OF + SYSTEM_EXIM },
	{ "opensmtpd", no_argument, NULL, OF + SYSTEM_OPENSMTPD },
	{ "qmail", no_argument, NULL, OF + SYSTEM_QMAIL },
	{ "nullmailer", no_argument, NULL, OF + SYSTEM_NULLMAILER },
	{ "rfc3339", no_argument, NULL, '3' },
	{ "weekly", no_argument, NULL, 'w' },
	{ "size", required_argument, NULL, 'S' },
	{ "clients", required_argument, NULL, 'c' },
	{ "live", no_argument, NULL, 'l' },
	{ "truth", required_argument, NULL, 't' }, { NULL, 0, NULL, 0 } };

static void
read_options(int argc, char **argv)
{
	int option;

	output.end = now_us();
	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1)
		switch (option) {
		case 'o':
			output.path = optarg;
			break;
		case 'd':
			days = number_of(optarg);
			break;
		case 'e':
			output.end = time_of(optarg);
			break;
		case 'r':
			rate = number_of(optarg);
			break;
		case 's':
			chance_seed((uint64_t)number_of(optarg));
			break;
		case 'h':
			output.host = optarg;
			break;
		case '3':
			output.rfc3339 = true;
			break;
		case 'w':
			output.weekly = true;
			break;
		case 'S':
			size_wanted = (uint64_t)number_of(optarg);
			break;
		case 'c':
			clients = (unsigned)number_of(optarg);
			break;
		case 'l':
			live = true;
			break;
		case 't':
			truth_path = optarg;
			break;
		default:
			if (option < OF) {
				fputs(usage_text, stderr);
				exit(2);
			}
			mail_system = (enum system)(option - OF);
			output.mainlog = mail_system == SYSTEM_EXIM;
		}
	if (optind != argc || days <= 0 || rate <= 0 ||
	    (live && output.path == NULL)) {
		fputs(usage_text, stderr);
		exit(2);
	}
}

/* Lines may no longer come before the next story begins: write them. */
static bool
write_until(int64_t until)
{
	while (lines_next() <= until) {
		int64_t when;
		char *text;

		if (size_wanted != 0 && output_bytes() >= size_wanted)
			return false;
		text = lines_take(&when);
		output_line(when, text);
		free(text);
	}
	return true;
}

static void
history(void)
{
	/* A wanted size is reached, be it a little before or after the end. */
	while (size_wanted != 0 || arrivals_next() <= output.end) {
		if (!write_until(arrivals_next()))
			return;
		arrivals_run();
	}
	write_until(output.end);
}

static void
go_on(void)
{
	/* Who waits for the history learns here that it is complete. */
	output_flush();
	puts("history written");
	fflush(stdout);
	arrivals_live(output.end);
	while (!stop) {
		int64_t now = now_us(), next;
		struct timespec wait;

		while (arrivals_next() <= now)
			arrivals_run();
		write_until(now);
		output_flush();
		next = arrivals_next();
		if (lines_next() < next)
			next = lines_next();
		next -= now_us();
		if (next <= 0)
			continue;
		wait.tv_sec = (time_t)(next / SECOND);
		wait.tv_nsec = (long)(next % SECOND) * 1000;
		nanosleep(&wait, NULL);
	}
}

static void
tell_truth(void)
{
	FILE *out = stderr;

	if (truth_path != NULL && (out = fopen(truth_path, "we")) == NULL)
		err(1, "%s: open", truth_path);
	truth_print(out, mail_system == SYSTEM_POSTFIX);
	if (fflush(out) == EOF)
		err(1, "%s: write", truth_path != NULL ? truth_path : "stderr");
}

/* Measured: what one message a day stands for. */
static double
bytes_a_message(void)
{
	if (clients == 0)
		return 3600;
	return mail_system == SYSTEM_POSTFIX ? 7200 : 4800;
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	read_options(argc, argv);
	output.start = output.end - (int64_t)(days * (double)DAY);
	if (size_wanted != 0)
		rate = (double)size_wanted / days / bytes_a_message();
	world_init(clients != 0 ? clients : 4000, clients != 0);
	post_long_ids(output.start + (output.end - output.start) / 3);
	arrivals_begin(
	    mail_system, output.start, output.end, rate, clients != 0);
	output_open(&output);
	history();
	if (live)
		go_on();
	output_close();
	tell_truth();
	return 0;
}
