/*
 * command_run.c - mailweir run: start, serve, stop
 */
#include <getopt.h>
#include <stddef.h>

#include "agent/agent.h"
#include "agent/command.h"

static int
serve(const struct config *config, const char *path, struct err *err)
{
	struct agent *agent = agent_open(config, path, err);
	struct err closing;
	int rc;

	if (agent == NULL)
		return -1;
	rc = agent_run(agent, err);
	if (agent_close(agent, &closing) == -1 && rc == 0) {
		*err = closing;
		rc = -1;
	}
	return rc;
}

extern const struct command command_run;

static int
run(int argc, char **argv, struct err *err)
{
	const char *path = NULL;
	struct config config;
	int c, rc;

	while ((c = getopt(argc, argv, "hc:")) != -1) {
		if (c == 'h')
			return command_help(&command_run);
		if (c == '?')
			return command_misused(&command_run, err);
		path = optarg;
	}
	if (optind != argc)
		return command_misused(&command_run, err);
	if (config_load(&config, path, err) == -1)
		return EXIT_USAGE;
	config_find_sources(&config);
	rc = serve(&config, path, err);
	config_free(&config);
	return rc == -1 ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_run = {
	.name = "run",
	.words = "[-c file]",
	.help = "read the logs, count, and serve the dashboard",
	.run = run,
};
