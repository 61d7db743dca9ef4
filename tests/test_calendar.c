/*
 * test_calendar.c - stamps without a year or a zone say the same as those with
 *
 * Lines of the corpus are moved to other dates and written twice: as RFC 3339,
 * which says all, and as syslog's traditional stamp on some wall clock.  Both
 * must give the same events at the same times, and the same counts per hour.
 *
 * What cannot be known, and is not asked for: the year of a log of another
 * time than the file's without a 29 February in it; and in the hour that a
 * clock shows twice, which of the two a line is of that stands alone there.
 * Only that the clock goes back between two lines tells the second from the
 * first, so a log is held to begin before, and its lines to stand close.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/array.h"
#include "tests/logs.h"
#include "tests/moved.h"
#include "tests/twin.h"

#define DAY INT64_C(86400)

static struct logs logs;

/* Where the year comes from. */
enum hint { BY_TIME, BY_LATE_TIME, BY_PIPE, BY_ARCHIVE, BY_OPTION, HINTS };
#define LATE (100 * DAY)

static void
read_finished(struct account *account, const char *path,
    const struct finished_options *options)
{
	struct collect_config config = { 0 };
	struct collect_sinks sinks;
	struct collectors *collectors;
	struct err err;

	account_open(account, &sinks);
	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	assert_non_null(collectors);
	if (collectors_finished(collectors, path, options, &err) == -1)
		fail_msg("%s", err.text);
	collectors_finish(collectors);
	collectors_close(collectors);
	account_close(account);
}

/* A pipe knows no time. */
static void
read_pipe(struct account *account, const char *text, size_t size,
    const struct finished_options *options)
{
	char path[32];
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		close(ends[0]);
		while (size > 0) {
			ssize_t n = write(ends[1], text, size);

			if (n <= 0)
				_exit(1);
			text += n;
			size -= (size_t)n;
		}
		_exit(0);
	}
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	read_finished(account, path, options);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
read_by(struct account *account, enum hint hint, const struct move *move,
    const char *zone, const char *text, size_t size)
{
	int64_t end = moved(move, line_count - 1);
	struct finished_options options = { .zone = zone,
		.now = end + move->late };
	char name[] = "old.log.gz", *archive;
	struct name path = in(&logs, hint == BY_ARCHIVE ? name : "old.log");
	time_t begin = (time_t)moved(move, 0);
	size_t n;
	struct tm tm;

	localtime_r(&begin, &tm); /* TZ is still that of the text */
	setenv("TZ", "<+13>-13", 1);
	tzset();
	switch (hint) {
	case BY_PIPE:
		read_pipe(account, text, size, &options);
		return;
	case BY_ARCHIVE:
		archive = packed(".gz", text, size, &n);
		logs_put(&logs, name, archive, n, options.now);
		free(archive);
		break;
	case BY_OPTION: /* and a time that is not of the log at all */
		options.year = tm.tm_year + 1900;
		logs_put(&logs, "old.log", text, size, 7);
		break;
	default:
		logs_put(&logs, "old.log", text, size,
		    hint == BY_TIME ? end : options.now);
	}
	read_finished(account, path.path, &options);
	unlink(path.path);
}

/* In every zone, by every hint: as the twin that says all. */
static void
read_everywhere(const struct move *move, const struct zone_name *const *where,
    size_t n, bool with_option)
{
	struct account twin, other;
	char what[96], *text;
	size_t size;

	text = written(move, NULL, &size);
	read_by(&twin, BY_TIME, move, "local", text, size);
	assert_true(twin.count > 0 && twin.size > 10000);
	free(text);
	for (size_t z = 0; z < n; z++) {
		const char *zone =
		    zone_check(where[z]->name, &(struct err){ "" }) == 0
			? where[z]->name
			: where[z]->rule;

		for (int hint = 0; hint < HINTS; hint++) {
			if (hint == BY_OPTION && !with_option)
				continue;
			text = written(move, where[z]->rule, &size);
			read_by(
			    &other, (enum hint)hint, move, zone, text, size);
			snprintf(what, sizeof(what), "%s, %lld, hint %d", zone,
			    (long long)move->middle, hint);
			assert_same(&twin, &other, what);
			account_free(&other);
			free(text);
		}
	}
	account_free(&twin);
}

static int64_t
at(int year, int month, int day, int hour, int minute)
{
	return days_from_civil(year, month, day) * DAY + hour * HOUR +
	       minute * 60;
}

static int
set_up(void **state)
{
	(void)state;
	logs_make(&logs);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	logs_remove(&logs);
	unload();
	unsetenv("TZ");
	tzset();
	return 0;
}

/* As they were written by the real loggers, the other forms beside. */
static void
logs_over_new_year_and_a_month_are_their_twins(void **state)
{
	static const struct {
		const char *run;
		int64_t middle;
	} runs[] = { { "a-rollover", 0 }, { "a-month", 0 } };

	(void)state;
	for (size_t i = 0; i < NELEMS(runs); i++) {
		struct move still = { 0, 1, LATE };

		load(runs[i].run);
		still.middle = lines[line_count / 2].when / 1000000;
		read_everywhere(&still, zones, NELEMS(zones), true);
		unload();
	}
}

static void
a_year_ends_while_the_log_goes_on(void **state)
{
	(void)state;
	load("a-rollover");
	for (int year = 2019; year < 2028; year++) {
		/* 43 s of log become an hour and a half, or four days. */
		struct move moves[] = { { at(year, 1, 1, 0, 0), 120, LATE },
			{ at(year, 1, 1, 3, 0), 8000, LATE } };

		for (size_t i = 0; i < NELEMS(moves); i++)
			read_everywhere(&moves[i], zones + year % 5, 1, true);
	}
}

static void
a_29th_of_february_is_where_it_was(void **state)
{
	static const int64_t stretches[] = { 1, 1000, 30000 };

	(void)state;
	load("a-month");
	for (size_t i = 0; i < NELEMS(stretches); i++) {
		struct move moves[] = { { at(2024, 2, 29, 0, 0), stretches[i],
					    LATE },
			{ at(2024, 3, 1, 0, 0), stretches[i], LATE },
			{ at(2025, 3, 1, 0, 0), stretches[i], LATE },
			{ at(2028, 2, 29, 12, 0), stretches[i], LATE } };

		for (size_t m = 0; m < NELEMS(moves); m++)
			read_everywhere(&moves[m], zones, NELEMS(zones), true);
	}
}

/* The file's time may be of another leap year, or of none. */
static void
an_old_log_with_a_29th_of_february_needs_no_other_hint(void **state)
{
	(void)state;
	load("a-month");
	for (int years = 1; years < 4; years++) {
		struct move moves[] = {
			{ at(2024, 2, 29, 0, 0), 1000, years * 365 * DAY },
			{ at(2020, 2, 29, 6, 0), 1000, years * 365 * DAY },
		};

		for (size_t m = 0; m < NELEMS(moves); m++)
			read_everywhere(&moves[m], zones + years, 1, true);
	}
}

static void
a_log_of_more_than_a_year_begins_in_the_right_one(void **state)
{
	/* Lines stand far apart: no hour may be twice. */
	static const struct zone_name *const plain[] = { &utc, &kolkata };

	(void)state;
	load("a-month");
	for (int month = 1; month <= 12; month++) {
		/* 88 s become 400 days, or 800. */
		struct move moves[] = {
			{ at(2025, month, 5, 0, 0), 400 * DAY / 88, DAY / 2 },
			{ at(2024, month, 5, 0, 0), 800 * DAY / 88, LATE },
		};

		for (size_t m = 0; m < NELEMS(moves); m++)
			read_everywhere(&moves[m], plain + month % 2, 1, false);
	}
}

static void
assert_close_together(const struct move *move, int64_t most)
{
	for (size_t i = 1; i < line_count; i++)
		assert_true(moved(move, i) - moved(move, i - 1) < most);
}

/* Clocks go back by an hour, on Lord Howe Island by half of one. */
static void
the_hour_that_is_twice_counts_twice(void **state)
{
	static const struct {
		const struct zone_name *zone;
		int month, day, hour; /* UTC, of 2026 */
		int64_t back;
	} changes[] = { { &berlin, 10, 25, 1, HOUR },
		{ &new_york, 11, 1, 6, HOUR },
		{ &lord_howe, 4, 4, 15, HOUR / 2 } };

	(void)state;
	load("a-month");
	for (size_t i = 0; i < NELEMS(changes); i++)
		for (int64_t off = -90; off <= 10; off += 20) {
			int64_t change = at(2026, changes[i].month,
			    changes[i].day, changes[i].hour, 0);
			struct move move = { change + off * 60, 120, LATE };

			assert_true(moved(&move, 0) < change &&
				    change < moved(&move, line_count - 1));
			assert_close_together(&move, changes[i].back - 60);
			read_everywhere(&move, &changes[i].zone, 1, true);
		}
}

static void
the_hour_that_never_is_does_no_harm(void **state)
{
	static const struct {
		const struct zone_name *zone;
		int month, day, hour, minute;
	} changes[] = { { &berlin, 3, 29, 1, 0 }, { &new_york, 3, 8, 7, 0 },
		{ &lord_howe, 10, 3, 15, 30 } };

	(void)state;
	load("a-month");
	for (size_t i = 0; i < NELEMS(changes); i++) {
		struct move move = { at(2026, changes[i].month, changes[i].day,
					 changes[i].hour, changes[i].minute),
			120, LATE };

		read_everywhere(&move, &changes[i].zone, 1, true);
	}
}

/* As the daemon reads what is there when it starts: oldest first. */
static void
read_rotated(struct account *account, const struct move *move, const char *zone,
    const char *text, size_t size)
{
	static const char *const names[] = { "mail.log.2", "mail.log.1",
		"mail.log" };
	char zone_copy[64], title[] = "log";
	struct source_config source = {
		.title = title, .path = logs.path, .zone = zone_copy
	};
	struct collect_config config = { .sources = &source,
		.source_count = 1 };
	struct slice rest = { text, size }, line;
	struct collect_sinks sinks;
	struct collectors *collectors;
	struct err err;
	int64_t now_ms = (moved(move, line_count - 1) + move->late) * 1000;

	snprintf(zone_copy, sizeof(zone_copy), "%s", zone);
	for (size_t f = 0, i = 0; f < NELEMS(names); f++) {
		const char *from = rest.p;

		while (i < line_count * (f + 1) / NELEMS(names) &&
		       slice_cut(&rest, SLICE("\n"), &line))
			i++;
		logs_put(&logs, names[f], from, (size_t)(rest.p - from),
		    moved(move, i - 1));
	}
	logs_compress(&logs, "mail.log.2", ".gz");
	account_open(account, &sinks);
	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	assert_non_null(collectors);
	collectors_ready(collectors, now_ms);
	while (collectors_read(collectors, 1 << 20, now_ms) != 0)
		;
	collectors_finish(collectors);
	collectors_close(collectors);
	account_close(account);
	logs_unlink(&logs, "mail.log.2.gz");
	logs_unlink(&logs, "mail.log.1");
	logs_unlink(&logs, "mail.log");
}

static void
rotated_logs_of_last_year_are_read_back(void **state)
{
	/* Over New Year in an hour, in 200 days, and over 29 February. */
	static const struct move moves[] = { { 1767225600, 120, LATE },
		{ 1767225600, 200 * DAY / 88, LATE },
		{ 1709164800, 3 * DAY / 88, 2 * 365 * DAY } };
	struct account twin, other;
	char *text;
	size_t size;

	(void)state;
	load("a-month");
	for (size_t m = 0; m < NELEMS(moves); m++) {
		text = written(&moves[m], NULL, &size);
		read_rotated(&twin, &moves[m], "UTC", text, size);
		free(text);
		for (size_t z = 0; z < NELEMS(zones); z++) {
			text = written(&moves[m], zones[z]->rule, &size);
			read_rotated(
			    &other, &moves[m], zones[z]->rule, text, size);
			assert_same(&twin, &other, zones[z]->name);
			account_free(&other);
			free(text);
		}
		account_free(&twin);
	}
}

/* The machine's own zone is meant by "local". */
static void
local_is_the_zone_of_the_machine(void **state)
{
	struct move move = { at(2026, 10, 25, 1, 0), 120, LATE };
	struct account twin, other;
	char *text;
	size_t size;

	(void)state;
	load("a-month");
	text = written(&move, NULL, &size);
	read_rotated(&twin, &move, "UTC", text, size);
	free(text);
	text = written(&move, berlin.rule, &size); /* leaves TZ so */
	read_rotated(&other, &move, "local", text, size);
	assert_same(&twin, &other, "local");
	free(text);
	account_free(&twin);
	account_free(&other);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(logs_over_new_year_and_a_month_are_their_twins),
		TEST(a_year_ends_while_the_log_goes_on),
		TEST(a_29th_of_february_is_where_it_was),
		TEST(an_old_log_with_a_29th_of_february_needs_no_other_hint),
		TEST(a_log_of_more_than_a_year_begins_in_the_right_one),
		TEST(the_hour_that_is_twice_counts_twice),
		TEST(the_hour_that_never_is_does_no_harm),
		TEST(rotated_logs_of_last_year_are_read_back),
		TEST(local_is_the_zone_of_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
