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
#include "agent/block_run.h"
#include "base/mem.h"
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

/* The prefixes of the list, to be freed. */
static struct prefix *
listed(const struct blocks *blocks, int64_t now, size_t *n)
{
	const struct block *block = NULL;
	struct prefix *list = NULL;
	size_t room = 0;

	*n = 0;
	while ((block = blocks_next(blocks, block, now)) != NULL) {
		if (block->sender != NULL)
			continue;
		if (*n == room) {
			room = room == 0 ? 64 : room * 2;
			list = mem_grow(list, room, sizeof(*list));
		}
		list[(*n)++] = block->what;
	}
	return list;
}

static int
empty_list(const struct config *config, struct prefix **list, size_t *n,
    size_t *removed, struct err *err)
{
	int64_t now = (int64_t)time(NULL) * 1000000;
	struct blocks *blocks = blocks_new(&config->blocks);
	struct state_part parts[BLOCK_PARTS];
	struct state *state;
	int rc = -1;

	blocks_parts(blocks, parts);
	state = state_open(config->data, parts, BLOCK_PARTS, err);
	if (state != NULL) {
		*list = listed(blocks, now, n);
		*removed = blocks_remove_all(blocks, now);
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
	struct block_config blocks = config->blocks;
	char path[PATH_MAX];
	size_t removed = 0, n = 0;
	struct prefix *list = NULL;
	int rc = -1;

	blocks.run = block_run_alone;
	if (snprintf(path, sizeof(path), "%s/state.db", config->data) >=
	    (int)sizeof(path))
		err_set(err, "%s: the path is too long", config->data);
	else if (access(path, F_OK) == -1 ||
		 empty_list(config, &list, &n, &removed, err) == 0)
		rc = blocks_clear(&blocks, list, n, err);
	free(list);
	if (rc == -1)
		return EXIT_FAILED;
	return finish(remote, ASK_DONE,
	    json_pack("{s:I}", "removed", (json_int_t)removed), NULL, err);
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
