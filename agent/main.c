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

/* Called by the name of a program that a command stands for, or NULL. */
static const struct command *
find_program(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (commands[i]->program != NULL &&
		    strcmp(commands[i]->program, name) == 0)
			return commands[i];
	return NULL;
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct err err = { "" };
	int status = command->run(argc, argv, &err);

	if (status != EXIT_DONE && err.text[0] != '\0')
		fprintf(stderr, "mailweir: %s\n", err.text);
	return status;
}

int
main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 1)
		return usage(stderr);
	command = find_program(basename(argv[0]));
	if (command != NULL)
		return run(command, argc, argv);
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
	return run(command, argc - 1, argv + 1);
}
