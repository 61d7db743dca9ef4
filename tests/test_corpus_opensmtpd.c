/*
 * test_corpus_opensmtpd.c - the account of OpenSMTPD against its ledger
 *
 * The run in tests/corpus/opensmtpd has filters, aliases, virtual users, an
 * outage of the next hops and `smtpctl trace'.  The ledger has what clients
 * were told and what the sinks took, smtpctl's text what smtpd counted itself.
 */
#include "tests/opensmtpd_replies.h"

#include "base/reason.h"
#include "tests/journal_form.h"

#define CORPUS "tests/corpus/opensmtpd"

static json_t *
account_of(const char *log)
{
	char command[PATH_MAX * 2];

	snprintf(command, sizeof(command),
	    "%s replay --json --top 0 --year 2026 --zone UTC %s", program(),
	    log);
	return json_of(command);
}

/* Of the log's lines, how many match. */
static json_int_t
lines_like(const char *pattern)
{
	char command[512];

	snprintf(command, sizeof(command),
	    "xz -dc %s/a.log.xz | grep -acE '%s'", CORPUS, pattern);
	return number_of(command);
}

/* A counter of smtpctl(8), "show stats". */
static json_int_t
counter(const char *name)
{
	char command[256];

	snprintf(command, sizeof(command),
	    "xz -dc %s/a.smtpctl.txt.xz | sed -n 's/^%s=//p'", CORPUS, name);
	return number_of(command);
}

static json_int_t
alien_commands(const json_t *truth)
{
	json_int_t n = 0;
	size_t i, k;
	json_t *s, *p;

	json_array_foreach (json_object_get(truth, "sessions"), i, s) {
		n += opensmtpd_is_alien("", ledger_text(s, "final"));
		json_array_foreach (json_object_get(s, "dialog"), k, p)
			n += opensmtpd_is_alien(
			    json_string_value(json_array_get(p, 0)), "");
	}
	return n;
}

/* Neither QUIT nor the server's own decision: the client, or a handshake that
   failed, which smtpd logs as an error of the connection alike. */
static json_int_t
lost_sessions(const json_t *truth)
{
	json_int_t n = 0;
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		n += !ledger_like(ledger_text(s, "close"),
		    "^(QUIT|banner .*|server closed)$");
	return n;
}

static void
expect_sessions(struct dialogue *d)
{
	/* smtpd also calls itself, where a domain's exchanger is this host:
	   then its own HELO name is refused. */
	json_int_t own = lines_like("smtp connected address=(192.0.2.25|"
				    "\\[2001:db8:a1::25\\]) ");
	json_int_t total = own;
	char key[64];

	for (unsigned i = 0; i < REASONS; i++) {
		const char *name = reason_name((enum reason)i);
		json_int_t n = ledger_number(d->refused, name);

		if (strcmp(name, "bad_helo") == 0)
			n += own;
		total += ledger_number(d->refused, name);
		snprintf(key, sizeof(key), "rejects.%s", name);
		dialogue_exact(d, key, n);
	}
	dialogue_exact(d, "rejects.total", total);
	dialogue_exact(d, "rejects.temporary", d->temporary);
	dialogue_exact(d, "rejects.permanent", d->permanent + own);
	dialogue_exact(
	    d, "relay.denied", ledger_number(d->refused, "relay_denied"));
	dialogue_exact(d, "mailers.smtp.msgs_rejected", total);
	dialogue_exact(d, "sessions.connected", d->sessions + own);
	dialogue_exact(d, "sessions.lost", lost_sessions(d->truth));
	dialogue_exact(d, "sessions.tls", 0);
	dialogue_exact(d, "auth.failed", d->auth_failed);
	dialogue_exact(d, "auth.ok", 0);
	dialogue_exact(d, "probes.vrfy", d->vrfy);
	dialogue_exact(d, "probes.expn", d->expn);
	dialogue_exact(d, "probes.non_smtp", alien_commands(d->truth));
}

static void
expect_messages(struct dialogue *d)
{
	const json_t *summary = json_object_get(d->truth, "summary");
	json_int_t submitted = (json_int_t)json_array_size(json_object_get(
	    json_object_get(d->truth, "meta"), "local_submissions"));
	json_int_t sunk = figure(summary, "remote_sink.recipients_accepted");

	dialogue_exact(d, "messages.received", d->accepted + submitted);
	dialogue_exact(d, "mailers.smtp.msgs_from", d->accepted);
	dialogue_exact(d, "mailers.local.msgs_from", submitted);
	/* A submission may have several; the ledger does not list them. */
	ledger_set(d->ranges, "messages.received_recipients",
	    d->recipients + submitted, d->recipients + submitted * 4);
	/* Line ends lose a byte each, our Received: adds some hundred. */
	ledger_set(d->ranges, "messages.received_bytes", d->bytes * 9 / 10,
	    d->bytes + (d->accepted + submitted) * 1000);
	dialogue_exact(d, "mailers.mta.msgs_to", sunk);
	/* smtpd's own counters, asked for a moment before the log ended. */
	dialogue_exact(
	    d, "messages.expired", counter("scheduler.envelope.expired"));
	dialogue_exact(
	    d, "messages.bounced", counter("scheduler.delivery.permfail"));
	ledger_set(d->ranges, "messages.deferred",
	    counter("scheduler.delivery.tempfail"),
	    counter("scheduler.delivery.tempfail") + 8);
	/* All that was delivered, less the notices that its queue injected,
	   an envelope for each recipient given up or warned of. */
	ledger_set(d->ranges, "messages.sent",
	    counter("scheduler.delivery.ok") - counter("queue.bounce"),
	    counter("scheduler.delivery.ok"));
	/* One notice may tell of several envelopes of a message. */
	ledger_set(d->ranges, "messages.generated", counter("queue.bounce") / 2,
	    counter("queue.bounce"));
	dialogue_exact(d, "messages.discarded", 0);
	dialogue_exact(d, "messages.quarantined", 0);
}

static void
compare_forms(const json_t *plain)
{
	char dir[] = "/tmp/corpus.XXXXXX", file[64], other[64], command[256];
	json_t *account;

	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/mail.log", dir);
	snprintf(other, sizeof(other), "%s/journal.json", dir);
	snprintf(command, sizeof(command), "xz -dc %s/a.rfc3339.log.xz >%s",
	    CORPUS, file);
	assert_int_equal(system(command), 0);
	assert_true(journal_form(file, other) > 0);
	for (int i = 0; i < 2; i++) {
		account = account_of(i == 0 ? file : other);
		assert_non_null(account);
		json_object_del(account, "span");
		compare_json(
		    plain, account, i == 0 ? "RFC 3339" : "journal", "");
		json_decref(account);
	}
	unlink(file);
	unlink(other);
	rmdir(dir);
}

static void
the_account_is_the_ledgers(void **state)
{
	struct dialogue d = { .judge = opensmtpd_recipient };
	json_t *truth = json_of("xz -dc " CORPUS "/a.truth.json.xz");
	json_t *account = account_of(CORPUS "/a.log.xz");
	size_t i;
	json_t *s;

	(void)state;
	assert_non_null(truth);
	assert_non_null(account);
	complaints = 0;
	compare_coverage(account, "opensmtpd");
	dialogue_init(&d, truth, opensmtpd_rules, NELEMS(opensmtpd_rules));
	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		dialogue_session(&d, s);
	assert_false(d.unknown);
	expect_sessions(&d);
	expect_messages(&d);
	compare_figures(d.ranges, account, "opensmtpd");
	dialogue_clients(&d, account, "opensmtpd");
	json_object_del(account, "span");
	compare_forms(account);
	dialogue_fini(&d);
	json_decref(account);
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
