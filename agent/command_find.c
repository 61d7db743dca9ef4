/*
 * command_find.c - mailweir find: what became of a message
 *
 * The history is read where it lies, beside the agent that writes it.  One that
 * runs is asked first, for then it writes what it still has in hand.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/ask.h"
#include "agent/command.h"
#include "agent/config.h"
#include "agent/privacy.h"
#include "base/mem.h"
#include "base/messages_json.h"
#include "base/safe.h"

struct options {
	const char *config, *data;
	bool json;
	struct messages_question question;
};

static const struct option long_options[] = {
	{ "data", required_argument, NULL, 'd' },
	{ "host", required_argument, NULL, 'H' },
	{ "json", no_argument, NULL, 'j' },
	{ "limit", required_argument, NULL, 'l' },
	{ NULL, 0, NULL, 0 },
};

static int
copy_text(
    const char *what, const char *text, char *to, size_t size, struct err *err)
{
	if (strlen(text) >= size)
		return err_set(err, "%s: too long", what);
	strcpy(to, text);
	return 0;
}

static int
read_option(struct options *options, int c, struct err *err)
{
	struct messages_question *question = &options->question;
	uint64_t limit;

	switch (c) {
	case 'c':
		options->config = optarg;
		return 0;
	case 'd':
		options->data = optarg;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case 'H':
		return copy_text("--host", optarg, question->host,
		    sizeof(question->host), err);
	default:
		if (!slice_number(slice_of(optarg), &limit) || limit < 1 ||
		    limit > MESSAGES_LIMIT)
			return err_set(err,
			    "--limit: \"%s\": expected a number from 1 to %d",
			    optarg, MESSAGES_LIMIT);
		question->limit = (size_t)limit;
		return 0;
	}
}

static void
print_text(const char *before, struct slice text)
{
	char escaped[2048];

	if (text.n == 0)
		return;
	(void)safe_text(text, 0, escaped, sizeof(escaped));
	printf("%s%s", before, escaped);
}

static void
print_address(const char *before, const struct addr *addr)
{
	char text[ADDR_TEXT];

	addr_print(addr, text);
	print_text(before, slice_of(text));
}

static void
print_message(const struct mail_event *event)
{
	print_text(" from ", event->message.sender);
	if (event->message.sender.n == 0)
		printf(" from <>");
	print_address(", client ", &event->client);
	print_text(", account ", event->account);
	if (event->message.bytes != 0)
		printf(", %" PRIu64 " bytes", event->message.bytes);
	if (event->message.recipients != 0)
		printf(", %" PRIu32 " recipients", event->message.recipients);
}

static void
print_delivery(const struct mail_event *event)
{
	print_text(" ", event->delivery.recipient);
	print_text(", addressed to ", event->delivery.addressed);
	print_text(" by ", event->mailer);
	print_text(" to ", event->delivery.relay);
	print_address(" ", &event->delivery.peer);
	print_text(": ", event->delivery.reply);
}

static void
print_reject(const struct mail_event *event)
{
	print_address(" client ", &event->client);
	print_text(" from ", event->reject.sender);
	print_text(" to ", event->reject.recipient);
	printf(": %s", reason_name(event->reject.reason));
	if (event->reject.code != 0)
		printf(" %u", event->reject.code);
	print_text(" ", event->reject.text);
}

static void
print_event(const struct mail_event *event)
{
	time_t seconds = (time_t)(event->when / 1000000);
	char when[32] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	printf("  %s  %-11s", when, event_kind_name(event->kind));
	switch (event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		print_message(event);
		break;
	case EVENT_REJECTED:
		print_reject(event);
		break;
	case EVENT_RETURNED:
		print_text(" as ", event->queue_id);
		print_text(", was ", event->original);
		break;
	case EVENT_VERDICT:
		printf(" %s", event_verdict_name(event->verdict));
		break;
	case EVENT_RELAYED:
		printf(" %s", event_relay_name(event->relay));
		break;
	default:
		print_delivery(event);
		break;
	}
	putchar('\n');
}

static void
print(const struct messages_found *found)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct messages_message *message = &found->messages[i];
		const struct mail_event *events =
		    found->events + message->first;

		print_text(i == 0 ? "" : "\n", events->host);
		print_text(" ", events->queue_id);
		putchar('\n');
		for (size_t k = 0; k < message->count; k++)
			print_event(&events[k]);
		if (message->cut)
			puts("  ... and more");
	}
	if (found->count == 0)
		puts("nothing found");
	else if (found->more)
		puts("\nthere may be more; see --limit");
}

/* Whatever hinders it: what is in the file is found all the same. */
static void
ask_agent(const struct config *config, const char *text)
{
	char *path = ask_path("/api/v1/messages?limit=1&filter=", text);
	json_t *answer;
	struct err err;

	(void)ask(config, "GET", path, NULL, &answer, &err);
	json_decref(answer);
	free(path);
}

static int
find(
    const struct options *options, const struct config *config, struct err *err)
{
	struct messages_found *found;
	json_t *json;

	ask_agent(config, options->question.text);
	found = messages_look(config->data, &options->question, err);

	if (found == NULL)
		return EXIT_FAILED;
	if (options->json) {
		json = messages_json(found);
		json_dumpf(json, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(json);
	} else {
		print(found);
	}
	messages_found_free(found);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		err_sys(err, "standard output");
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

extern const struct command command_find;

static int
run(int argc, char **argv, struct err *err)
{
	struct options options = { .question = {
				       .to = INT64_C(1) << 40, .limit = 20 } };
	struct pseudonyms *names = NULL;
	struct config config;
	int c, rc;

	while (
	    (c = getopt_long(argc, argv, "hc:d:", long_options, NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_find);
		if (c == '?')
			return command_misused(&command_find, err);
		if (read_option(&options, c, err) == -1)
			return EXIT_USAGE;
	}
	if (optind + 1 != argc)
		return command_misused(&command_find, err);
	if (copy_text("text", argv[optind], options.question.text,
		sizeof(options.question.text), err) == -1 ||
	    messages_check(&options.question, err) == -1 ||
	    config_load(&config, options.config, err) == -1)
		return EXIT_USAGE;
	if (options.data != NULL) {
		free(config.data);
		config.data = mem_text(options.data);
	}
	rc = privacy_open(&config, config.data, false, &names, err) == -1
		 ? EXIT_FAILED
		 : EXIT_DONE;
	if (rc == EXIT_DONE) {
		slice_copy(pseudonyms_sought(names, slice_of(argv[optind])),
		    options.question.text, sizeof(options.question.text));
		rc = find(&options, &config, err);
	}
	pseudonyms_free(names);
	config_free(&config);
	return rc;
}

const struct command command_find = {
	.name = "find",
	.words = "[-c file] [--data directory] [--host host] [--limit n] "
		 "[--json] text",
	.help = "what became of a message: by address, queue id, Message-ID "
		"or client",
	.run = run,
};
