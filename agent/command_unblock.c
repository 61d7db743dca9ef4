/*
 * command_unblock.c - mailweir unblock: refuse somebody no longer
 *
 * "--all" is for the day when something went wrong, so it needs no agent: what
 * the backend holds is then removed here, and the list in the state emptied.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent/command_remote.h"
#include "base/state.h"

extern const struct command command_unblock;

static const struct option options[] = { REMOTE_ALL, REMOTE_JSON, REMOTE_END };

static int
finish(const struct remote *remote, enum ask_answer rc, json_t *answer,
    const char *who, struct err *err)
{
	int status = remote_status(rc);

	if (rc == ASK_DONE && remote->json)
		status = remote_print_json(answer, err);
	else if (rc == ASK_DONE && who != NULL)
		printf("%s: not blocked any more\n", who);
	else if (rc == ASK_DONE)
		printf("%" PRId64 " unblocked\n",
		    remote_number(answer, "removed"));
	json_decref(answer);
	return status;
}

static int
unblock_one(const struct remote *remote, struct err *err)
{
	char *path = ask_path("/api/v1/blocks/", remote->words[0]);
	json_t *answer;
	enum ask_answer rc =
	    ask(&remote->config, "DELETE", path, NULL, &answer, err);

	free(path);
	return finish(remote, rc, answer, remote->words[0], err);
}

static int
empty_list(const struct config *config, size_t *removed, struct err *err)
{
	struct blocks *blocks = blocks_new(&config->blocks);
	struct state_part parts[BLOCK_PARTS];
	struct state *state;
	int rc = -1;

	blocks_parts(blocks, parts);
	state = state_open(config->data, parts, BLOCK_PARTS, err);
	if (state != NULL) {
		*removed =
		    blocks_remove_all(blocks, (int64_t)time(NULL) * 1000000);
		rc = state_commit_now(state, err);
	}
	state_close(state);
	blocks_free(blocks);
	return rc;
}

/* The list first: what is left in the kernel then ends by itself. */
static int
unblock_without_agent(const struct remote *remote, struct err *err)
{
	const struct config *config = &remote->config;
	char path[PATH_MAX];
	size_t removed = 0;

	if (snprintf(path, sizeof(path), "%s/state.db", config->data) >=
	    (int)sizeof(path))
		err_set(err, "%s: the path is too long", config->data);
	else if ((access(path, F_OK) == -1 ||
		     empty_list(config, &removed, err) == 0) &&
		 blocks_clear(&config->blocks, err) == 0)
		return finish(remote, ASK_DONE,
		    json_pack("{s:I}", "removed", (json_int_t)removed), NULL,
		    err);
	return EXIT_FAILED;
}

static int
unblock_all(const struct remote *remote, struct err *err)
{
	json_t *answer;
	enum ask_answer rc = ask(
	    &remote->config, "DELETE", "/api/v1/blocks", NULL, &answer, err);

	if (rc == ASK_NOBODY)
		return unblock_without_agent(remote, err);
	return finish(remote, rc, answer, NULL, err);
}

static int
run(int argc, char **argv, struct err *err)
{
	struct remote remote;
	int status;

	if (!remote_open(
		&remote, &command_unblock, options, argc, argv, &status, err))
		return status;
	if (remote.word_count != (remote.all ? 0 : 1))
		status = command_misused(&command_unblock, err);
	else if (remote.all)
		status = unblock_all(&remote, err);
	else
		status = unblock_one(&remote, err);
	remote_close(&remote);
	return status;
}

const struct command command_unblock = {
	.name = "unblock",
	.words = "[-c file] [--json] ADDRESS|PREFIX|SENDER|--all",
	.help = "refuse somebody no longer; --all works without an agent, too",
	.run = run,
};
