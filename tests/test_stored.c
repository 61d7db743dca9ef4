/*
 * test_stored.c - what an agent committed is summed exactly by another
 * process, since it began and since any time, whatever the agent does
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/storage.h"
#include "agent/stored.h"
#include "base/array.h"

#define MINUTE 60
#define DAY    86400
#define START  INT64_C(1795305600) /* 2026-11-22 00:00:00 UTC */
#define EVENTS 20000

static const char *const hosts[] = { "mx1", "mx2.example.com" };
static const char *const mailers[] = { "esmtp", "local", "odd/mailer:1" };

/* The same in a list: what was added, in order of time. */
struct happened {
	int64_t when;
	size_t host, mailer;
	uint64_t bytes;
};

static struct {
	char base[96], data[128];
	struct stats *stats;
	struct tally *tally;
	struct storage storage;
	size_t count, committed;
	struct happened list[EVENTS];
} rig;

static void
take_step(void *arg, struct stats_step *step)
{
	(void)arg;
	series_submit(rig.storage.series, step);
}

static void
start(void)
{
	struct err err = { "" };

	(void)mkdir(rig.data, 0750);
	rig.stats = stats_new();
	rig.tally = tally_new();
	if (storage_open(&rig.storage, rig.data, rig.stats, rig.tally, NULL,
		NULL, NULL, NULL, &err) == -1)
		fail_msg("%s", err.text);
	stats_on_step(rig.stats, take_step, NULL);
}

static void
stop(void)
{
	struct err err = { "" };

	if (storage_close(&rig.storage, &err) == -1)
		fail_msg("%s", err.text);
	stats_free(rig.stats);
	tally_free(rig.tally);
	rig.committed = rig.count;
}

static int
make_rig(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	memset(&rig, 0, sizeof(rig));
	snprintf(rig.base, sizeof(rig.base), "%s/stored.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(rig.base) == NULL)
		return -1;
	snprintf(rig.data, sizeof(rig.data), "%s/data", rig.base);
	srand(20261122);
	return 0;
}

static int
remove_rig(void **state)
{
	char command[160];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", rig.base);
	return system(command);
}

/* A message by the mailer, in a session of its own. */
static void
add(struct stats *stats, const struct happened *what)
{
	struct mail_event event = { .when = what->when * 1000000,
		.kind = EVENT_RECEIVED,
		.count = 1,
		.host = slice_of(hosts[what->host]),
		.mailer = slice_of(mailers[what->mailer]) };

	event.message.bytes = what->bytes;
	event.message.recipients = 1;
	stats_add(stats, &event);
	event.kind = EVENT_CONNECTED;
	stats_add(stats, &event);
}

static void
happen(int64_t when)
{
	struct happened *what;

	assert_true(rig.count < EVENTS);
	what = &rig.list[rig.count++];
	*what = (struct happened){ when, (size_t)rand() % NELEMS(hosts),
		(size_t)rand() % NELEMS(mailers), (uint64_t)rand() % 100000 };
	add(rig.stats, what);
}

/* All before that time is in, as the collectors say of a log. */
static void
complete(int64_t upto)
{
	for (size_t i = 0; i < NELEMS(hosts); i++) {
		stats_close_steps(rig.stats, slice_of(hosts[i]), upto);
		series_known(rig.storage.series, slice_of(hosts[i]), upto);
	}
}

static void
commit(void)
{
	storage_drain(&rig.storage);
	storage_commit(&rig.storage);
	rig.committed = rig.count;
	/* The state is written first; whether the series are is left open. */
	storage_drain(&rig.storage);
}

static const struct stats_mailer *
find_mailer(const struct stats_host *sum, const char *name)
{
	static const struct stats_mailer none;

	for (size_t i = 0; i < sum->mailer_count; i++)
		if (strcmp(sum->mailers[i].name, name) == 0)
			return &sum->mailers[i];
	return &none;
}

/* What happened from that minute on, by the list. */
static void
count(int64_t from, const char *host, struct stats_host *sum)
{
	struct stats *stats = stats_new();
	struct err err;

	from -= from % MINUTE;
	for (size_t i = 0; i < rig.committed; i++)
		if (rig.list[i].when >= from)
			add(stats, &rig.list[i]);
	/* A host to which nothing happened is known all the same. */
	if (stored_sum(stats, host, sum, &err) == -1)
		memset(sum, 0, sizeof(*sum));
	stats_free(stats);
}

static void
check_same(const struct stats_host *got, const struct stats_host *want,
    const char *what)
{
	for (unsigned i = 0; i < METRICS; i++)
		if (got->totals[i] != want->totals[i])
			fail_msg("%s: %s: %llu, not %llu", what,
			    metric_name((enum metric)i),
			    (unsigned long long)got->totals[i],
			    (unsigned long long)want->totals[i]);
	for (size_t i = 0; i < NELEMS(mailers); i++)
		assert_memory_equal(find_mailer(got, mailers[i])->totals,
		    find_mailer(want, mailers[i])->totals,
		    sizeof(got->mailers[0].totals));
}

/* The first event of that host, or of any: they come in order. */
static int64_t
first_of(const char *host)
{
	for (size_t i = 0; i < rig.count; i++)
		if (host == NULL || strcmp(hosts[rig.list[i].host], host) == 0)
			return rig.list[i].when;
	return 0;
}

static void
check_since(int64_t from, int64_t now, const char *host)
{
	struct stats_host got, want;
	char what[80];
	struct err err = { "" };

	if (stored_since(rig.data, host, from, &got, &err) == -1)
		fail_msg("from %+lld: %s", (long long)(from - now), err.text);
	snprintf(what, sizeof(what), "from %+lld s, that is %+lld",
	    (long long)(from - now), (long long)(got.first - now));
	count(got.first, host, &want);
	check_same(&got, &want, what);
	/* The cell that holds it, and within two days the minute. */
	if (got.first > from)
		assert_int_equal(got.first, first_of(host) / MINUTE * MINUTE);
	else
		assert_in_range(from - got.first, 0,
		    now - from < 2 * DAY - 5 * MINUTE ? MINUTE - 1
		    : now - from < 13 * DAY           ? 300 - 1
		    : now - from < 61 * DAY           ? 1800 - 1
						      : DAY);
}

static void
check_totals(void)
{
	struct stats_host got, want;
	struct err err = { "" };

	if (stored_totals(rig.data, NULL, &got, &err) == -1)
		fail_msg("%s", err.text);
	count(0, NULL, &want);
	check_same(&got, &want, "totals");
}

static void
check_all(int64_t now)
{
	int64_t age = now - START;

	check_totals();
	check_since(0, now, NULL);
	check_since(START, now, NULL);
	check_since(now - 3 * MINUTE, now, NULL);
	check_since(now + 1, now, hosts[0]);
	for (int i = 0; i < 4; i++)
		check_since(now - rand() % (age + 1), now,
		    i == 3 ? hosts[(size_t)rand() % NELEMS(hosts)] : NULL);
}

/* So many events a day, read up to then. */
static int64_t
live(int64_t now, int64_t until, int64_t gap)
{
	while (now < until) {
		now += rand() % (2 * gap);
		happen(now);
		if (rand() % 3 == 0)
			complete(now - 90);
		if (rand() % 40 == 0)
			commit();
	}
	return now;
}

static void
sums_since_any_time_are_exact_to_the_minute_or_the_cell(void **state)
{
	static const int64_t ages[] = { 2 * 3600, 30 * 3600, 3 * DAY, 20 * DAY,
		90 * DAY, 500 * DAY };
	int64_t now = START + 7;

	(void)state;
	start();
	happen(now);
	for (size_t i = 0; i < NELEMS(ages); i++) {
		/* The last hours busier, so that much waits and is open. */
		now = live(now, START + ages[i] - 7200, ages[i] / 300);
		now = live(now, START + ages[i], 40);
		commit();
		for (int k = 0; k < 6; k++) {
			now = live(now, now + 200, 10);
			check_all(now);
			commit();
			check_all(now);
		}
		if (i % 2 == 1) {
			stop();
			check_all(now);
			start();
		}
	}
	stop();
	check_all(now);
}

static void
the_account_of_one_host_is_its_own_whatever_the_letters(void **state)
{
	struct stats_host got, want;
	struct err err = { "" };

	(void)state;
	start();
	for (int i = 0; i < 100; i++)
		happen(START + i);
	stop();
	assert_int_equal(stored_totals(rig.data, "MX1", &got, &err), 0);
	count(0, "mx1", &want);
	check_same(&got, &want, "MX1");
	assert_int_equal(stored_totals(rig.data, "mx9", &got, &err), -1);
	assert_non_null(strstr(err.text, "mx9"));
	assert_non_null(strstr(err.text, "mx2.example.com"));
	assert_int_equal(stored_since(rig.data, "mx9", START, &got, &err), -1);
	assert_non_null(strstr(err.text, "mx9"));
}

static void
where_no_account_is_the_way_to_one_is_named(void **state)
{
	struct stats_host got;
	struct err err = { "" };

	(void)state;
	assert_int_equal(stored_totals(rig.data, NULL, &got, &err), -1);
	assert_non_null(strstr(err.text, rig.data));
	assert_non_null(strstr(err.text, "mailweir run"));
	assert_int_equal(stored_since(rig.data, NULL, START, &got, &err), -1);
	assert_non_null(strstr(err.text, "mailweir run"));
}

/* For each byte a commit; it is told of while the worker may still write. */
static void
run_until_killed(int in, int out)
{
	int64_t now = START;
	char byte;

	start();
	while (read(in, &byte, 1) == 1) {
		for (int i = 0; i < 50; i++) {
			struct happened what = { now, 0, 0, 1000 };

			add(rig.stats, &what);
			now += 13;
		}
		complete(now - 90);
		storage_ready(&rig.storage);
		storage_commit(&rig.storage);
		if (write(out, "x", 1) != 1)
			_exit(1);
	}
}

/* Every event counts in each of these once: they are of one moment. */
static uint64_t
check_one_moment(const struct stats_host *sum)
{
	uint64_t n = sum->totals[METRIC_SESSIONS_CONNECTED];

	assert_int_equal(sum->totals[METRIC_MESSAGES_RECEIVED], n);
	assert_int_equal(sum->totals[METRIC_MESSAGES_RECEIVED_BYTES], 1000 * n);
	assert_int_equal(
	    find_mailer(sum, "esmtp")->totals[MAILER_MSGS_FROM], n);
	assert_int_equal(
	    find_mailer(sum, "esmtp")->totals[MAILER_KBYTES_FROM], n);
	return n;
}

static void
sums_beside_a_busy_agent_are_those_of_one_moment(void **state)
{
	static char path[160];
	struct stats_host sum;
	struct err err = { "" };
	int to[2], from[2], status;
	uint64_t last = 0, n;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		run_until_killed(to[0], from[1]);
	for (int i = 0; i < 60; i++) {
		assert_int_equal(write(to[1], "x", 1), 1);
		assert_int_equal(read(from[0], &byte, 1), 1);
		if (i == 0)
			continue;
		if (stored_since(rig.data, NULL, START, &sum, &err) == -1)
			fail_msg("%s", err.text);
		n = check_one_moment(&sum);
		assert_true(n >= last);
		last = n;
		if (stored_totals(rig.data, NULL, &sum, &err) == -1)
			fail_msg("%s", err.text);
		n = check_one_moment(&sum);
		assert_true(n >= last);
		last = n;
	}
	assert_true(last > 0);
	assert_int_equal(write(to[1], "x", 1), 1);
	assert_int_equal(read(from[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);

	/* What it left half written is said so, until an agent was there. */
	snprintf(path, sizeof(path), "%s/rrd.undo", rig.data);
	if (access(path, F_OK) == 0) {
		assert_int_equal(
		    stored_since(rig.data, NULL, START, &sum, &err), -1);
		assert_non_null(strstr(err.text, "mailweir run"));
	}
	assert_int_equal(stored_totals(rig.data, NULL, &sum, &err), 0);
	n = check_one_moment(&sum);
	start();
	stop();
	if (stored_since(rig.data, NULL, START, &sum, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(check_one_moment(&sum), n);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, make_rig, remove_rig)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(sums_since_any_time_are_exact_to_the_minute_or_the_cell),
		HERE(the_account_of_one_host_is_its_own_whatever_the_letters),
		HERE(where_no_account_is_the_way_to_one_is_named),
		HERE(sums_beside_a_busy_agent_are_those_of_one_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
