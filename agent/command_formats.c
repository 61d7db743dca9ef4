/* command_formats.c - mailweir formats: whose logs are read */
#include <stdio.h>

#include "agent/command.h"
#include "collectors/collectors.h"

static int
run(int argc, char **argv, struct err *err)
{
	struct format_row row;

	(void)argc;
	(void)argv;
	(void)err;
	for (size_t i = 0; i < collectors_formats(); i++) {
		row = collectors_format(i);
		printf("%s\n    %s\n", row.systems, row.reads);
	}
	return EXIT_DONE;
}

const struct command command_formats = {
	.name = "formats",
	.words = "",
	.help = "the mail systems whose logs are read, and what of each",
	.run = run,
};
