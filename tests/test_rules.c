/*
 * test_rules.c - every sample of events gives exactly the verdicts beside it
 *
 * fixtures/rules/CASE.events holds what event_print() writes, and between
 * that what else the rules hear:
 *
 *	# ...				a comment
 *	tick TIME			the clock
 *	gauge TIME HOST NAME VALUE	how it is
 *	lines TIME HOST N M		read, of them not understood
 *	packets TIME HOST N M		captured, and dropped beside that
 *	own MESSAGE-ID			a mail of the agent itself
 *	live yes|no			is it the present?
 *	trouble NAME yes|no TIME
 *	rules				a configuration, up to "end"
 *
 * CASE.lines is a real log instead.  CASE.verdicts is what must come of it.
 * "make golden" rewrites it: read the diff.  And whatever the case, a restart
 * behind any of its lines must not change a word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <inttypes.h>
#include <unistd.h>

#include "agent/config.h"
#include "agent/respond.h"
#include "tests/event_text.h"
#include "tests/feed.h"
#include "tests/scratch.h"

#define PARTS (ALERTS_PARTS + BLOCK_PARTS)

struct judge {
	struct respond respond;
	struct alert_config config;
	struct state_rows kept[PARTS];
	bool live;
	char *text;
	size_t size;
	FILE *out;
};

static const struct block_config enforce = {
	.mode = BLOCK_ENFORCE, .max_blocks = 1000, .max_new = 1000
};

static void
print_time(FILE *out, int64_t micros)
{
	fprintf(
	    out, "%" PRId64 ".%06d", micros / 1000000, (int)(micros % 1000000));
}

static void
noticed(void *arg, const struct incident *incident, enum notice what)
{
	static const char *const words[] = { "open", "grow", "over" };
	struct judge *judge = arg;
	char key[4 * ALERTS_KEY];

	slice_escape(slice_of(incident->key), key, sizeof(key));
	print_time(judge->out,
	    what == NOTICE_OVER ? incident->last : incident->crossed);
	fprintf(judge->out,
	    " %s %" PRIu64 " %s %s %s %s=%s count=%" PRIu64 " value=%.6g%s",
	    words[what], incident->number, incident->host,
	    alert_level_name(incident->level), incident->rule,
	    alert_key_name(incident->kind), key, incident->count,
	    incident->value, incident->unit);
	if (incident->usual >= 0)
		fprintf(judge->out, " usual=%.6g", incident->usual);
	fprintf(judge->out, " within=%" PRIu32 " %s\n", incident->within,
	    incident_action_name(incident->action));
}

static void
blocked(void *arg, const struct incident *incident, int64_t when,
    const struct block *block)
{
	struct judge *judge = arg;
	char address[ADDR_TEXT];

	addr_print(&block->what.addr, address);
	print_time(judge->out, when);
	fprintf(judge->out, " block %s/%u %s %" PRIu32 "\n", address,
	    block->what.bits, incident->rule, block->seconds);
}

static void
open_rules(struct judge *judge)
{
	judge->respond = (struct respond){ .finished = true,
		.noticed = noticed,
		.blocked = blocked,
		.arg = judge };
	respond_open(&judge->respond, &judge->config, &enforce);
	alerts_live(judge->respond.alerts, judge->live);
}

static void
parts_of(struct judge *judge, struct state_part parts[PARTS])
{
	alerts_parts(judge->respond.alerts, parts);
	blocks_parts(judge->respond.blocks, parts + ALERTS_PARTS);
}

static struct judge *
judge_new(void)
{
	struct judge *judge = calloc(1, sizeof(*judge));

	alerts_defaults(&judge->config);
	judge->live = true;
	judge->out = open_memstream(&judge->text, &judge->size);
	open_rules(judge);
	return judge;
}

static void
judge_free(struct judge *judge)
{
	respond_close(&judge->respond);
	for (size_t i = 0; i < PARTS; i++)
		rows_fini(&judge->kept[i]);
	fclose(judge->out);
	free(judge->text);
	free(judge);
}

/* What was saved, and nothing else, is all that is known. */
static void
restart(struct judge *judge)
{
	int64_t now = judge->respond.now;
	struct state_part parts[PARTS];
	struct row row;
	struct err err;

	parts_of(judge, parts);
	for (size_t i = 0; i < PARTS; i++) {
		struct state_rows rows = { 0 };

		parts[i].save(parts[i].arg, &rows);
		rows_merge(&rows, &judge->kept[i]);
		judge->kept[i] = rows;
	}
	respond_close(&judge->respond);
	open_rules(judge);
	parts_of(judge, parts);
	for (size_t i = 0; i < PARTS; i++)
		for (size_t at = 0; rows_next(&judge->kept[i], &at, &row);)
			if (!row.dropped && parts[i].load(parts[i].arg, row.key,
						row.value, &err) == -1)
				fail_msg("%s", err.text);
	if (now != 0)
		respond_tick(&judge->respond, now, judge->live);
}

static void
configure(struct judge *judge, struct slice *rest)
{
	char *directory = scratch_make(), path[512];
	struct config config;
	struct slice line;
	struct err err;
	FILE *out;

	snprintf(path, sizeof(path), "%s/mailweir.conf", directory);
	out = fopen(path, "w");
	assert_non_null(out);
	while (slice_cut(rest, SLICE("\n"), &line) && !slice_is(line, "end"))
		fprintf(out, "%.*s\n", (int)line.n, line.p);
	fclose(out);
	if (config_load(&config, path, &err) == -1)
		fail_msg("%s", err.text);
	judge->config = config.alerts;
	judge->config.host = NULL;
	alerts_reconfigure(judge->respond.alerts, &judge->config);
	config_free(&config);
	scratch_remove(directory);
}

/* TIME HOST N M: so much of the one, and of the other. */
static void
count_two(struct alerts *alerts, const struct slice words[4], enum metric one,
    enum metric other)
{
	int64_t when = event_time(words[0]) / 1000000;

	alerts_count(alerts, words[1], when, one, event_number(words[2]));
	alerts_count(alerts, words[1], when, other, event_number(words[3]));
}

/* The words of a line behind its first. */
static void
hear(struct judge *judge, struct slice word, struct slice words[4])
{
	struct alerts *alerts = judge->respond.alerts;

	if (slice_is(word, "tick")) {
		respond_tick(
		    &judge->respond, event_time(words[0]), judge->live);
	} else if (slice_is(word, "gauge")) {
		alerts_gauge(alerts, words[1], event_time(words[0]) / 1000000,
		    metric_find(words[2]), event_number(words[3]));
	} else if (slice_is(word, "lines")) {
		count_two(alerts, words, METRIC_AGENT_LINES,
		    METRIC_AGENT_LINES_UNRECOGNISED);
	} else if (slice_is(word, "packets")) {
		count_two(alerts, words, METRIC_WIRE_PACKETS,
		    METRIC_WIRE_PACKETS_DROPPED);
	} else if (slice_is(word, "own")) {
		alerts_own_message(alerts, words[0]);
	} else if (slice_is(word, "live")) {
		judge->live = slice_is(words[0], "yes");
		alerts_live(alerts, judge->live);
	} else if (slice_is(word, "trouble")) {
		char what[64];

		slice_copy(words[0], what, sizeof(what));
		alerts_trouble(alerts, what,
		    slice_is(words[1], "yes") ? "it is broken" : NULL,
		    event_time(words[2]));
	} else {
		fail_msg("%.*s: is nothing", (int)word.n, word.p);
	}
}

static void
read_line(struct judge *judge, struct slice line, struct slice *rest)
{
	struct slice words[4] = { SLICE(""), SLICE(""), SLICE(""), SLICE("") };
	struct slice word, none;
	struct mail_event event;

	if (line.n == 0 || line.p[0] == '#')
		return;
	if (line.p[0] >= '0' && line.p[0] <= '9') {
		if (!event_read(line, &event))
			fail_msg("%.*s: no event", (int)line.n, line.p);
		respond_judge(&judge->respond, &event);
		return;
	}
	(void)event_word(&line, &word, &none);
	if (slice_is(word, "rules")) {
		configure(judge, rest);
		return;
	}
	for (size_t i = 0; i < 4 && event_word(&line, &words[i], &none);)
		i++;
	hear(judge, word, words);
}

static void
take(void *arg, const struct mail_event *event)
{
	struct judge *judge = arg;

	respond_judge(&judge->respond, event);
}

/* `restarts': behind each line. */
static char *
verdicts_of(const char *path, const char *text, bool restarts)
{
	bool is_log = slice_ends(slice_of(path), SLICE(".lines"));
	struct judge *judge = judge_new();
	struct slice rest = slice_of(text), line;
	struct feed *feed = is_log ? feed_new(false) : NULL;
	char *verdicts;

	if (is_log)
		feed->sink = (struct event_sink){ take, judge };
	while (slice_cut(&rest, SLICE("\n"), &line)) {
		if (is_log)
			(void)feed_line(feed, line);
		else
			read_line(judge, line, &rest);
		if (restarts)
			restart(judge);
	}
	if (is_log) {
		tracker_finish(feed->tracker);
		feed_free(feed);
	}
	fflush(judge->out);
	verdicts = strdup(judge->text);
	judge_free(judge);
	return verdicts;
}

static void
compare(const char *path)
{
	char *text = feed_file(path), *got, *want, *again;
	char beside[512];

	print_message("  %s\n", path);
	assert_non_null(text);
	snprintf(beside, sizeof(beside), "%.*s.verdicts",
	    (int)(strrchr(path, '.') - path), path);
	got = verdicts_of(path, text, false);
	if (getenv("GOLDEN") != NULL) {
		FILE *out = fopen(beside, "w");

		assert_non_null(out);
		fputs(got, out);
		fclose(out);
	}
	want = feed_file(beside);
	assert_non_null(want);
	assert_string_equal(got, want);
	again = verdicts_of(path, text, true);
	assert_string_equal(again, want);
	free(again);
	free(want);
	free(got);
	free(text);
}

static void
compare_all(const char *pattern)
{
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		compare(found.gl_pathv[i]);
	globfree(&found);
}

static void
samples_give_their_verdicts_also_through_restarts(void **state)
{
	(void)state;
	compare_all("tests/fixtures/rules/*.events");
}

static void
logs_give_their_verdicts_also_through_restarts(void **state)
{
	(void)state;
	compare_all("tests/fixtures/rules/*.lines");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    samples_give_their_verdicts_also_through_restarts),
		cmocka_unit_test(
		    logs_give_their_verdicts_also_through_restarts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
