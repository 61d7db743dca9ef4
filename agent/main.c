/* main.c - finds the subcommand; the only exit */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "agent/command.h"

static int
usage(FILE *out)
{
	fputs("usage: mailweir COMMAND [options]; -h for each\n", out);
	for (size_t i = 0; i < command_count; i++)
		fprintf(
		    out, "  %-8s %s\n", commands[i]->name, commands[i]->help);
	return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	const struct command *command;
	struct err err = { "" };
	int status;

	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return usage(stdout);
	command = find_command(argv[1]);
	if (command == NULL) {
		fprintf(stderr, "mailweir: %s: no such command\n", argv[1]);
		return usage(stderr);
	}
	status = command->run(argc - 1, argv + 1, &err);
	if (status != EXIT_DONE && err.text[0] != '\0')
		fprintf(stderr, "mailweir: %s\n", err.text);
	return status;
}
