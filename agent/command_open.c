/*
 * command_open.c - mailweir open: a one-time link that signs a browser in
 */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "agent/command.h"
#include "agent/config.h"

extern const struct command command_open;

static int
run(int argc, char **argv, struct err *err)
{
	const char *path = NULL;
	struct config config;
	char link[512];
	int c, rc;

	while ((c = getopt(argc, argv, "hc:")) != -1) {
		if (c == 'h')
			return command_help(&command_open);
		if (c == '?')
			return command_misused(&command_open, err);
		path = optarg;
	}
	if (optind != argc)
		return command_misused(&command_open, err);
	if (config_load(&config, path, err) == -1)
		return EXIT_USAGE;
	rc = web_sign_in_link(
	    config.data, (int64_t)time(NULL), link, sizeof(link), err);
	if (rc == 0)
		printf("%s\n", link);
	config_free(&config);
	return rc == -1 ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_open = {
	.name = "open",
	.words = "[-c file]",
	.help = "a one-time link that signs a browser in to the dashboard",
	.run = run,
};
