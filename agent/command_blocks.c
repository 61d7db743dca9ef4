/* command_blocks.c - mailweir blocks: who is refused */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/command_remote.h"

extern const struct command command_blocks;

static const struct option options[] = { REMOTE_JSON, REMOTE_END };

static void
print_row(const json_t *row)
{
	char address[400], until[REMOTE_TIME], rule[64], reason[700];

	remote_time(row, "until", until);
	remote_text(row, "rule", 20, rule, sizeof(rule));
	printf("%-22s %-16s %5" PRId64 "  %-20s %-8s %s\n",
	    remote_text(row, "address", 0, address, sizeof(address)), until,
	    remote_number(row, "times"), rule[0] != '\0' ? rule : "by hand",
	    json_is_true(json_object_get(row, "enforced")) ? "yes" : "not yet",
	    remote_text(row, "reason", 0, reason, sizeof(reason)));
}

static void
print(const json_t *answer)
{
	const json_t *rows = json_object_get(answer, "blocks");
	const char *mode = json_string_value(json_object_get(answer, "mode"));
	char backend[64];

	if (json_array_size(rows) > 0)
		printf("%-22s %-16s %5s  %-20s %-8s %s\n", "ADDRESS", "UNTIL",
		    "TIMES", "RULE", "ENFORCED", "REASON");
	for (size_t i = 0; i < json_array_size(rows); i++)
		print_row(json_array_get(rows, i));
	printf("%" PRId64 " blocked, %" PRId64
	       " of them enforced; backend %s, mode %s%s\n",
	    remote_number(answer, "total"), remote_number(answer, "enforced"),
	    remote_text(answer, "backend", 0, backend, sizeof(backend)),
	    mode != NULL ? mode : "",
	    mode != NULL && strcmp(mode, "observe") == 0
		? ": nothing is refused"
		: "");
}

static int
run(int argc, char **argv, struct err *err)
{
	struct remote remote;
	json_t *answer = NULL;
	enum ask_answer rc;
	int status;

	if (!remote_open(
		&remote, &command_blocks, options, argc, argv, &status, err))
		return status;
	if (remote.word_count != 0) {
		status = command_misused(&command_blocks, err);
	} else {
		rc = ask_rows(
		    &remote.config, "/api/v1/blocks", "blocks", &answer, err);
		status = remote_status(rc);
		if (rc == ASK_DONE && remote.json)
			status = remote_print_json(answer, err);
		else if (rc == ASK_DONE)
			print(answer);
	}
	json_decref(answer);
	remote_close(&remote);
	return status;
}

const struct command command_blocks = {
	.name = "blocks",
	.words = "[-c file] [--json]",
	.help = "who is refused, why, and until when",
	.run = run,
};
