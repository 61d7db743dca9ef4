/*
 * test_corpus_courier.c - the account of a real Courier against its ledger
 *
 * What differs, and why:
 *
 * rejects: a client that Courier had slowed down for its errors gave up before
 * the last reply, or spoke before it was greeted and read no replies.  The
 * ledger has none then, the log has one: at most one a session that did not end
 * with QUIT, or talked early.
 *
 * recipients: as the log has them, after aliases; the ledger's are as
 * addressed.  Only messages of the alias scenarios have more.
 *
 * bytes: courierlocal alone tells a size, with the header lines it added, so
 * mail for elsewhere has none.
 *
 * sessions: two clients were refused by the address list of couriertcpd, which
 * logs nothing.  TLS and successful authentication have no line either; who
 * authenticated is told with the message.
 */
#include "tests/judge.h"

#define RUN "tests/corpus/courier/a"

static json_t *
account_of(const char *log)
{
	char command[PATH_MAX * 2];

	snprintf(command, sizeof(command),
	    "%s replay --json --top 0 --year 2026 --zone UTC %s", program(),
	    log);
	return json_of(command);
}

static json_t *
ledger_of(void)
{
	FILE *pipe = popen("xz -dc " RUN ".truth.json.xz", "r");
	json_t *truth = json_loadf(pipe, JSON_ALLOW_NUL, NULL);

	while (fgetc(pipe) != EOF)
		;
	assert_int_equal(pclose(pipe), 0);
	assert_non_null(truth);
	return truth;
}

static bool
is_refusal(const char *reply)
{
	return reply != NULL && (reply[0] == '4' || reply[0] == '5');
}

/* What one session was told. */
struct told {
	json_int_t refused, denied, taken, not_authenticated, expanded;
	bool quit;
};

static void
add_transaction(struct told *told, const json_t *txn, bool alias)
{
	const json_t *recipient;
	const char *reply;
	size_t i;

	told->refused += is_refusal(ledger_text(txn, "mail_reply"));
	json_array_foreach (json_object_get(txn, "rcpts"), i, recipient) {
		reply = ledger_text(recipient, "reply");
		told->refused += is_refusal(reply);
		told->denied += strstr(reply, "Relaying denied") != NULL;
	}
	reply = ledger_text(txn, "data_reply");
	told->refused += is_refusal(reply);
	if (reply[0] == '2') {
		told->taken++;
		told->expanded += alias;
	}
}

static struct told
told_in(const json_t *session)
{
	struct told told = { 0 };
	const json_t *txn, *attempt;
	bool alias =
	    strncmp(ledger_text(session, "scenario"), "alias_", 6) == 0;
	size_t i;

	told.quit =
	    strcmp(ledger_text(session, "close"), "QUIT") == 0 &&
	    strcmp(ledger_text(session, "scenario"), "greet_pause") != 0;
	json_array_foreach (json_object_get(session, "txns"), i, txn)
		add_transaction(&told, txn, alias);
	json_array_foreach (json_object_get(session, "auth"), i, attempt)
		told.not_authenticated +=
		    json_is_false(json_object_get(attempt, "ok"));
	return told;
}

static void
compare_client(const json_t *truth, const json_t *row)
{
	const char *address = ledger_text(row, "address");
	struct told sum = { 0 }, one;
	const json_t *session;
	json_int_t open = 0, n;
	size_t i;

	json_array_foreach (json_object_get(truth, "sessions"), i, session) {
		if (strcmp(ledger_text(session, "src"), address) != 0)
			continue;
		one = told_in(session);
		open += !one.quit;
		sum.refused += one.refused;
		sum.denied += one.denied;
		sum.taken += one.taken;
		sum.not_authenticated += one.not_authenticated;
	}
	n = ledger_number(row, "rejected");
	if (n < sum.refused || n > sum.refused + open)
		complain("%s: rejected is %lld, the ledger has %lld to %lld",
		    address, (long long)n, (long long)sum.refused,
		    (long long)(sum.refused + open));
	n = ledger_number(row, "relay_denied");
	if (n < sum.denied || n > sum.denied + open)
		complain("%s: relay_denied is %lld, the ledger has %lld",
		    address, (long long)n, (long long)sum.denied);
	if (ledger_number(row, "received") != sum.taken)
		complain("%s: received is %lld, the ledger has %lld", address,
		    (long long)ledger_number(row, "received"),
		    (long long)sum.taken);
	if (ledger_number(row, "auth_failed") != sum.not_authenticated)
		complain("%s: auth_failed is %lld, the ledger has %lld",
		    address, (long long)ledger_number(row, "auth_failed"),
		    (long long)sum.not_authenticated);
}

static void
expect(const json_t *account, const char *key, json_int_t want)
{
	if (figure(account, key) != want)
		complain("%s is %lld, the ledger has %lld", key,
		    (long long)figure(account, key), (long long)want);
}

static json_int_t
total(const json_t *truth, const char *name)
{
	return ledger_number(
	    json_object_get(json_object_get(truth, "summary"), "totals"), name);
}

/* Each begins with what is no mail client's word, and goes on with others. */
static json_int_t
alien(const json_t *truth)
{
	const json_t *session;
	json_int_t n = 0;
	size_t i;

	json_array_foreach (json_object_get(truth, "sessions"), i, session)
		n += ledger_like(ledger_text(session, "scenario"),
		    "^no_command_(http|garbage)$");
	return n;
}

static void
compare_totals(const json_t *truth, const json_t *account)
{
	const json_t *meta = json_object_get(truth, "meta");
	const json_t *boxes = json_object_get(
	    json_object_get(meta, "imap_pop_summary"), "totals");
	const json_t *sink =
	    json_object_get(json_object_get(truth, "summary"), "remote_sink");
	const json_t *probes = json_object_get(
	    json_object_get(json_object_get(truth, "summary"), "totals"),
	    "probes");

	expect(account, "messages.received", total(truth, "messages_accepted"));
	expect(account, "auth.failed", total(truth, "auth_fail"));
	expect(account, "relay.authenticated", total(truth, "auth_ok"));
	expect(account, "relay.open", 0);
	expect(account, "probes.vrfy", ledger_number(probes, "VRFY"));
	expect(account, "probes.expn", ledger_number(probes, "EXPN"));
	expect(account, "probes.non_smtp", alien(truth));
	expect(account, "sessions.connected", total(truth, "sessions") - 2);
	expect(account, "mailers.esmtp.msgs_from",
	    total(truth, "messages_accepted"));
	expect(account, "mailers.esmtp.msgs_to",
	    ledger_number(sink, "recipients_accepted"));
	expect(account, "logins.ok",
	    ledger_number(boxes, "pop3_login_ok") +
		ledger_number(boxes, "imap_login_ok"));
	expect(account, "logins.failed",
	    ledger_number(boxes, "pop3_login_fail") +
		ledger_number(boxes, "imap_login_fail"));
}

static void
compare_recipients(const json_t *truth, const json_t *account)
{
	json_int_t n = figure(account, "messages.received_recipients");
	json_int_t least = total(truth, "recipients_accepted"), aliases = 0;
	const json_t *session;
	size_t i;

	json_array_foreach (json_object_get(truth, "sessions"), i, session)
		aliases += told_in(session).expanded;
	/* No list of this server has more than five members. */
	if (n < least || n > least + 5 * aliases)
		complain("received_recipients is %lld, the ledger has %lld",
		    (long long)n, (long long)least);
}

static void
the_account_agrees_with_the_ledger(void **state)
{
	json_t *truth = ledger_of();
	json_t *account = account_of(RUN ".log.xz"), *row;
	size_t i;

	(void)state;
	assert_non_null(account);
	compare_coverage(account, RUN);
	expect(account, "coverage.unrecognised", 0);
	compare_totals(truth, account);
	compare_recipients(truth, account);
	json_array_foreach (json_object_get(account, "clients"), i, row)
		compare_client(truth, row);
	json_decref(account);
	json_decref(truth);
	assert_int_equal(complaints, 0);
}

static void
both_forms_of_the_log_have_the_same_account(void **state)
{
	json_t *plain = account_of(RUN ".log.xz");
	json_t *other = account_of(RUN ".rfc3339.log.xz");

	(void)state;
	assert_non_null(plain);
	assert_non_null(other);
	json_object_del(plain, "span");
	json_object_del(other, "span");
	compare_json(plain, other, "RFC 3339", "");
	json_decref(plain);
	json_decref(other);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_account_agrees_with_the_ledger),
		cmocka_unit_test(both_forms_of_the_log_have_the_same_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
