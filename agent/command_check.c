/*
 * command_check.c - mailweir check: is the configuration right, what was
 * found, what is missing
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/blocking.h"
#include "agent/check_blocks.h"
#include "agent/check_capture.h"
#include "agent/check_journal.h"
#include "agent/check_mail.h"
#include "agent/check_polled.h"
#include "agent/command.h"
#include "agent/config.h"
#include "agent/detect.h"
#include "agent/ours_print.h"
#include "agent/privileges.h"

static bool
check_file(
    const struct source_config *source, const struct collect_config *collect)
{
	const char *format = source->format;
	bool good = access(source->path, R_OK) == 0;
	int why = good ? 0 : errno;

	printf("source \"%s\": %s: %s", source->title, source->path,
	    good            ? "can be read"
	    : why == ENOENT ? "not there yet; it is waited for"
			    : strerror(why));
	if (format != NULL)
		printf("; format %s, as configured", format);
	else if (good &&
		 (format = collectors_guess_format(source->path)) != NULL)
		printf("; format %s, by its first lines", format);
	putchar('\n');
	if (format != NULL && strcmp(format, "transcript") == 0)
		puts(check_is_captured(collect)
			 ? "  it does not count: what is captured does"
			 : "  it counts as wire.*, beside the log");
	if (why == EACCES)
		printf("  start as root, or add this user to the group that "
		       "may read it (adm on Debian)\n");
	return good || why == ENOENT;
}

static bool
check_source(const struct source_config *source,
    const struct collect_config *collect, const struct privileges *who)
{
	if (source->type == SOURCE_TYPE_JOURNAL)
		return check_journal(source, who);
	if (source->type == SOURCE_TYPE_QUEUE ||
	    source->type == SOURCE_TYPE_STATISTICS)
		return check_polled(source);
	if (source->type == SOURCE_TYPE_CAPTURE)
		return check_capture(source);
	return check_file(source, collect);
}

static bool
check_data(const char *data)
{
	bool there = access(data, F_OK) == 0;

	if (there && access(data, W_OK) == -1) {
		printf("data %s: %s\n", data, strerror(errno));
		return false;
	}
	printf(
	    "data %s: %s\n", data, there ? "can be written" : "will be made");
	return true;
}

/* Asked here and now, with the rights of whoever checks. */
static void
check_ours(const struct config *config)
{
	struct ours found = { 0 };

	ours_gather(&found, config->systems, config->system_count, -1);
	ours_print(stdout, &config->collect, &found);
	ours_free(&found);
}

static bool
check_all(const struct config *config, const char *path, struct err *err)
{
	const struct collect_config *collect = &config->collect;
	struct privileges who;
	bool good = true;

	if (privileges_find(&who, config->user, err) == -1)
		return false;
	if (collect->detected) {
		puts("no source is configured; looked for:");
		detect_explain(stdout);
	}
	for (size_t i = 0; i < collect->source_count; i++)
		good &= check_source(&collect->sources[i], collect, &who);
	check_captures(collect);
	good &= check_data(config->data);
	check_statistics_words(config->data);
	printf("web: %s\n", config->web.listen);
	good &= check_mail_ways(config, path);
	check_ours(config);
	good &= blocking_check(&config->blocks);
	good &= check_blocks_backend(&config->blocks);
	if (who.drop)
		printf("runs as: %s\n", who.name);
	return good;
}

extern const struct command command_check;

static int
run(int argc, char **argv, struct err *err)
{
	const char *path = NULL;
	struct config config;
	bool good;
	int c;

	while ((c = getopt(argc, argv, "hc:")) != -1) {
		if (c == 'h')
			return command_help(&command_check);
		if (c == '?')
			return command_misused(&command_check, err);
		path = optarg;
	}
	if (optind != argc)
		return command_misused(&command_check, err);
	if (config_load(&config, path, err) == -1)
		return EXIT_USAGE;
	config_find_sources(&config);
	printf("%s: right\n", path != NULL ? path
			      : access(CONFIG_PATH, F_OK) == 0
				  ? CONFIG_PATH
				  : "no configuration");
	good = check_all(&config, path, err);
	config_free(&config);
	return good ? EXIT_DONE : EXIT_FAILED;
}

const struct command command_check = {
	.name = "check",
	.words = "[-c file]",
	.help = "is the configuration right, what was found, what is missing",
	.run = run,
};
