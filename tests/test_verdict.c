/* test_verdict.c - how it is going, in a sentence, and against last week */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "tests/web_incidents.h"
#include "web/verdict.h"

#define NOW 1795338001
#define DAY 86400

struct scene {
	struct incidents incidents;
	struct web_sources sources;
	struct web_source log;
	struct web_query query;
	struct panel_question question;
	struct sums sums;
	json_t *json;
};

/* A quiet day: nobody is blocked, nothing is the matter. */
static void
begin(struct scene *scene)
{
	static char backend[] = "access";

	memset(scene, 0, sizeof(*scene));
	scene->incidents.now = NOW * INT64_C(1000000);
	scene->incidents.config = (struct block_config){ .mode = BLOCK_ENFORCE,
		.backend = backend,
		.max_blocks = 100,
		.max_new = 100 };
	scene->incidents.blocks = blocks_new(&scene->incidents.config);
	alerts_defaults(&scene->incidents.rules);
	scene->incidents.alerts = alerts_new(&scene->incidents.rules,
	    &(struct alert_sinks){
		.block = incidents_block, .arg = &scene->incidents });
	alerts_live(scene->incidents.alerts, true);
	scene->sources.alerts = scene->incidents.alerts;
	scene->sources.blocks = scene->incidents.blocks;
	scene->query.from = NOW - DAY;
	scene->query.to = NOW;
	scene->query.to_now = true;
	scene->question.sources = &scene->sources;
	scene->question.query = &scene->query;
	scene->question.status.now = NOW;
	scene->question.status.catching_up = -1;
	scene->question.status.source_count = 1;
	scene->question.status.sources = &scene->log;
	scene->sums = (struct sums){ .received = 1842,
		.sent = 391,
		.deferred = 8,
		.bounced = 1,
		.lines = 9000,
		.coverage = 1 };
}

static void
end(struct scene *scene)
{
	json_decref(scene->json);
	incidents_close_all(&scene->incidents);
}

static const char *
member(const struct scene *scene, const char *name)
{
	return json_string_value(json_object_get(scene->json, name));
}

/* `part' NULL: there is none. */
static void
check(struct scene *scene, const char *level, const char *part,
    const char *reason, const char *rest)
{
	char text[1024];

	json_decref(scene->json);
	scene->json = verdict_json(&scene->sums, &scene->question);
	snprintf(text, sizeof(text), "%s %s", reason, rest);
	assert_string_equal(text, member(scene, "text"));
	assert_string_equal(reason, member(scene, "reason"));
	assert_string_equal(level, member(scene, "level"));
	if (part == NULL) {
		assert_true(json_is_null(json_object_get(scene->json, "part")));
		assert_true(json_is_null(json_object_get(scene->json, "link")));
		return;
	}
	assert_string_equal(part, member(scene, "part"));
	snprintf(text, sizeof(text), "#%s", part);
	assert_string_equal(text, member(scene, "link"));
}

#define DAY_OF                                                                 \
	"1,842 in and 391 out since yesterday, 2 % deferred, "                 \
	"no relay accepted, no address blocked."

static void
a_quiet_day_is_normal(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	check(&scene, "ok", NULL, "Normal.", DAY_OF);
	incidents_wish(&scene.incidents, "203.0.113.1", "", 60);
	check(&scene, "ok", NULL, "Normal.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, no relay "
	    "accepted, 1 address blocked.");
	for (int i = 2; i < 15; i++) {
		char address[40];

		snprintf(address, sizeof(address), "203.0.113.%d", i);
		incidents_wish(&scene.incidents, address, "", 60);
	}
	check(&scene, "ok", NULL, "Normal.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, no relay "
	    "accepted, 14 addresses blocked.");
	end(&scene);
}

static void
nobody_is_blocked_where_it_only_observes(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	scene.incidents.config.mode = BLOCK_OBSERVE;
	blocks_reconfigure(scene.incidents.blocks, &scene.incidents.config);
	incidents_wish(&scene.incidents, "203.0.113.1", "", 60);
	check(&scene, "ok", NULL, "Normal.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, no relay "
	    "accepted, 1 address would be blocked.");
	end(&scene);
}

static void
each_span_has_its_words(void **state)
{
	static const struct {
		int64_t seconds;
		const char *words;
	} spans[] = {
		{ 60, "in the last minute" },
		{ 900, "in the last 15 minutes" },
		{ 3600, "in the last hour" },
		{ 7200, "in the last 2 hours" },
		{ DAY, "since yesterday" },
		{ 7 * DAY, "in the last 7 days" },
		{ 30 * DAY, "in the last 30 days" },
		{ 365 * DAY, "in the last year" },
		{ 5 * 365 * DAY, "in the last 5 years" },
		{ 6 * 366 * DAY, "in the last 6 years" },
	};
	struct scene scene;
	char rest[256];

	(void)state;
	begin(&scene);
	for (size_t i = 0; i < NELEMS(spans); i++) {
		scene.query.from = NOW - spans[i].seconds;
		snprintf(rest, sizeof(rest),
		    "1,842 in and 391 out %s, 2 %% deferred, no relay "
		    "accepted, no address blocked.",
		    spans[i].words);
		check(&scene, "ok", NULL, "Normal.", rest);
	}
	scene.query.to_now = false;
	check(&scene, "ok", NULL, "Normal.",
	    "1,842 in and 391 out in that time, 2 % deferred, no relay "
	    "accepted, no address blocked.");
	end(&scene);
}

static void
what_we_do_not_see_is_amber(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	scene.log.lag_seconds = 60;
	check(&scene, "ok", NULL, "Normal.", DAY_OF);
	scene.log.lag_seconds = 61;
	check(&scene, "warn", "coverage",
	    "Behind: the log is read with a delay of 61 seconds.", DAY_OF);
	scene.sums.unrecognised = 900;
	scene.sums.coverage = 0.9;
	check(&scene, "warn", "coverage",
	    "Not the whole picture: 10 % of the log lines not understood.",
	    DAY_OF);
	scene.question.status.catching_up = 43;
	check(&scene, "warn", "coverage", "Reading back the logs, 43 % done.",
	    DAY_OF);
	end(&scene);
}

static void
deliveries_that_fail_are_amber_from_a_tenth_on(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	scene.sums = (struct sums){ .received = 9,
		.sent = 89,
		.deferred = 10,
		.bounced = 1,
		.coverage = 1 };
	check(&scene, "warn", "destinations", "Many deliveries are deferred.",
	    "9 in and 89 out since yesterday, 10 % deferred, no relay "
	    "accepted, no address blocked.");
	scene.sums.bounced = 11;
	scene.sums.deferred = 0;
	check(&scene, "warn", "destinations", "Many deliveries bounce.",
	    "9 in and 89 out since yesterday, 0 % deferred, no relay "
	    "accepted, no address blocked.");
	/* Of so few a share says nothing. */
	scene.sums.sent = 8;
	check(&scene, "ok", NULL, "Normal.",
	    "9 in and 8 out since yesterday, 0 % deferred, no relay "
	    "accepted, no address blocked.");
	scene.sums = (struct sums){ .coverage = 1 };
	check(&scene, "warn", "pulse", "Silence.",
	    "0 in and 0 out since yesterday, 0 % deferred, no relay "
	    "accepted, no address blocked.");
	end(&scene);
}

static void
incidents_for_a_person_are_amber_and_named_by_their_rule(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	/* Blocks deal with clients. */
	incidents_refuse(
	    &scene.incidents, REASON_RELAY_DENIED, "203.0.113.77", 4, 300);
	assert_int_equal(alerts_incident_count(scene.incidents.alerts), 1);
	check(&scene, "ok", NULL, "Normal.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, no relay "
	    "accepted, 1 address blocked.");
	alerts_gauge(scene.incidents.alerts, SLICE("mx1.example.org"), NOW,
	    METRIC_QUEUE_OLDEST_SECONDS, 5 * 3600);
	assert_int_equal(alerts_incident_count(scene.incidents.alerts), 2);
	check(&scene, "warn", "attention", "Needs attention: queue-age.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, no relay "
	    "accepted, 1 address blocked.");
	alerts_gauge(scene.incidents.alerts, SLICE("mx2.example.org"), NOW,
	    METRIC_QUEUE_OLDEST_SECONDS, 5 * 3600);
	check(&scene, "warn", "attention",
	    "Needs attention: queue-age and 1 more.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, no relay "
	    "accepted, 1 address blocked.");
	strcpy(scene.query.host, "MX2.example.org");
	check(&scene, "warn", "attention", "Needs attention: queue-age.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, no relay "
	    "accepted, 1 address blocked.");
	strcpy(scene.query.host, "mx3.example.org");
	check(&scene, "ok", NULL, "Normal.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, no relay "
	    "accepted, 1 address blocked.");
	end(&scene);
}

static void
an_open_relay_is_red_before_all_else(void **state)
{
	struct mail_event event = {
		.when = NOW * INT64_C(1000000),
		.count = 1,
		.kind = EVENT_RELAYED,
		.host = SLICE("mx1.example.org"),
		.mailer = SLICE("smtp"),
		.relay = RELAY_OPEN,
	};
	struct scene scene;

	(void)state;
	begin(&scene);
	(void)addr_parse(SLICE("203.0.113.5"), &event.client);
	alerts_judge(scene.incidents.alerts, &event);
	check(&scene, "bad", "attention", "The server is abused: open-relay.",
	    DAY_OF);
	scene.question.status.trouble = "disk: No space left. <b>on</b>\xff";
	check(&scene, "bad", "coverage",
	    "Trouble: disk: No space left. <b>on</b>\\377.", DAY_OF);
	scene.sums.relay_open = 1;
	check(&scene, "bad", "attention",
	    "Open relay: 1 message from strangers for elsewhere taken.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, 1 accepted "
	    "for relay, no address blocked.");
	scene.sums.relay_open = 1234;
	check(&scene, "bad", "attention",
	    "Open relay: 1,234 messages from strangers for elsewhere taken.",
	    "1,842 in and 391 out since yesterday, 2 % deferred, 1,234 "
	    "accepted for relay, no address blocked.");
	end(&scene);
}

/* Four points of 100 seconds of a counter and of a gauge. */
static struct history
points(double *values, int64_t *times, char (*names)[QUERY_NAME])
{
	strcpy(names[0], "messages.received");
	strcpy(names[1], "queue.deferred");
	return (struct history){
		.names = { 2, names },
		.from = times[0],
		.to = times[0] + 400,
		.step = 100,
		.points = 4,
		.times = times,
		.values = values,
	};
}

static void
the_same_span_earlier_is_cut_where_this_one_ends(void **state)
{
	double values[] = { 10, 20, 30, 40, 1, 2, 3, 4 }, before[2];
	int64_t then[] = { 9000, 9100, 9200, 9300 };
	int64_t now[] = { 10000, 10100, 10200, 10300 };
	char names[2][QUERY_NAME];
	struct history earlier = points(values, then, names);
	struct history history = points(values, now, names);

	(void)state;
	history.before = before;
	history_compare(&history, &earlier, 1000, 10400);
	assert_int_equal(before[0], 100);
	assert_int_equal(before[1], 4);
	/* The last point is not over yet; half of it is. */
	history_compare(&history, &earlier, 1000, 10350);
	assert_int_equal(before[0], 80);
	assert_int_equal(before[1], 4);
	/* Coarser cells may begin earlier. */
	history.from += 50;
	history_compare(&history, &earlier, 1000, 10350);
	assert_int_equal(before[0], 75);
	/* A gauge has what it had last; */
	values[7] = NAN;
	history_compare(&history, &earlier, 1000, 10350);
	assert_int_equal(before[1], 3);
	/* a count is known as a whole or not at all. */
	values[1] = NAN;
	history_compare(&history, &earlier, 1000, 10350);
	assert_true(isnan(before[0]));
	values[1] = 20;
	history_compare(&history, &earlier, 1200, 10350);
	assert_true(isnan(before[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_day_is_normal),
		cmocka_unit_test(nobody_is_blocked_where_it_only_observes),
		cmocka_unit_test(each_span_has_its_words),
		cmocka_unit_test(what_we_do_not_see_is_amber),
		cmocka_unit_test(
		    deliveries_that_fail_are_amber_from_a_tenth_on),
		cmocka_unit_test(
		    incidents_for_a_person_are_amber_and_named_by_their_rule),
		cmocka_unit_test(an_open_relay_is_red_before_all_else),
		cmocka_unit_test(
		    the_same_span_earlier_is_cut_where_this_one_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
