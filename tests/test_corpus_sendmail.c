/*
 * test_corpus_sendmail.c - the account of Sendmail against its ledgers
 *
 * As test_corpus.c, for the runs in tests/corpus/sendmail: Sendmail alone,
 * with a milter, with MIMEDefang, and with that filter down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/journal_form.h"
#include "tests/judge.h"
#include "tests/mailstats_text.h"
#include "tests/sendmail_expect.h"

#define CORPUS "tests/corpus/sendmail"

/* The run, and its last look at the statistics. */
static const struct {
	const char *name, *last;
} runs[] = {
	{ "small", "07-end" },
	{ "large", "08-end" },
	{ "mimedefang", "end" },
	{ "filter-down", "end" },
};

static json_t *
account_of(const char *log)
{
	char command[PATH_MAX * 2];

	/* git keeps no modification times, and those decide the year. */
	snprintf(command, sizeof(command),
	    "%s replay --json --top 0 --year 2026 --zone UTC %s", program(),
	    log);
	return json_of(command);
}

/* A log of the same lines in another form has the same account. */
static void
compare_form(const json_t *plain, const char *log, const char *what)
{
	json_t *other = account_of(log), *want;

	if (other == NULL)
		return;
	compare_coverage(other, what);
	want = json_copy((json_t *)plain);
	json_object_del(want, "span");
	json_object_del(other, "span");
	compare_json(want, other, what, "");
	json_decref(want);
	json_decref(other);
}

static void
compare_forms(const json_t *plain, const char *run)
{
	char dir[] = "/tmp/corpus.XXXXXX", what[64], file[64], other[64];
	char command[512];
	json_int_t lines = figure(plain, "coverage.lines");

	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/mail.log.1.gz", dir);
	snprintf(what, sizeof(what), "%s as gzip", run);
	snprintf(command, sizeof(command), "xz -dc %s/%s.log.xz | gzip -c >%s",
	    CORPUS, run, file);
	assert_int_equal(system(command), 0);
	compare_form(plain, file, what);
	unlink(file);

	/* The logger stopped within a line's writing to one file and the
	   other: one form may have a line more at its end. */
	snprintf(file, sizeof(file), "%s/mail.log", dir);
	snprintf(what, sizeof(what), "%s as RFC 3339", run);
	snprintf(command, sizeof(command),
	    "xz -dc %s/%s.rfc3339.log.xz | head -n %lld >%s", CORPUS, run,
	    (long long)lines, file);
	assert_int_equal(system(command), 0);
	compare_form(plain, file, what);

	snprintf(other, sizeof(other), "%s/journal.json", dir);
	snprintf(what, sizeof(what), "%s as journal JSON", run);
	assert_int_equal(journal_form(file, other), lines);
	compare_form(plain, other, what);
	unlink(file);
	unlink(other);
	rmdir(dir);
}

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

static void
judge(const char *run, const char *last)
{
	json_t *truth = truth_of(run), *account;
	json_t *stats = mailstats_read(run, last);
	struct sendmail_ledger l;
	char log[128];

	print_message("  %s\n", run);
	assert_non_null(stats);
	sendmail_ledger_init(&l, truth, run);
	snprintf(log, sizeof(log), CORPUS "/%s.log.xz", run);
	account = account_of(log);
	assert_non_null(account);
	compare_coverage(account, log);
	expect_sendmail_messages(&l, stats);
	expect_sendmail_deliveries(&l, account, stats);
	expect_sendmail_sessions(&l, stats);
	if (strcmp(run, "mimedefang") == 0)
		expect_mimedefang(&l, account);
	assert_false(l.unknown);
	compare_figures(l.ranges, account, run);
	compare_rows(l.clients, l.accounts, account, run);
	compare_forms(account, run);
	json_decref(account);
	json_decref(stats);
	sendmail_ledger_fini(&l);
	json_decref(truth);
}

static void
the_account_is_the_ledgers(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(runs); i++)
		judge(runs[i].name, runs[i].last);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_account_is_the_ledgers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
