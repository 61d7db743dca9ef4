/*
 * command_stats.c - mailweir stats: mailstats(8), of the account, a log, or
 * Sendmail's own statistics file
 *
 * With mailstats' flags alone it is mailstats; the long options are ours.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sysexits.h>
#include <time.h>

#include "agent/command.h"
#include "agent/config.h"
#include "agent/mailstats_file.h"
#include "agent/read_logs.h"
#include "agent/stored.h"
#include "agent/when.h"

#define PROGRAM       "mailstats"
#define PROGRAM_FLAGS "cC:f:opP"

struct options {
	const char *cf, *file;       /* -C, -f */
	bool is_cf_named;            /* not the usual one, nor -c's */
	bool program, empty, silent; /* -P, -p, -o */
	bool json;
	const char *config, *data, *host, *since;
	struct read_logs logs;
	bool other; /* an option that mailstats lacks */
};

/* Beyond any letter, as mailstats may get more. */
enum { LOG = 256, YEAR, ZONE, SINCE, HOST, CONFIG, JSON };

static const struct option long_options[] = {
	{ "log", required_argument, NULL, LOG },
	{ "year", required_argument, NULL, YEAR },
	{ "zone", required_argument, NULL, ZONE },
	{ "since", required_argument, NULL, SINCE },
	{ "host", required_argument, NULL, HOST },
	{ "config", required_argument, NULL, CONFIG },
	{ "data", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, JSON },
	{ NULL, 0, NULL, 0 },
};

static void
read_flag(struct options *options, int c)
{
	switch (c) {
	case 'c':
		options->cf = SUBMIT_CF;
		break;
	case 'C':
		options->cf = optarg;
		options->is_cf_named = true;
		break;
	case 'f':
		options->file = optarg;
		break;
	case 'o':
		options->silent = true;
		break;
	case 'p':
		options->empty = true;
		options->program = true;
		break;
	case 'P':
		options->program = true;
		break;
	}
}

static int
read_option(struct options *options, int c, struct err *err)
{
	options->other = true;
	switch (c) {
	case LOG:
		options->logs.paths[options->logs.count++] = optarg;
		break;
	case YEAR:
		return read_logs_year(&options->logs, optarg, err);
	case ZONE:
		options->logs.zone = optarg;
		break;
	case SINCE:
		options->since = optarg;
		break;
	case HOST:
		options->host = optarg;
		break;
	case CONFIG:
		options->config = optarg;
		break;
	case 'd':
		options->data = optarg;
		break;
	case JSON:
		options->json = true;
		break;
	}
	return 0;
}

/* Of the account or of logs, not of a statistics file. */
static bool
wants_account(const struct options *options)
{
	return options->logs.count != 0 || options->data != NULL ||
	       options->config != NULL || options->host != NULL ||
	       options->since != NULL || options->logs.zone != NULL ||
	       options->logs.year != 0 ||
	       (options->file == NULL && options->cf == NULL &&
		   !options->program);
}

static int
print(const struct options *options, const struct mailstats *table,
    struct err *err)
{
	int rc = 0;

	if (options->json)
		rc = mailstats_print_json(stdout, table);
	else if (options->program)
		mailstats_print_program(stdout, table, !options->silent);
	else
		mailstats_print(stdout, table, !options->silent);
	if (rc == -1 || fflush(stdout) == EOF || ferror(stdout))
		return err_sys(err, "standard output");
	return 0;
}

static int
run_file(const struct options *options, struct err *err)
{
	struct sendmail_cf cf;
	struct mailstats table;
	const char *path = options->cf != NULL ? options->cf : SENDMAIL_CF;
	const char *found;
	int status = 0;

	/* A file from elsewhere: this host need not have a Sendmail. */
	if (options->file != NULL && !options->is_cf_named &&
	    access(path, F_OK) == -1)
		sendmail_cf_usual(&cf);
	else
		status = mailstats_read_cf(&cf, path);
	if (status == 0)
		status =
		    mailstats_read_file(&table, &cf, options->file, &found);
	if (status != 0)
		return status;
	/* What nobody was shown is not thrown away. */
	if (print(options, &table, err) == -1)
		return EXIT_FAILED;
	if (options->empty)
		mailstats_empty(found);
	return EXIT_DONE;
}

/* Numbers of the mailers; without a configuration those that m4 gives. */
static int
read_numbers(const struct options *options, struct sendmail_cf *cf)
{
	FILE *in;
	bool good;

	if (options->cf != NULL)
		return mailstats_read_cf(cf, options->cf);
	in = fopen(SENDMAIL_CF, "re");
	good = in != NULL && sendmail_cf_read(cf, in);
	if (in != NULL)
		fclose(in);
	if (!good)
		sendmail_cf_usual(cf);
	return 0;
}

static int
read_account(const struct options *options, const struct config *config,
    int64_t now, struct stats_host *sum, struct err *err)
{
	const char *data = options->data != NULL ? options->data : config->data;
	int64_t since = 0;

	if (options->since != NULL &&
	    when_parse(options->since, now, &since, err) == -1) {
		struct err why = *err;

		err_set(err, "--since: %s", why.text);
		return EXIT_USAGE;
	}
	if (options->logs.count != 0)
		return read_logs_sum(&options->logs, &config->collect,
			   options->host, since, now, sum, err) == -1
			   ? EXIT_FAILED
			   : EXIT_DONE;
	if (options->since != NULL)
		return stored_since(data, options->host, since, sum, err) == -1
			   ? EXIT_FAILED
			   : EXIT_DONE;
	return stored_totals(data, options->host, sum, err) == -1 ? EXIT_FAILED
								  : EXIT_DONE;
}

static int
run_account(const struct options *options, struct err *err)
{
	int64_t now = (int64_t)time(NULL);
	struct stats_host *sum = calloc(1, sizeof(*sum));
	struct sendmail_cf cf;
	struct mailstats table;
	struct config config;
	int status = EXIT_USAGE;

	if (config_load(&config, options->config, err) == 0) {
		status = read_account(options, &config, now, sum, err);
		config_free(&config);
	}
	if (status == EXIT_DONE)
		status = read_numbers(options, &cf);
	if (status == EXIT_DONE) {
		mailstats_of_account(&table, sum, &cf);
		table.now = now;
		if (table.since == 0)
			table.since = now;
		if (print(options, &table, err) == -1)
			status = EXIT_FAILED;
	}
	free(sum);
	return status;
}

extern const struct command command_stats;

static int
misused(const struct options *options, struct err *err)
{
	if (options->other)
		return command_misused(&command_stats, err);
	fputs(mailstats_usage, stderr);
	return EX_USAGE;
}

static int
choose(struct options *options, int rest, char **paths, struct err *err)
{
	/* --log takes one or several. */
	for (int i = 0; options->logs.count != 0 && i < rest; i++)
		options->logs.paths[options->logs.count++] = paths[i];
	if (rest != 0 && options->logs.count == 0)
		return misused(options, err);
	if (!wants_account(options))
		return run_file(options, err);
	if (options->file != NULL || options->empty) {
		err_set(err,
		    "stats: -%c is of a statistics file; not with options of "
		    "an account or a log",
		    options->file != NULL ? 'f' : 'p');
		return EXIT_USAGE;
	}
	if (options->logs.count != 0 && options->data != NULL) {
		err_set(err, "stats: --data: not with --log");
		return EXIT_USAGE;
	}
	if (options->logs.count == 0 &&
	    (options->logs.zone != NULL || options->logs.year != 0)) {
		err_set(err, "stats: --year, --zone: only with --log");
		return EXIT_USAGE;
	}
	return run_account(options, err);
}

static int
run_mailstats(int argc, char **argv, struct err *err)
{
	struct options options = { 0 };
	int c;

	while ((c = getopt(argc, argv, PROGRAM_FLAGS)) != -1) {
		if (c == '?')
			return misused(&options, err);
		read_flag(&options, c);
	}
	if (optind != argc)
		return misused(&options, err);
	return run_file(&options, err);
}

static int
run_stats(int argc, char **argv, struct options *options, struct err *err)
{
	int c;

	while ((c = getopt_long(argc, argv, "hd:" PROGRAM_FLAGS, long_options,
		    NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_stats);
		if (c == '?') {
			options->other |= optopt == 0 || optopt >= LOG;
			return misused(options, err);
		}
		if (c < LOG && strchr(PROGRAM_FLAGS, c) != NULL)
			read_flag(options, c);
		else if (read_option(options, c, err) == -1)
			return EXIT_USAGE;
	}
	return choose(options, argc - optind, argv + optind, err);
}

static int
run(int argc, char **argv, struct err *err)
{
	struct options options = { 0 };
	int status;

	if (strcmp(basename(argv[0]), PROGRAM) == 0)
		return run_mailstats(argc, argv, err);
	options.logs.paths = calloc((size_t)argc, sizeof(char *));
	status = run_stats(argc, argv, &options, err);
	free(options.logs.paths);
	return status;
}

const struct command command_stats = {
	.name = "stats",
	.words = "[-c] [-o] [-p] [-P] [-C cffile] [-f stfile] [--json]\n"
		 "           [--log file ... [--year y] [--zone tz]]\n"
		 "           [--config file] [-d dir] [--host name] "
		 "[--since when]",
	.help = "mailstats' table, of the account, a log or a statistics file",
	.program = PROGRAM,
	.run = run,
};
