/* test_tail.c - every line once, whatever rotation does */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "collectors/tail.h"
#include "tests/logs.h"

static struct logs logs;
static struct opener *opener;
static struct tail *tail;
static int64_t now_ms;
static char got[1 << 16]; /* the lines, each with a '|' behind it */
static size_t got_n;
static struct line_origin last_origin;

static void
take(void *arg, struct slice line, const struct line_origin *origin)
{
	(void)arg;
	assert_true(got_n + line.n + 1 < sizeof(got));
	memcpy(got + got_n, line.p, line.n);
	got_n += line.n;
	got[got_n++] = '|';
	got[got_n] = '\0';
	last_origin = *origin;
}

static void
start(void)
{
	const char *paths[] = { logs.path };

	opener = opener_direct(&(struct opener_paths){ paths, 1, NULL, 0 });
	tail = tail_open(opener, 0);
	now_ms += 1000;
	tail_ready(tail, now_ms);
}

static void
stop(void)
{
	tail_close(tail);
	opener_stop(opener);
	tail = NULL;
}

static void
restart(void)
{
	struct state_writer w = { 0 };
	struct err err;

	tail_save(tail, &w);
	stop();
	start();
	assert_int_equal(tail_load(tail, (struct slice){ w.p, w.n }, &err), 0);
	writer_fini(&w);
}

/* Until nothing more comes, also after all that is waited for. */
static void
read_all(void)
{
	for (int i = 0; i < 3; i++) {
		while (tail_read(tail, 1000, take, NULL) > 0)
			;
		now_ms += 1000;
		tail_ready(tail, now_ms);
	}
	assert_true(tail_at_end(tail));
}

static void
add(const char *text)
{
	logs_write(&logs, text, strlen(text));
}

static void
reads(const char *expected)
{
	read_all();
	assert_string_equal(got, expected);
	got_n = 0;
	got[0] = '\0';
}

static int
set_up(void **unused)
{
	(void)unused;
	logs_make(&logs);
	now_ms = 1795338001000;
	got_n = 0;
	got[0] = '\0';
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	if (tail != NULL)
		stop();
	logs_remove(&logs);
	return 0;
}

static void
what_is_appended_is_read_and_stirs_the_descriptor(void **unused)
{
	char byte[1];

	(void)unused;
	add("one\n");
	start();
	reads("one|");
	assert_int_equal(read(tail_fd(tail), byte, 0), -1); /* nothing waits */
	add("two\nthree\n");
	tail_ready(tail, now_ms);
	reads("two|three|");
	assert_true(last_origin.live);
	assert_int_equal(last_origin.offset, 8);
	assert_int_equal(tail_backlog_bytes(tail), 0);
}

static void
an_unfinished_line_waits_for_its_end(void **unused)
{
	(void)unused;
	add("one\ntw");
	start();
	reads("one|");
	restart();
	reads("");
	add("o\n");
	reads("two|");
}

static void
a_renamed_log_is_read_to_its_end_before_the_new_one(void **unused)
{
	(void)unused;
	add("one\n");
	start();
	reads("one|");
	add("two\n");
	logs_rename(&logs, "mail.log", "mail.log.1");
	add("three\n"); /* the writer has not noticed yet */
	reads("two|three|");
	logs_reopen(&logs);
	reads("");
	add("four\n");
	reads("four|");
}

static void
a_writer_that_is_late_to_reopen_loses_nothing(void **unused)
{
	int old;

	(void)unused;
	add("one\n");
	start();
	reads("one|");
	old = dup(logs.fd);
	logs_rename(&logs, "mail.log", "mail.log.1");
	logs_reopen(&logs);
	add("three\n");
	tail_ready(tail, now_ms);
	while (tail_read(tail, 1000, take, NULL) > 0)
		;
	assert_int_equal(write(old, "two\n", 4), 4);
	close(old);
	reads("two|three|");
}

static void
copytruncate_loses_nothing(void **unused)
{
	(void)unused;
	add("one\n");
	start();
	reads("one|");
	add("two\n");
	logs_copy_and_truncate(&logs, "mail.log.1");
	reads("two|");
	add("three\n");
	reads("three|");
	logs_rename(&logs, "mail.log.1", "mail.log.2");
	logs_copy_and_truncate(&logs, "mail.log.1");
	add("four and much more than there was before\n");
	reads("four and much more than there was before|");
}

static void
the_hole_that_truncation_leaves_is_stepped_over(void **unused)
{
	(void)unused;
	add("one\n");
	start();
	reads("one|");
	logs_copy_and_truncate(&logs, "mail.log.1");
	assert_int_equal(fcntl(logs.fd, F_SETFL, 0), 0);
	assert_int_equal(lseek(logs.fd, 4, SEEK_SET), 4);
	add("two\n");
	reads("two|");
	restart();
	add("three\n");
	reads("three|");
}

static void
rotations_while_the_agent_is_down_are_caught_up_with(void **unused)
{
	static const char *const endings[] = { "", ".gz", ".xz", ".zst",
		".bz2" };

	(void)unused;
	for (size_t i = 0; i < NELEMS(endings); i++) {
		add("one\n");
		start();
		reads("one|");
		add("two\n");
		logs_rename(&logs, "mail.log", "mail.log.2");
		logs_reopen(&logs);
		add("three\n");
		logs_rename(&logs, "mail.log", "mail.log.1");
		logs_reopen(&logs);
		add("four\n");
		if (endings[i][0] != '\0')
			logs_compress(&logs, "mail.log.2", endings[i]);
		restart();
		reads("two|three|four|");
		stop();
		tear_down(NULL);
		set_up(NULL);
	}
}

static void
late_compression_changes_nothing(void **unused)
{
	(void)unused;
	add("one\n");
	start();
	reads("one|");
	add("two\n");
	logs_rename(&logs, "mail.log", "mail.log.1");
	logs_compress(&logs, "mail.log.1", ".gz");
	logs_reopen(&logs);
	reads("two|"); /* from the descriptor that is still held */
	add("three\n");
	reads("three|");
}

static void
an_unlinked_log_is_read_to_its_end(void **unused)
{
	(void)unused;
	add("one\n");
	start();
	reads("one|");
	add("two\n");
	logs_unlink(&logs, "mail.log");
	add("three\n");
	reads("two|three|");
	logs_reopen(&logs);
	add("four\n");
	reads("four|");
}

static void
a_log_emptied_without_a_copy_is_read_from_its_beginning(void **unused)
{
	(void)unused;
	logs_put(&logs, "mail.log.1", "zero\n", 5, 1000);
	add("one\n");
	start();
	reads("zero|one|");
	assert_int_equal(truncate(logs.path, 0), 0);
	add("two\n");
	reads("two|");
	assert_int_equal(truncate(logs.path, 0), 0);
	restart();
	add("three, longer than what was there\n");
	reads("three, longer than what was there|");
}

static void
a_log_that_comes_later_is_found(void **unused)
{
	(void)unused;
	start();
	reads("");
	assert_non_null(strstr(tail_trouble(tail), "no such file yet"));
	assert_true(tail_due(tail) > now_ms);
	add("one\n");
	reads("one|");
	assert_null(tail_trouble(tail));
}

static void
a_directory_that_comes_later_is_found(void **unused)
{
	char away[96];

	(void)unused;
	snprintf(away, sizeof(away), "%s.away", logs.directory);
	assert_int_equal(rename(logs.directory, away), 0);
	start();
	reads("");
	assert_non_null(tail_trouble(tail));
	assert_true(tail_due(tail) <= now_ms + 1000);
	assert_int_equal(rename(away, logs.directory), 0);
	add("one\n");
	reads("one|");
	add("two\n");
	tail_ready(tail, now_ms);
	reads("two|");
}

static void
the_first_start_reads_all_siblings_oldest_first(void **unused)
{
	size_t n;
	char *gz = packed(".gz", "two\n", 4, &n);

	(void)unused;
	logs_put(&logs, "mail.log-20261101", "one\n", 4, 100);
	logs_put(&logs, "mail.log.2.gz", gz, n, 200);
	logs_put(&logs, "mail.log.1", "three\n", 6, 300);
	logs_put(&logs, "mail.log.swp", "no\n", 3, 50);
	logs_put(&logs, "mail.log.1.save", "no\n", 3, 50);
	logs_put(&logs, "mail.logs", "no\n", 3, 50);
	add("four\n");
	start();
	reads("one|two|three|four|");
	restart();
	reads("");
	free(gz);
}

static void
a_place_in_a_sibling_is_found_again(void **unused)
{
	size_t n;
	char *gz;

	(void)unused;
	logs_put(&logs, "mail.log.2", "one\ntwo\n", 8, 100);
	logs_put(&logs, "mail.log.1", "three\n", 6, 200);
	add("four\n");
	start();
	/* A directory look and an opened file cost 4096 each. */
	while (got_n == 0)
		assert_true(tail_read(tail, 1, take, NULL) > 0);
	assert_string_equal(got, "one|");
	gz = packed(".gz", "one\ntwo\n", 8, &n);
	logs_put(&logs, "mail.log.3.gz", gz, n, 100);
	logs_unlink(&logs, "mail.log.2");
	logs_rename(&logs, "mail.log.1", "mail.log.2");
	restart();
	reads("one|two|three|four|");
	free(gz);
}

static void
a_copy_that_is_still_being_made_is_not_read_besides(void **unused)
{
	(void)unused;
	add("one\ntwo\n");
	logs_put(&logs, "mail.log.1", "one\nt", 5, 100);
	start();
	reads("one|two|");
	add("three\n");
	logs_copy_and_truncate(&logs, "mail.log.1");
	add("four\n");
	reads("three|four|");
}

static void
a_half_written_archive_is_waited_for(void **unused)
{
	char text[40000];
	size_t n, whole = 0;
	char *gz;

	(void)unused;
	for (int i = 0; i < 600; i++)
		whole +=
		    (size_t)sprintf(text + whole, "line %d %d\n", i, rand());
	gz = packed(".gz", text, whole, &n);
	logs_put(&logs, "mail.log.1.gz", gz, n / 2, 100);
	add("last\n");
	start();
	read_all();
	assert_null(strstr(got, "last|"));
	logs_put(&logs, "mail.log.1.gz", gz, n, 100);
	read_all();
	text[whole] = '\0';
	for (char *p = text; (p = strchr(p, '\n')) != NULL;)
		*p = '|';
	strcat(text, "last|");
	reads(text);
	free(gz);
}

static void
a_damaged_archive_does_not_hold_up_the_rest_for_long(void **unused)
{
	(void)unused;
	logs_put(&logs, "mail.log.2.gz", "", 0, 100);
	logs_put(&logs, "mail.log.1.xz", "not an archive", 14, 200);
	add("one\n");
	start();
	reads("");
	assert_true(tail_due(tail) <= now_ms + 15000);
	now_ms += 40000;
	tail_ready(tail, now_ms);
	read_all();
	now_ms += 40000;
	tail_ready(tail, now_ms);
	reads("one|");
	restart();
	add("two\n");
	read_all();
	now_ms += 40000;
	tail_ready(tail, now_ms);
	reads("two|");
}

static void
odd_bytes_pass_and_long_lines_are_dropped_whole(void **unused)
{
	static char big[20000];

	(void)unused;
	memset(big, 'x', sizeof(big));
	add("one\r\n");
	logs_write(&logs, "a\0b\xff\xfe\n", 6);
	logs_write(&logs, big, sizeof(big));
	add("\ntwo\n");
	start();
	read_all();
	assert_int_equal(got_n, 4 + 6 + 4);
	assert_memory_equal(got, "one|a\0b\xff\xfe|two|", 14);
	assert_int_equal(tail_overlong(tail), 1);
	got_n = 0;
	got[0] = '\0';
	restart();
	reads("");
}

static void
a_line_keeps_its_name_however_the_file_is_stored(void **unused)
{
	struct line_origin first;

	(void)unused;
	add("one\ntwo\nthree\n");
	start();
	reads("one|two|three|");
	first = last_origin;
	assert_int_equal(first.offset, 8);
	stop();
	logs_rename(&logs, "mail.log", "mail.log.1");
	logs_compress(&logs, "mail.log.1", ".xz");
	start();
	reads("one|two|three|");
	assert_int_equal(last_origin.file, first.file);
	assert_int_equal(last_origin.offset, first.offset);
	assert_false(last_origin.live);
}

static void
a_damaged_place_is_refused_and_never_read_past(void **unused)
{
	struct state_writer w = { 0 };
	struct err err;

	(void)unused;
	add("one\n");
	start();
	reads("one|");
	tail_save(tail, &w);
	for (size_t n = 0; n < w.n; n++) {
		char *exact = malloc(n ? n : 1);

		memcpy(exact, w.p, n);
		assert_int_equal(
		    tail_load(tail, (struct slice){ exact, n }, &err), -1);
		free(exact);
	}
	writer_fini(&w);
}

/* --- at random ------------------------------------------------------------ */

#define OLD 6 /* rotated siblings at most */

static struct {
	int written;         /* lines begun by the writer */
	int expected, saved; /* the next line to be read */
	char rest[64];       /* of the line being written */
	struct state_writer place;
	int last_line[OLD + 1]; /* in mail.log.N; -1: there is none */
	unsigned dice;
} run;

static unsigned
dice(unsigned sides)
{
	run.dice = run.dice * 1103515245u + 12345u;
	return (run.dice >> 16) % sides;
}

/* Every line begins with other bytes, as with a time of day. */
static const char *
line_text(int number)
{
	static char line[32];

	sprintf(line, "%08x line %d", (unsigned)number * 2654435761u, number);
	return line;
}

static void
take_next(void *arg, struct slice line, const struct line_origin *origin)
{
	const char *text = line_text(run.expected);

	(void)arg;
	(void)origin;
	if (!slice_starts(line, slice_of(text)))
		fail_msg(
		    "wanted \"%s\", got \"%.*s\"", text, (int)line.n, line.p);
	run.expected++;
}

static void
write_some(bool whole)
{
	do {
		size_t n = strlen(run.rest);

		if (n == 0)
			n = (size_t)sprintf(run.rest, "%s %.*s\n",
			    line_text(run.written++), (int)dice(20),
			    "xxxxxxxxxxxxxxxxxxxx");
		/* The time stamp comes in one piece: what tells apart. */
		if (!whole && n > 16)
			n = 16 + dice((unsigned)n - 16);
		else if (!whole)
			n = 1 + dice((unsigned)n);
		logs_write(&logs, run.rest, n);
		memmove(run.rest, run.rest + n, strlen(run.rest + n) + 1);
	} while (!whole && dice(4) != 0);
}

static const char *
name_of(int i)
{
	static const char *const endings[] = { "", ".gz", ".xz", ".zst",
		".bz2" };
	static char names[4][32];
	static int turn;
	char *name = names[turn++ % 4];

	for (size_t e = 0; e < NELEMS(endings); e++) {
		sprintf(name, "mail.log.%d%s", i, endings[e]);
		if (logs_has(&logs, name))
			return name;
	}
	return NULL;
}

/* False: the oldest has not been read yet, so it must stay. */
static bool
shift(void)
{
	char to[32];

	if (run.last_line[OLD] >= run.saved)
		return false;
	for (int i = OLD; i >= 1; i--) {
		const char *from = name_of(i);

		if (from == NULL)
			continue;
		if (i == OLD) {
			logs_unlink(&logs, from);
			continue;
		}
		sprintf(to, "mail.log.%d%s", i + 1, from + 10);
		logs_rename(&logs, from, to);
	}
	memmove(run.last_line + 2, run.last_line + 1,
	    (OLD - 1) * sizeof(run.last_line[0]));
	return true;
}

static void
rotate(void)
{
	bool copied = dice(3) == 0;

	if (copied || dice(2) == 0)
		if (run.rest[0] != '\0')
			write_some(true);
	if (!logs_has(&logs, "mail.log") || !shift())
		return;
	if (copied) {
		logs_copy_and_truncate(&logs, "mail.log.1");
	} else {
		logs_rename(&logs, "mail.log", "mail.log.1");
		if (dice(2) == 0 || run.rest[0] != '\0')
			write_some(true);
		if (run.rest[0] != '\0')
			write_some(true);
		logs_reopen(&logs);
	}
	run.last_line[1] = run.written - 1;
}

static void
compress_one(void)
{
	static const char *const endings[] = { ".gz", ".xz", ".zst", ".bz2" };
	int i = 1 + (int)dice(OLD);
	const char *name = name_of(i);

	if (name != NULL && strlen(name) == 10)
		logs_compress(&logs, name, endings[dice(4)]);
}

static void
unlink_one(void)
{
	int i = 1 + (int)dice(OLD);
	const char *name = name_of(i);

	if (name != NULL && run.last_line[i] < run.saved) {
		logs_unlink(&logs, name);
		run.last_line[i] = -1;
	}
}

static void
save_place(void)
{
	writer_fini(&run.place);
	tail_save(tail, &run.place);
	run.saved = run.expected;
}

/* As after kill -9: what was read since the last save is read again. */
static void
kill_reader(void)
{
	struct err err;

	stop();
	for (unsigned n = dice(12); n > 0; n--)
		switch (dice(4)) {
		case 0:
			rotate();
			break;
		case 1:
			compress_one();
			break;
		default:
			write_some(false);
		}
	start();
	run.expected = run.saved;
	if (run.place.n != 0)
		assert_int_equal(
		    tail_load(
			tail, (struct slice){ run.place.p, run.place.n }, &err),
		    0);
}

static void
random_step(void)
{
	switch (dice(16)) {
	case 0:
		rotate();
		break;
	case 1:
		compress_one();
		break;
	case 2:
		unlink_one();
		break;
	case 3:
		kill_reader();
		break;
	case 4:
	case 5:
		save_place();
		break;
	case 6:
	case 7:
	case 8:
		write_some(false);
		break;
	default:
		now_ms += dice(300);
		tail_ready(tail, now_ms);
		(void)tail_read(tail, 1 + dice(9000), take_next, NULL);
	}
}

static void
every_line_is_read_once_whatever_happens(void **unused)
{
	const char *runs = getenv("TAIL_RUNS");
	int n = runs != NULL ? atoi(runs) : 60;

	(void)unused;
	for (int seed = 1; seed <= n; seed++) {
		memset(&run, 0, sizeof(run));
		for (int i = 0; i <= OLD; i++)
			run.last_line[i] = -1;
		run.dice = (unsigned)seed;
		if (runs != NULL)
			print_message("seed %d\n", seed);
		if (seed > 1)
			set_up(NULL);
		start();
		for (int i = 0; i < 400; i++)
			random_step();
		if (run.rest[0] != '\0')
			write_some(true);
		for (int i = 0; i < 8; i++) {
			now_ms += 1000;
			tail_ready(tail, now_ms);
			while (tail_read(tail, 5000, take_next, NULL) > 0)
				;
		}
		if (run.expected != run.written)
			fail_msg("seed %d: %d of %d lines", seed, run.expected,
			    run.written);
		writer_fini(&run.place);
		if (seed < n)
			tear_down(NULL);
	}
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(what_is_appended_is_read_and_stirs_the_descriptor),
		HERE(an_unfinished_line_waits_for_its_end),
		HERE(a_renamed_log_is_read_to_its_end_before_the_new_one),
		HERE(a_writer_that_is_late_to_reopen_loses_nothing),
		HERE(copytruncate_loses_nothing),
		HERE(the_hole_that_truncation_leaves_is_stepped_over),
		HERE(rotations_while_the_agent_is_down_are_caught_up_with),
		HERE(late_compression_changes_nothing),
		HERE(an_unlinked_log_is_read_to_its_end),
		HERE(a_log_emptied_without_a_copy_is_read_from_its_beginning),
		HERE(a_log_that_comes_later_is_found),
		HERE(a_directory_that_comes_later_is_found),
		HERE(the_first_start_reads_all_siblings_oldest_first),
		HERE(a_place_in_a_sibling_is_found_again),
		HERE(a_copy_that_is_still_being_made_is_not_read_besides),
		HERE(a_half_written_archive_is_waited_for),
		HERE(a_damaged_archive_does_not_hold_up_the_rest_for_long),
		HERE(odd_bytes_pass_and_long_lines_are_dropped_whole),
		HERE(a_line_keeps_its_name_however_the_file_is_stored),
		HERE(a_damaged_place_is_refused_and_never_read_past),
		HERE(every_line_is_read_once_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
