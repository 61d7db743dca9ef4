/*
 * command_replay.c - mailweir replay: read finished files, print the account
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/account.h"
#include "agent/command.h"
#include "agent/config.h"
#include "agent/local.h"
#include "agent/pipeline.h"
#include "agent/privacy.h"
#include "agent/progress.h"
#include "agent/storage.h"
#include "agent/verdicts.h"
#include "base/mem.h"

#define COMMIT_BYTES (512u << 20) /* read between two commits */

struct options {
	const char *config, *data, *zone;
	int year;
	size_t top;
	bool json, events, unrecognised, rules, messages;
};

struct replay {
	struct options options;
	struct config config;
	struct pipeline pipeline;
	struct verdicts verdicts; /* with --rules */
	struct collectors *collectors;
	struct storage storage;
	uint64_t committed; /* bytes of the file, at the last commit */
	struct progress progress;
	uint16_t *ports; /* of captures, where the configuration has them */
	size_t port_count;
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "data", required_argument, NULL, 'd' },
	{ "events", no_argument, NULL, 'e' },
	{ "year", required_argument, NULL, 'y' },
	{ "zone", required_argument, NULL, 'z' },
	{ "top", required_argument, NULL, 't' },
	{ "unrecognised", no_argument, NULL, 'u' },
	{ "rules", no_argument, NULL, 'r' },
	{ "history", no_argument, NULL, 'm' },
	{ NULL, 0, NULL, 0 },
};

static bool
read_number(const char *text, uint64_t most, uint64_t *value)
{
	return slice_number(slice_of(text), value) && *value <= most;
}

static int
read_option(struct options *options, int c, struct err *err)
{
	uint64_t value;

	switch (c) {
	case 'c':
		options->config = optarg;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case 'd':
		options->data = optarg;
		return 0;
	case 'e':
		options->events = true;
		return 0;
	case 'u':
		options->unrecognised = true;
		return 0;
	case 'r':
		options->rules = true;
		return 0;
	case 'm':
		options->messages = true;
		return 0;
	case 'z':
		options->zone = optarg;
		return 0;
	case 'y':
		if (!read_number(optarg, 9999, &value) || value < 1970)
			return err_set(err,
			    "--year: \"%s\": expected a year "
			    "such as 2026",
			    optarg);
		options->year = (int)value;
		return 0;
	case 't':
		if (!read_number(optarg, 1000000, &value))
			return err_set(
			    err, "--top: \"%s\": expected a number", optarg);
		options->top = (size_t)value;
		return 0;
	default:
		return -1;
	}
}

static void
count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	struct replay *replay = arg;

	pipeline_count(&replay->pipeline, host, when, metric, n);
}

static void
complain(void *arg, const struct complaint *complaint)
{
	struct replay *replay = arg;

	pipeline_complain(&replay->pipeline, complaint);
}

static void
complete(void *arg, struct slice host, int64_t upto)
{
	struct replay *replay = arg;

	stats_close_steps(replay->pipeline.stats, host, upto);
	if (replay->storage.series != NULL)
		series_known(replay->storage.series, host, upto);
}

static void
take_step(void *arg, struct stats_step *step)
{
	struct replay *replay = arg;

	series_submit(replay->storage.series, step);
}

static void
progressed(void *arg, const char *path, uint64_t done, uint64_t all)
{
	struct replay *replay = arg;

	progress_show(&replay->progress, path, done, all);
	if (replay->options.data == NULL ||
	    done - replay->committed < COMMIT_BYTES)
		return;
	replay->committed = done;
	storage_ready(&replay->storage);
	storage_commit(&replay->storage);
}

/* What a run remembers must not be added to by reading old files. */
static int
open_data(struct replay *replay, struct err *err)
{
	char path[4096];

	if (replay->options.data == NULL)
		return privacy_open(&replay->config, replay->config.data, false,
		    &replay->pipeline.names, err);
	snprintf(path, sizeof(path), "%s/state.db", replay->options.data);
	if (access(path, F_OK) == 0)
		return err_set(err,
		    "%s: is there already; expected a new "
		    "directory",
		    path);
	tally_widen(replay->pipeline.tally);
	replay->pipeline.digest =
	    digest_new(&(struct digest_config){ .offset = local_offset });
	if (mkdir(replay->options.data, 0750) == -1 && errno != EEXIST)
		return err_sys(err, "%s", replay->options.data);
	if (privacy_open(&replay->config, replay->options.data, true,
		&replay->pipeline.names, err) == -1 ||
	    storage_open(&replay->storage, replay->options.data,
		replay->pipeline.stats, replay->pipeline.tally,
		replay->pipeline.digest, NULL, NULL, NULL, err) == -1)
		return -1;
	stats_on_step(replay->pipeline.stats, take_step, replay);
	if (replay->options.messages) {
		replay->config.messages.enabled = true;
		storage_keep_history(&replay->storage, replay->options.data,
		    &replay->config.messages, true);
		replay->pipeline.messages = replay->storage.messages;
	}
	return 0;
}

/* Of its sources only this is of use to captures that are finished. */
static void
keep_ports(struct replay *replay)
{
	const struct collect_config *collect = &replay->config.collect;

	for (size_t i = 0; i < collect->source_count; i++) {
		const struct source_config *source = &collect->sources[i];

		if (source->type != SOURCE_TYPE_CAPTURE ||
		    replay->ports != NULL)
			continue;
		replay->port_count = source->port_count;
		replay->ports = mem_copy(
		    source->ports, source->port_count * sizeof(*source->ports));
	}
}

static int
open_all(struct replay *replay, struct err *err)
{
	struct collect_sinks sinks = { .events = { pipeline_take,
					   &replay->pipeline },
		.count = count,
		.complete = replay->options.data ? complete : NULL,
		.arg = replay,
		.complain = replay->options.data ? complain : NULL };
	struct collect_config *collect = &replay->config.collect;

	replay->pipeline.stats = stats_new();
	replay->pipeline.tally = tally_new();
	replay->pipeline.wire = tally_new();
	replay->pipeline.events = replay->options.events ? stdout : NULL;
	if (config_load(&replay->config, replay->options.config, err) == -1)
		return -1;
	if (replay->options.rules) {
		verdicts_open(&replay->verdicts, &replay->config.alerts,
		    &replay->config.blocks);
		blocks_exempt(replay->verdicts.respond.blocks, EXEMPT_NETWORKS,
		    collect->networks, collect->network_count);
		replay->pipeline.respond = &replay->verdicts.respond;
	}
	keep_ports(replay);
	config_forget_sources(&replay->config);
	replay->collectors = collectors_open(collect, false, 0, 0, &sinks, err);
	if (replay->collectors == NULL || open_data(replay, err) == -1)
		return -1;
	collectors_pseudonyms(replay->collectors, replay->pipeline.names);
	return 0;
}

static int
read_files(struct replay *replay, int n, char **paths, struct err *err)
{
	struct finished_options options = { .year = replay->options.year,
		.zone = replay->options.zone,
		.now = (int64_t)time(NULL),
		.ports = replay->ports,
		.port_count = replay->port_count,
		.progress = progressed,
		.arg = replay };

	collectors_sort((const char **)paths, (size_t)n);
	for (int i = 0; i < n; i++) {
		replay->committed = 0;
		if (collectors_finished(
			replay->collectors, paths[i], &options, err) == -1)
			return -1;
	}
	collectors_finish(replay->collectors);
	if (replay->options.rules)
		verdicts_finish(&replay->verdicts);
	if (replay->pipeline.digest != NULL)
		digest_pack(replay->pipeline.digest);
	progress_clear(&replay->progress);
	return 0;
}

static void
print_account(const struct replay *replay, const struct tally *tally,
    const struct coverage_counts *coverage)
{
	account_print(stdout, replay->pipeline.stats, tally, coverage,
	    replay->options.top);
	collectors_print_programs(replay->collectors, stdout);
}

static int
print(struct replay *replay, struct err *err)
{
	struct coverage_counts coverage =
	    collectors_coverage(replay->collectors);
	const struct verdicts *verdicts =
	    replay->options.rules ? &replay->verdicts : NULL;
	/* Of captures and transcripts alone, who does what is told by them. */
	const struct tally *tally = replay->pipeline.logged
					? replay->pipeline.tally
					: replay->pipeline.wire;
	int rc = 0;

	if (replay->options.unrecognised)
		collectors_print_shapes(replay->collectors, stdout);
	else if (replay->options.json)
		rc = account_print_json(stdout, replay->pipeline.stats, tally,
		    &coverage, verdicts, replay->options.top);
	else if (!replay->options.events)
		print_account(replay, tally, &coverage);
	if (verdicts != NULL && !replay->options.unrecognised &&
	    !replay->options.json)
		verdicts_print(stdout, verdicts);
	if (rc == -1 || fflush(stdout) == EOF || ferror(stdout))
		return err_sys(err, "standard output");
	return 0;
}

static int
replay_all(struct replay *replay, int n, char **paths, struct err *err)
{
	struct err closing;
	int rc;

	rc = open_all(replay, err);
	if (rc == 0)
		rc = read_files(replay, n, paths, err);
	if (rc == 0)
		rc = print(replay, err);
	if (storage_close(&replay->storage, &closing) == -1 && rc == 0) {
		*err = closing;
		rc = -1;
	}
	collectors_close(replay->collectors);
	if (replay->pipeline.respond != NULL)
		verdicts_close(&replay->verdicts);
	stats_free(replay->pipeline.stats);
	tally_free(replay->pipeline.tally);
	tally_free(replay->pipeline.wire);
	digest_free(replay->pipeline.digest);
	pseudonyms_free(replay->pipeline.names);
	config_free(&replay->config);
	free(replay->ports);
	return rc;
}

extern const struct command command_replay;

static int
run(int argc, char **argv, struct err *err)
{
	struct replay *replay;
	struct options options = { .top = 20 };
	int c, rc;

	while ((c = getopt_long(argc, argv, "hc:", long_options, NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_replay);
		if (c == '?')
			return command_misused(&command_replay, err);
		if (read_option(&options, c, err) == -1)
			return EXIT_USAGE;
	}
	if (optind == argc)
		return command_misused(&command_replay, err);
	if (options.messages && options.data == NULL) {
		err_set(err, "--history: expected with --data");
		return EXIT_USAGE;
	}
	replay = calloc(1, sizeof(*replay));
	replay->options = options;
	rc = replay_all(replay, argc - optind, argv + optind, err);
	free(replay);
	return rc == -1 ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_replay = {
	.name = "replay",
	.words = "[-c file] [--json] [--data dir [--history]] [--events] "
		 "[--rules] [--unrecognised] [--top n] [--year y] [--zone tz] "
		 "log|pcap ...",
	.help = "read finished logs to their end and print the account",
	.run = run,
};
