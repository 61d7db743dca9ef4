/*
 * test_corpus.c - the account of real mail systems against their ledgers
 *
 * Each run in tests/corpus/ is read by the real binary; every figure that the
 * ledger can give must be the account's.  The other forms of the same log must
 * give the same account.  MAILWEIR names another program to judge.
 */
#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/expect.h"
#include "tests/judge.h"

#define CORPUS "tests/corpus"

static json_t *
truth_of(const char *run)
{
	char command[256];
	json_t *truth;

	snprintf(command, sizeof(command), "xz -dc %s/%s.truth.json.xz", CORPUS,
	    run);
	truth = json_of(command);
	assert_non_null(truth);
	return truth;
}

static json_t *
account_of(const json_t *truth, const char *log)
{
	const char *zone =
	    ledger_text(json_object_get(truth, "server"), "timezone");
	char command[PATH_MAX * 2];
	struct tm tm;
	time_t begin;

	/* git keeps no modification times, and those decide the year. */
	begin = (time_t)(json_number_value(json_object_get(truth, "t_begin")) +
			 json_number_value(
			     json_object_get(truth, "rsyslog_clock_offset_s")));
	gmtime_r(&begin, &tm);
	snprintf(command, sizeof(command),
	    "%s replay --json --top 0 --year %d --zone %s %s", program(),
	    tm.tm_year + 1900, *zone != '\0' ? zone : "UTC", log);
	return json_of(command);
}

/*
 * What was not received was discarded, or bounced before the queue; of the
 * discarded, those by discard(8) and the after-queue filter were received.
 */
static void
compare_balance(struct ledger *l, const json_t *account, const char *run)
{
	const json_t *summary = json_object_get(l->truth, "summary");
	json_int_t taken = l->accepted +
			   figure(summary, "local_submissions.count") -
			   l->proxy_bounces;
	json_int_t n = figure(account, "messages.received") +
		       figure(account, "messages.discarded") - l->filter_drops -
		       figure(account, "mailers.discard.msgs_discarded");

	if (n != taken)
		complain("%s: received and discarded are %lld messages, the "
			 "ledger has %lld",
		    run, (long long)n, (long long)taken);
}

static void
compare_client(
    const json_t *want, const json_t *got, const char *run, const char *address)
{
	json_int_t rejected = ledger_number(want, "rejected");
	json_int_t n = ledger_number(got, "rejected");

	if (n < rejected || n > rejected + ledger_number(want, "unread"))
		complain("%s: client %s: rejected is %lld, the ledger has %lld",
		    run, address, (long long)n, (long long)rejected);
	n = ledger_number(got, "relay_denied");
	if (n != ledger_number(want, "denied"))
		complain("%s: client %s: relay_denied is %lld, the ledger has "
			 "%lld",
		    run, address, (long long)n,
		    (long long)ledger_number(want, "denied"));
	n = ledger_number(got, "received"); /* discards are less */
	if (n > ledger_number(want, "taken"))
		complain("%s: client %s: received is %lld, the ledger has %lld",
		    run, address, (long long)n,
		    (long long)ledger_number(want, "taken"));
}

static void
compare_tables(struct ledger *l, const json_t *account, const char *run)
{
	const json_t *clients = json_object_get(account, "clients");
	const json_t *accounts = json_object_get(account, "accounts");
	const char *name;
	json_t *want, *row;
	size_t i;

	json_object_foreach (l->clients, name, want)
		compare_client(
		    want, row_of(clients, "address", name), run, name);
	json_array_foreach (clients, i, row)
		if (ledger_number(row, "rejected") +
			    ledger_number(row, "received") >
			0 &&
		    json_object_get(l->clients, ledger_text(row, "address")) ==
			NULL)
			complain("%s: client %s is not in the ledger", run,
			    ledger_text(row, "address"));
	json_object_foreach (l->accounts, name, want) {
		row = (json_t *)row_of(accounts, "account", name);
		if (ledger_number(row, "received") != json_integer_value(want))
			complain("%s: account %s: received is %lld, the "
				 "ledger has %lld",
			    run, name,
			    (long long)ledger_number(row, "received"),
			    (long long)json_integer_value(want));
	}
	json_array_foreach (accounts, i, row)
		if (json_object_get(l->accounts, ledger_text(row, "account")) ==
		    NULL)
			complain("%s: account %s is not in the ledger", run,
			    ledger_text(row, "account"));
}

/* The same run in another form: all but the span's fractions is the same. */
static void
compare_form(const json_t *truth, const json_t *plain, const char *log)
{
	json_t *other, *want;

	if (access(log, R_OK) == -1)
		return;
	other = account_of(truth, log);
	if (other == NULL)
		return;
	compare_coverage(other, log);
	want = json_copy((json_t *)plain);
	json_object_del(want, "span");
	json_object_del(want, "coverage");
	json_object_del(other, "span");
	json_object_del(other, "coverage");
	compare_json(want, other, log, "");
	json_decref(want);
	json_decref(other);
}

/* Does the form hold what the plain one lost on its way? */
static bool
lossless(const char *run)
{
	return strstr(run, "small0") == NULL;
}

static void
compare_gzip(const json_t *truth, const json_t *plain, const char *log)
{
	char dir[] = "/tmp/corpus.XXXXXX", file[64], command[PATH_MAX + 128];

	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/mail.log.1.gz", dir);
	snprintf(
	    command, sizeof(command), "xz -dc %s | gzip -c >%s", log, file);
	assert_int_equal(system(command), 0);
	compare_form(truth, plain, file);
	unlink(file);
	rmdir(dir);
}

static void
judge(const char *run)
{
	static const char *const forms[] = { "rfc3339.log", "rfc5424.log",
		"journal.json" };
	json_t *truth = truth_of(run), *account;
	struct ledger l;
	char log[PATH_MAX];

	print_message("  %s\n", run);
	ledger_init(&l, truth);
	assert_false(l.unknown);
	snprintf(log, sizeof(log), CORPUS "/%s.log.xz", run);
	account = account_of(truth, log);
	if (account != NULL) {
		compare_coverage(account, log);
		if (lossless(run)) {
			expect_deliveries(&l);
			expect_messages(&l);
			expect_sessions(&l);
			compare_figures(l.ranges, account, run);
			compare_balance(&l, account, run);
			compare_tables(&l, account, run);
			compare_gzip(truth, account, log);
		}
		for (size_t i = 0; i < NELEMS(forms); i++) {
			/* The journal has the lines that syslog lost. */
			if (i == 2 && !lossless(run))
				continue;
			snprintf(log, sizeof(log), CORPUS "/%s.%s.xz", run,
			    forms[i]);
			compare_form(truth, account, log);
		}
		json_decref(account);
	}
	ledger_fini(&l);
	json_decref(truth);
}

/*
 * On the way to syslog lines were lost: nothing is counted that did not
 * happen.  The journal lost none, so what the sessions tell is all there.
 */
static void
lost_lines_add_nothing(void **state)
{
	json_t *truth = truth_of("a-small0"), *account, *range;
	struct ledger l;
	const char *key;

	(void)state;
	complaints = 0;
	ledger_init(&l, truth);
	expect_sessions(&l);
	/* These were counted in the log that lost lines. */
	json_object_del(l.ranges, "sessions.lost");
	json_object_del(l.ranges, "probes.pregreet");
	ledger_range(&l, "messages.received", 0,
	    l.accepted + figure(truth, "summary.local_submissions.count"));
	account = account_of(truth, CORPUS "/a-small0.journal.json.xz");
	if (account != NULL) {
		compare_coverage(account, "a-small0.journal.json");
		compare_figures(l.ranges, account, "a-small0.journal.json");
		compare_tables(&l, account, "a-small0.journal.json");
		json_decref(account);
	}
	json_object_foreach (l.ranges, key, range)
		json_array_set_new(range, 0, json_integer(0));
	account = account_of(truth, CORPUS "/a-small0.log.xz");
	if (account != NULL) {
		compare_coverage(account, "a-small0.log");
		compare_figures(l.ranges, account, "a-small0.log");
		json_decref(account);
	}
	ledger_fini(&l);
	json_decref(truth);
	assert_int_equal(complaints, 0);
}

static void
the_account_is_the_ledgers(void **state)
{
	glob_t found;

	(void)state;
	complaints = 0;
	assert_int_equal(glob(CORPUS "/*.truth.json.xz", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *run = basename(found.gl_pathv[i]);

		*strstr(run, ".truth") = '\0';
		judge(run);
	}
	globfree(&found);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_account_is_the_ledgers),
		cmocka_unit_test(lost_lines_add_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
