/* test_collectors.c - when a host's steps are complete, also after a restart */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "base/array.h"
#include "collectors/collectors.h"
#include "tests/logs.h"

#define BEGIN INT64_C(1795305600) /* 2026-11-22 00:00:00 UTC */
#define NOW   ((BEGIN + 86400) * 1000)

static struct logs logs;
static char paths[2][128];
static char zone[] = "UTC", title[] = "log";
static struct source_config sources[2];
static struct collect_config config = { .sources = sources };
static struct collectors *collectors;
static struct state *state;
static int64_t known; /* up to when mx1 is complete, after BEGIN; -1: never */
static uint64_t counted[METRICS];

static void
take(void *arg, const struct mail_event *event)
{
	(void)arg;
	if (event->kind == EVENT_CONNECTED)
		counted[METRIC_SESSIONS_CONNECTED] += event->count;
}

static void
count(
    void *arg, struct slice host, int64_t when, enum metric metric, uint64_t n)
{
	(void)arg;
	(void)host;
	(void)when;
	counted[metric] += n;
}

static void
complete(void *arg, struct slice host, int64_t upto)
{
	(void)arg;
	assert_true(slice_is(host, "mx1"));
	known = upto - BEGIN;
}

static void
start(size_t n)
{
	static const struct collect_sinks sinks = {
		.events = { take, NULL }, .count = count, .complete = complete
	};
	struct state_part parts[COLLECTORS_PARTS];
	struct err err;

	config.source_count = n;
	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	assert_non_null(collectors);
	collectors_parts(collectors, parts);
	state = state_open(logs.directory, parts, COLLECTORS_PARTS, &err);
	if (state == NULL)
		fail_msg("%s", err.text);
	collectors_ready(collectors, NOW);
	known = -1;
}

/* As a kill right after a commit. */
static void
stop(void)
{
	struct err err;

	assert_int_equal(state_commit_now(state, &err), 0);
	collectors_close(collectors);
	state_close(state);
}

static void
say(unsigned source, int64_t at, const char *text)
{
	FILE *out = fopen(paths[source], "ae");
	time_t when = (time_t)(BEGIN + at);
	char stamp[32];
	struct tm tm;

	assert_non_null(out);
	gmtime_r(&when, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(out, "%s mx1 %s\n", stamp, text);
	assert_int_equal(fclose(out), 0);
}

static void
connect_at(unsigned source, int64_t at)
{
	say(source, at, "postfix/smtpd[7]: connect from x.test[192.0.2.1]");
}

static void
read_all(void)
{
	collectors_ready(collectors, NOW);
	while (collectors_read(collectors, 1 << 20, NOW) != 0)
		;
}

static int
set_up(void **unused)
{
	(void)unused;
	logs_make(&logs);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(
		    paths[i], sizeof(paths[i]), "%s/%u.log", logs.directory, i);
		sources[i] = (struct source_config){
			.title = title, .path = paths[i], .zone = zone
		};
	}
	memset(counted, 0, sizeof(counted));
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
a_step_closes_when_its_host_is_past_it(void **unused)
{
	(void)unused;
	start(1);
	connect_at(0, 10);
	connect_at(0, 85);
	read_all();
	assert_true(known < 60);
	connect_at(0, 95);
	read_all();
	assert_in_range(known, 60, 119);
	stop();
}

/* The second source has told of the host up to 10:00, the first to 5:00. */
static void
after_a_restart_the_slower_source_still_holds_its_steps(void **unused)
{
	(void)unused;
	start(2);
	connect_at(0, 300);
	connect_at(1, 600);
	read_all();
	stop();
	connect_at(0, 310);
	connect_at(0, 1200);
	connect_at(1, 610);
	start(2);
	while (counted[METRIC_SESSIONS_CONNECTED] < 5) {
		assert_true(known < 600);
		assert_int_not_equal(collectors_read(collectors, 1, NOW), 0);
	}
	stop();
}

static void
after_a_restart_a_silent_host_has_its_last_step_closed(void **unused)
{
	(void)unused;
	start(1);
	connect_at(0, 10);
	read_all();
	stop();
	start(1);
	read_all();
	collectors_tick(collectors, NOW + 31000);
	assert_true(known > 60);
	stop();
}

static void
what_is_said_again_after_a_restart_is_known(void **unused)
{
	(void)unused;
	start(1);
	connect_at(0, 10);
	read_all();
	stop();
	say(0, 20, "last message repeated 3 times");
	start(1);
	read_all();
	assert_int_equal(counted[METRIC_SESSIONS_CONNECTED], 4);
	stop();
}

/* RFC 5424 files may cut the name; the first line proves whose it is. */
static void
a_name_once_learnt_is_known_after_a_restart(void **unused)
{
	static const char *const lines[] = {
		"<22>1 2026-11-22T00:00:01Z mx1 out 7 - - connect from "
		"x.test[192.0.2.1]\n",
		"<22>1 2026-11-22T00:00:02Z mx1 out 7 - - no known line\n"
	};

	(void)unused;
	for (size_t i = 0; i < NELEMS(lines); i++) {
		FILE *out = fopen(paths[0], "ae");

		assert_non_null(out);
		fputs(lines[i], out);
		assert_int_equal(fclose(out), 0);
		start(1);
		read_all();
		stop();
	}
	assert_int_equal(counted[METRIC_AGENT_LINES_RECOGNISED], 1);
	/* A stranger's would be ignored. */
	assert_int_equal(counted[METRIC_AGENT_LINES_UNRECOGNISED], 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_step_closes_when_its_host_is_past_it),
		TEST(after_a_restart_the_slower_source_still_holds_its_steps),
		TEST(after_a_restart_a_silent_host_has_its_last_step_closed),
		TEST(what_is_said_again_after_a_restart_is_known),
		TEST(a_name_once_learnt_is_known_after_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
