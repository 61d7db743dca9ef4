/*
 * test_corpus_exim.c - the account of Exim against its ledger
 *
 * As test_corpus_sendmail.c, for the phases in tests/corpus/exim, each in all
 * the forms that it was logged in.  What a form cannot carry is not asked of
 * it (tests/exim_ledger.h); forms that carry the same have the same account.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/exim_ledger.h"
#include "tests/judge.h"

#define CORPUS "tests/corpus/exim"

static char conf_path[] = "/tmp/exim.XXXXXX";

/* What the server itself calls its own. */
static void
write_conf(const json_t *truth)
{
	const char *host =
	    ledger_text(json_object_get(truth, "meta"), "hostname");
	const char *domain = strchr(host, '.') + 1, *set = strchr(host, '-');
	FILE *out = fdopen(mkstemp(conf_path), "w");
	int n = (int)strcspn(set, ".");

	assert_non_null(out);
	fprintf(out,
	    "networks = {\"127.0.0.0/8\", \"10.1.0.0/16\"}\n"
	    "domains = {\"%s\", \"%s\", \"%.*s-sales.example\", "
	    "\"relay%.*s.example\"}\n",
	    host, domain, n - 1, set + 1, n, set);
	fclose(out);
}

static json_t *
account_of(const char *logs)
{
	char command[PATH_MAX * 2];

	snprintf(command, sizeof(command),
	    "%s replay -c %s --json --top 0 --year 2026 --zone UTC %s",
	    program(), conf_path, logs);
	return json_of(command);
}

/* What was submitted on the host: Exim adds headers, recipients are in the
   command or, with -t, in the message: two. */
static void
add_submitted(struct exim_ledger *l, json_int_t *n, json_int_t *bytes)
{
	const json_t *meta = json_object_get(l->truth, "meta");
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(meta, "local_submissions"), i, s) {
		if (!exim_in_phase(
			l, json_number_value(json_object_get(s, "t"))))
			continue;
		++*n;
		*bytes += ledger_number(s, "bytes");
		l->recipients +=
		    ledger_like(ledger_text(s, "command"), " -t$") ? 2 : 1;
	}
}

static void
expect_messages(struct exim_ledger *l, json_t *ranges)
{
	json_int_t local = 0, bytes = l->bytes, n;

	add_submitted(l, &local, &bytes);
	n = l->received + local;
	ledger_set(ranges, "messages.received", n, n);
	/* S= is without CRs and with the headers that Exim added. */
	ledger_set(ranges, "messages.received_bytes", bytes * 9 / 10,
	    bytes + n * 1000);
	if (l->has & HAS_RECIPIENTS)
		ledger_set(ranges, "messages.received_recipients",
		    l->recipients, l->recipients);
	ledger_set(ranges, "messages.discarded", l->discarded, l->discarded);
	ledger_set(
	    ranges, "messages.quarantined", l->quarantined, l->quarantined);
	ledger_set(ranges, "mailers.smtp.msgs_from", l->received, l->received);
	ledger_set(ranges, "mailers.local.msgs_from", local, local);
	ledger_set(
	    ranges, "mailers.remote_smtp.msgs_to", l->delivered, l->delivered);
	ledger_set(ranges, "relay.authenticated", l->relay_authenticated,
	    l->relay_authenticated);
	ledger_set(ranges, "relay.network", l->relay_network, l->relay_network);
	ledger_set(ranges, "relay.open", 0, 0);
	ledger_set(ranges, "relay.unsure", 0, 0);
}

static void
expect_rejects(struct exim_ledger *l, json_t *ranges)
{
	json_int_t all = l->temporary + l->permanent;
	json_int_t trouble = ledger_number(l->refused, "trouble");
	char key[64];

	ledger_set(ranges, "rejects.total", all, all);
	ledger_set(ranges, "rejects.temporary", l->temporary, l->temporary);
	ledger_set(ranges, "rejects.permanent", l->permanent, l->permanent);
	for (int reason = 0; reason < REASONS; reason++) {
		const char *name = reason_name((enum reason)reason);
		json_int_t n = ledger_number(l->refused, name);
		bool either = reason == REASON_UNAVAILABLE ||
			      reason == REASON_UNKNOWN_SENDER;

		snprintf(key, sizeof(key), "rejects.%s", name);
		ledger_set(ranges, key, n, n + (either ? trouble : 0));
	}
	ledger_set(ranges, "relay.denied",
	    ledger_number(l->refused, "relay_denied"),
	    ledger_number(l->refused, "relay_denied"));
}

static void
expect_sessions(struct exim_ledger *l, json_t *ranges)
{
	json_int_t sessions = l->has & HAS_CONNECTIONS ? l->sessions : 0;

	ledger_set(ranges, "sessions.connected", sessions, sessions);
	ledger_set(ranges, "sessions.tls", l->tls, l->tls);
	ledger_set(ranges, "sessions.lost", l->lost, l->lost);
	ledger_set(ranges, "sessions.timeout", l->timeouts, l->timeouts);
	ledger_set(ranges, "auth.ok", l->auth_ok, l->auth_ok);
	ledger_set(ranges, "auth.failed", l->auth_failed, l->auth_failed);
	ledger_set(ranges, "probes.vrfy", l->vrfy, l->vrfy);
	ledger_set(ranges, "probes.expn", l->expn, l->expn);
	ledger_set(ranges, "probes.empty", l->empty, l->empty);
	ledger_set(ranges, "probes.non_smtp", l->non_smtp, l->non_smtp);
}

static void
judge(const json_t *truth, size_t i)
{
	struct exim_ledger l;
	json_t *ranges = json_object(), *account;
	char log[128];

	print_message("  %s\n", exim_forms[i].log);
	exim_ledger_init(&l, truth, exim_forms[i].phase, exim_forms[i].has);
	snprintf(log, sizeof(log), CORPUS "/%s.log.xz", exim_forms[i].log);
	account = account_of(log);
	assert_non_null(account);
	compare_coverage(account, log);
	expect_messages(&l, ranges);
	expect_rejects(&l, ranges);
	expect_sessions(&l, ranges);
	assert_false(l.unknown);
	compare_figures(ranges, account, exim_forms[i].log);
	compare_rows(l.clients, l.accounts, account, exim_forms[i].log);
	json_decref(account);
	json_decref(ranges);
	exim_ledger_fini(&l);
}

static json_t *truth;

static void
the_account_is_the_ledgers(void **state)
{
	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(exim_forms); i++)
		judge(truth, i);
	assert_int_equal(complaints, 0);
}

/* All but when, and by how many lines it was told. */
static void
compare_accounts(const char *logs, const char *other_logs)
{
	json_t *account = account_of(logs), *other = account_of(other_logs);

	static const char *const apart[] = { "span", "coverage", "agent" };

	for (size_t i = 0; i < NELEMS(apart); i++) {
		json_object_del(account, apart[i]);
		json_object_del(other, apart[i]);
	}
	compare_json(account, other, other_logs, "");
	json_decref(account);
	json_decref(other);
}

#define LOG(name) CORPUS "/" name ".log.xz"

static void
two_forms_of_the_same_lines_have_the_same_account(void **state)
{
	(void)state;
	complaints = 0;
	compare_accounts(LOG("syslog.trad"), LOG("syslog.rfc3339"));
	compare_accounts(LOG("syslognots.trad"), LOG("syslognots.rfc3339"));
	assert_int_equal(complaints, 0);
}

static void
what_several_logs_have_counts_once(void **state)
{
	(void)state;
	complaints = 0;
	compare_accounts(
	    LOG("syslog.trad"), LOG("syslog.mainlog") " " LOG(
				    "syslog.rejectlog") " " LOG("syslog.trad"));
	compare_accounts(LOG("default.mainlog"),
	    LOG("default.rejectlog") " " LOG("default.mainlog"));
	compare_accounts(
	    LOG("all.mainlog"), LOG("all.mainlog") " " LOG("all.rejectlog"));
	assert_int_equal(complaints, 0);
}

/* Alone it has all refusals but those that have no policy to them. */
static void
a_rejectlog_alone_is_read_as_well(void **state)
{
	json_t *main = account_of(LOG("some.mainlog"));
	json_t *rejects = account_of(LOG("some.rejectlog"));

	(void)state;
	complaints = 0;
	compare_coverage(rejects, "some.rejectlog");
	assert_int_equal(complaints, 0);
	for (int reason = 0; reason < REASONS; reason++) {
		char key[64];

		snprintf(key, sizeof(key), "rejects.%s",
		    reason_name((enum reason)reason));
		if (reason != REASON_PROTOCOL && reason != REASON_RATE_LIMITED)
			assert_int_equal(
			    figure(rejects, key), figure(main, key));
	}
	assert_int_equal(
	    figure(rejects, "auth.failed"), figure(main, "auth.failed"));
	assert_int_equal(figure(rejects, "messages.received"), 0);
	json_decref(main);
	json_decref(rejects);
}

/*
 * A run of other ways: filters, LMTP, retries, callouts, hostile names and
 * texts (tests/corpus/README.md).  Its ledger has the figures themselves, each
 * counted from replies and from what was in mailboxes and sinks.
 */
static void
other_ways_give_the_figures_that_were_counted(void **state)
{
	static const char *const logs[] = { "ways.all", "ways.dup" };
	static const char conf[] =
	    "networks = {\"127.0.0.0/8\", \"192.0.2.0/24\"}\n"
	    "domains = {\"example.net\", \"lists.example.net\"}\n";
	char path[] = "/tmp/ways.XXXXXX", command[PATH_MAX * 2];
	int fd = mkstemp(path);

	(void)state;
	complaints = 0;
	assert_int_equal(write(fd, conf, strlen(conf)), strlen(conf));
	close(fd);
	for (size_t i = 0; i < NELEMS(logs); i++) {
		json_t *want, *account;

		snprintf(command, sizeof(command),
		    "xz -dc " CORPUS "/%s.truth.json.xz", logs[i]);
		want = json_of(command);
		assert_non_null(want);
		snprintf(command, sizeof(command),
		    "%s replay -c %s --json --top 0 --zone UTC --year "
		    "2026 " CORPUS "/%s.log.xz",
		    program(), path, logs[i]);
		account = json_of(command);
		assert_non_null(account);
		compare_coverage(account, logs[i]);
		compare_figures(
		    json_object_get(want, "ranges"), account, logs[i]);
		compare_rows(json_object_get(want, "clients"),
		    json_object_get(want, "accounts"), account, logs[i]);
		json_decref(account);
		json_decref(want);
	}
	unlink(path);
	assert_int_equal(complaints, 0);
}

static int
set_up(void **state)
{
	(void)state;
	truth = json_of("xz -dc " CORPUS "/truth.json.xz");
	if (truth == NULL)
		return -1;
	write_conf(truth);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	json_decref(truth);
	return unlink(conf_path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_account_is_the_ledgers),
		cmocka_unit_test(
		    two_forms_of_the_same_lines_have_the_same_account),
		cmocka_unit_test(what_several_logs_have_counts_once),
		cmocka_unit_test(a_rejectlog_alone_is_read_as_well),
		cmocka_unit_test(other_ways_give_the_figures_that_were_counted),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
