/* test_series.c - what is counted comes back, exactly, from every archive */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>

#include <glob.h>

#include "base/array.h"
#include "base/state.h"
#include "tests/series_rig.h"

#define HOST slice_of("mx1")

static bool
exists(const struct rig *rig, const char *below)
{
	char path[1000];

	snprintf(path, sizeof(path), "%s/rrd/%s", rig->data, below);
	return access(path, F_OK) == 0;
}

static void
a_minute_comes_back_as_it_was(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON + 3600, METRIC_MESSAGES_RECEIVED, 7);
	count(&rig, "mx1", MON + 3660, METRIC_MESSAGES_RECEIVED, 5);
	count(&rig, "mx1", MON + 3840, METRIC_MESSAGES_RECEIVED, 2);
	series_known(rig.series, HOST, MON + 3960);
	rig_write(&rig);
	assert_int_equal(fetch(&rig, "mx1", "messages.received", MON + 3540,
			     MON + 4020, 100),
	    14);
	assert_int_equal(rig.step, 60);
	assert_int_equal(rig.points, 8);
	assert_int_equal(rig.times[0], MON + 3540);
	assert_true(isnan(rig.values[0][0])); /* before the first step */
	assert_true(rig.values[0][1] == 7 && rig.values[0][2] == 5);
	assert_true(rig.values[0][3] == 0 && rig.values[0][4] == 0);
	assert_true(rig.values[0][5] == 2 && rig.values[0][6] == 0);
	assert_true(isnan(rig.values[0][7])); /* not yet known */
	assert_null(series_trouble(rig.series));
	rig_close(&rig);
}

/* 40 a minute in the last hour of which 20 minutes came first, unknown. */
static void
unknown_minutes_do_not_make_more_of_the_rest(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	for (int i = 0; i < 60; i++)
		count(&rig, "mx1", MON + 20 * 60 + i * 60, METRIC_MESSAGES_SENT,
		    40);
	series_known(rig.series, HOST, MON + 3 * DAY);
	rig_write(&rig);
	for (int days = 1; days < 1500; days *= 3)
		assert_int_equal(fetch(&rig, "mx1", "messages.sent",
				     MON - days * DAY, MON + 3 * DAY, 500),
		    2400);
	rig_close(&rig);
}

/* Sums over every archive, with joined cells, up to an end inside a cell. */
static void
sums_are_exact_in_every_archive(void **state)
{
	static const struct {
		int64_t days;
		int step;
	} spans[] = { { 1, 60 }, { 13, 300 }, { 39, 1800 }, { 200, 7200 },
		{ 1000, 86400 } };
	static const size_t points[] = { 1, 7, 300, 5000 };
	int64_t begin = MON - 40 * DAY, end = MON + 51 * 60, at;
	uint64_t n = 0, *counts = calloc(41 * 1440, sizeof(*counts)), x = 1;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	for (at = begin; at < end; at += 60, n++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		counts[n] = x >> 62 ? 0 : (x >> 40) % 100000;
		if (counts[n] > 0)
			count(&rig, "mx1", at, METRIC_MESSAGES_RECEIVED_BYTES,
			    counts[n]);
		if (n % 9999 == 0)
			rig_write(&rig);
	}
	series_known(rig.series, HOST, end);
	rig_write(&rig);
	for (size_t s = 0; s < NELEMS(spans); s++)
		for (size_t p = 0; p < NELEMS(points); p++) {
			int64_t from = end - spans[s].days * DAY;
			double sum, want = 0;

			from = from / spans[s].step * spans[s].step;
			sum = fetch(&rig, "mx1", "messages.received_bytes",
			    from, end, points[p]);
			for (uint64_t i = 0; i < n; i++)
				if (begin + (int64_t)i * 60 >= from)
					want += (double)counts[i];
			assert_true(rig.points <= points[p]);
			assert_int_equal(rig.step % spans[s].step, 0);
			assert_true(sum == want);
		}
	free(counts);
	rig_close(&rig);
}

static void
a_late_series_is_zero_from_the_first_step(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON + 600, METRIC_MESSAGES_RECEIVED, 1);
	rig_write(&rig);
	count_mailer(
	    &rig, "mx1", MON + 3 * DAY + 600, "uucp-dom", MAILER_MSGS_TO, 12);
	series_known(rig.series, HOST, MON + 3 * DAY + 900);
	rig_write(&rig);
	assert_int_equal(fetch(&rig, "mx1", "mailer.uucp-dom.msgs_to",
			     MON + 600, MON + 3 * DAY + 900, 5000),
	    12);
	assert_int_equal(unknown_points(&rig), 0);
	assert_int_equal(fetch(&rig, "mx1", "messages.received", MON + 600,
			     MON + 3 * DAY + 900, 5000),
	    1);
	assert_int_equal(unknown_points(&rig), 0);
	/* It never came: it has no file, and is 0 all the same. */
	assert_int_equal(fetch(&rig, "mx1", "rejects.virus", MON + 600,
			     MON + 3 * DAY + 900, 5000),
	    0);
	assert_int_equal(unknown_points(&rig), 0);
	assert_int_equal(fetch(&rig, "mx1", "no.such", MON, MON + DAY, 10), 0);
	assert_int_equal(unknown_points(&rig), rig.points);
	rig_close(&rig);
}

static void
a_year_of_silence_is_zero_too(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON, METRIC_MESSAGES_SENT, 3);
	count(&rig, "mx1", MON + 500 * DAY, METRIC_MESSAGES_SENT, 4);
	series_known(rig.series, HOST, MON + 500 * DAY + 60);
	rig_write(&rig);
	assert_int_equal(
	    fetch(&rig, "mx1", "messages.sent", MON, MON + 501 * DAY, 5000), 7);
	assert_int_equal(unknown_points(&rig), 0);
	rig_close(&rig);
}

static void
hosts_are_added_up(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON + 600, METRIC_MESSAGES_SENT, 3);
	count(&rig, "mx2", MON + 660, METRIC_MESSAGES_SENT, 4);
	series_known(rig.series, HOST, MON + 900);
	series_known(rig.series, slice_of("mx2"), MON + 900);
	rig_write(&rig);
	assert_int_equal(
	    fetch(&rig, "", "messages.sent", MON, MON + 900, 100), 7);
	assert_int_equal(
	    fetch(&rig, "mx2", "messages.sent", MON, MON + 900, 100), 4);
	assert_int_equal(
	    fetch(&rig, "mx3", "messages.sent", MON, MON + 900, 100), 0);
	assert_int_equal(unknown_points(&rig), rig.points);
	rig_close(&rig);
}

/* Also those that came while an earlier write was under way. */
static void
a_question_sees_what_was_submitted_before_it(void **state)
{
	const char *name = "messages.sent";
	struct rig rig;

	(void)state;
	rig_open(&rig);
	for (int i = 0; i < 5; i++) {
		count(&rig, "mx1", MON + i * 60, METRIC_MESSAGES_SENT, 1);
		series_known(rig.series, HOST, MON + i * 60 + 60);
		series_write(rig.series);
	}
	assert_true(series_fetch(
	    rig.series, HOST, &name, 1, MON, MON + 300, 9, rig_take, &rig));
	worker_drain(rig.worker);
	assert_int_equal(rig.points, 5);
	for (int i = 0; i < 5; i++)
		assert_true(rig.values[0][i] == 1);
	rig_close(&rig);
}

/* A question that needs what is held waits; another does not. */
static void
a_commit_holds_up_what_it_has_alone(void **state)
{
	const char *name = "messages.sent";
	struct rig rig;

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON, METRIC_MESSAGES_SENT, 3);
	series_known(rig.series, HOST, MON + 60);
	rig_write(&rig);
	series_hold(rig.series);
	series_write(rig.series);
	assert_int_equal(
	    fetch(&rig, "mx1", "messages.sent", MON, MON + 60, 9), 3);
	count(&rig, "mx1", MON + 60, METRIC_MESSAGES_SENT, 4);
	series_known(rig.series, HOST, MON + 120);
	rig.points = 0;
	assert_true(series_fetch(
	    rig.series, HOST, &name, 1, MON, MON + 120, 9, rig_take, &rig));
	worker_drain(rig.worker);
	assert_int_equal(rig.points, 0);
	series_release(rig.series);
	worker_drain(rig.worker);
	assert_int_equal(rig.points, 2);
	assert_true(rig.values[0][0] == 3 && rig.values[0][1] == 4);
	rig_close(&rig);
}

static void
a_gauge_is_a_mean(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	for (int i = 1; i <= 10; i++)
		series_gauge(rig.series, HOST, "agent.known", MON + i * 60,
		    i <= 5 ? 1 : 0.5);
	rig_write(&rig);
	fetch(&rig, "mx1", "agent.known", MON, MON + 600, 2);
	assert_true(rig.values[0][0] == 1);
	assert_true(rig.values[0][1] == 0.5);
	fetch(&rig, "mx1", "agent.known", MON, MON + 600, 1);
	assert_true(rig.values[0][0] == 0.75);
	assert_true(exists(&rig, "mx1/mail-agent/gauge-known.rrd"));
	rig_close(&rig);
}

static void
names_are_safe_and_never_shared(void **state)
{
	static const char *const mailers[] = { "*file*", "a/b", "a:b", "a_b",
		"a-b", "..", ".", ".a", "", "a\nb", "a\\b", "\xff\xfe",
		"../../../../etc/x", "x_0123abcd" };
	static const char *const plain[] = { "mx-1/mailer-*file*/",
		"mx-1/mailer-a_b/", "mx-1/mail-messages/" };
	struct rig rig;
	glob_t found;
	char path[600];

	(void)state;
	rig_open(&rig);
	for (size_t i = 0; i < NELEMS(mailers); i++)
		count_mailer(&rig, "MX-1", MON + (int64_t)i * 60, mailers[i],
		    MAILER_BYTES_TO, 100 + i);
	count(&rig, "mx-1", MON + DAY, METRIC_MESSAGES_SENT, 1);
	count(&rig, "../..", MON + DAY, METRIC_MESSAGES_SENT, 1);
	count(&rig, "", MON + DAY, METRIC_MESSAGES_SENT, 1);
	rig_write(&rig);
	assert_null(series_trouble(rig.series));
	for (size_t i = 0; i < NELEMS(plain); i++)
		assert_true(exists(&rig, plain[i]));
	snprintf(path, sizeof(path),
	    "%s/rrd/*/mailer-*/email_size-bytes_to.rrd", rig.data);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, NELEMS(mailers));
	globfree(&found);
	snprintf(path, sizeof(path), "%s/rrd/*", rig.data);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 3);
	globfree(&found);
	for (size_t i = 0; i < NELEMS(mailers); i++) {
		if (mailers[i][0] == '\0')
			continue;
		snprintf(path, sizeof(path), "mailer.%s.bytes_to", mailers[i]);
		assert_true(fetch(&rig, "MX-1", path, MON, MON + DAY, 9999) ==
			    100 + (double)i);
	}
	rig_close(&rig);
}

static void
a_long_name_is_63_bytes(void **state)
{
	char host[STATS_NAME];
	struct rig rig;
	glob_t found;
	char path[600];

	(void)state;
	rig_open(&rig);
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	host[3] = '/';
	count(&rig, host, MON, METRIC_MESSAGES_SENT, 1);
	rig_write(&rig);
	snprintf(path, sizeof(path), "%s/rrd/hhh_*", rig.data);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	assert_int_equal(
	    strlen(found.gl_pathv[0]) - strlen(rig.data) - strlen("/rrd/"), 63);
	globfree(&found);
	rig_close(&rig);
}

static void
too_many_hosts_and_mailers_get_no_series(void **state)
{
	struct rig rig;
	char name[32];

	(void)state;
	rig_open(&rig);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "host%d", i);
		count(&rig, name, MON, METRIC_MESSAGES_SENT, 1);
	}
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "mailer%d", i);
		count_mailer(&rig, "host0", MON + 60, name, MAILER_MSGS_TO, 1);
	}
	rig_write(&rig);
	assert_null(series_trouble(rig.series));
	assert_true(exists(&rig, "host32/mail-messages"));
	assert_false(exists(&rig, "host33"));
	assert_true(exists(&rig, "host0/mailer-mailer48"));
	assert_false(exists(&rig, "host0/mailer-mailer49"));
	rig_close(&rig);
}

static void
spoil(const struct rig *rig, const char *below, off_t at, char byte, off_t cut)
{
	char path[600];
	FILE *file;

	snprintf(path, sizeof(path), "%s/rrd/%s", rig->data, below);
	file = fopen(path, "r+");
	assert_non_null(file);
	fseek(file, at, SEEK_SET);
	fputc(byte, file);
	fclose(file);
	if (cut != 0)
		assert_int_equal(truncate(path, cut), 0);
}

/* The row pointers are the last of the header: 10 of 8 bytes. */
static void
a_broken_file_is_set_aside_and_made_anew(void **state)
{
	static const char file[] = "mx1/mail-messages/email_count-sent.rrd";
	static const struct {
		off_t at;
		char byte;
		off_t cut;
	} ways[] = { { 0, 'X', 0 }, { 148, 'G', 0 }, { 0, 'R', 1000 },
		{ 0, 'R', 0 }, { 2456 - 80 + 7, 1, 0 } };
	char aside[600];
	struct rig rig;

	(void)state;
	for (size_t i = 0; i < NELEMS(ways); i++) {
		rig_open(&rig);
		count(&rig, "mx1", MON, METRIC_MESSAGES_SENT, 3);
		series_known(rig.series, HOST, MON + 60);
		rig_write(&rig);
		rig_stop(&rig);
		spoil(&rig, file, ways[i].at, ways[i].byte, ways[i].cut);
		rig_start(&rig);
		count(
		    &rig, "mx1", MON + 3 * DAY + 600, METRIC_MESSAGES_SENT, 5);
		series_known(rig.series, HOST, MON + 3 * DAY + 660);
		rig_write(&rig);
		assert_null(series_trouble(rig.series));
		snprintf(aside, sizeof(aside), "%s.broken-2026-11-25", file);
		assert_int_equal(exists(&rig, aside), i != 3);
		assert_int_equal(fetch(&rig, "mx1", "messages.sent", MON,
				     MON + 4 * DAY, 5000),
		    i != 3 ? 5 : 8);
		rig_close(&rig);
	}
}

static void
quiet_series_are_brought_up_every_five_minutes(void **state)
{
	struct rig rig;
	uint64_t before;

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON, METRIC_MESSAGES_SENT, 3);
	series_known(rig.series, HOST, MON + 60);
	rig_write(&rig);
	before = series_writes(rig.series);
	for (int i = 2; i < 60; i++) {
		series_known(rig.series, HOST, MON + i * 60);
		rig_write(&rig);
	}
	assert_in_range(series_writes(rig.series) - before, 11, 12);
	rig_close(&rig);
}

static void
what_could_not_be_written_is_written_later(void **state)
{
	char rrd[600], away[600];
	struct rig rig;
	FILE *file;

	(void)state;
	rig_open(&rig);
	worker_drain(rig.worker);
	/* Root may write anywhere: a file stands where the folder was. */
	snprintf(rrd, sizeof(rrd), "%s/rrd", rig.data);
	snprintf(away, sizeof(away), "%s/away", rig.data);
	assert_int_equal(rename(rrd, away), 0);
	file = fopen(rrd, "w");
	fclose(file);
	for (int i = 0; i < 3; i++) {
		count(&rig, "mx1", MON + i * 60, METRIC_MESSAGES_SENT, 2);
		series_known(rig.series, HOST, MON + i * 60 + 60);
		rig_write(&rig);
		assert_non_null(series_trouble(rig.series));
	}
	assert_int_equal(
	    fetch(&rig, "mx1", "messages.sent", MON, MON + 300, 9), 0);
	assert_int_equal(unknown_points(&rig), rig.points);
	assert_int_equal(unlink(rrd), 0);
	assert_int_equal(rename(away, rrd), 0);
	rig_write(&rig);
	assert_null(series_trouble(rig.series));
	assert_int_equal(
	    fetch(&rig, "mx1", "messages.sent", MON, MON + 300, 9), 6);
	rig_close(&rig);
}

/* A new file does not fit any more, while the old ones take their samples. */
static void
a_full_disk_loses_no_step(void **state)
{
	struct rlimit before, full;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON, METRIC_MESSAGES_SENT, 1);
	rig_write(&rig);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	full = (struct rlimit){ 100000, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	for (int i = 1; i < 20; i++) {
		count(&rig, "mx1", MON + i * 60, METRIC_MESSAGES_SENT, 1);
		count(&rig, "mx2", MON + i * 60, METRIC_MESSAGES_SENT, 10);
		rig_write(&rig);
		assert_non_null(series_trouble(rig.series));
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	rig_write(&rig);
	assert_null(series_trouble(rig.series));
	series_known(rig.series, HOST, MON + 1200);
	series_known(rig.series, slice_of("mx2"), MON + 1200);
	assert_int_equal(
	    fetch(&rig, "mx1", "messages.sent", MON, MON + 1200, 99), 20);
	assert_int_equal(
	    fetch(&rig, "mx2", "messages.sent", MON, MON + 1200, 99), 190);
	rig_close(&rig);
}

static void
only_what_the_state_has_is_written(void **state)
{
	struct state_part part;
	struct state *kept;
	struct rig rig;
	struct err err;

	(void)state;
	rig_open(&rig);
	part = series_part(rig.series);
	kept = state_open(rig.data, &part, 1, &err);
	assert_non_null(kept);
	count(&rig, "mx1", MON + 600, METRIC_MESSAGES_SENT, 2);
	count_mailer(&rig, "mx1", MON + 660, "smtp", MAILER_MSGS_TO, 4);
	series_known(rig.series, HOST, MON + 720);
	rig_write(&rig);
	assert_false(exists(&rig, "mx1"));
	assert_int_equal(state_commit_now(kept, &err), 0);
	/* The end comes before the write: the state brings them again. */
	state_close(kept);
	rig_stop(&rig);

	rig_start(&rig);
	part = series_part(rig.series);
	kept = state_open(rig.data, &part, 1, &err);
	assert_non_null(kept);
	assert_int_equal(
	    fetch(&rig, "mx1", "messages.sent", MON + 600, MON + 720, 9), 2);
	assert_int_equal(unknown_points(&rig), 0);
	assert_int_equal(state_commit_now(kept, &err), 0);
	count(&rig, "mx1", MON + 720, METRIC_MESSAGES_SENT, 1);
	assert_int_equal(state_commit_now(kept, &err), 0);
	rig_write(&rig);
	assert_int_equal(state_commit_now(kept, &err), 0);
	state_close(kept);
	rig_stop(&rig);

	/* All was written: nothing comes again, and the host is known. */
	rig_start(&rig);
	part = series_part(rig.series);
	kept = state_open(rig.data, &part, 1, &err);
	rig_write(&rig);
	assert_int_equal(
	    fetch(&rig, "mx1", "mailer.smtp.msgs_to", MON + 600, MON + 720, 9),
	    4);
	assert_int_equal(
	    fetch(&rig, "mx1", "rejects.spam", MON + 600, MON + 720, 9), 0);
	assert_int_equal(unknown_points(&rig), 0);
	state_close(kept);
	rig_close(&rig);
}

static void
absurd_questions_get_small_answers(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	count(&rig, "mx1", MON, METRIC_MESSAGES_SENT, 2);
	count(&rig, "mx1", -60, METRIC_MESSAGES_SENT, 2);
	count(&rig, "mx1", INT64_MAX - 59, METRIC_MESSAGES_SENT, 2);
	series_known(rig.series, HOST, MON + 60);
	rig_write(&rig);
	assert_int_equal(
	    fetch(&rig, "mx1", "messages.sent", INT64_MIN, INT64_MAX, 10), 2);
	assert_in_range(rig.points, 1, 10);
	fetch(&rig, "mx1", "messages.sent", INT64_MAX, INT64_MAX, 10);
	fetch(&rig, "mx1", "messages.sent", INT64_MAX - 1, INT64_MAX, 10);
	fetch(&rig, "mx1", "messages.sent", MON, MON - 60, 10);
	assert_int_equal(rig.points, 0);
	fetch(&rig, "mx1", "messages.sent", MON, MON + 60, 0);
	assert_int_equal(rig.points, 1);
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_minute_comes_back_as_it_was),
		cmocka_unit_test(unknown_minutes_do_not_make_more_of_the_rest),
		cmocka_unit_test(sums_are_exact_in_every_archive),
		cmocka_unit_test(a_late_series_is_zero_from_the_first_step),
		cmocka_unit_test(a_year_of_silence_is_zero_too),
		cmocka_unit_test(hosts_are_added_up),
		cmocka_unit_test(a_question_sees_what_was_submitted_before_it),
		cmocka_unit_test(a_commit_holds_up_what_it_has_alone),
		cmocka_unit_test(a_gauge_is_a_mean),
		cmocka_unit_test(names_are_safe_and_never_shared),
		cmocka_unit_test(a_long_name_is_63_bytes),
		cmocka_unit_test(too_many_hosts_and_mailers_get_no_series),
		cmocka_unit_test(a_broken_file_is_set_aside_and_made_anew),
		cmocka_unit_test(
		    quiet_series_are_brought_up_every_five_minutes),
		cmocka_unit_test(what_could_not_be_written_is_written_later),
		cmocka_unit_test(a_full_disk_loses_no_step),
		cmocka_unit_test(only_what_the_state_has_is_written),
		cmocka_unit_test(absurd_questions_get_small_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
