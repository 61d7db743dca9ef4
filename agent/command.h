/*
 * command.h - what a subcommand provides
 *
 * A subcommand is one file and one row in commands.c.
 */
#ifndef AGENT_COMMAND_H
#define AGENT_COMMAND_H

#include <stddef.h>

#include "base/err.h"

/* Exit status of the process: sysexits are for mailstats' imitation alone. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct command {
	const char *name;
	const char *words; /* of its synopsis */
	const char *help;  /* one line */
	/* A program that it is when called by that name, or NULL. */
	const char *program;
	/*
	 * argv[0] is the command's name.  The result is the exit status; for
	 * EXIT_FAILED and EXIT_USAGE err says why, if it is not empty.
	 */
	int (*run)(int argc, char **argv, struct err *);
};

extern const struct command *const commands[];
extern const size_t command_count;

/* "-h": print the synopsis; the status to return. */
int command_help(const struct command *);
/* A wrong option was given: fills err; EXIT_USAGE. */
int command_misused(const struct command *, struct err *);

#endif
