/* command_alerts.c - mailweir alerts: what is or was the matter */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/command_remote.h"
#include "agent/when.h"
#include "base/safe.h"

extern const struct command command_alerts;

static const struct option options[] = { REMOTE_EVIDENCE, REMOTE_JSON,
	REMOTE_END };

static void
print_action(const json_t *row)
{
	char action[32], span[SPAN_TEXT];
	int64_t seconds = remote_number(row, "block_seconds");

	remote_text(row, "action", 0, action, sizeof(action));
	if (strcmp(action, "block") == 0) {
		span_print((uint64_t)seconds, span);
		printf("; blocked for %s", span);
	} else if (strcmp(action, "spared") == 0) {
		printf("; spared, as it delivered good mail");
	} else if (strcmp(action, "observed") == 0) {
		printf("; not blocked, as blocks.mode is observe");
	}
}

static void
print_lines(const json_t *row)
{
	const json_t *lines =
	    json_object_get(json_object_get(row, "evidence"), "lines");

	for (size_t i = 0; i < json_array_size(lines); i++) {
		const char *line = json_string_value(json_array_get(lines, i));
		char safe[4096];

		safe_text(
		    slice_of(line != NULL ? line : ""), 0, safe, sizeof(safe));
		printf("        %s\n", safe);
	}
}

static void
print_row(const json_t *row, bool evidence)
{
	bool open = json_is_true(json_object_get(row, "open"));
	bool past = json_is_true(json_object_get(row, "past"));
	char level[16], rule[64], key[400], host[300], sentence[1600];
	char first[REMOTE_TIME], last[REMOTE_TIME];

	remote_time(row, "first", first);
	remote_time(row, "last", last);
	printf("%-5s %-4s %-20s %s (%s)\n    ",
	    open   ? "open"
	    : past ? "past"
		   : "over",
	    remote_text(row, "level", 0, level, sizeof(level)),
	    remote_text(row, "rule", 0, rule, sizeof(rule)),
	    remote_text(row, "key", 0, key, sizeof(key)),
	    remote_text(row, "host", 0, host, sizeof(host)));
	fputs(remote_text(row, "sentence", 0, sentence, sizeof(sentence)),
	    stdout);
	print_action(row);
	printf("\n    %s to %s, %" PRId64 " in all\n", first, last,
	    remote_number(row, "count"));
	if (evidence)
		print_lines(row);
}

static int
list(const struct remote *remote, struct err *err)
{
	json_t *answer = NULL;
	enum ask_answer rc =
	    ask_rows(&remote->config, "/api/v1/alerts", "alerts", &answer, err);
	const json_t *rows = json_object_get(answer, "alerts");
	int status = remote_status(rc);

	if (rc == ASK_DONE && remote->json) {
		status = remote_print_json(answer, err);
	} else if (rc == ASK_DONE) {
		for (size_t i = 0; i < json_array_size(rows); i++)
			print_row(json_array_get(rows, i), remote->evidence);
		printf("%" PRId64 " open, %" PRId64 " in all\n",
		    remote_number(answer, "open"),
		    remote_number(answer, "total"));
	}
	json_decref(answer);
	return status;
}

static int
test(const struct remote *remote, struct err *err)
{
	char words[4096];
	json_t *answer;
	enum ask_answer rc = ask(
	    &remote->config, "POST", "/api/v1/alerts/test", NULL, &answer, err);
	int status = remote_status(rc);

	if (rc == ASK_DONE && remote->json)
		status = remote_print_json(answer, err);
	else if (rc == ASK_DONE)
		printf("sent: %s\n",
		    remote_text(answer, "words", 0, words, sizeof(words)));
	json_decref(answer);
	return status;
}

static int
run(int argc, char **argv, struct err *err)
{
	struct remote remote;
	int status;

	if (!remote_open(
		&remote, &command_alerts, options, argc, argv, &status, err))
		return status;
	if (remote.word_count == 0)
		status = list(&remote, err);
	else if (remote.word_count == 1 && !remote.evidence &&
		 strcmp(remote.words[0], "test") == 0)
		status = test(&remote, err);
	else
		status = command_misused(&command_alerts, err);
	remote_close(&remote);
	return status;
}

const struct command command_alerts = {
	.name = "alerts",
	.words = "[-c file] [--evidence] [--json] [test]",
	.help = "what is or was the matter; or send a test mail",
	.run = run,
};
