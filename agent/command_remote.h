/*
 * command_remote.h - what the commands share that ask the running agent
 */
#ifndef AGENT_COMMAND_REMOTE_H
#define AGENT_COMMAND_REMOTE_H

#include <getopt.h>

#include "agent/ask.h"
#include "agent/command.h"

struct remote {
	const char *span, *reason;
	bool json, all, evidence, remove;
	char **words; /* what is no option */
	int word_count;
	struct config config;
};

/* Rows for a command's table of options. */
#define REMOTE_JSON                                                            \
	{                                                                      \
		"json", no_argument, NULL, 'j'                                 \
	}
#define REMOTE_ALL                                                             \
	{                                                                      \
		"all", no_argument, NULL, 'a'                                  \
	}
#define REMOTE_EVIDENCE                                                        \
	{                                                                      \
		"evidence", no_argument, NULL, 'e'                             \
	}
#define REMOTE_REMOVE                                                          \
	{                                                                      \
		"remove", no_argument, NULL, 'd'                               \
	}
#define REMOTE_FOR                                                             \
	{                                                                      \
		"for", required_argument, NULL, 'f'                            \
	}
#define REMOTE_REASON                                                          \
	{                                                                      \
		"reason", required_argument, NULL, 'r'                         \
	}
#define REMOTE_END                                                             \
	{                                                                      \
		NULL, 0, NULL, 0                                               \
	}

/*
 * Read the options and the configuration.  False: it is over, with *status;
 * true: remote_close() when done.
 */
bool remote_open(struct remote *, const struct command *, const struct option *,
    int argc, char **argv, int *status, struct err *);
void remote_close(struct remote *);

/* The exit status that an answer means. */
int remote_status(enum ask_answer);
int remote_print_json(const json_t *, struct err *);

/* A text of the answer, for a terminal: escaped, in so many columns. */
const char *remote_text(const json_t *object, const char *key, size_t width,
    char *out, size_t size);
int64_t remote_number(const json_t *object, const char *key);
#define REMOTE_TIME 24
/* "2026-11-22 10:00", in this host's time zone. */
void remote_time(const json_t *object, const char *key, char text[REMOTE_TIME]);

#endif
