/*
 * test_mailstats_log.c - the account of a log is mailstats' table
 *
 * For each moment at which mailstats was called in a run of tests/corpus, the
 * log up to that moment is read, and every cell that mailstats printed must be
 * the account's.  What the log does not carry is a number beside its reason:
 *
 * - bytes to, of esmtp and local: a delivery that is tried again counts the
 *   size of the queue file as it was read back, which no line tells.  The
 *   account has the message's: less by that many K, and never 2 % less.
 * - connections from: a client that gave a numeric host as its sender leaves no
 *   line (4), and each granted ETRN makes a process that counts its parent's
 *   connection once more (10).
 * - connections to: not in the log at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "tests/judge.h"
#include "tests/mailstats_text.h"

/*
 * How much more mailstats has.  Alive: a message was under way; its process
 * counts it when it is done with it, so that mailstats is between the account
 * of a second before and that of the moment.  Late: mailstats was called some
 * time in this many seconds after the moment that was noted.
 */
static const struct look {
	const char *run, *name;
	json_int_t esmtp_kbytes, local_kbytes, connections;
	bool alive;
	int late;
} looks[] = {
	{ "small", "01-start", 0, 0, 0, false, 0 },
	{ "small", "02-mid", 0, 0, 2, false, 0 },
	{ "small", "03-phase1-end", 1, 0, 14, false, 1 },
	{ "small", "04-phase2-strict", 14, 0, 14, false, 0 },
	{ "small", "05-queue-only", 14, 0, 14, false, 0 },
	{ "small", "06-after-burst", 15, 4, 14, false, 0 },
	{ "small", "07-end", 15, 4, 14, false, 0 },
	{ "large", "01-start", 0, 0, 0, false, 0 },
	{ "large", "02-p17", 1, 0, 0, true, 0 },
	{ "large", "03-p33", 1, 0, 0, true, 0 },
	{ "large", "04-mid", 2, 0, 0, false, 0 },
	{ "large", "05-p67", 3, 0, 0, false, 0 },
	{ "large", "06-p83", 4, 0, 0, true, 1 },
	{ "large", "07-traffic-end", 4, 0, 0, false, 0 },
	{ "large", "08-end", 4, 0, 0, false, 0 },
	{ "mimedefang", "end", 0, 0, 0, false, 0 },
	{ "filter-down", "end", 0, 0, 0, false, 0 },
};

#define YEAR_AND_ZONE "--year 2026 --zone UTC"

/* The run's log up to that time, 0 for all, to a file. */
static void
cut(const struct look *look, double until, const char *to)
{
	char command[256], stamp[32], line[16384];
	double whole = (double)(time_t)until;
	FILE *in, *out = fopen(to, "w");
	time_t seconds = (time_t)until;
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S.", &tm);
	snprintf(stamp + n, sizeof(stamp) - n, "%06d",
	    (int)((until - whole) * 1e6) % 1000000);
	snprintf(command, sizeof(command), "xz -dc %s/%s.rfc3339.log.xz",
	    STATISTICS, look->run);
	in = popen(command, "r");
	assert_non_null(in);
	assert_non_null(out);
	while (fgets(line, sizeof(line), in) != NULL)
		if (until <= 0 || strncmp(line, stamp, strlen(stamp)) <= 0)
			fputs(line, out);
	assert_int_equal(pclose(in), 0);
	assert_int_equal(fclose(out), 0);
}

static json_t *
account_until(const struct look *look, double until)
{
	char file[] = "/tmp/maillog.XXXXXX", command[PATH_MAX * 2];
	int fd = mkstemp(file);
	json_t *account;

	assert_int_not_equal(fd, -1);
	close(fd);
	cut(look, until, file);
	snprintf(command, sizeof(command),
	    "%s replay --json --top 0 " YEAR_AND_ZONE " %s", program(), file);
	account = json_of(command);
	unlink(file);
	assert_non_null(account);
	return account;
}

/* What the reasons above add to a cell. */
static json_int_t
unlogged(const struct look *look, const char *mailer, const char *column)
{
	if (strcmp(column, "kbytes_to") != 0)
		return 0;
	return strcmp(mailer, "esmtp") == 0   ? look->esmtp_kbytes
	       : strcmp(mailer, "local") == 0 ? look->local_kbytes
					      : 0;
}

static void
compare_cell(const struct look *look, const char *what, json_int_t printed,
    json_int_t before, json_int_t now)
{
	if (printed < before || printed > now)
		complain("%s %s: %s: mailstats has %lld, the account %lld "
			 "to %lld",
		    look->run, look->name, what, (long long)printed,
		    (long long)before, (long long)now);
}

static void
compare_row(const struct look *look, const char *mailer, const json_t *printed,
    const json_t *before, const json_t *now)
{
	for (size_t i = 0; i < NELEMS(mailstats_columns); i++) {
		const char *column = mailstats_columns[i];
		json_int_t more = unlogged(look, mailer, column);
		json_int_t cell = ledger_number(printed, column);
		char what[128];

		snprintf(what, sizeof(what), "%.60s, %s", mailer, column);
		compare_cell(look, what, cell,
		    ledger_number(before, column) + (look->alive ? 0 : more),
		    ledger_number(now, column) + more);
		if (more * 50 > cell)
			complain("%s %s: %s: more than 2 %% are unexplained",
			    look->run, look->name, what);
	}
}

/* mailstats counts those of the host itself as well. */
static json_int_t
connections(const json_t *account)
{
	return figure(account, "sessions.connected") +
	       figure(account, "sessions.local");
}

/* Every row of one and of the other; mailstats leaves out those without a
   message or a refusal. */
static void
compare_table(const struct look *look, const json_t *stats,
    const json_t *before, const json_t *now)
{
	const json_t *printed = json_object_get(stats, "mailers");
	const json_t *then = json_object_get(before, "mailers");
	const json_t *mailers = json_object_get(now, "mailers");
	const char *name;
	json_t *row;

	json_object_foreach ((json_t *)printed, name, row)
		compare_row(look, name, row, json_object_get(then, name),
		    json_object_get(mailers, name));
	json_object_foreach ((json_t *)mailers, name, row)
		if (json_object_get(printed, name) == NULL)
			compare_row(
			    look, name, NULL, json_object_get(then, name), row);
	compare_cell(look, "connections rejected",
	    figure(stats, "connections.rejected"),
	    figure(before, "sessions.rejected"),
	    figure(now, "sessions.rejected"));
	compare_cell(look, "connections from",
	    figure(stats, "connections.from"),
	    connections(before) + look->connections,
	    connections(now) + look->connections);
}

static void
the_account_is_mailstats_table(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(looks); i++) {
		const struct look *look = &looks[i];
		json_t *stats = mailstats_read(look->run, look->name);
		json_t *now, *before;
		double at;

		assert_non_null(stats);
		at = json_real_value(json_object_get(stats, "at"));
		now = account_until(look, at > 0 ? at + look->late : 0);
		before = look->alive ? account_until(look, at - 1)
				     : json_incref(now);
		compare_table(look, stats, before, now);
		json_decref(before);
		json_decref(now);
		json_decref(stats);
	}
	assert_int_equal(complaints, 0);
}

/* `mailweir stats --log' prints the account's cells and nothing else. */
static void
compare_printed(const struct look *look)
{
	char command[PATH_MAX * 2], line[512];
	json_t *printed = json_pack("{s:{}}", "mailers");
	json_t *account = account_until(look, 0);
	struct look same = { .run = look->run, .name = "stats --log" };
	FILE *pipe;

	snprintf(command, sizeof(command),
	    "%s stats " YEAR_AND_ZONE " --log %s/%s.rfc3339.log.xz", program(),
	    STATISTICS, look->run);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe) != NULL)
		mailstats_line(printed, line);
	if (pclose(pipe) != 0)
		complain("%s: failed", command);
	compare_table(&same, printed, account, account);
	json_decref(account);
	json_decref(printed);
}

static void
stats_prints_the_account_of_a_log(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(looks); i++)
		if (i + 1 == NELEMS(looks) ||
		    strcmp(looks[i].run, looks[i + 1].run) != 0)
			compare_printed(&looks[i]);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_account_is_mailstats_table),
		cmocka_unit_test(stats_prints_the_account_of_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
