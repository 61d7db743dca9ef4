/*
 * test_rules_live.c - the running agent judges, through reloads and crashes
 *
 * What it thinks is read from its state, as it was committed last.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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
	deny(&rig, "203.0.113.8", 4, 0);
	alerts = await(&rig, "203.0.113.8", 4);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(history_is_past_and_what_comes_now_is_not),
		cmocka_unit_test(a_reload_keeps_what_the_windows_hold),
		cmocka_unit_test(
		    a_crash_neither_doubles_an_incident_nor_loses_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
