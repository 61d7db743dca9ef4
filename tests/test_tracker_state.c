/*
 * test_tracker_state.c - what is under way survives a restart at any line
 *
 * A run that is stopped and started again must give the very events of one
 * that was not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "tests/feed.h"

#define MOST_LINES 1500

struct log {
	char *text;
	struct slice lines[MOST_LINES];
	size_t n;
};

static struct log *
log_of(FILE *in)
{
	struct log *log = calloc(1, sizeof(*log));
	struct slice rest, line;
	size_t size = 0;

	assert_non_null(in);
	if (getdelim(&log->text, &size, '\0', in) == -1)
		fail_msg("a log cannot be read");
	rest = slice_of(log->text);
	while (log->n < MOST_LINES && slice_cut(&rest, SLICE("\n"), &line))
		log->lines[log->n++] = line;
	assert_true(log->n > 0);
	return log;
}

static void
log_free(struct log *log)
{
	free(log->text);
	free(log);
}

static struct pseudonyms *people; /* NULL: by the names they have */

static struct feed *
feed_start(void)
{
	struct feed *feed = feed_new(true);

	feed_pseudonyms(feed, people);
	return feed;
}

static void
read_lines(struct feed *feed, const struct log *log, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		(void)feed_line(feed, log->lines[i]);
}

static char *
undisturbed(const struct log *log)
{
	struct feed *feed = feed_start();
	char *events;

	read_lines(feed, log, 0, log->n);
	tracker_finish(feed->tracker);
	events = strdup(feed_events(feed));
	feed_free(feed);
	return events;
}

/* Stopped once, behind line `at'. */
static void
stop_at(const struct log *log, const char *want, size_t at)
{
	struct feed *first = feed_start(), *second = feed_start();
	struct state_rows rows = { 0 };
	const char *before, *after;
	size_t n;

	read_lines(first, log, 0, at);
	feed_hand_over(first, second, &rows);
	read_lines(second, log, at, log->n);
	tracker_finish(second->tracker);
	before = feed_events(first);
	after = feed_events(second);
	n = strlen(before);
	if (strncmp(before, want, n) != 0 || strcmp(after, want + n) != 0) {
		fprintf(stderr, "stopped behind line %zu: %.*s\n", at,
		    at == 0 ? 0 : (int)log->lines[at - 1].n,
		    at == 0 ? "" : log->lines[at - 1].p);
		assert_string_equal(after, want + n);
	}
	rows_fini(&rows);
	feed_free(first);
	feed_free(second);
}

/* Stopped behind every line, one after the other. */
static void
stop_always(const struct log *log, const char *want)
{
	struct feed *feed = feed_start(), *next;
	struct state_rows rows = { 0 };
	size_t done = 0;

	for (size_t i = 0; i < log->n; i++) {
		(void)feed_line(feed, log->lines[i]);
		if (i + 1 == log->n)
			tracker_finish(feed->tracker);
		if (strncmp(feed_events(feed), want + done,
			strlen(feed_events(feed))) != 0) {
			fprintf(stderr, "always stopped, line %zu: %.*s\n",
			    i + 1, (int)log->lines[i].n, log->lines[i].p);
			assert_string_equal(feed_events(feed), want + done);
		}
		done += strlen(feed_events(feed));
		next = feed_start();
		feed_hand_over(feed, next, &rows);
		feed_free(feed);
		feed = next;
	}
	assert_int_equal(done, strlen(want));
	feed_free(feed);
	rows_fini(&rows);
}

/* Dialogues are not, as on the wire; test_transcript.c has what becomes of
   them. */
static bool
is_kept(const char *path)
{
	return strstr(path, "/transcript/") == NULL;
}

static void
a_restart_behind_any_line_of_a_sample_changes_no_event(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("tests/fixtures/*/*.log", 0, NULL, &found), 0);
	for (size_t f = 0; f < found.gl_pathc; f++) {
		FILE *in;
		struct log *log;
		char *want;

		if (!is_kept(found.gl_pathv[f]))
			continue;
		in = fopen(found.gl_pathv[f], "r");
		log = log_of(in);
		want = undisturbed(log);
		fclose(in);
		for (size_t at = 0; at <= log->n; at++)
			stop_at(log, want, at);
		stop_always(log, want);
		free(want);
		log_free(log);
	}
	globfree(&found);
}

/* They are pseudonyms in the state, and no others when they come back. */
static void
people_come_back_by_the_pseudonyms_they_had(void **state)
{
	glob_t found;

	(void)state;
	people = pseudonyms_new(SLICE("Jefe"));
	assert_int_equal(glob("tests/fixtures/*/*.log", 0, NULL, &found), 0);
	for (size_t f = 0; f < found.gl_pathc; f++) {
		FILE *in;
		struct log *log;
		char *want;

		if (!is_kept(found.gl_pathv[f]))
			continue;
		in = fopen(found.gl_pathv[f], "r");
		log = log_of(in);
		want = undisturbed(log);
		fclose(in);
		stop_always(log, want);
		free(want);
		log_free(log);
	}
	globfree(&found);
	pseudonyms_free(people);
	people = NULL;
}

static void
a_restart_within_a_real_log_changes_no_event(void **state)
{
	static const struct {
		const char *name;
		size_t every; /* so many lines */
	} logs[] = { { "a-variants.log", 1 }, { "a-variants.rfc5424.log", 1 },
		{ "sendmail/mimedefang.log", 1 },
		{ "sendmail/small.log", 499 } };

	(void)state;
	for (size_t f = 0; f < NELEMS(logs); f++) {
		char command[100];
		FILE *in;
		struct log *log;
		char *want;

		snprintf(command, sizeof(command), "xz -dc tests/corpus/%s.xz",
		    logs[f].name);
		in = popen(command, "r");
		log = log_of(in);
		want = undisturbed(log);
		pclose(in);
		for (size_t at = 0; at <= log->n; at += logs[f].every)
			stop_at(log, want, at);
		stop_always(log, want);
		free(want);
		log_free(log);
	}
}

static void
what_is_gone_leaves_no_row(void **state)
{
	struct feed *feed = feed_new(false);
	struct state_part part = tracker_part(feed->tracker);
	struct state_rows rows = { 0 }, more = { 0 };
	struct row row;
	unsigned puts = 0, drops = 0;

	(void)state;
	feed_text(feed, "Mar 14 09:00:00 mx1 postfix/smtpd[8]: connect from "
			"a[192.0.2.7]\n"
			"Mar 14 09:00:00 mx1 postfix/smtpd[8]: AF0001: "
			"client=a[192.0.2.7]\n");
	part.save(part.arg, &rows);
	feed_text(feed, "Mar 14 09:00:01 mx1 postfix/qmgr[9]: AF0001: removed\n"
			"Mar 14 09:00:01 mx1 postfix/smtpd[8]: disconnect from "
			"a[192.0.2.7]\n");
	part.save(part.arg, &more);
	rows_merge(&more, &rows);
	for (size_t at = 0; rows_next(&more, &at, &row);) {
		if (row.key.p[0] != 'm' && row.key.p[0] != 's')
			continue;
		puts += !row.dropped;
		drops += row.dropped;
	}
	assert_int_equal(puts, 0);
	assert_int_equal(drops, 2);
	rows_fini(&more);
	feed_free(feed);
}

static void
a_damaged_row_is_refused(void **state)
{
	static const struct slice keys[] = { { "", 0 }, { "m", 1 }, { "s", 1 },
		{ "f", 1 }, { "p", 1 }, { "x", 1 }, { "m\1\0a", 4 } };
	struct feed *feed = feed_new(false);
	struct state_part part = tracker_part(feed->tracker);
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		err.text[0] = '\0';
		assert_int_equal(
		    part.load(part.arg, keys[i], SLICE("\xff\xff"), &err), -1);
		assert_string_not_equal(err.text, "");
	}
	feed_free(feed);
}

/* A delivery that waits, as often as never: its count is before its peer. */
static void
a_waiting_delivery_that_counts_nothing_is_refused(void **state)
{
	struct feed *feed = feed_new(false), *next = feed_new(false);
	struct state_part from = tracker_part(feed->tracker);
	struct state_part to = tracker_part(next->tracker);
	struct state_rows rows = { 0 };
	bool seen = false;
	struct row row;
	struct err err;

	(void)state;
	feed_text(feed,
	    "Mar 14 09:00:00 mx1 postfix/cleanup[9]: AF0001: message-id=<1@x>\n"
	    "Mar 14 09:00:01 mx1 postfix/pipe[6]: AF0001: "
	    "to=<kim@example.com>, "
	    "relay=mailman, delay=1, dsn=2.0.0, status=sent (delivered)\n");
	from.save(from.arg, &rows);
	for (size_t at = 0; rows_next(&rows, &at, &row);) {
		if (!slice_is(row.key, "p"))
			continue;
		seen = true;
		memset(rows.p + (row.value.p - rows.p) + row.value.n -
			   sizeof(struct addr) - 4,
		    0, 4);
		assert_int_equal(to.load(to.arg, row.key, row.value, &err), -1);
	}
	assert_true(seen);
	rows_fini(&rows);
	feed_free(feed);
	feed_free(next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_restart_behind_any_line_of_a_sample_changes_no_event),
		cmocka_unit_test(people_come_back_by_the_pseudonyms_they_had),
		cmocka_unit_test(a_restart_within_a_real_log_changes_no_event),
		cmocka_unit_test(what_is_gone_leaves_no_row),
		cmocka_unit_test(a_damaged_row_is_refused),
		cmocka_unit_test(
		    a_waiting_delivery_that_counts_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
