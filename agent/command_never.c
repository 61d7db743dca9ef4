/* command_never.c - mailweir never: who is never to be blocked */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/command_remote.h"

#define NEVER "/api/v1/never"

extern const struct command command_never;

static const struct option options[] = { REMOTE_REASON, REMOTE_REMOVE,
	REMOTE_JSON, REMOTE_END };

static void
print(const json_t *answer)
{
	const json_t *rows = json_object_get(answer, "never"), *row;
	char address[400], at[REMOTE_TIME], reason[700];
	size_t i;

	json_array_foreach (rows, i, row) {
		remote_time(row, "at", at);
		printf("%-22s %-16s  %s\n",
		    remote_text(row, "address", 0, address, sizeof(address)),
		    at, remote_text(row, "reason", 0, reason, sizeof(reason)));
	}
	rows = json_object_get(answer, "configured");
	json_array_foreach (rows, i, row)
		printf("%-22s %-16s  blocks.never\n", json_string_value(row),
		    "configuration");
	if (i == 0 && json_array_size(json_object_get(answer, "never")) == 0)
		printf("beside our own hosts and networks, nobody\n");
}

static enum ask_answer
ask_agent(const struct remote *remote, json_t **answer, struct err *err)
{
	const char *who = remote->words[0];
	enum ask_answer rc;
	json_t *body;
	char *path;

	if (who == NULL)
		return ask(&remote->config, "GET", NEVER, NULL, answer, err);
	if (remote->remove) {
		path = ask_path(NEVER "/", who);
		rc = ask(&remote->config, "DELETE", path, NULL, answer, err);
		free(path);
		return rc;
	}
	body = json_pack("{s:s,s:s}", "address", who, "reason",
	    remote->reason != NULL ? remote->reason : "");
	if (body == NULL) {
		err_set(err, "the address or the reason is no UTF-8 text");
		return ASK_WRONG;
	}
	return ask(&remote->config, "POST", NEVER, body, answer, err);
}

static int
answer_to(const struct remote *remote, struct err *err)
{
	json_t *answer = NULL;
	enum ask_answer rc = ask_agent(remote, &answer, err);
	int status = remote_status(rc);
	char address[400], words[256];

	if (rc != ASK_DONE)
		return status;
	if (remote->json)
		status = remote_print_json(answer, err);
	else if (remote->word_count == 0)
		print(answer);
	else if (remote->remove)
		printf("%s: may be blocked again\n", remote->words[0]);
	else
		printf("%s: %s\n",
		    remote_text(answer, "address", 0, address, sizeof(address)),
		    remote_text(answer, "outcome", 0, words, sizeof(words)));
	json_decref(answer);
	return status;
}

/* What is wrong is told so without an agent, too. */
static int
check(const struct remote *remote, struct err *err)
{
	struct prefix prefix;
	const char *who = remote->words[0];

	if (remote->word_count > 1 || (remote->remove && who == NULL) ||
	    (remote->reason != NULL && (remote->remove || who == NULL)))
		return command_misused(&command_never, err);
	if (who == NULL || prefix_parse(slice_of(who), &prefix))
		return EXIT_DONE;
	err_set(
	    err, "%s: expected an address or a prefix as 192.0.2.0/24", who);
	return EXIT_USAGE;
}

static int
run(int argc, char **argv, struct err *err)
{
	struct remote remote;
	int status;

	if (!remote_open(
		&remote, &command_never, options, argc, argv, &status, err))
		return status;
	status = check(&remote, err);
	if (status == EXIT_DONE)
		status = answer_to(&remote, err);
	remote_close(&remote);
	return status;
}

const struct command command_never = {
	.name = "never",
	.words = "[-c file] [--json] [ADDRESS|PREFIX [--reason TEXT | "
		 "--remove]]",
	.help = "who is never to be blocked: list, say, or take back",
	.run = run,
};
