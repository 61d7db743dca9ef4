/* command_version.c - mailweir version: ours and the libraries' */
#include <jansson.h>
#include <stdio.h>

#include "agent/command.h"

static int
run(int argc, char **argv, struct err *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	printf("mailweir %s\n", VERSION);
	printf("jansson %s\n", JANSSON_VERSION);
	return EXIT_DONE;
}

const struct command command_version = {
	.name = "version",
	.words = "",
	.help = "the version, and the libraries'",
	.run = run,
};
