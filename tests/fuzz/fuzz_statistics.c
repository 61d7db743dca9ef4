/*
 * fuzz_statistics.c - a row of the state, and then a file, of any numbers
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/statistics.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is told is never more than a file's growth. */
static void
count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	(void)arg;
	(void)host;
	(void)when;
	if (metric_kind(metric) != METRIC_COUNTER || n > INT64_MAX)
		abort();
}

/* Numbers as a file has them: not below 0. */
static void
make_file(struct statfile *file, const uint8_t *data, size_t size)
{
	uint8_t bytes[sizeof(*file)] = { 0 };

	memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	memset(file, 0, sizeof(*file));
	file->empty = bytes[0] & 1;
	if (file->empty)
		return;
	file->since = bytes[1];
	memcpy(file->columns, bytes + 8, sizeof(file->columns));
	for (size_t k = 0; k < STATFILE_COLUMNS; k++)
		for (size_t i = 0; i < STATFILE_MAILERS; i++)
			file->columns[k][i] &= INT64_MAX;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct collect_sinks sinks = { .count = count };
	struct statistics *s = calloc(1, sizeof(*s));
	struct poll poll = { 1000, SLICE("mx1"), &sinks };
	size_t row = size > 2 ? (size_t)data[0] * 64 : 0;
	char words[STATISTICS_WORDS];
	struct statfile file;

	if (row > size)
		row = size;
	for (size_t i = 0; i < STATFILE_MAILERS; i++)
		memcpy(s->names[i], "local", 6);
	(void)statistics_load(s, (struct slice){ (const char *)data, row });
	for (int i = 0; i < 3; i++) {
		make_file(&file, data + row, size - row);
		file.since += i;
		statistics_take(s, &file, &poll);
		poll.now += 400;
		(void)agreement_look(
		    &s->agreement, poll.now, s->totals, s->log);
		(void)agreement_words(&s->agreement, s->totals, s->log,
		    s->names, words, sizeof(words));
	}
	free(s);
	return 0;
}
