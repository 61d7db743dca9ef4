/* test_stats.c - every event to its numbers, in totals and in its step */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/stats.h"
#include "tests/scratch.h"

#define T0 1795338000 /* a multiple of 60 */

static struct mail_event
event_at(int64_t seconds, enum event_kind kind)
{
	return (struct mail_event){ .when = seconds * 1000000,
		.kind = kind,
		.count = 1,
		.host = SLICE("mx1"),
		.mailer = SLICE("smtp") };
}

static void
check_totals(const struct stats *stats, const enum metric *want, size_t n,
    uint64_t value)
{
	const struct stats_host *host = stats_host(stats, 0);

	for (unsigned m = 0; m < METRICS; m++) {
		bool wanted = false;

		for (size_t i = 0; i < n; i++)
			wanted |= want[i] == m;
		if (host->totals[m] != (wanted ? value : 0))
			fail_msg("%s: %u", metric_name((enum metric)m),
			    (unsigned)host->totals[m]);
	}
}

static void
every_kind_moves_its_own_metrics_and_no_other(void **state)
{
	/* kind, the member of its union, metrics up to the first repeat */
	static const struct {
		enum event_kind kind;
		int detail;
		enum metric metrics[4];
	} cases[] = {
#define M(name) METRIC_##name
		{ EVENT_RELAYED, RELAY_AUTHENTICATED,
		    { M(RELAY_AUTHENTICATED) } },
		{ EVENT_RELAYED, RELAY_NETWORK, { M(RELAY_NETWORK) } },
		{ EVENT_RELAYED, RELAY_OPEN, { M(RELAY_OPEN) } },
		{ EVENT_RELAYED, RELAY_UNSURE, { M(RELAY_UNSURE) } },
		{ EVENT_DEFERRED, 0, { M(MESSAGES_DEFERRED) } },
		{ EVENT_BOUNCED, 0, { M(MESSAGES_BOUNCED) } },
		{ EVENT_EXPIRED, 0, { M(MESSAGES_EXPIRED) } },
		{ EVENT_DISCARDED, 0,
		    { M(MESSAGES_DISCARDED), M(SESSIONS_REJECTED) } },
		{ EVENT_QUARANTINED, 0, { M(MESSAGES_QUARANTINED) } },
		{ EVENT_CONNECTED, 0, { M(SESSIONS_CONNECTED) } },
		{ EVENT_DISCONNECTED, SESSION_LOST, { M(SESSIONS_LOST) } },
		{ EVENT_DISCONNECTED, SESSION_TIMEOUT,
		    { M(SESSIONS_TIMEOUT) } },
		{ EVENT_AUTH_OK, 0, { M(AUTH_OK) } },
		{ EVENT_AUTH_FAILED, 0, { M(AUTH_FAILED) } },
		{ EVENT_LOGIN_OK, 0, { M(LOGINS_OK) } },
		{ EVENT_LOGIN_FAILED, 0, { M(LOGINS_FAILED) } },
		{ EVENT_PROBE, PROBE_VRFY, { M(PROBES_VRFY) } },
		{ EVENT_PROBE, PROBE_EXPN, { M(PROBES_EXPN) } },
		{ EVENT_PROBE, PROBE_PREGREET, { M(PROBES_PREGREET) } },
		{ EVENT_PROBE, PROBE_NON_SMTP, { M(PROBES_NON_SMTP) } },
		{ EVENT_PROBE, PROBE_EMPTY, { M(PROBES_EMPTY) } },
		{ EVENT_TLS, TLS_OTHER, { M(SESSIONS_TLS) } },
		{ EVENT_TLS, TLS_1_0,
		    { M(SESSIONS_TLS), M(SESSIONS_TLS_1_0) } },
		{ EVENT_TLS, TLS_1_1,
		    { M(SESSIONS_TLS), M(SESSIONS_TLS_1_1) } },
		{ EVENT_TLS, TLS_1_2,
		    { M(SESSIONS_TLS), M(SESSIONS_TLS_1_2) } },
		{ EVENT_TLS, TLS_1_3,
		    { M(SESSIONS_TLS), M(SESSIONS_TLS_1_3) } },
		{ EVENT_VERDICT, VERDICT_CLEAN, { M(VERDICTS_CLEAN) } },
		{ EVENT_VERDICT, VERDICT_SPAM, { M(VERDICTS_SPAM) } },
		{ EVENT_VERDICT, VERDICT_VIRUS, { M(VERDICTS_VIRUS) } },
		{ EVENT_VERDICT, VERDICT_BANNED, { M(VERDICTS_BANNED) } },
#undef M
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct stats *stats = stats_new();
		struct mail_event event = event_at(T0, cases[i].kind);
		size_t n = 1;

		event.count = 3;
		event.relay = (enum relay_kind)cases[i].detail;
		if (cases[i].kind == EVENT_DISCONNECTED)
			event.end = (enum session_end)cases[i].detail;
		else if (cases[i].kind == EVENT_PROBE)
			event.probe = (enum probe_kind)cases[i].detail;
		else if (cases[i].kind == EVENT_TLS)
			event.tls.version = (enum tls_version)cases[i].detail;
		else if (cases[i].kind == EVENT_VERDICT)
			event.verdict = (enum verdict_kind)cases[i].detail;
		while (n < 4 && cases[i].metrics[n] != 0)
			n++;
		stats_add(stats, &event);
		check_totals(stats, cases[i].metrics, n, 3);
		stats_free(stats);
	}
}

static void
a_refusal_counts_once_in_each_of_its_sums(void **state)
{
	(void)state;
	for (unsigned r = 0; r < REASONS; r++) {
		const enum metric want[] = { METRIC_REJECTS_TOTAL,
			r % 2 ? METRIC_REJECTS_TEMPORARY
			      : METRIC_REJECTS_PERMANENT,
			metric_of_reason((enum reason)r),
			METRIC_SESSIONS_REJECTED, METRIC_RELAY_DENIED };
		struct stats *stats = stats_new();
		struct mail_event event = event_at(T0, EVENT_REJECTED);

		event.reject.reason = (enum reason)r;
		event.reject.temporary = r % 2;
		stats_add(stats, &event);
		check_totals(stats, want, r == REASON_RELAY_DENIED ? 5 : 4, 1);
		assert_int_equal(stats_host(stats, 0)
				     ->mailers[0]
				     .totals[MAILER_MSGS_REJECTED],
		    1);
		stats_free(stats);
	}
}

static void
messages_count_with_size_and_recipients(void **state)
{
	struct stats *stats = stats_new();
	struct mail_event event = event_at(T0, EVENT_RECEIVED);
	const struct stats_host *host;

	(void)state;
	event.message.bytes = 1000;
	event.message.recipients = 2;
	stats_add(stats, &event);
	event.kind = EVENT_SIZED; /* of one received before */
	stats_add(stats, &event);
	event.kind = EVENT_RECEIVED;
	event.message.generated = true;
	stats_add(stats, &event);
	event = event_at(T0, EVENT_SENT);
	event.delivery.bytes = 700;
	stats_add(stats, &event);

	host = stats_host(stats, 0);
	assert_int_equal(host->totals[METRIC_MESSAGES_RECEIVED], 1);
	assert_int_equal(host->totals[METRIC_MESSAGES_RECEIVED_BYTES], 2000);
	assert_int_equal(host->totals[METRIC_MESSAGES_RECEIVED_RECIPIENTS], 4);
	assert_int_equal(host->totals[METRIC_MESSAGES_GENERATED], 1);
	assert_int_equal(host->totals[METRIC_MESSAGES_SENT], 1);
	assert_int_equal(host->totals[METRIC_MESSAGES_SENT_BYTES], 700);
	assert_int_equal(host->mailer_count, 1);
	assert_int_equal(host->mailers[0].totals[MAILER_MSGS_FROM], 1);
	assert_int_equal(host->mailers[0].totals[MAILER_BYTES_FROM], 2000);
	assert_int_equal(host->mailers[0].totals[MAILER_MSGS_TO], 1);
	assert_int_equal(host->mailers[0].totals[MAILER_BYTES_TO], 700);
	stats_free(stats);
}

static void
mailstats_columns_follow_its_own_rules(void **state)
{
	struct stats *stats = stats_new();
	struct mail_event event = event_at(T0, EVENT_SENT);
	const struct stats_host *host;
	const uint64_t *columns;

	(void)state;
	event.delivery.bytes = 1001;
	stats_add(stats, &event);
	event.delivery.again = true; /* the same delivery, one more recipient */
	stats_add(stats, &event);
	event = event_at(T0, EVENT_COUNTED);
	event.column.metric = MAILER_MSGS_FROM;
	event.column.n = 2;
	stats_add(stats, &event);
	event = event_at(T0, EVENT_RECEIVED);
	event.message.bytes = 1;
	stats_add(stats, &event);
	event = event_at(T0, EVENT_REJECTED);
	event.reject.apart = true;
	stats_add(stats, &event);

	host = stats_host(stats, 0);
	columns = host->mailers[0].totals;
	assert_int_equal(host->totals[METRIC_MESSAGES_SENT], 2);
	assert_int_equal(host->totals[METRIC_MESSAGES_SENT_BYTES], 2002);
	assert_int_equal(columns[MAILER_MSGS_TO], 1);
	assert_int_equal(columns[MAILER_BYTES_TO], 1001);
	assert_int_equal(columns[MAILER_KBYTES_TO], 2);
	assert_int_equal(host->totals[METRIC_MESSAGES_RECEIVED], 1);
	assert_int_equal(columns[MAILER_MSGS_FROM], 3);
	assert_int_equal(columns[MAILER_BYTES_FROM], 1);
	assert_int_equal(columns[MAILER_KBYTES_FROM], 1);
	assert_int_equal(host->totals[METRIC_REJECTS_TOTAL], 1);
	assert_int_equal(columns[MAILER_MSGS_REJECTED], 0);
	assert_int_equal(host->totals[METRIC_SESSIONS_REJECTED], 0);
	stats_free(stats);
}

/* Steps as they are given to the series: the cell of one metric in each. */
struct taken {
	int64_t at[400];
	uint64_t sent[400], late, future;
	size_t n;
};

static void
take(void *arg, struct stats_step *step)
{
	struct taken *taken = arg;

	assert_true(taken->n < NELEMS(taken->at));
	if (taken->n > 0)
		assert_true(step->at > taken->at[taken->n - 1]);
	assert_int_equal(step->at % STATS_STEP, 0);
	taken->at[taken->n] = step->at;
	taken->sent[taken->n] = 0;
	for (size_t i = 0; i < step->count; i++) {
		const struct stats_cell *cell = &step->cells[i];

		if (cell->mailer == -1 && cell->metric == METRIC_MESSAGES_SENT)
			taken->sent[taken->n] = cell->value;
		if (cell->mailer == -1 && cell->metric == METRIC_AGENT_LATE)
			taken->late += cell->value;
		if (cell->mailer == -1 && cell->metric == METRIC_AGENT_FUTURE)
			taken->future += cell->value;
	}
	taken->n++;
	free(step);
}

static void
sent_at(struct stats *stats, int64_t seconds)
{
	struct mail_event event = event_at(seconds, EVENT_SENT);

	stats_add(stats, &event);
}

static void
an_event_is_in_the_step_of_its_own_time(void **state)
{
	struct stats *stats = stats_new();
	struct taken taken = { 0 };

	(void)state;
	stats_on_step(stats, take, &taken);
	sent_at(stats, T0 + 119);
	sent_at(stats, T0);
	sent_at(stats, T0 + 59);
	sent_at(stats, T0 + 60);
	assert_int_equal(
	    stats_open(stats, SLICE("mx1"), METRIC_MESSAGES_SENT, 0, INT64_MAX),
	    4);
	stats_close_steps(stats, SLICE("mx1"), T0 + 59);
	assert_int_equal(taken.n, 0);
	stats_close_steps(stats, SLICE("mx1"), T0 + 60);
	assert_int_equal(taken.n, 1);
	stats_close_steps(stats, SLICE("other.host"), T0 + 600);
	stats_close_steps(stats, SLICE("mx1"), T0 + 120);
	assert_int_equal(taken.n, 2);
	assert_int_equal(taken.at[0], T0);
	assert_int_equal(taken.sent[0], 2);
	assert_int_equal(taken.at[1], T0 + 60);
	assert_int_equal(taken.sent[1], 2);
	assert_int_equal(
	    stats_open(stats, SLICE(""), METRIC_MESSAGES_SENT, 0, INT64_MAX),
	    0);
	stats_free(stats);
}

static void
a_late_event_is_in_the_oldest_open_step_and_said_to_be_late(void **state)
{
	struct stats *stats = stats_new();
	struct taken taken = { 0 };

	(void)state;
	stats_on_step(stats, take, &taken);
	sent_at(stats, T0);
	sent_at(stats, T0 + 130);
	stats_close_steps(stats, SLICE("mx1"), T0 + 60);
	sent_at(stats, T0 + 1); /* closed: goes to T0 + 120 */
	stats_close_steps(stats, SLICE("mx1"), T0 + 180);
	sent_at(stats, T0 + 2); /* none is open: opens the next */
	stats_close_steps(stats, SLICE("mx1"), T0 + 240);
	assert_int_equal(taken.n, 3);
	assert_int_equal(taken.at[1], T0 + 120);
	assert_int_equal(taken.sent[1], 2);
	assert_int_equal(taken.at[2], T0 + 180);
	assert_int_equal(taken.sent[2], 1);
	assert_int_equal(taken.late, 2);
	assert_int_equal(stats_host(stats, 0)->totals[METRIC_AGENT_LATE], 2);
	assert_int_equal(stats_host(stats, 0)->totals[METRIC_MESSAGES_SENT], 4);
	stats_free(stats);
}

static void
an_event_far_ahead_of_the_clock_does_not_move_the_time(void **state)
{
	struct stats *stats = stats_new();
	struct taken taken = { 0 };

	(void)state;
	stats_on_step(stats, take, &taken);
	stats_clock(stats, T0 + 10);
	sent_at(stats, T0);
	sent_at(stats, T0 + 310); /* five minutes: the clocks differ */
	sent_at(stats, T0 + 100000);
	assert_int_equal(stats_host(stats, 0)->last, T0 + 310);
	stats_close_steps(stats, SLICE("mx1"), T0 + 600);
	assert_int_equal(taken.n, 2);
	assert_int_equal(taken.sent[1], 2);
	assert_int_equal(taken.future, 1);
	assert_int_equal(stats_host(stats, 0)->totals[METRIC_AGENT_FUTURE], 1);
	stats_free(stats);
}

/* Whatever comes in whatever order, the steps add up to the totals. */
static void
steps_add_up_to_the_totals(void **state)
{
	struct stats *stats = stats_new();
	struct taken taken = { 0 };
	uint64_t random = 7, sum = 0;

	(void)state;
	stats_on_step(stats, take, &taken);
	for (int i = 0; i < 5000; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		sent_at(stats, T0 + i + (int64_t)(random >> 40) % 9000);
		if (i % 500 == 499)
			stats_close_steps(stats, SLICE("mx1"), T0 + i);
	}
	stats_close_steps(stats, SLICE("mx1"), T0 + 100000);
	for (size_t i = 0; i < taken.n; i++)
		sum += taken.sent[i];
	assert_int_equal(sum, 5000);
	assert_int_equal(
	    taken.late, stats_host(stats, 0)->totals[METRIC_AGENT_LATE]);
	stats_free(stats);
}

static void
names_beyond_the_caps_are_other(void **state)
{
	struct stats *stats = stats_new();
	struct stats_host *sum = malloc(sizeof(*sum));
	char host[100], mailer[100];

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct mail_event event = event_at(T0, EVENT_SENT);

		snprintf(host, sizeof(host), "host%d", i);
		snprintf(mailer, sizeof(mailer), "mailer%d", i);
		event.host = slice_of(host);
		stats_add(stats, &event);
		event.host = SLICE("host0");
		event.mailer = slice_of(mailer);
		stats_add(stats, &event);
	}
	assert_int_equal(stats_host_count(stats), STATS_HOSTS);
	assert_string_equal(stats_host(stats, STATS_HOSTS - 1)->name, "other");
	assert_int_equal(
	    stats_host(stats, STATS_HOSTS - 1)->totals[METRIC_MESSAGES_SENT],
	    200 - STATS_HOSTS + 1);
	assert_int_equal(stats_host(stats, 0)->mailer_count, STATS_MAILERS);
	assert_string_equal(
	    stats_host(stats, 0)->mailers[STATS_MAILERS - 1].name, "other");
	stats_sum(stats, sum);
	assert_int_equal(sum->totals[METRIC_MESSAGES_SENT], 400);
	free(sum);
	stats_free(stats);
}

static void
longer_names_are_one_by_their_first_bytes(void **state)
{
	struct stats *stats = stats_new();
	struct mail_event event = event_at(T0, EVENT_SENT);
	char name[300];

	(void)state;
	memset(name, 'x', sizeof(name));
	event.host = event.mailer = (struct slice){ name, sizeof(name) };
	stats_add(stats, &event);
	event.host.n = event.mailer.n = STATS_NAME;
	stats_add(stats, &event);
	assert_int_equal(stats_host_count(stats), 1);
	assert_int_equal(stats_host(stats, 0)->mailer_count, 1);
	assert_int_equal(strlen(stats_host(stats, 0)->name), STATS_NAME - 1);
	stats_free(stats);
}

static void
fill(struct stats *stats)
{
	static const char *const hosts[] = { "mx1", "mx2", "h\xff" };
	struct mail_event event;

	for (size_t h = 0; h < NELEMS(hosts); h++) {
		for (int i = 0; i < 20; i++) {
			event = event_at(T0 + i * 31, EVENT_SENT);
			event.host = slice_of(hosts[h]);
			event.mailer = i % 3 ? SLICE("smtp") : SLICE("local");
			event.delivery.bytes = (uint64_t)i * 1000;
			stats_add(stats, &event);
		}
		stats_close_steps(stats, event.host, T0 + 180);
	}
}

static void
what_was_saved_is_the_same_account(void **state)
{
	struct stats *before = stats_new(), *after = stats_new();
	struct taken steps = { 0 }, same_steps = { 0 };
	char *directory = scratch_make();
	struct state *file = scratch_open(directory, stats_part(before));
	struct err err;

	(void)state;
	stats_on_step(before, take, &steps);
	for (int i = 0; i < 20; i++) {
		sent_at(before, T0 + i * 31);
		assert_int_equal(state_commit_now(file, &err), 0);
	}
	stats_close_steps(before, SLICE("mx1"), T0 + 180);
	assert_int_equal(state_commit_now(file, &err), 0);
	state_close(file);

	file = scratch_open(directory, stats_part(after));
	stats_on_step(after, take, &same_steps);
	assert_int_equal(stats_host_count(after), 1);
	assert_memory_equal(stats_host(before, 0), stats_host(after, 0),
	    sizeof(struct stats_host));
	memset(&steps, 0, sizeof(steps));
	sent_at(before, T0 + 2);
	sent_at(after, T0 + 2);
	stats_close_steps(before, SLICE("mx1"), T0 + 6000);
	stats_close_steps(after, SLICE("mx1"), T0 + 6000);
	assert_memory_equal(&steps, &same_steps, sizeof(steps));
	assert_int_equal(steps.late, 1);
	state_close(file);
	stats_free(before);
	stats_free(after);
	scratch_remove(directory);
}

static void
hosts_and_mailers_come_back_by_name(void **state)
{
	struct stats *before = stats_new(), *after = stats_new();
	char *directory = scratch_make();
	struct state *file = scratch_open(directory, stats_part(before));
	struct err err;

	(void)state;
	fill(before);
	assert_int_equal(state_commit_now(file, &err), 0);
	state_close(file);
	file = scratch_open(directory, stats_part(after));
	assert_int_equal(stats_host_count(after), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct stats_host *was = stats_host(before, i),
					*is = NULL;

		for (size_t j = 0; j < 3; j++)
			if (strcmp(stats_host(after, j)->name, was->name) == 0)
				is = stats_host(after, j);
		assert_non_null(is);
		assert_memory_equal(was, is, sizeof(*was));
	}
	state_close(file);
	stats_free(before);
	stats_free(after);
	scratch_remove(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_moves_its_own_metrics_and_no_other),
		cmocka_unit_test(a_refusal_counts_once_in_each_of_its_sums),
		cmocka_unit_test(messages_count_with_size_and_recipients),
		cmocka_unit_test(mailstats_columns_follow_its_own_rules),
		cmocka_unit_test(an_event_is_in_the_step_of_its_own_time),
		cmocka_unit_test(
		    a_late_event_is_in_the_oldest_open_step_and_said_to_be_late),
		cmocka_unit_test(
		    an_event_far_ahead_of_the_clock_does_not_move_the_time),
		cmocka_unit_test(steps_add_up_to_the_totals),
		cmocka_unit_test(names_beyond_the_caps_are_other),
		cmocka_unit_test(longer_names_are_one_by_their_first_bytes),
		cmocka_unit_test(what_was_saved_is_the_same_account),
		cmocka_unit_test(hosts_and_mailers_come_back_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
