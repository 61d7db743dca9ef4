/*
 * test_corpus_opensmtpd_users.c - OpenSMTPD 7 with users, TLS and filters
 *
 * The run in tests/corpus/opensmtpd/users has what run `a' could not: TLS,
 * smtps, authentication right and wrong, and filters of every phase, those of a
 * program as well; refusals of every kind; deliveries that fail in every way;
 * smtpctl's pause, schedule, remove and trace.
 *
 * A password that was looked at, or brought where none is asked for, is a
 * failed authentication; all other AUTH is talk out of turn.
 */
#include "base/array.h"
#include "base/reason.h"
#include "tests/dialogue.h"

#define RUN "tests/corpus/opensmtpd/users"

static const struct dialogue_rule rules[] = {
	{ "^AUTH", "^Authentication failed|: Command not supported$", NULL,
	    "told by a line of its own, or as a failure" },
	{ NULL, "^Message too big", "too_large", NULL },
	{ NULL, "^Must issue|: Must issue", "auth_required", NULL },
	{ NULL, "^Invalid command|^Syntax error|^(Command l|L)ine too long",
	    "protocol", NULL },
	{ "^(RCPT|MAIL)",
	    "address syntax error|^Unsupported option|^NOTIFY option",
	    "protocol", NULL },
	{ "^MAIL", "^Sender rejected", "unknown_sender", NULL },
	{ "^RCPT", "^Too many recipients", "too_many_recipients", NULL },
	{ "^RCPT", "^(Invalid recipient|Mailing list expansion problem)",
	    "unknown_recipient", NULL },
	/* The site's words: filters, and aliases to "error:". */
	{ "^<banner>", ".*", "access_denied", NULL },
	{ "^(EHLO|HELO)", ".*", "bad_helo", NULL },
	{ "^MAIL", ".*", "access_denied", NULL },
	{ "^(RCPT|DATA|<data>)", ".*", "policy", NULL },
};

static bool
is_failure(const char *said, const char *reply)
{
	return dialogue_is_failure(said, reply) &&
	       ledger_like(reply, "^535|: Command not supported$");
}

static json_t *
account_of(const char *log)
{
	char command[PATH_MAX * 2];

	snprintf(command, sizeof(command),
	    "%s replay --json --top 0 --year 2026 --zone UTC %s", program(),
	    log);
	return json_of(command);
}

/* A counter of smtpctl(8), "show stats". */
static json_int_t
counter(const json_t *truth, const char *name)
{
	const char *at = strstr(ledger_text(truth, "stats"), name);

	return at == NULL ? -1 : atoll(at + strlen(name));
}

static json_int_t
lines_like(const char *pattern)
{
	char command[512];

	snprintf(command, sizeof(command), "xz -dc %s.log.xz | grep -acE '%s'",
	    RUN, pattern);
	return number_of(command);
}

/* Notices that were refused, their sender being nobody here: envelopes that
   failed, and were none of a delivery. */
static json_int_t
notices_refused(const json_t *truth)
{
	return counter(truth, "scheduler.delivery.permfail=") -
	       lines_like(" delivery .* result=.?PermFail");
}

/* Those that sendmail(1) took, and those that smtpd refused it. */
static json_int_t
submissions(const json_t *truth, bool taken)
{
	json_int_t n = 0;
	size_t i;
	json_t *one;

	json_array_foreach (json_object_get(truth, "submissions"), i, one)
		n += taken ? ledger_number(one, "rc") == 0
			   : strstr(ledger_text(one, "err"), ": 5") != NULL;
	return n;
}

/* The handshake of TLS 1.3 is over for a client before the server has missed
   its certificate; then it is thrown out without another word. */
static json_int_t
under_tls(const json_t *truth)
{
	json_int_t n = 0;
	size_t i;
	json_t *s;

	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		n += json_is_string(json_object_get(s, "tls")) &&
		     strcmp(ledger_text(s, "close"), "server closed") != 0;
	return n;
}

static json_int_t
signed_in(const json_t *truth)
{
	json_int_t n = 0;
	size_t i, k;
	json_t *s, *p;

	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		json_array_foreach (json_object_get(s, "dialog"), k, p)
			n += ledger_like(
			    json_string_value(json_array_get(p, 1)), "^235 ");
	return n;
}

static void
expect_sessions(struct dialogue *d)
{
	json_int_t total = 0, local = submissions(d->truth, false);
	char key[64];

	for (unsigned i = 0; i < REASONS; i++) {
		const char *name = reason_name((enum reason)i);
		json_int_t n = ledger_number(d->refused, name);

		/* sendmail(1) is told so too. */
		if (strcmp(name, "unknown_recipient") == 0)
			n += local;
		total += n;
		snprintf(key, sizeof(key), "rejects.%s", name);
		dialogue_exact(d, key, n);
	}
	dialogue_exact(d, "rejects.total", total);
	dialogue_exact(d, "rejects.temporary", d->temporary);
	dialogue_exact(d, "rejects.permanent", d->permanent + local);
	dialogue_exact(d, "sessions.connected", d->sessions);
	dialogue_exact(d, "sessions.tls", under_tls(d->truth));
	dialogue_exact(d, "auth.failed", d->auth_failed);
	dialogue_exact(d, "auth.ok", signed_in(d->truth));
	dialogue_exact(d, "probes.vrfy", d->vrfy);
	dialogue_exact(d, "probes.expn", d->expn);
}

static void
expect_messages(struct dialogue *d)
{
	const json_t *sinks = json_object_get(d->truth, "sinks");
	json_int_t submitted = submissions(d->truth, true);

	dialogue_exact(d, "messages.received", d->accepted + submitted);
	dialogue_exact(d, "mailers.smtp.msgs_from", d->accepted);
	dialogue_exact(d, "mailers.local.msgs_from", submitted);
	dialogue_exact(d, "mailers.mta.msgs_to",
	    (json_int_t)(json_array_size(json_object_get(
			     json_object_get(sinks, "remote"), "taken")) +
			 json_array_size(json_object_get(
			     json_object_get(sinks, "smart"), "taken"))));
	dialogue_exact(d, "mailers.mda.msgs_to",
	    lines_like(" mda delivery .* result=Ok "));
	dialogue_exact(d, "messages.expired",
	    counter(d->truth, "scheduler.envelope.expired="));
	dialogue_exact(d, "messages.bounced",
	    counter(d->truth, "scheduler.delivery.permfail=") -
		notices_refused(d->truth));
	dialogue_exact(d, "messages.deferred",
	    counter(d->truth, "scheduler.delivery.tempfail="));
	/* A notice for each envelope, one for several of a message at once. */
	ledger_set(d->ranges, "messages.generated",
	    counter(d->truth, "queue.bounce=") / 2,
	    counter(d->truth, "queue.bounce="));
	dialogue_exact(d, "messages.discarded", 0);
	dialogue_exact(d, "messages.quarantined", 0);
}

static void
the_account_is_the_ledgers(void **state)
{
	struct dialogue d = { .is_failure = is_failure };
	json_t *truth = json_of("xz -dc " RUN ".truth.json.xz");
	json_t *account = account_of(RUN ".log.xz"), *other;
	size_t i;
	json_t *s;

	(void)state;
	assert_non_null(truth);
	assert_non_null(account);
	complaints = 0;
	compare_coverage(account, "opensmtpd/users");
	dialogue_init(&d, truth, rules, NELEMS(rules));
	json_array_foreach (json_object_get(truth, "sessions"), i, s)
		dialogue_session(&d, s);
	assert_false(d.unknown);
	expect_sessions(&d);
	expect_messages(&d);
	compare_figures(d.ranges, account, "opensmtpd/users");
	dialogue_clients(&d, account, "opensmtpd/users");
	other = account_of(RUN ".rfc3339.log.xz");
	json_object_del(account, "span");
	json_object_del(other, "span");
	compare_json(account, other, "RFC 3339", "");
	dialogue_fini(&d);
	json_decref(other);
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
