/*
 * test_statfile.c - a statistics file is read whole or not at all, whichever
 * machine wrote it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/statfile.h"

#define MOST 2000

/* The C rules of a host: sizes, and to what at most it aligns. */
static const struct machine {
	size_t long_bytes, time_bytes, aligns;
	size_t bytes; /* of the file, as sizeof there has it */
} machines[] = {
	{ 8, 8, 8, 1448 },
	{ 4, 4, 4, 728 },
	{ 4, 8, 4, 732 },
	{ 4, 8, 8, 736 },
};

struct writer {
	unsigned char bytes[MOST];
	size_t n;
	size_t aligns;
	bool big;
};

static void
align(struct writer *w, size_t to)
{
	if (to > w->aligns)
		to = w->aligns;
	while (w->n % to != 0)
		w->bytes[w->n++] = 0;
}

static void
put(struct writer *w, int64_t value, size_t width)
{
	align(w, width);
	for (size_t i = 0; i < width; i++)
		w->bytes[w->n + i] =
		    (unsigned char)((uint64_t)value >>
				    8 * (w->big ? width - 1 - i : i));
	w->n += width;
}

/* As that machine would write these numbers. */
static void
encode(struct writer *w, const struct statfile *file, const struct machine *m,
    bool big)
{
	const int64_t *columns = &file->columns[0][0];

	*w = (struct writer){ .aligns = m->aligns, .big = big };
	put(w, 0x1b1de, 4);
	put(w, 4, 4);
	put(w, file->since, m->time_bytes);
	put(w, (int64_t)m->bytes, 2);
	put(w, file->connections_from, m->long_bytes);
	put(w, file->connections_to, m->long_bytes);
	put(w, file->connections_rejected, m->long_bytes);
	for (size_t i = 0; i < (size_t)STATFILE_COLUMNS * STATFILE_MAILERS; i++)
		put(w, columns[i], m->long_bytes);
	align(w, m->time_bytes > m->long_bytes ? m->time_bytes : m->long_bytes);
	assert_int_equal(w->n, m->bytes);
}

static size_t
read_file(const char *path, unsigned char bytes[MOST])
{
	FILE *in = fopen(path, "re");
	size_t n;

	assert_non_null(in);
	n = fread(bytes, 1, MOST, in);
	fclose(in);
	return n;
}

static void
load(const char *path, struct statfile *file)
{
	unsigned char bytes[MOST];
	struct err err = { "" };

	if (statfile_decode(file, bytes, read_file(path, bytes), &err) == -1)
		fail_msg("%s: %s", path, err.text);
}

/* Exactly these bytes and none behind them: the sanitizer sees to it. */
static int
decode(const void *bytes, size_t n, struct statfile *file, struct err *err)
{
	unsigned char *exact = malloc(n != 0 ? n : 1);
	int rc;

	assert_non_null(exact);
	memcpy(exact, bytes, n);
	rc = statfile_decode(file, exact, n, err);
	free(exact);
	return rc;
}

static void
the_numbers_are_those_that_mailstats_shows(void **state)
{
	static const int64_t local[STATFILE_COLUMNS] = { 1340, 3555, 1240,
		18108, 9, 0, 0 };
	static const int64_t esmtp[STATFILE_COLUMNS] = { 291, 31275, 467, 1441,
		86, 20, 9 };
	struct statfile file;

	(void)state;
	load("tests/statistics/small-07-end.st", &file);
	assert_false(file.empty);
	assert_int_equal(file.since, 1795310069);
	assert_int_equal(file.connections_from, 792);
	assert_int_equal(file.connections_to, 686);
	assert_int_equal(file.connections_rejected, 150);
	for (size_t c = 0; c < STATFILE_COLUMNS; c++) {
		assert_int_equal(file.columns[c][3], local[c]);
		assert_int_equal(file.columns[c][5], esmtp[c]);
		for (size_t i = 9; i < STATFILE_MAILERS; i++)
			assert_int_equal(file.columns[c][i], 0);
	}
}

static void
check_every_machine(const struct statfile *file)
{
	for (size_t i = 0; i < 2 * NELEMS(machines); i++) {
		struct statfile read;
		struct writer w;
		struct err err = { "" };

		encode(&w, file, &machines[i / 2], i % 2);
		if (decode(w.bytes, w.n, &read, &err) == -1)
			fail_msg("machine %zu: %s", i, err.text);
		assert_memory_equal(&read, file, sizeof(read));
	}
}

static void
every_machine_s_file_gives_the_same_numbers(void **state)
{
	struct statfile file;
	glob_t found;

	(void)state;
	assert_int_equal(
	    glob("tests/statistics/[lms]*-*.st", 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 16);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		unsigned char bytes[MOST];
		struct writer w;

		load(found.gl_pathv[i], &file);
		check_every_machine(&file);
		assert_int_equal(read_file(found.gl_pathv[i], bytes), 1448);
		encode(&w, &file, &machines[0], false);
		assert_memory_equal(w.bytes, bytes, w.n);
	}
	globfree(&found);
}

static void
negative_and_largest_numbers_keep_their_sign(void **state)
{
	struct statfile file = { .since = -1,
		.connections_from = INT32_MAX,
		.connections_to = INT32_MIN,
		.connections_rejected = -2 };

	(void)state;
	for (size_t c = 0; c < STATFILE_COLUMNS; c++)
		for (size_t i = 0; i < STATFILE_MAILERS; i++)
			file.columns[c][i] =
			    (int64_t)(c * 1000003 * i) * (i % 2 != 0 ? -3 : 3);
	check_every_machine(&file);
}

static void
an_empty_file_says_that_nothing_was_counted_yet(void **state)
{
	struct statfile file, nothing = { .empty = true };
	struct err err;

	(void)state;
	assert_int_equal(statfile_decode(&file, "", 0, &err), 0);
	assert_memory_equal(&file, &nothing, sizeof(file));
	assert_int_equal(statfile_decode(&file, NULL, 0, &err), 0);
}

static void
a_file_of_another_size_than_it_says_is_refused(void **state)
{
	struct statfile file, read;

	(void)state;
	load("tests/statistics/small-07-end.st", &file);
	for (size_t i = 0; i < 2 * NELEMS(machines); i++) {
		struct writer w;

		encode(&w, &file, &machines[i / 2], i % 2);
		for (size_t n = 1; n < MOST; n++) {
			struct err err = { "" };

			if (n == w.n)
				continue;
			assert_int_equal(decode(w.bytes, n, &read, &err), -1);
			assert_non_null(
			    strstr(err.text, "being written or truncated"));
		}
	}
}

static void
what_is_no_statistics_file_is_told_why(void **state)
{
	static const struct {
		size_t at;
		unsigned char byte;
		const char *why;
	} cases[] = {
		{ 0, 0xdf, "wrong magic number" },
		{ 3, 0x01, "wrong magic number" },
		{ 4, 3, "version 3; expected 4" },
		{ 7, 0xff, "version -16777212; expected 4" },
		{ 16, 0xa7, "not the size it says" },
		{ 17, 0x04, "not the size it says" },
	};
	unsigned char bytes[MOST];
	struct statfile file;

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct err err = { "" };
		size_t n = read_file("tests/statistics/small-07-end.st", bytes);

		bytes[cases[i].at] = cases[i].byte;
		assert_int_equal(decode(bytes, n, &file, &err), -1);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].why, err.text);
	}
}

static void
any_bytes_are_read_without_harm(void **state)
{
	static const size_t sizes[] = { 1, 3, 4, 8, 13, 18, 727, 728, 732, 736,
		1447, 1448, 1449, MOST };
	struct statfile known, file;
	unsigned char bytes[MOST];
	unsigned accepted = 0;
	struct writer w;
	struct err err;

	(void)state;
	load("tests/statistics/large-08-end.st", &known);
	srand(20261122);
	for (int round = 0; round < 20000; round++) {
		size_t n = sizes[(size_t)rand() % NELEMS(sizes)];

		for (size_t i = 0; i < n; i++)
			bytes[i] = (unsigned char)rand();
		assert_int_equal(decode(bytes, n, &file, &err), -1);

		/* A true one with one byte that is not. */
		encode(&w, &known, &machines[(size_t)rand() % NELEMS(machines)],
		    rand() % 2);
		w.bytes[(size_t)rand() % w.n] = (unsigned char)rand();
		accepted += decode(w.bytes, w.n, &file, &err) == 0;
	}
	/* Nearly all of a file is numbers, and any number is one. */
	assert_in_range(accepted, 19000, 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_numbers_are_those_that_mailstats_shows),
		cmocka_unit_test(every_machine_s_file_gives_the_same_numbers),
		cmocka_unit_test(negative_and_largest_numbers_keep_their_sign),
		cmocka_unit_test(
		    an_empty_file_says_that_nothing_was_counted_yet),
		cmocka_unit_test(
		    a_file_of_another_size_than_it_says_is_refused),
		cmocka_unit_test(what_is_no_statistics_file_is_told_why),
		cmocka_unit_test(any_bytes_are_read_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
