/* commands.c - the table of subcommands */
#include <stdio.h>

#include "agent/command.h"
#include "base/array.h"

extern const struct command command_run, command_replay, command_check,
    command_stats, command_report, command_open, command_formats,
    command_version, command_block, command_unblock, command_blocks,
    command_never, command_alerts;

const struct command *const commands[] = {
	&command_run,
	&command_replay,
	&command_stats,
	&command_report,
	&command_block,
	&command_unblock,
	&command_blocks,
	&command_never,
	&command_alerts,
	&command_check,
	&command_open,
	&command_formats,
	&command_version,
};

const size_t command_count = NELEMS(commands);

int
command_help(const struct command *command)
{
	printf("usage: mailweir %s %s\n       %s\n", command->name,
	    command->words, command->help);
	return EXIT_DONE;
}

int
command_misused(const struct command *command, struct err *err)
{
	err_set(err, "usage: mailweir %s %s", command->name, command->words);
	return EXIT_USAGE;
}
