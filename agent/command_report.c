/*
 * command_report.c - mailweir report: the day in a page of text
 *
 * Over finished logs, or from what the agent keeps in its state.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/command.h"
#include "agent/config.h"
#include "agent/local.h"
#include "agent/pipeline.h"
#include "agent/privacy.h"
#include "agent/report.h"
#include "base/mem.h"

#define WEEK 7

struct options {
	const char *config, *data, *zone, *host, *day_text;
	const char **logs;
	size_t log_count;
	int year;
	size_t top;
	bool json;
};

/* What one report is made of. */
struct reporting {
	struct options options;
	struct config config;
	struct pipeline pipeline;
	struct collectors *collectors;
	int64_t now, day; /* INT64_MIN: all that the logs have */
};

static const struct option long_options[] = {
	{ "day", required_argument, NULL, 'D' },
	{ "log", required_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "data", required_argument, NULL, 'd' },
	{ "host", required_argument, NULL, 'H' },
	{ "top", required_argument, NULL, 't' },
	{ "year", required_argument, NULL, 'y' },
	{ "zone", required_argument, NULL, 'z' },
	{ NULL, 0, NULL, 0 },
};

static int
read_number(const char *name, size_t least, size_t most, const char *what,
    size_t *value, struct err *err)
{
	uint64_t number;

	if (!slice_number(slice_of(optarg), &number) || number < least ||
	    number > most)
		return err_set(
		    err, "--%s: \"%s\": expected %s", name, optarg, what);
	*value = (size_t)number;
	return 0;
}

static int
read_option(struct options *options, int c, struct err *err)
{
	size_t year = 0;

	switch (c) {
	case 'c':
		options->config = optarg;
		return 0;
	case 'd':
		options->data = optarg;
		return 0;
	case 'D':
		options->day_text = optarg;
		return 0;
	case 'H':
		options->host = optarg;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case 'l':
		options->logs[options->log_count++] = optarg;
		return 0;
	case 'z':
		options->zone = optarg;
		return 0;
	case 't':
		return read_number(
		    "top", 0, 1000000, "a number", &options->top, err);
	default:
		if (read_number("year", 1970, 9999, "a year such as 2026",
			&year, err) == -1)
			return -1;
		options->year = (int)year;
		return 0;
	}
}

/* The day that is meant; the zone is set by now. */
static int
find_day(struct reporting *r, struct err *err)
{
	const char *text = r->options.day_text;
	int64_t today = local_day(r->now);

	if (text == NULL)
		r->day = r->options.log_count != 0 ? INT64_MIN : today - 1;
	else if (strcmp(text, "yesterday") == 0)
		r->day = today - 1;
	else if (strcmp(text, "today") == 0)
		r->day = today;
	else if (!day_read(slice_of(text), &r->day))
		return err_set(err,
		    "--day: \"%s\": expected a day such as 2026-11-21, "
		    "yesterday or today",
		    text);
	return 0;
}

static void
count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	struct reporting *r = arg;

	digest_count(r->pipeline.digest, host, when, metric, n);
}

static void
take(void *arg, const struct mail_event *event)
{
	struct reporting *r = arg;

	digest_add(
	    r->pipeline.digest, pseudonyms_event(r->pipeline.names, event));
}

static void
complain(void *arg, const struct complaint *complaint)
{
	struct reporting *r = arg;

	pipeline_complain(&r->pipeline, complaint);
}

static int
read_logs(struct reporting *r, struct err *err)
{
	struct collect_sinks sinks = { .events = { take, r },
		.count = count,
		.arg = r,
		.complain = complain };
	struct finished_options options = { .year = r->options.year,
		.now = r->now };
	struct digest_config digest = { .offset = local_offset,
		.whole = r->day == INT64_MIN,
		.one_day = r->day != INT64_MIN,
		.day = r->day };

	config_forget_sources(&r->config);
	r->pipeline.digest = digest_new(&digest);
	r->collectors =
	    collectors_open(&r->config.collect, false, 0, 0, &sinks, err);
	if (r->collectors == NULL ||
	    privacy_open(&r->config,
		r->options.data != NULL ? r->options.data : r->config.data,
		false, &r->pipeline.names, err) == -1)
		return -1;
	collectors_sort(r->options.logs, r->options.log_count);
	for (size_t i = 0; i < r->options.log_count; i++)
		if (collectors_finished(
			r->collectors, r->options.logs[i], &options, err) == -1)
			return -1;
	collectors_finish(r->collectors);
	return 0;
}

static int
read_state(struct reporting *r, struct err *err)
{
	struct digest_config digest = { .offset = local_offset };
	struct state_part part;

	r->pipeline.digest = digest_new(&digest);
	part = digest_part(r->pipeline.digest);
	return state_read(
	    r->options.data != NULL ? r->options.data : r->config.data, &part,
	    1, err);
}

/* "there is 2026-11-07 to 2026-11-21" */
static int
nothing_of(const struct reporting *r, struct err *err)
{
	struct digest_page *all = digest_page(r->pipeline.digest,
	    slice_of(r->options.host != NULL ? r->options.host : ""), INT64_MIN,
	    INT64_MAX);
	char day[DAY_TEXT], first[DAY_TEXT], last[DAY_TEXT];

	if (all == NULL) {
		err_set(err, "%s: nothing is known of it",
		    r->options.host != NULL ? r->options.host : "any day");
		return -1;
	}
	day_print(r->day, false, day);
	day_print(all->days[0].number, false, first);
	day_print(all->days[all->day_count - 1].number, false, last);
	digest_page_free(all);
	return err_set(err, "%s: nothing is known of it; there is %s to %s",
	    day, first, last);
}

static int
print(struct reporting *r, struct err *err)
{
	const struct digest *digest = r->pipeline.digest;
	struct slice host =
	    slice_of(r->options.host != NULL ? r->options.host : "");
	bool all = r->day == INT64_MIN;
	struct digest_page *page = digest_page(
	    digest, host, all ? INT64_MIN : r->day, all ? INT64_MAX : r->day);
	struct digest_page *before;
	struct report report = { .top = r->options.top };
	int rc = 0;

	if (page == NULL)
		return nothing_of(r, err);
	report.page = page;
	report.from = page->days[0].number;
	report.to = page->days[page->day_count - 1].number;
	report.unfinished = report.to >= local_day(r->now);
	/* Where there is only one host, it has a name. */
	report.host = r->options.host;
	if (report.host == NULL && digest_host(digest, 1) == NULL)
		report.host = digest_host(digest, 0);
	before =
	    digest_page(digest, host, report.from - WEEK, report.from - WEEK);
	report.before = report.from == report.to ? before : NULL;
	if (r->options.json)
		rc = report_print_json(stdout, &report);
	else
		report_print(stdout, &report);
	digest_page_free(before);
	digest_page_free(page);
	if (rc == -1 || fflush(stdout) == EOF || ferror(stdout))
		return err_sys(err, "standard output");
	return 0;
}

static int
report(struct reporting *r, struct err *err)
{
	int rc = config_load(&r->config, r->options.config, err);

	if (rc == 0)
		rc = r->options.log_count != 0 ? read_logs(r, err)
					       : read_state(r, err);
	if (rc == 0)
		rc = print(r, err);
	collectors_close(r->collectors);
	digest_free(r->pipeline.digest);
	pseudonyms_free(r->pipeline.names);
	config_free(&r->config);
	return rc == -1 ? EXIT_FAILED : EXIT_DONE;
}

extern const struct command command_report;

/* -1: go on; else the exit status. */
static int
read_options(struct options *options, int argc, char **argv, struct err *err)
{
	int c;

	while ((c = getopt_long(argc, argv, "hc:", long_options, NULL)) != -1) {
		if (c == 'h') {
			(void)command_help(&command_report);
			return EXIT_DONE;
		}
		if (c == '?')
			return command_misused(&command_report, err);
		if (read_option(options, c, err) == -1)
			return EXIT_USAGE;
	}
	if (options->log_count == 0 && optind != argc)
		return command_misused(&command_report, err);
	/* "--log a b" */
	while (optind < argc)
		options->logs[options->log_count++] = argv[optind++];
	return -1;
}

static int
run(int argc, char **argv, struct err *err)
{
	struct reporting *r = mem_zero(1, sizeof(*r));
	int rc;

	r->options.top = 20;
	r->options.logs = mem_zero((size_t)argc, sizeof(*r->options.logs));
	r->now = (int64_t)time(NULL);
	rc = read_options(&r->options, argc, argv, err);
	if (rc == -1)
		rc = local_zone(r->options.zone, err) == 0 &&
			     find_day(r, err) == 0
			 ? report(r, err)
			 : EXIT_USAGE;
	free(r->options.logs);
	free(r);
	return rc;
}

const struct command command_report = {
	.name = "report",
	.words = "[-c file] [--data dir] [--day date] [--host name] [--json] "
		 "[--top n] [--year y] [--zone tz] [--log log ...]",
	.help = "the day in a page of text: what needs a hand, and the tables",
	.run = run,
};
