/*
 * test_corpus_messages.c - of real logs, everything is found again
 *
 * Each Postfix run of the corpus is read; by its queue id every message is
 * found with exactly the events that the log gave of that id, and every refusal
 * by the client that met it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/messages_pack.h"
#include "tests/feed.h"
#include "tests/messages_rig.h"

struct told {
	char *id; /* empty: of no message */
	char *client;
	char *line;
	int64_t when;
};

struct run {
	struct messages_rig *rig;
	struct told *told;
	size_t count, size;
};

/* What the history does not keep is not compared. */
static char *
line_of(const struct mail_event *event)
{
	struct mail_event one = *event;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	one.message_id = SLICE("");
	switch (one.kind) {
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
	case EVENT_EXPIRED:
	case EVENT_DISCARDED:
	case EVENT_QUARANTINED:
	case EVENT_HANDED:
		one.delivery.bytes = 0;
		one.delivery.again = false;
		break;
	case EVENT_VERDICT:
		one.author = SLICE("");
		break;
	default:
		break;
	}
	event_print(out, &one);
	fclose(out);
	return text;
}

static void
take(void *arg, const struct mail_event *event)
{
	struct run *run = arg;
	char client[ADDR_TEXT];

	messages_add(run->rig->messages, event);
	worker_drain(run->rig->worker);
	if (!pack_wants(event))
		return;
	if (run->count == run->size) {
		run->size = run->size ? 2 * run->size : 1024;
		run->told = mem_grow(run->told, run->size, sizeof(*run->told));
	}
	addr_print(&event->client, client);
	/* A scanner that knows no client has the Message-ID. */
	run->told[run->count++] = (struct told){ mem_slice(event->queue_id),
		client[0] != '\0' ? mem_text(client)
				  : mem_slice(event->message_id),
		line_of(event), event->when };
}

static int
by_id(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order != 0 ? order : strcmp(x->line, y->line);
}

struct answer {
	const char *id; /* whose events are wanted; empty: of no message */
	char **lines;
	size_t count;
	bool more;
	unsigned received; /* most in one message */
};

static void
take_answer(void *arg, const struct messages_found *found)
{
	struct answer *answer = arg;

	assert_false(found->failed);
	answer->more = found->more;
	answer->lines = mem_zero(found->event_count, sizeof(*answer->lines));
	for (size_t i = 0; i < found->count; i++) {
		const struct messages_message *message = &found->messages[i];
		unsigned received = 0;

		for (size_t k = 0; k < message->count; k++) {
			const struct mail_event *event =
			    &found->events[message->first + k];

			if (!slice_eq(event->queue_id, slice_of(answer->id)))
				continue;
			received += event->kind == EVENT_RECEIVED;
			answer->lines[answer->count++] = line_of(event);
		}
		if (received > answer->received)
			answer->received = received;
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
ask(struct run *run, const struct messages_question *question,
    struct answer *answer)
{
	if (!messages_find(run->rig->messages, question, take_answer, answer))
		abort();
	worker_drain(run->rig->worker);
	qsort(answer->lines, answer->count, sizeof(char *), by_text);
}

static void
answer_free(struct answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		free(answer->lines[i]);
	free(answer->lines);
}

static void
check_id(struct run *run, const struct told *told, size_t n)
{
	struct messages_question question = rig_question(told->id);
	struct answer answer = { .id = told->id };

	question.limit = MESSAGES_LIMIT;
	ask(run, &question, &answer);
	if (answer.count != n)
		fail_msg("%s: %zu events found, %zu told of", told->id,
		    answer.count, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(answer.lines[i], told[i].line);
	assert_in_range(answer.received, 0, 1);
	answer_free(&answer);
}

static void
check_refusal(struct run *run, const struct told *told)
{
	struct messages_question question = rig_question(told->client);
	struct answer answer = { .id = "" };
	bool found = false;

	question.limit = MESSAGES_LIMIT;
	question.from = told->when / 1000000;
	question.to = question.from + 1;
	ask(run, &question, &answer);
	for (size_t i = 0; i < answer.count; i++)
		found |= strcmp(answer.lines[i], told->line) == 0;
	if (!found && !answer.more)
		fail_msg("not found: %s", told->line);
	answer_free(&answer);
}

static void
check_run(struct run *run)
{
	size_t n, messages = 0, refusals = 0;

	qsort(run->told, run->count, sizeof(*run->told), by_id);
	for (size_t i = 0; i < run->count; i += n) {
		const struct told *told = &run->told[i];

		n = 1;
		if (told->id[0] == '\0') {
			check_refusal(run, told);
			refusals++;
			continue;
		}
		while (i + n < run->count &&
		       strcmp(run->told[i + n].id, told->id) == 0)
			n++;
		check_id(run, told, n);
		messages++;
	}
	print_message("  %zu ids, %zu refusals\n", messages, refusals);
	assert_in_range(messages, 10, 1000000);
}

static void
read_run(struct run *run, const char *path)
{
	struct feed *feed = feed_new(false);
	char command[256], *text = NULL;
	size_t size = 0;
	FILE *in;

	print_message("  %s\n", path);
	snprintf(command, sizeof(command), "xz -dc %s", path);
	in = popen(command, "re");
	assert_non_null(in);
	assert_int_not_equal(getdelim(&text, &size, '\0', in), -1);
	assert_int_equal(pclose(in), 0);
	feed->sink = (struct event_sink){ take, run };
	feed_text(feed, text);
	tracker_finish(feed->tracker);
	feed_free(feed);
	free(text);
}

static void
of_every_run_everything_is_found_again(void **state)
{
	glob_t logs;

	(void)state;
	assert_int_equal(
	    glob("tests/corpus/a-*[a-z0-9].log.xz", 0, NULL, &logs), 0);
	for (size_t i = 0; i < logs.gl_pathc; i++) {
		struct run run = { 0 };
		void *rig;

		if (strstr(logs.gl_pathv[i], ".rfc") != NULL)
			continue;
		(void)rig_begin(&rig);
		run.rig = rig;
		read_run(&run, logs.gl_pathv[i]);
		check_run(&run);
		for (size_t k = 0; k < run.count; k++) {
			free(run.told[k].id);
			free(run.told[k].client);
			free(run.told[k].line);
		}
		free(run.told);
		(void)rig_end(&rig);
	}
	globfree(&logs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_every_run_everything_is_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
