/*
 * test_corpus_nullmailer.c - the account of nullmailer against its ledger
 *
 * The run in tests/corpus/nullmailer tries nine sets of remotes.  The ledger
 * has what was submitted and what the sinks took; attempts that no sink saw
 * are counted by the lines that tell of them.
 */
#include "base/array.h"
#include "tests/judge.h"

#define CORPUS "tests/corpus/nullmailer"

static json_t *
account_of(const char *log)
{
	char command[PATH_MAX * 2];

	snprintf(command, sizeof(command),
	    "%s replay --json --top 0 --year 2026 --zone UTC %s/%s", program(),
	    CORPUS, log);
	return json_of(command);
}

/* Recipients of attempts whose line of failure is such, by another reading:
   each From: line's addresses, at the next line that says how it ended. */
static json_int_t
recipients_at(const char *ending)
{
	char command[512];
	FILE *pipe;
	long long n = -1;

	snprintf(command, sizeof(command),
	    "xz -dc %s/a.stdout.log.xz | awk '/^From: / { n = gsub(/<[^>]*>/, "
	    "\"\") - 1 } /^Sending failed: / { last = n } %s END { print s + 0 "
	    "}'",
	    CORPUS, ending);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%lld", &n), 1);
	pclose(pipe);
	return n;
}

static json_int_t
submitted_recipients(const json_t *truth)
{
	json_int_t n = 0;
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(truth, "submissions"), i, s)
		n += (json_int_t)json_array_size(json_object_get(s, "to"));
	return n;
}

static json_t *
expectation(const json_t *truth)
{
	json_t *ranges = json_object();
	json_int_t submitted =
	    (json_int_t)json_array_size(json_object_get(truth, "submissions"));
	json_int_t sunk = figure(truth, "summary.sink.recipients_accepted");
	json_int_t bounced =
	    recipients_at("/^Sending failed: Permanent/ { s += n }");
	json_int_t failed = recipients_at("/^Sending failed: / { s += n }");

	ledger_set(ranges, "messages.received", submitted, submitted);
	ledger_set(ranges, "messages.received_recipients",
	    submitted_recipients(truth), submitted_recipients(truth));
	ledger_set(ranges, "mailers.local.msgs_from", submitted, submitted);
	ledger_set(ranges, "messages.sent", sunk, sunk);
	ledger_set(ranges, "mailers.smtp.msgs_to", sunk, sunk);
	/* A double bounce is none; each other failure for good makes one. */
	ledger_set(ranges, "messages.generated",
	    recipients_at("/^Generating bounce/ { s++ }"),
	    recipients_at("/^Generating bounce/ { s++ }"));
	ledger_set(ranges, "messages.bounced", bounced, bounced);
	ledger_set(
	    ranges, "messages.deferred", failed - bounced, failed - bounced);
	/* Given up without an answer for good: for its age. */
	ledger_set(ranges, "messages.expired",
	    recipients_at("/^Moving/ { s++ } /^Sending failed: Perm/ { s-- }"),
	    recipients_at("/^Moving/ { s++ } /^Sending failed: Perm/ { s-- }"));
	ledger_set(ranges, "rejects.total", 0, 0);
	ledger_set(ranges, "sessions.connected", 0, 0);
	return ranges;
}

static void
the_account_is_the_ledgers(void **state)
{
	static const char *const logs[] = { "a.log.xz", "a.rfc3339.log.xz",
		"a.stdout.log.xz" };
	json_t *truth = json_of("xz -dc " CORPUS "/a.truth.json.xz");
	json_t *ranges, *account;

	(void)state;
	complaints = 0;
	assert_non_null(truth);
	ranges = expectation(truth);
	for (size_t i = 0; i < NELEMS(logs); i++) {
		account = account_of(logs[i]);
		assert_non_null(account);
		compare_coverage(account, logs[i]);
		compare_figures(ranges, account, logs[i]);
		json_decref(account);
	}
	json_decref(ranges);
	json_decref(truth);
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
