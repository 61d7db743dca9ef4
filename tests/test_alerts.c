/*
 * test_alerts.c - incidents: their evidence, and their bounds
 *
 * What opens and closes them is in fixtures/rules (test_rules.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdlib.h>

#include "alerts/alerts.h"
#include "base/array.h"
#include "base/rows.h"

#define SECOND INT64_C(1000000)
#define BEGIN  (INT64_C(1795338000) * SECOND)

struct told {
	unsigned notices[3]; /* by enum notice */
	unsigned blocks;
};

static enum incident_action
block(
    void *arg, const struct incident *incident, int64_t when, uint32_t *seconds)
{
	struct told *told = arg;

	assert_int_equal(incident->kind, KEY_CLIENT);
	assert_true(when <= incident->last);
	assert_int_equal(*seconds, 3600);
	told->blocks++;
	return ACTION_BLOCK;
}

static void
notice(void *arg, const struct incident *incident, enum notice what)
{
	struct told *told = arg;

	assert_int_equal(incident->open, what != NOTICE_OVER);
	told->notices[what]++;
}

static struct alerts *
alerts_of(struct told *told)
{
	struct alert_sinks sinks = { block, NULL, notice, told };
	struct alert_config config;

	memset(told, 0, sizeof(*told));
	alerts_defaults(&config);
	return alerts_new(&config, &sinks);
}

static struct mail_event
event_of(enum event_kind kind, uint32_t client, int64_t when)
{
	struct mail_event event = { .when = BEGIN + when,
		.kind = kind,
		.count = 1,
		.host = SLICE("mx1") };

	event.client.family = 4;
	for (int i = 0; i < 4; i++)
		event.client.b[i] = (uint8_t)(client >> (24 - 8 * i));
	return event;
}

static void
deny(struct alerts *alerts, uint32_t client, int64_t when, const char *line)
{
	struct mail_event event = event_of(EVENT_REJECTED, client, when);

	event.reject.reason = REASON_RELAY_DENIED;
	event.line = slice_of(line);
	alerts_judge(alerts, &event);
}

static void
an_incident_keeps_the_lines_before_its_crossing_and_up_to_twenty(void **state)
{
	struct told told;
	struct alerts *alerts = alerts_of(&told);
	const struct incident *incident;
	char line[600];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "line %d of %0500d", i, 7);
		deny(alerts, 1, i * SECOND, line);
		deny(alerts, (uint32_t)(100 + i), i * SECOND, "another's");
	}
	assert_int_equal(alerts_incident_count(alerts), 1);
	incident = alerts_incident(alerts, 0);
	assert_non_null(incident->evidence);
	assert_int_equal(incident->count, 40);
	assert_int_equal(incident->evidence->line_count, ALERTS_LINES);
	for (int i = 0; i < ALERTS_LINES; i++) {
		snprintf(line, sizeof(line), "line %d of", i);
		assert_memory_equal(
		    incident->evidence->lines[i], line, strlen(line));
		assert_int_equal(
		    strlen(incident->evidence->lines[i]), ALERTS_LINE);
	}
	assert_ptr_equal(
	    alerts_incident_find(alerts, incident->number), incident);
	assert_null(alerts_incident_find(alerts, 77));
	alerts_free(alerts);
}

/* The last ones count where there were more than are kept. */
static void
of_many_lines_before_the_crossing_the_last_are_kept(void **state)
{
	struct told told;
	struct alerts *alerts = alerts_of(&told);
	const struct evidence *evidence;
	struct mail_event event;
	char line[32];

	(void)state;
	/* An account's mail: 60 that go, 40 that do not. */
	for (int i = 0; i < 100; i++) {
		event = event_of(
		    i < 60 ? EVENT_SENT : EVENT_BOUNCED, 9, i * SECOND);
		event.account = SLICE("kim");
		event.delivery.reply =
		    SLICE("550 5.1.1 <a@example.org>: no such user");
		snprintf(line, sizeof(line), "line %d", i);
		event.line = slice_of(line);
		alerts_judge(alerts, &event);
	}
	assert_int_equal(alerts_incident_count(alerts), 1);
	assert_string_equal(
	    alerts_incident(alerts, 0)->rule, "account-bounces");
	evidence = alerts_incident(alerts, 0)->evidence;
	assert_string_equal(evidence->lines[0], "line 60");
	assert_string_equal(evidence->lines[19], "line 79");
	assert_int_equal(evidence->client_count, 1);
	assert_string_equal(evidence->clients[0].text, "0.0.0.9");
	assert_int_equal(evidence->clients[0].count, 40);
	assert_int_equal(evidence->reply_count, 1);
	assert_string_equal(
	    evidence->replies[0].text, "550 5.1.1 <>: no such user");
	assert_int_equal(evidence->replies[0].count, 40);
	alerts_free(alerts);
}

static void
lists_in_the_evidence_are_bounded_and_keep_the_most(void **state)
{
	struct told told;
	struct alerts *alerts = alerts_of(&told);
	const struct evidence *evidence;
	bool found = false;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		struct mail_event event = event_of(
		    EVENT_RELAYED, i % 3 == 0 ? 1 : 1000 + i, i * SECOND / 10);

		event.relay = RELAY_OPEN;
		alerts_judge(alerts, &event);
	}
	evidence = alerts_incident(alerts, 0)->evidence;
	assert_int_equal(evidence->client_count, ALERTS_TOP);
	for (size_t i = 0; i < evidence->client_count; i++)
		found |= strcmp(evidence->clients[i].text, "0.0.0.1") == 0 &&
			 evidence->clients[i].count >= 1000;
	assert_true(found);
	alerts_free(alerts);
}

static size_t
allocated(void)
{
	return mallinfo2().uordblks + mallinfo2().hblkhd;
}

/* Ten thousand offenders in ten seconds, and ten times as many after them. */
static void
a_flood_of_offenders_stays_in_its_bounds(void **state)
{
	size_t before = allocated(), most = 0;
	struct told told;
	struct alerts *alerts = alerts_of(&told);

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		for (int n = 0; n < 3; n++)
			deny(alerts, i, i * SECOND / 1000 + n,
			    "a line that says so");
	assert_int_equal(told.notices[NOTICE_OPEN], 10000);
	assert_int_equal(told.notices[NOTICE_GROW], 10000);
	assert_int_equal(told.notices[NOTICE_OVER], 0);
	assert_int_equal(told.blocks, 10000);
	assert_int_equal(alerts_incident_count(alerts), 10000);
	assert_int_equal(alerts_incident(alerts, 9999)->number, 10000);
	for (uint32_t i = 10000; i < 110000; i++) {
		for (int n = 0; n < 3; n++)
			deny(alerts, i, i * SECOND / 1000 + n, "a line");
		if (i % 1000 == 0 && allocated() - before > most)
			most = allocated() - before;
	}
	assert_int_equal(told.blocks, 110000);
	assert_int_equal(alerts_incident_count(alerts), ALERTS_INCIDENTS);
	assert_true(alerts_evicted(alerts) > 0);
	if (most > 24u << 20)
		fail_msg("%zu bytes", most);
	/* All is calm: they are over, and the recent ones are kept. */
	alerts_tick(alerts, BEGIN + 7200 * SECOND);
	assert_int_equal(told.notices[NOTICE_OVER], 110000);
	assert_int_equal(alerts_incident_count(alerts), ALERTS_RECENT);
	assert_int_equal(
	    alerts_incident(alerts, 0)->number, 110000 - ALERTS_RECENT + 1);
	alerts_free(alerts);
}

/* Names that a stranger makes up are no way to more memory either. */
static void
made_up_accounts_and_hosts_stay_in_their_bounds(void **state)
{
	size_t before = allocated();
	struct told told;
	struct alerts *alerts = alerts_of(&told);
	char account[200], host[80];

	(void)state;
	for (uint32_t i = 0; i < 200000; i++) {
		struct mail_event event =
		    event_of(EVENT_AUTH_FAILED, i / 2, i * SECOND / 100);

		snprintf(account, sizeof(account), "%0150u", i);
		snprintf(host, sizeof(host), "host%u.example.org", i % 100);
		event.account = slice_of(account);
		event.host = slice_of(host);
		alerts_judge(alerts, &event);
	}
	if (allocated() - before > 24u << 20)
		fail_msg("%zu bytes", allocated() - before);
	alerts_free(alerts);
}

static void
a_trouble_is_one_incident_until_it_is_over(void **state)
{
	struct told told;
	struct alerts *alerts = alerts_of(&told);
	const struct incident *incident;

	(void)state;
	alerts_trouble(alerts, "firewall", "no set", BEGIN);
	alerts_trouble(alerts, "firewall", "no rights", BEGIN + SECOND);
	assert_int_equal(alerts_incident_count(alerts), 1);
	incident = alerts_incident(alerts, 0);
	assert_string_equal(incident->rule, "agent");
	assert_string_equal(incident->host, "localhost");
	assert_string_equal(incident->key, "firewall");
	assert_string_equal(incident->words, "no rights");
	assert_int_equal(incident->kind, KEY_AGENT);
	assert_true(incident->open && incident->mails);
	assert_int_equal(incident->count, 2);
	/* Time alone does not mend it. */
	alerts_tick(alerts, BEGIN + 7200 * SECOND);
	assert_true(alerts_incident(alerts, 0)->open);
	alerts_trouble(alerts, "firewall", NULL, BEGIN + 7201 * SECOND);
	assert_false(alerts_incident(alerts, 0)->open);
	alerts_trouble(alerts, "firewall", NULL, BEGIN + 7202 * SECOND);
	assert_int_equal(told.notices[NOTICE_OPEN], 1);
	assert_int_equal(told.notices[NOTICE_OVER], 1);
	alerts_free(alerts);
}

static void
rules_tell_how_they_are(void **state)
{
	struct told told;
	struct alerts *alerts = alerts_of(&told);
	int relay = alerts_find_rule(SLICE("relay-abuse"));
	struct alert_rule rule;

	(void)state;
	assert_int_equal(alerts_rule_count(), ALERT_RULES);
	assert_int_equal(alerts_find_rule(SLICE("agent")), -1);
	deny(alerts, 1, 0, "");
	deny(alerts, 1, 1, "");
	rule = alerts_rule(alerts, (size_t)relay);
	assert_string_equal(rule.name, "relay-abuse");
	assert_string_equal(rule.kind, "rate");
	assert_int_equal(rule.key, KEY_CLIENT);
	assert_int_equal(rule.keys, 1);
	assert_int_equal(rule.open, 1);
	assert_int_equal(rule.config.block, 3600);
	assert_int_equal(rule.config.levels[LEVEL_ACT][OPTION_COUNT], 3);
	assert_false(rule.silenced);
	for (size_t i = 0; i < ALERT_RULES; i++)
		assert_true(alerts_rule(alerts, i).help[0] != '\0');
	alerts_free(alerts);
}

/* Any prefix of a row that was saved is damaged, and is refused. */
static void
a_damaged_incident_is_refused(void **state)
{
	struct told told;
	struct alerts *alerts = alerts_of(&told), *other;
	struct state_part parts[ALERTS_PARTS], again[ALERTS_PARTS];
	struct state_rows rows = { 0 };
	struct row row;
	struct err err;
	size_t at = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		deny(alerts, 1, i, "a line");
	alerts_parts(alerts, parts);
	parts[1].save(parts[1].arg, &rows);
	assert_true(rows_next(&rows, &at, &row));
	other = alerts_of(&told);
	alerts_parts(other, again);
	for (size_t n = 0; n < row.value.n; n++) {
		char *exact = malloc(n + 1);

		memcpy(exact, row.value.p, n);
		assert_int_equal(again[1].load(again[1].arg, row.key,
				     (struct slice){ exact, n }, &err),
		    -1);
		free(exact);
	}
	assert_int_equal(alerts_incident_count(other), 0);
	assert_int_equal(
	    again[1].load(again[1].arg, row.key, row.value, &err), 0);
	assert_int_equal(alerts_incident_count(other), 1);
	assert_int_equal(alerts_incident(other, 0)->evidence->line_count, 1);
	rows_fini(&rows);
	alerts_free(other);
	alerts_free(alerts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_incident_keeps_the_lines_before_its_crossing_and_up_to_twenty),
		cmocka_unit_test(
		    of_many_lines_before_the_crossing_the_last_are_kept),
		cmocka_unit_test(
		    lists_in_the_evidence_are_bounded_and_keep_the_most),
		cmocka_unit_test(a_flood_of_offenders_stays_in_its_bounds),
		cmocka_unit_test(
		    made_up_accounts_and_hosts_stay_in_their_bounds),
		cmocka_unit_test(a_trouble_is_one_incident_until_it_is_over),
		cmocka_unit_test(rules_tell_how_they_are),
		cmocka_unit_test(a_damaged_incident_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
