/*
 * test_rules_live.c - the running agent judges, through reloads and crashes
 *
 * What it thinks is read from its state, as it was committed last.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "alerts/alerts.h"
#include "tests/daemon.h"

struct rig {
	struct daemon daemon;
	uint64_t lines;
};

static void
rig_make(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	daemon_init(&rig->daemon);
}

static void
rig_start(struct rig *rig)
{
	daemon_start(&rig->daemon);
	daemon_await(&rig->daemon);
}

/* So many refusals to relay, a second apart, the last one so long ago. */
static void
deny(struct rig *rig, const char *client, int n, int64_t ago)
{
	FILE *log = fopen(rig->daemon.logs.path, "ae");

	MUST(log != NULL);
	for (int i = n - 1; i >= 0; i--) {
		time_t when = time(NULL) - ago - i;
		char stamp[40];
		struct tm tm;

		gmtime_r(&when, &tm);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S+00:00", &tm);
		fprintf(log,
		    "%s mx1 postfix/smtpd[801]: NOQUEUE: reject: RCPT from "
		    "unknown[%s]: 554 5.7.1 <x@example.net>: Relay access "
		    "denied; from=<a@example.org> to=<x@example.net> "
		    "proto=ESMTP helo=<x>\n",
		    stamp, client);
	}
	MUST(fclose(log) == 0);
	rig->lines += (uint64_t)n;
}

/* To be freed. */
static struct alerts *
committed(struct rig *rig)
{
	static const struct alert_sinks none;
	struct state_part parts[ALERTS_PARTS];
	struct alert_config config;
	struct alerts *alerts;
	struct err err;

	alerts_defaults(&config);
	alerts = alerts_new(&config, &none);
	alerts_parts(alerts, parts);
	if (state_read(rig->daemon.data.path, parts, ALERTS_PARTS, &err) == -1)
		fail_msg("%s", err.text);
	return alerts;
}

static const struct incident *
incident_of(struct alerts *alerts, const char *client)
{
	const struct incident *found = NULL;

	for (size_t i = 0; i < alerts_incident_count(alerts); i++) {
		const struct incident *one = alerts_incident(alerts, i);

		if (strcmp(one->key, client) == 0) {
			assert_null(found);
			found = one;
		}
	}
	return found;
}

/* Wait until its incident has so many offences. */
static struct alerts *
await(struct rig *rig, const char *client, uint64_t count)
{
	int64_t until = mono_ms() + PATIENCE_MS;

	while (mono_ms() < until) {
		struct alerts *alerts = committed(rig);
		const struct incident *one = incident_of(alerts, client);

		if (one != NULL && one->count == count)
			return alerts;
		alerts_free(alerts);
		nap_ms(50);
	}
	fail_msg("%s: no incident of %llu: %s", client,
	    (unsigned long long)count, daemon_errors(&rig->daemon));
	return NULL;
}

/* Of the page: none that was read back. */
static long long
live_events(struct rig *rig)
{
	struct answer answer = daemon_ask(&rig->daemon, "/api/v1/events");
	json_t *json = json_loads(answer.body, 0, NULL);
	long long n = json_integer_value(json_object_get(json, "total"));

	assert_true(json_is_object(json));
	json_decref(json);
	free(answer.body);
	return n;
}

static void
history_is_past_and_what_comes_now_is_not(void **state)
{
	const struct incident *one;
	struct alerts *alerts;
	struct rig rig;

	(void)state;
	rig_make(&rig);
	deny(&rig, "203.0.113.7", 4, 86400);
	rig_start(&rig);
	alerts = await(&rig, "203.0.113.7", 4);
	one = incident_of(alerts, "203.0.113.7");
	assert_true(one->past);
	assert_int_equal(one->level, LEVEL_ACT);
	assert_int_equal(one->action, ACTION_NONE);
	assert_int_equal(one->block_seconds, 0);
	alerts_free(alerts);

	daemon_await_lines(&rig.daemon, rig.lines);
	assert_int_equal(live_events(&rig), 0);
	deny(&rig, "203.0.113.8", 4, 0);
	alerts = await(&rig, "203.0.113.8", 4);
	assert_int_equal(live_events(&rig), 4);
	one = incident_of(alerts, "203.0.113.8");
	assert_false(one->past);
	assert_true(one->open);
	assert_int_equal(one->action, ACTION_OBSERVED);
	assert_int_equal(one->block_seconds, 3600);
	assert_int_equal(one->evidence->line_count, 4);
	assert_non_null(strstr(one->evidence->lines[0], "[203.0.113.8]"));
	alerts_free(alerts);
	daemon_stop(&rig.daemon);
	daemon_fini(&rig.daemon);
}

static void
a_reload_keeps_what_the_windows_hold(void **state)
{
	const struct incident *one;
	struct alerts *alerts;
	struct rig rig;

	(void)state;
	rig_make(&rig);
	daemon_configure(&rig.daemon, "root",
	    "rule \"relay-abuse\" { level \"warn\" { count = 0 }\n"
	    " level \"act\" { count = 7 } }\n");
	deny(&rig, "203.0.113.7", 1, 86400);
	rig_start(&rig);
	daemon_await_lines(&rig.daemon, rig.lines);
	deny(&rig, "203.0.113.8", 4, 0);
	daemon_await_lines(&rig.daemon, rig.lines);
	daemon_configure(&rig.daemon, "root",
	    "rule \"relay-abuse\" { level \"act\" { count = 5 } }\n");
	MUST(kill(rig.daemon.pid, SIGHUP) == 0);
	for (char *said; said = daemon_errors(&rig.daemon),
			 strstr(said, "reloaded") == NULL;
	     free(said))
		nap_ms(20);
	deny(&rig, "203.0.113.8", 1, 0);
	alerts = await(&rig, "203.0.113.8", 5);
	one = incident_of(alerts, "203.0.113.8");
	assert_int_equal(one->level, LEVEL_ACT);
	alerts_free(alerts);
	daemon_stop(&rig.daemon);
	daemon_fini(&rig.daemon);
}

/* Killed between any two commits: nothing is judged twice, nothing missed. */
static void
a_crash_neither_doubles_an_incident_nor_loses_it(void **state)
{
	const struct incident *one;
	struct alerts *alerts;
	struct rig rig;

	(void)state;
	rig_make(&rig);
	deny(&rig, "203.0.113.7", 1, 86400);
	rig_start(&rig);
	daemon_await_lines(&rig.daemon, rig.lines);
	/* Once it has been live, and has said so to its state. */
	deny(&rig, "203.0.113.9", 3, 0);
	alerts = await(&rig, "203.0.113.9", 3);
	assert_false(incident_of(alerts, "203.0.113.9")->past);
	alerts_free(alerts);
	for (int i = 0; i < 12; i++) {
		deny(&rig, "203.0.113.8", 1, 0);
		if (i % 4 != 3)
			continue;
		nap_ms(i * 100);
		(void)daemon_end(&rig.daemon, SIGKILL);
		rig_start(&rig);
	}
	alerts = await(&rig, "203.0.113.8", 12);
	one = incident_of(alerts, "203.0.113.8");
	assert_false(one->past);
	assert_int_equal(one->action, ACTION_OBSERVED);
	assert_int_equal(one->level, LEVEL_ACT);
	alerts_free(alerts);
	daemon_stop(&rig.daemon);
	daemon_fini(&rig.daemon);
}

/* A real log, moved so that it ended a day ago; how many lines. */
static uint64_t
move_log(const char *packed, const char *path)
{
	char command[256], stamp[40], line[16384];
	FILE *in, *out = fopen(path, "we");
	time_t last = 0, shift;
	struct tm tm;
	uint64_t lines = 0;

	snprintf(command, sizeof(command), "xz -dc %s", packed);
	for (int turn = 0; turn < 2; turn++) {
		in = popen(command, "r");
		MUST(in != NULL && out != NULL);
		shift = time(NULL) - 86400 - last;
		while (fgets(line, sizeof(line), in) != NULL) {
			memset(&tm, 0, sizeof(tm));
			MUST(strptime(line, "%Y-%m-%dT%H:%M:%S", &tm) != NULL);
			if (turn == 0) {
				last = timegm(&tm);
				continue;
			}
			last = timegm(&tm) + shift;
			gmtime_r(&last, &tm);
			strftime(
			    stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
			fprintf(out, "%s%s", stamp, line + strlen(stamp));
			lines++;
		}
		MUST(pclose(in) == 0);
	}
	MUST(fclose(out) == 0);
	return lines;
}

/* What `replay --rules' finds in the log, by rule. */
static json_t *
replayed(struct rig *rig)
{
	char command[PATH_MAX * 3];
	json_t *json;
	FILE *pipe;

	snprintf(command, sizeof(command),
	    "'%s' replay -c '%s' --rules --json '%s'", program(),
	    rig->daemon.conf.path, rig->daemon.logs.path);
	pipe = popen(command, "r");
	MUST(pipe != NULL);
	json = json_loadf(pipe, 0, NULL);
	MUST(pclose(pipe) == 0 && json != NULL);
	return json;
}

/* Rows of the rule; of that level, where it is one. */
static long long
rows_of(
    const json_t *json, const char *list, const char *rule, const char *level)
{
	const json_t *rows = json_object_get(json, list), *row;
	long long n = 0;
	size_t i;

	json_array_foreach (rows, i, row) {
		const char *its =
		    json_string_value(json_object_get(row, "rule"));
		const char *at =
		    json_string_value(json_object_get(row, "level"));

		n += strcmp(its, rule) == 0 &&
		     (level == NULL || strcmp(at, level) == 0);
	}
	return n;
}

static void
compare_fired(const json_t *rule, const json_t *replay)
{
	const char *name = json_string_value(json_object_get(rule, "name"));
	const json_t *fired = json_object_get(rule, "fired"),
		     *warn = json_object_get(fired, "warn"),
		     *act = json_object_get(fired, "act"),
		     *blocked = json_object_get(fired, "blocked");

	if (!json_is_null(warn))
		assert_int_equal(json_integer_value(warn),
		    rows_of(replay, "incidents", name, NULL));
	assert_int_equal(
	    json_integer_value(act), rows_of(replay, "incidents", name, "act"));
	assert_int_equal(
	    json_integer_value(blocked), rows_of(replay, "blocks", name, NULL));
	assert_in_range(
	    json_integer_value(json_object_get(fired, "days")), 2, 3);
}

static void
after_a_read_back_rules_have_fired_as_often_as_in_a_replay(void **state)
{
	struct answer answer;
	json_t *json, *replay, *rule;
	struct rig rig;
	size_t i;

	(void)state;
	rig_make(&rig);
	rig.lines =
	    move_log("tests/corpus/a-big.rfc3339.log.xz", rig.daemon.logs.path);
	replay = replayed(&rig);
	assert_true(rows_of(replay, "incidents", "relay-abuse", "act") > 0);
	assert_true(rows_of(replay, "blocks", "password-guessing", NULL) > 0);
	for (int run = 0; run < 2; run++) {
		rig_start(&rig);
		if (run == 0)
			daemon_await_lines(&rig.daemon, rig.lines);
		answer = daemon_ask(&rig.daemon, "/api/v1/rules");
		json = json_loads(answer.body, 0, NULL);
		assert_non_null(json);
		json_array_foreach (json_object_get(json, "rules"), i, rule)
			if (strcmp(json_string_value(
				       json_object_get(rule, "kind")),
				"silence") != 0)
				compare_fired(rule, replay);
		json_decref(json);
		free(answer.body);
		daemon_stop(&rig.daemon);
	}
	json_decref(replay);
	daemon_fini(&rig.daemon);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(history_is_past_and_what_comes_now_is_not),
		cmocka_unit_test(a_reload_keeps_what_the_windows_hold),
		cmocka_unit_test(
		    a_crash_neither_doubles_an_incident_nor_loses_it),
		cmocka_unit_test(
		    after_a_read_back_rules_have_fired_as_often_as_in_a_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
