/*
 * command_line.h - the line of the backend `command', and what it becomes
 *
 * Words are cut at blanks; those in '...' or "..." stay together, and nothing
 * else is special, for no shell reads it.  In a word %a is the address, %p the
 * length of its prefix, %s the seconds until the block is over, %% a percent
 * sign.  The first word is an absolute path and holds none of them.
 */
#ifndef BLOCKS_COMMAND_LINE_H
#define BLOCKS_COMMAND_LINE_H

#include "blocks/wire.h"

#define COMMAND_WORDS 32
#define COMMAND_BYTES 1024 /* of all words, with a NUL each */

struct command_line {
	char text[COMMAND_BYTES];
	size_t used;
	const char *words[COMMAND_WORDS + 1]; /* the last is NULL */
	size_t count;
};

/* -1: the line cannot be understood, or becomes too long. */
int command_line_make(struct command_line *, const char *line,
    const struct block_element *, struct err *);
/* The same of any element: what is wrong with the line itself. */
int command_line_check(const char *line, struct err *);
/* Does it say %s? */
bool command_line_timed(const char *line);

#endif
