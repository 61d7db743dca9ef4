/* test_logfile.c - a log is the same text however it is stored */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "collectors/logfile.h"
#include "tests/logs.h"

#define TEXT_BYTES 700000

static const char *const endings[] = { ".gz", ".xz", ".zst", ".bz2" };
static char text[TEXT_BYTES];
static struct logs logs;
static char path[128];

static int
set_up(void **unused)
{
	size_t n = 0;

	(void)unused;
	while (n < sizeof(text) - 40)
		n += (size_t)sprintf(text + n, "line %zu %x\n", n, rand());
	memset(text + n, '\n', sizeof(text) - n);
	logs_make(&logs);
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	logs_remove(&logs);
	return 0;
}

static void
store(const char *name, const char *bytes, size_t n)
{
	logs_put(&logs, name, bytes, n, 1);
	snprintf(path, sizeof(path), "%s/%s", logs.directory, name);
}

/* The bytes, compared with the text from `at'; -1: it was damaged there. */
static ssize_t
read_on(struct logfile *file, size_t at, size_t most)
{
	const char *block;
	struct err err;
	size_t begin = at;
	ssize_t n;

	while ((n = logfile_next(file, most, &block, &err)) > 0) {
		assert_true((size_t)n <= most);
		assert_true(at + (size_t)n <= sizeof(text));
		assert_memory_equal(block, text + at, (size_t)n);
		at += (size_t)n;
	}
	return n == -1 ? -1 : (ssize_t)(at - begin);
}

static struct logfile *
must_open(void)
{
	struct err err = { "" };
	struct logfile *file = logfile_open(path, &err);

	if (file == NULL)
		fail_msg("%s", err.text);
	return file;
}

static void
every_way_of_storing_gives_the_same_text(void **unused)
{
	static const size_t mosts[] = { 1 << 20, 4096, 777 };
	static const size_t offsets[] = { 0, 1, 1024, 300000, TEXT_BYTES };

	(void)unused;
	for (size_t e = 0; e <= NELEMS(endings); e++) {
		size_t size = sizeof(text);
		bool plain = e == NELEMS(endings);
		char *bytes =
		    plain ? text : packed(endings[e], text, size, &size);

		/* The name does not matter: the first bytes say it. */
		store("log", bytes, size);
		for (size_t i = 0; i < NELEMS(mosts); i++) {
			struct logfile *file = must_open();

			assert_int_equal(logfile_is_compressed(file), !plain);
			assert_int_equal(
			    read_on(file, 0, mosts[i]), sizeof(text));
			assert_int_equal(read_on(file, 0, mosts[i]), 0);
			logfile_close(file);
		}
		for (size_t i = 0; i < NELEMS(offsets); i++) {
			struct logfile *file = must_open();
			struct err err;

			assert_int_equal(
			    logfile_skip(file, offsets[i], &err), 0);
			assert_int_equal(read_on(file, offsets[i], 1 << 20),
			    sizeof(text) - offsets[i]);
			logfile_close(file);
			file = must_open();
			assert_int_equal(
			    logfile_skip(file, sizeof(text) + 1, &err), -1);
			logfile_close(file);
		}
		if (!plain)
			free(bytes);
	}
}

static void
an_archive_of_nothing_is_an_empty_text(void **unused)
{
	(void)unused;
	for (size_t e = 0; e < NELEMS(endings); e++) {
		struct logfile *file;
		size_t size;
		char *bytes = packed(endings[e], "", 0, &size);

		store("log", bytes, size);
		file = must_open();
		assert_int_equal(read_on(file, 0, 1000), 0);
		logfile_close(file);
		free(bytes);
	}
}

static void
several_members_are_one_text(void **unused)
{
	(void)unused;
	for (size_t e = 0; e < NELEMS(endings); e++) {
		size_t half = 200000, a, b;
		char *first = packed(endings[e], text, half, &a);
		char *second =
		    packed(endings[e], text + half, sizeof(text) - half, &b);
		char *both = malloc(a + b);
		struct logfile *file;

		memcpy(both, first, a);
		memcpy(both + a, second, b);
		store("log", both, a + b);
		file = must_open();
		assert_int_equal(read_on(file, 0, 1 << 20), sizeof(text));
		logfile_close(file);
		free(first);
		free(second);
		free(both);
	}
}

static void
an_archive_cut_at_any_byte_is_an_error_and_no_other_text(void **unused)
{
	(void)unused;
	for (size_t e = 0; e < NELEMS(endings); e++) {
		size_t size;
		char *bytes = packed(endings[e], text, 3000, &size);
		char name[16];

		snprintf(name, sizeof(name), "log%s", endings[e]);
		for (size_t n = 0; n < size; n++) {
			struct err err = { "" };
			struct logfile *file;

			store(name, bytes, n);
			file = logfile_open(path, &err);
			if (file != NULL && read_on(file, 0, 1000) != -1)
				fail_msg("%s cut at %zu of %zu", name, n, size);
			logfile_close(file);
		}
		free(bytes);
	}
}

static void
damaged_bytes_crash_nothing(void **unused)
{
	(void)unused;
	for (size_t e = 0; e < NELEMS(endings); e++) {
		size_t size;
		char *bytes = packed(endings[e], text, 3000, &size);

		for (size_t i = 0; i < size; i += 7) {
			struct err err;
			struct logfile *file;
			const char *block;
			size_t total = 0;
			ssize_t n = 0;

			bytes[i] ^= 0x55;
			store("log", bytes, size);
			file = logfile_open(path, &err);
			while (
			    file != NULL && total < (1 << 20) &&
			    (n = logfile_next(file, 100000, &block, &err)) > 0)
				total += (size_t)n;
			logfile_close(file);
			bytes[i] ^= 0x55;
		}
		free(bytes);
	}
}

static void
a_plain_file_may_grow(void **unused)
{
	struct logfile *file;

	(void)unused;
	logs_write(&logs, text, 5);
	snprintf(path, sizeof(path), "%s", logs.path);
	file = must_open();
	assert_int_equal(read_on(file, 0, 1000), 5);
	logs_write(&logs, text + 5, 20);
	assert_int_equal(read_on(file, 5, 1000), 20);
	logfile_close(file);
}

static void
standard_input_is_read_plain_or_compressed(void **unused)
{
	int saved = dup(STDIN_FILENO);

	(void)unused;
	for (size_t e = 0; e <= NELEMS(endings); e++) {
		size_t size = 3000;
		bool plain = e == NELEMS(endings);
		char *bytes =
		    plain ? text : packed(endings[e], text, size, &size);
		struct logfile *file;
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], bytes, size), (ssize_t)size);
		close(ends[1]);
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		strcpy(path, "-");
		file = must_open();
		assert_int_equal(read_on(file, 0, 500), 3000);
		logfile_close(file);
		if (!plain)
			free(bytes);
	}
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void
what_cannot_be_read_is_named(void **unused)
{
	struct err err;

	(void)unused;
	assert_null(logfile_open(logs.directory, &err));
	assert_non_null(strstr(err.text, "is a directory"));
	assert_null(logfile_open(logs.path, &err));
	assert_non_null(strstr(err.text, logs.path));
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(every_way_of_storing_gives_the_same_text),
		HERE(an_archive_of_nothing_is_an_empty_text),
		HERE(several_members_are_one_text),
		HERE(an_archive_cut_at_any_byte_is_an_error_and_no_other_text),
		HERE(damaged_bytes_crash_nothing),
		HERE(a_plain_file_may_grow),
		HERE(standard_input_is_read_plain_or_compressed),
		HERE(what_cannot_be_read_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
