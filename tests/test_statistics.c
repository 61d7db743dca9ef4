/* test_statistics.c - a statistics file that changes in every way */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/polled_rig.h"

#define FILE_NAME "sendmail.st"
#define LOCAL     3 /* the number of the mailer local */

static struct polled_rig rig;
static struct statfile file; /* as it is to be written */
static char path[128], title[] = "statistics";

static void
put_long(unsigned char *at, int64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] = (unsigned char)((uint64_t)value >> 8 * i);
}

/* A 64-bit host's with its low bytes first; `n' bytes of it. */
static void
write_part(size_t n, int version)
{
	unsigned char bytes[STATFILE_BYTES] = { 0xde, 0xb1, 0x01, 0 };

	bytes[4] = (unsigned char)version;
	put_long(bytes + 8, file.since);
	bytes[16] = STATFILE_BYTES & 0xff;
	bytes[17] = STATFILE_BYTES >> 8;
	put_long(bytes + 24, file.connections_from);
	put_long(bytes + 32, file.connections_to);
	put_long(bytes + 40, file.connections_rejected);
	for (size_t k = 0; k < STATFILE_COLUMNS; k++)
		for (size_t i = 0; i < STATFILE_MAILERS; i++)
			put_long(bytes + 48 + (k * STATFILE_MAILERS + i) * 8,
			    file.columns[k][i]);
	tree_put(&rig.tree, FILE_NAME, 0640, bytes, n);
}

static void
write_file(void)
{
	write_part(STATFILE_BYTES, 4);
}

static void
clear_file(int64_t since)
{
	memset(&file, 0, sizeof(file));
	file.since = since;
}

static int
set_up(void **state)
{
	(void)state;
	rig_init(&rig);
	snprintf(path, sizeof(path), "%s/" FILE_NAME, rig.tree.path);
	(void)rig_source(&rig, SOURCE_TYPE_STATISTICS, title, path);
	clear_file(RIG_NOW - 1000);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

static struct statistics_status
status(void)
{
	static struct statistics_status status;

	assert_true(collectors_statistics(rig.collectors, 0, &status));
	return status;
}

static void
what_it_held_before_is_not_counted_and_what_comes_is(void **state)
{
	(void)state;
	file.columns[STATFILE_MSGS_TO][LOCAL] = 100;
	write_file();
	rig_start(&rig);
	rig_pass(&rig, 10);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 0);
	file.columns[STATFILE_MSGS_TO][LOCAL] += 3;
	file.columns[STATFILE_MSGS_TO][0] += 2;
	file.columns[STATFILE_KBYTES_TO][LOCAL] += 40;
	file.columns[STATFILE_MSGS_FROM][LOCAL] += 4;
	file.columns[STATFILE_KBYTES_FROM][LOCAL] += 41;
	file.columns[STATFILE_REJECTED][LOCAL] += 5;
	file.columns[STATFILE_DISCARDED][LOCAL] += 6;
	file.columns[STATFILE_QUARANTINED][LOCAL] += 7;
	file.connections_from += 8;
	file.connections_to += 9;
	file.connections_rejected += 10;
	write_file();
	rig_pass(&rig, 6);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 5);
	assert_int_equal(rig.counted[METRIC_STATISTICS_KBYTES_TO], 40);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_FROM], 4);
	assert_int_equal(rig.counted[METRIC_STATISTICS_KBYTES_FROM], 41);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_REJECTED], 5);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_DISCARDED], 6);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_QUARANTINED], 7);
	assert_int_equal(rig.counted[METRIC_STATISTICS_CONNECTIONS_FROM], 8);
	assert_int_equal(rig.counted[METRIC_STATISTICS_CONNECTIONS_TO], 9);
	assert_int_equal(
	    rig.counted[METRIC_STATISTICS_CONNECTIONS_REJECTED], 10);
	assert_int_equal(rig.counted[METRIC_STATISTICS_RESETS], 0);
	assert_string_equal(rig.host, "mx1");
	/* Unchanged, it tells nothing more. */
	rig_pass(&rig, 60);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 5);
	rig_stop(&rig, true);
}

/* mailstats -p empties it; Sendmail begins a new one. */
static void
an_emptied_file_is_counted_once_and_loses_nothing_else(void **state)
{
	(void)state;
	file.columns[STATFILE_MSGS_TO][LOCAL] = 100;
	write_file();
	rig_start(&rig);
	rig_pass(&rig, 10);
	write_part(0, 4);
	rig_pass(&rig, 60);
	assert_int_equal(rig.counted[METRIC_STATISTICS_RESETS], 1);
	clear_file(RIG_NOW + 65);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 2;
	write_file();
	rig_pass(&rig, 10);
	assert_int_equal(rig.counted[METRIC_STATISTICS_RESETS], 1);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 2);
	/* So quickly that the empty file was not seen; the new one has more. */
	clear_file(RIG_NOW + 75);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 200;
	write_file();
	rig_pass(&rig, 10);
	assert_int_equal(rig.counted[METRIC_STATISTICS_RESETS], 2);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 202);
	assert_int_equal(status().resets, 2);
	rig_stop(&rig, true);
}

static void
an_empty_file_is_right_and_all_that_comes_is_new(void **state)
{
	(void)state;
	write_part(0, 4);
	rig_start(&rig);
	rig_pass(&rig, 10);
	assert_null(collectors_source(rig.collectors, 0).trouble);
	clear_file(RIG_NOW + 10);
	file.columns[STATFILE_MSGS_FROM][LOCAL] = 7;
	write_file();
	rig_pass(&rig, 10);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_FROM], 7);
	assert_int_equal(rig.counted[METRIC_STATISTICS_RESETS], 0);
	assert_string_equal(rig.said, "");
	rig_stop(&rig, true);
}

/* Two of Sendmail's processes wrote, and the slower one knew less. */
static void
a_number_that_goes_back_is_no_reset(void **state)
{
	(void)state;
	file.columns[STATFILE_MSGS_TO][LOCAL] = 100;
	write_file();
	rig_start(&rig);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 105;
	write_file();
	rig_pass(&rig, 6);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 103;
	write_file();
	rig_pass(&rig, 6);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 104;
	write_file();
	rig_pass(&rig, 6);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 6);
	assert_int_equal(rig.counted[METRIC_STATISTICS_RESETS], 0);
	rig_stop(&rig, true);
}

static void
a_file_in_the_middle_of_being_written_is_tried_again_in_silence(void **state)
{
	(void)state;
	write_file();
	rig_start(&rig);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 9;
	write_part(700, 4);
	/* At 5 s it is looked at, and until 6 s it makes no sense. */
	rig_pass(&rig, 5);
	assert_null(collectors_source(rig.collectors, 0).trouble);
	write_file();
	rig_pass(&rig, 1);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 9);
	assert_int_equal(rig.counted[METRIC_STATISTICS_RESETS], 0);
	assert_string_equal(rig.said, "");
	rig_stop(&rig, true);
}

static void
what_is_no_statistics_file_is_said_once(void **state)
{
	static const struct {
		size_t bytes;
		int version;
		int64_t count;
	} wrong[] = { { 700, 4, 1 }, { 1, 4, 1 }, { STATFILE_BYTES, 3, 1 },
		{ STATFILE_BYTES, 4, -1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		clear_file(RIG_NOW - 1000);
		write_file();
		rig.said[0] = '\0';
		rig_start(&rig);
		rig_pass(&rig, 6);
		file.columns[STATFILE_MSGS_TO][0] = wrong[i].count;
		write_part(wrong[i].bytes, wrong[i].version);
		rig_pass(&rig, 60);
		assert_int_equal(rig_said(&rig, path), 1);
		assert_non_null(collectors_source(rig.collectors, 0).trouble);
		assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 0);
		/* Made right again, it goes on from where it was. */
		file.columns[STATFILE_MSGS_TO][0] = 1;
		write_file();
		rig_pass(&rig, 20);
		assert_int_equal(rig_said(&rig, "well again"), 1);
		assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 1);
		rig.counted[METRIC_STATISTICS_MSGS_TO] = 0;
		rig_stop(&rig, true);
		(void)unlink(tree_name(&rig.tree, "state.db").path);
	}
}

static void
a_file_that_goes_and_comes_back_goes_on(void **state)
{
	(void)state;
	file.columns[STATFILE_MSGS_TO][LOCAL] = 10;
	write_file();
	rig_start(&rig);
	MUST(unlink(path) == 0);
	rig_pass(&rig, 60);
	assert_int_equal(rig_said(&rig, "not there"), 1);
	assert_non_null(strstr(collectors_source(rig.collectors, 0).trouble,
	    "Sendmail counts only where the file is"));
	file.columns[STATFILE_MSGS_TO][LOCAL] = 12;
	write_file();
	rig_pass(&rig, 10);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 2);
	assert_int_equal(rig.counted[METRIC_STATISTICS_RESETS], 0);
	rig_stop(&rig, true);
}

static void
a_file_that_comes_later_is_counted_from_its_beginning(void **state)
{
	(void)state;
	rig_start(&rig);
	rig_pass(&rig, 60);
	clear_file(RIG_NOW + 30);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 4;
	write_file();
	rig_pass(&rig, 10);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 4);
	rig_stop(&rig, true);
}

/* What was counted and up to where is one transaction. */
static void
a_restart_neither_loses_nor_doubles(void **state)
{
	(void)state;
	file.columns[STATFILE_MSGS_TO][LOCAL] = 10;
	write_file();
	rig_start(&rig);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 15;
	write_file();
	rig_pass(&rig, 6);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 5);
	rig_stop(&rig, true);
	/* While nobody looked, it went on. */
	file.columns[STATFILE_MSGS_TO][LOCAL] = 18;
	write_file();
	rig_start(&rig);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 8);
	assert_int_equal(status().rows[LOCAL].file[STATFILE_MSGS_TO], 8);
	/* Killed before the commit: the account forgets it as well. */
	rig_stop(&rig, false);
	rig.counted[METRIC_STATISTICS_MSGS_TO] = 5;
	write_part(0, 4);
	rig_start(&rig);
	assert_int_equal(rig.counted[METRIC_STATISTICS_MSGS_TO], 5);
	assert_int_equal(rig.counted[METRIC_STATISTICS_RESETS], 1);
	rig_stop(&rig, true);
}

/* The log is first or the file is; neither is a difference. */
static void
a_log_of_the_same_agrees_also_where_one_is_behind(void **state)
{
	uint64_t *in_log = &rig.mailers[LOCAL][MAILER_MSGS_TO];
	int64_t *in_file = &file.columns[STATFILE_MSGS_TO][LOCAL];

	(void)state;
	*in_log = 1000;
	*in_file = 40;
	write_file();
	rig_start(&rig);
	assert_string_equal(
	    status().words, "Sendmail's statistics file agrees with the log");
	for (int i = 0; i < 60; i++) {
		/* In the file half a minute later, or before. */
		*in_log += 7;
		*in_file += i == 0 ? 0 : i < 30 ? 7 : i == 30 ? 14 : 7;
		write_file();
		rig_pass(&rig, 30);
		assert_true(status().agrees);
	}
	assert_string_equal(
	    status().words, "Sendmail's statistics file agrees with the log");
	assert_int_equal(status().rows[LOCAL].log[STATFILE_MSGS_TO], 420);
	assert_int_equal(status().rows[LOCAL].file[STATFILE_MSGS_TO], 420);
	assert_string_equal(status().rows[LOCAL].mailer, "local");
	*in_log += 7;
	rig_pass(&rig, 30);
	assert_string_equal(status().words,
	    "Sendmail's statistics file agrees with the log, but for what is "
	    "under way");
	rig_stop(&rig, true);
}

static void
what_no_delay_explains_is_told_by_its_column(void **state)
{
	(void)state;
	rig.mailers[LOCAL][MAILER_MSGS_FROM] = 50;
	write_file();
	rig_start(&rig);
	rig_pass(&rig, 700);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 5;
	rig.mailers[LOCAL][MAILER_MSGS_TO] = 3;
	write_file();
	rig_pass(&rig, 200);
	assert_true(status().agrees);
	rig_pass(&rig, 700);
	assert_false(status().agrees);
	assert_string_equal(status().words,
	    "Sendmail's statistics file differs from the log: local msgs_to 5 "
	    "in the file and 3 in the log");
	/* Kept and told to others. */
	rig_stop(&rig, true);
	rig_start(&rig);
	assert_non_null(strstr(status().words, "local msgs_to 5 in the file"));
	/* The log may also have more. */
	rig.mailers[LOCAL][MAILER_MSGS_TO] = 5;
	rig.mailers[0][MAILER_MSGS_REJECTED] = 1;
	rig_pass(&rig, 1200);
	assert_string_equal(status().words,
	    "Sendmail's statistics file differs from the log: prog "
	    "msgs_rejected 0 in the file and 1 in the log");
	rig_stop(&rig, true);
}

/* Retries count their kilobytes in the file alone. */
static void
kilobytes_may_differ_a_little(void **state)
{
	(void)state;
	write_file();
	rig_start(&rig);
	rig_pass(&rig, 700);
	file.columns[STATFILE_KBYTES_TO][LOCAL] = 1000;
	rig.mailers[LOCAL][MAILER_KBYTES_TO] = 980;
	write_file();
	rig_pass(&rig, 1500);
	assert_true(status().agrees);
	rig.mailers[LOCAL][MAILER_KBYTES_TO] = 990;
	file.columns[STATFILE_KBYTES_TO][LOCAL] = 1100;
	write_file();
	rig_pass(&rig, 1500);
	assert_false(status().agrees);
	rig_stop(&rig, true);
}

static void
without_a_log_there_is_nothing_to_agree_with(void **state)
{
	(void)state;
	write_file();
	rig_start(&rig);
	file.columns[STATFILE_MSGS_TO][LOCAL] = 5;
	write_file();
	rig_pass(&rig, 3000);
	assert_true(status().agrees);
	assert_string_equal(status().words,
	    "Sendmail's statistics file has no log of this host beside it");
	rig_stop(&rig, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_it_held_before_is_not_counted_and_what_comes_is),
		TEST(an_emptied_file_is_counted_once_and_loses_nothing_else),
		TEST(an_empty_file_is_right_and_all_that_comes_is_new),
		TEST(a_number_that_goes_back_is_no_reset),
		TEST(
		    a_file_in_the_middle_of_being_written_is_tried_again_in_silence),
		TEST(what_is_no_statistics_file_is_said_once),
		TEST(a_file_that_goes_and_comes_back_goes_on),
		TEST(a_file_that_comes_later_is_counted_from_its_beginning),
		TEST(a_restart_neither_loses_nor_doubles),
		TEST(a_log_of_the_same_agrees_also_where_one_is_behind),
		TEST(what_no_delay_explains_is_told_by_its_column),
		TEST(kilobytes_may_differ_a_little),
		TEST(without_a_log_there_is_nothing_to_agree_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
