/*
 * messages_rig.h - a message history of its own, fed with event lines
 *
 * What is found is printed: each message after a line "--", its events as
 * event_print() has them.
 */
#ifndef TESTS_MESSAGES_RIG_H
#define TESTS_MESSAGES_RIG_H

#include <sys/stat.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/messages.h"
#include "tests/event_text.h"
#include "tests/scratch.h"

#define MESSAGES_NOW INT64_C(1795338000) /* of the lines, more or less */

struct messages_rig {
	char *data;
	struct worker *worker;
	struct messages *messages;
	struct messages_config config;
	char *found; /* of the last question */
	size_t count;
	bool more, failed;
};

static inline void
rig_open(struct messages_rig *rig)
{
	struct err err;

	rig->worker = worker_new(&err);
	rig->messages =
	    messages_open(rig->data, &rig->config, rig->worker, false);
}

static inline void
rig_shut(struct messages_rig *rig)
{
	struct err err;

	(void)messages_close(rig->messages, &err);
	worker_free(rig->worker);
}

static inline int
rig_begin(void **state)
{
	struct messages_rig *rig = mem_zero(1, sizeof(*rig));

	rig->data = scratch_make();
	rig->config = (struct messages_config){ true, 30, 64u << 20 };
	rig_open(rig);
	*state = rig;
	return 0;
}

/* Whatever the test left in the directory goes with it. */
static inline void
rig_empty(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char file[512];

	while ((entry = readdir(directory)) != NULL) {
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.' && unlink(file) == -1)
			(void)rmdir(file);
	}
	closedir(directory);
}

static inline int
rig_end(void **state)
{
	struct messages_rig *rig = *state;

	rig_shut(rig);
	rig_empty(rig->data);
	scratch_remove(rig->data);
	free(rig->found);
	free(rig);
	return 0;
}

/* One event a line. */
static inline void
rig_add(struct messages_rig *rig, const char *lines)
{
	struct slice rest = slice_of(lines), line;
	struct mail_event event;

	while (slice_cut(&rest, SLICE("\n"), &line)) {
		if (!event_read(line, &event))
			abort();
		messages_add(rig->messages, &event);
	}
}

/* The minute is over: what was added is a block, and is written. */
static inline void
rig_minute(struct messages_rig *rig, int64_t now)
{
	messages_tick(rig->messages, now);
	messages_tick(rig->messages, now + 60);
	worker_drain(rig->worker);
}

static inline void
rig_take(void *arg, const struct messages_found *found)
{
	struct messages_rig *rig = arg;
	size_t size;
	FILE *out;

	free(rig->found);
	rig->found = NULL;
	out = open_memstream(&rig->found, &size);
	for (size_t i = 0; i < found->count; i++) {
		fputs("--\n", out);
		for (size_t k = 0; k < found->messages[i].count; k++)
			event_print(
			    out, &found->events[found->messages[i].first + k]);
	}
	fclose(out);
	rig->count = found->count;
	rig->more = found->more;
	rig->failed = found->failed;
}

static inline struct messages_question
rig_question(const char *text)
{
	struct messages_question question = {
		.from = 0, .to = INT64_C(1) << 40, .limit = 20
	};

	snprintf(question.text, sizeof(question.text), "%s", text);
	return question;
}

static inline const char *
rig_ask(struct messages_rig *rig, const struct messages_question *question)
{
	if (!messages_find(rig->messages, question, rig_take, rig))
		abort();
	worker_drain(rig->worker);
	return rig->found;
}

static inline const char *
rig_find(struct messages_rig *rig, const char *text)
{
	struct messages_question question = rig_question(text);

	return rig_ask(rig, &question);
}

#endif
