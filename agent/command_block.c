/* command_block.c - mailweir block: refuse a client, or a sender */
#include <inttypes.h>
#include <stdio.h>

#include "agent/command_remote.h"

extern const struct command command_block;

static const struct option options[] = { REMOTE_FOR, REMOTE_REASON, REMOTE_JSON,
	REMOTE_END };

static void
say(const json_t *answer)
{
	const json_t *block = json_object_get(answer, "block");
	char address[512], words[256], until[REMOTE_TIME];

	remote_time(block, "until", until);
	printf("%s: %s, until %s%s\n",
	    remote_text(block, "address", 0, address, sizeof(address)),
	    remote_text(answer, "outcome", 0, words, sizeof(words)), until,
	    json_is_true(json_object_get(answer, "observed"))
		? "; blocks.mode is observe: nothing is refused yet"
		: "");
}

static int
block(const struct remote *remote, struct err *err)
{
	json_t *body = json_pack("{s:s}", "address", remote->words[0]), *answer;
	enum ask_answer rc;
	int status;

	if (body == NULL) {
		err_set(err, "the address is no UTF-8 text");
		return EXIT_USAGE;
	}
	if (remote->span != NULL)
		json_object_set_new(body, "for", json_string(remote->span));
	if (remote->reason != NULL)
		json_object_set_new(
		    body, "reason", json_string(remote->reason));
	rc = ask(&remote->config, "POST", "/api/v1/blocks", body, &answer, err);
	status = remote_status(rc);
	if (rc == ASK_DONE && remote->json)
		status = remote_print_json(answer, err);
	else if (rc == ASK_DONE)
		say(answer);
	json_decref(answer);
	return status;
}

/* What is no address is told so without an agent, too. */
static int
check(const char *text, struct err *err)
{
	char sender[BLOCK_SENDER + 1];
	struct prefix prefix;

	return prefix_parse(slice_of(text), &prefix)
		   ? 0
		   : block_sender(slice_of(text), sender, err);
}

static int
run(int argc, char **argv, struct err *err)
{
	struct remote remote;
	int status;

	if (!remote_open(
		&remote, &command_block, options, argc, argv, &status, err))
		return status;
	if (remote.word_count != 1)
		status = command_misused(&command_block, err);
	else if (check(remote.words[0], err) == -1)
		status = EXIT_USAGE;
	else
		status = block(&remote, err);
	remote_close(&remote);
	return status;
}

const struct command command_block = {
	.name = "block",
	.words = "[-c file] [--json] ADDRESS|PREFIX|SENDER [--for 1h] "
		 "[--reason TEXT]",
	.help = "refuse a client, or a sender where the backend is a map",
	.run = run,
};
