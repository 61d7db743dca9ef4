/* test_fired.c - how often the rules fired, by the day, and over a restart */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "alerts/alerts.h"
#include "base/rows.h"

#define SECOND INT64_C(1000000)
#define DAY    INT64_C(86400)
#define BEGIN  (INT64_C(1795338000) / DAY * DAY) /* Unix seconds, a midnight */

static bool good; /* the clients deliver good mail, too */

static enum incident_action
block(
    void *arg, const struct incident *incident, int64_t when, uint32_t *seconds)
{
	(void)arg;
	(void)incident;
	(void)when;
	(void)seconds;
	return good ? ACTION_SPARED : ACTION_OBSERVED;
}

static bool
would_block(void *arg, const struct incident *incident, int64_t when)
{
	(void)arg;
	assert_true(incident->past);
	assert_true(when >= incident->first);
	return !good;
}

static struct alerts *
make(bool live)
{
	static const struct alert_sinks sinks = { .block = block,
		.would_block = would_block };
	struct alert_config config;
	struct alerts *alerts;

	good = false;
	alerts_defaults(&config);
	alerts = alerts_new(&config, &sinks);
	alerts_live(alerts, live);
	return alerts;
}

/* So many refusals to relay, a second apart, from that second on. */
static void
deny(struct alerts *alerts, uint8_t client, int64_t when, int n)
{
	struct mail_event event = { .kind = EVENT_REJECTED,
		.count = 1,
		.host = SLICE("mx1"),
		.client = { 4, { 203, 0, 113, client } },
		.reject = { .reason = REASON_RELAY_DENIED } };

	for (int i = 0; i < n; i++) {
		event.when = (when + i) * SECOND;
		alerts_judge(alerts, &event);
	}
}

static void
fired(const struct alerts *alerts, int64_t now, uint64_t warn, uint64_t act,
    uint64_t blocked, unsigned days)
{
	size_t rule = (size_t)alerts_find_rule(SLICE("relay-abuse"));
	struct alert_fired n = alerts_rule_fired(alerts, rule, now);

	assert_int_equal(n.warn, warn);
	assert_int_equal(n.act, act);
	assert_int_equal(n.blocked, blocked);
	assert_int_equal(alerts_days(alerts, now), days);
}

static void
both_levels_and_the_block_count_whether_past_or_present(void **state)
{
	(void)state;
	for (int live = 0; live < 2; live++) {
		struct alerts *alerts = make(live);

		fired(alerts, BEGIN, 0, 0, 0, 0);
		deny(alerts, 1, BEGIN, 1);
		fired(alerts, BEGIN, 0, 0, 0, 1);
		deny(alerts, 1, BEGIN + 10, 1);
		fired(alerts, BEGIN, 1, 0, 0, 1);
		deny(alerts, 1, BEGIN + 20, 30);
		fired(alerts, BEGIN, 1, 1, 1, 1);
		deny(alerts, 2, BEGIN + 60, 9);
		fired(alerts, BEGIN, 2, 2, 2, 1);
		/* Calm for its window: the next is another incident. */
		deny(alerts, 1, BEGIN + 2000, 2);
		fired(alerts, BEGIN, 3, 2, 2, 1);
		alerts_free(alerts);
	}
}

static void
a_client_that_goes_on_would_be_blocked_again(void **state)
{
	(void)state;
	for (int live = 0; live < 2; live++) {
		struct alerts *alerts = make(live);

		deny(alerts, 1, BEGIN, 3000);
		fired(alerts, BEGIN, 1, 1, 1, 1);
		deny(alerts, 1, BEGIN + 3000, 1000);
		fired(alerts, BEGIN, 1, 1, 2, 1);
		alerts_free(alerts);
	}
}

static void
whoever_is_spared_would_not_have_been_blocked(void **state)
{
	(void)state;
	for (int live = 0; live < 2; live++) {
		struct alerts *alerts = make(live);

		good = true;
		deny(alerts, 1, BEGIN, 9);
		fired(alerts, BEGIN, 1, 1, 0, 1);
		alerts_free(alerts);
	}
}

static void
what_began_in_the_past_is_one_block_when_it_is_present(void **state)
{
	struct alerts *alerts = make(false);

	(void)state;
	deny(alerts, 1, BEGIN, 9);
	alerts_live(alerts, true);
	deny(alerts, 1, BEGIN + 9, 9);
	fired(alerts, BEGIN, 1, 1, 1, 1);
	assert_int_equal(alerts_incident(alerts, 0)->action, ACTION_OBSERVED);
	alerts_free(alerts);
}

static void
days_fall_out_of_the_thirty(void **state)
{
	struct alerts *alerts = make(false);
	int64_t now = BEGIN + 44 * DAY;

	(void)state;
	for (int64_t day = 0; day < 45; day++)
		deny(alerts, 1, BEGIN + day * DAY, 3);
	fired(alerts, now, 30, 30, 30, 30);
	fired(alerts, now + DAY, 29, 29, 29, 30);
	fired(alerts, now + 29 * DAY, 1, 1, 1, 30);
	fired(alerts, now + 30 * DAY, 0, 0, 0, 30);
	fired(alerts, now + 400 * DAY, 0, 0, 0, 30);
	alerts_free(alerts);
}

static void
late_and_absurd_times_are_no_harm(void **state)
{
	struct alerts *alerts = make(false);

	(void)state;
	deny(alerts, 1, BEGIN + 40 * DAY, 3);
	deny(alerts, 2, BEGIN, 3);
	deny(alerts, 3, 0, 3);
	fired(alerts, BEGIN + 40 * DAY, 1, 1, 1, 30);
	alerts_free(alerts);
}

static bool
is_ours(struct slice key)
{
	return key.n > 2 && (unsigned char)key.p[key.n - 2] == 255;
}

static void
it_is_kept_over_a_restart(void **state)
{
	struct alerts *alerts = make(false), *other = make(false);
	struct state_part parts[ALERTS_PARTS], again[ALERTS_PARTS];
	struct state_rows rows = { 0 };
	struct row row;
	struct err err;
	size_t at = 0;
	int64_t now = BEGIN + 39 * DAY;

	(void)state;
	alerts_parts(alerts, parts);
	for (int64_t day = 0; day < 40; day++) {
		deny(alerts, 1, BEGIN + day * DAY, day < 20 ? 2 : 3);
		parts[0].save(parts[0].arg, &rows);
	}
	fired(alerts, now, 30, 20, 20, 30);
	alerts_parts(other, again);
	while (rows_next(&rows, &at, &row)) {
		char *exact;

		/* Not what the windows hold: that is of many commits. */
		if (!is_ours(row.key) && row.key.n != 4)
			continue;
		exact = malloc(row.value.n + 1);

		/* Any prefix of one of ours is damaged, and does nothing. */
		for (size_t n = 0; is_ours(row.key) && n < row.value.n; n++) {
			memcpy(exact, row.value.p, n);
			assert_int_equal(again[0].load(again[0].arg, row.key,
					     (struct slice){ exact, n }, &err),
			    -1);
		}
		free(exact);
		assert_int_equal(
		    again[0].load(again[0].arg, row.key, row.value, &err), 0);
	}
	fired(other, now, 30, 20, 20, 30);
	rows_fini(&rows);
	alerts_free(other);
	alerts_free(alerts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    both_levels_and_the_block_count_whether_past_or_present),
		cmocka_unit_test(a_client_that_goes_on_would_be_blocked_again),
		cmocka_unit_test(whoever_is_spared_would_not_have_been_blocked),
		cmocka_unit_test(
		    what_began_in_the_past_is_one_block_when_it_is_present),
		cmocka_unit_test(days_fall_out_of_the_thirty),
		cmocka_unit_test(late_and_absurd_times_are_no_harm),
		cmocka_unit_test(it_is_kept_over_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
