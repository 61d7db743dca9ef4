/*
 * test_corpus_rules_others.c - the rules and the logs that tell little
 *
 * As test_corpus_rules.c, for Cyrus, Courier, qmail and nullmailer.  Where
 * ledger and log tell different things:
 *  - Cyrus: a POP3 client with the right password that came too soon after its
 *    last visit was refused.  That is no guess, and no login.  The line of the
 *    refusal comes after that of the login, so a POP3 login counts when it was
 *    waited for.
 *  - Courier delays a refusal, the longer the more there were.  A client that
 *    gave up waiting for one has no reply in the ledger, and the line comes
 *    later.  Who asked for unknown users of the server asked for one more; who
 *    wanted to relay may have asked for either, which is not to be told.
 *  - Courier names no account but with a message, or with a login of IMAP and
 *    POP3: who authenticated and sent nothing is not told.  What is no address
 *    is refused without a recipient.
 *  - qmail: without recordio no answer leaves a line, so no rule can be crossed.
 *    With it the log was cut behind its first 30,000 lines; when, its last line
 *    tells.  qmail takes any recipient of its domains, and checks no passwords.
 *  - nullmailer has no clients, and names no accounts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "tests/dialogue.h"
#include "tests/offences.h"

#define CORPUS      "tests/corpus/"
#define QMAIL_TRUTH "xz -dc " CORPUS "qmail/truth.json.xz"
#define POP_WAIT    10 /* seconds: LOGINS_WAIT */
#define GAVE_UP     40 /* seconds: Courier's longest delay is less */
#define BIG_LIST    5  /* no list of that server has more members */

static bool
begins(const char *text, const char *with)
{
	return text != NULL && strncmp(text, with, strlen(with)) == 0;
}

static double
seconds(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* A client at a mailbox: one session, one login at most. */
static void
mailbox(struct facts *facts, const json_t *session, double wait)
{
	struct span span = { ledger_text(session, "src"),
		seconds(session, "t_start"), seconds(session, "t_end") };
	const char *user = ledger_text(session, "user");
	json_t *ok = json_object_get(session, "login_ok");

	span.from -= slack;
	span.to += slack;
	if (json_is_true(ok)) {
		if (strcmp(ledger_text(session, "proto"), "pop3") == 0)
			span.to += wait;
		signed_in(facts, &span, user);
	} else if (json_is_false(ok) &&
		   strstr(ledger_text(session, "error"),
		       "Logins must be at least") == NULL) {
		wrong_password(facts, &span, user, true);
	}
}

/* `wait': of a POP3 login, which may be undone so long. */
static void
mailboxes(struct facts *facts, const json_t *sessions, double wait)
{
	size_t i;
	json_t *s;

	assert_true(json_array_size(sessions) > 100);
	json_array_foreach (sessions, i, s)
		mailbox(facts, s, wait);
}

static void
cyrus_has_guessers_and_clients_that_came_too_soon(void **state)
{
	static const char *const forms[] = { "log", "rfc3339.log" };
	char log[64];

	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(forms); i++) {
		json_t *truth = truth_of(CORPUS "cyrus", "a");
		struct facts facts = { .authenticated = json_object() };

		mailboxes(&facts, json_object_get(truth, "sessions"), POP_WAIT);
		snprintf(log, sizeof(log), CORPUS "cyrus/a.%s.xz", forms[i]);
		compare_logs_2026(&facts, truth, log, log + strlen(CORPUS));
		facts_free(&facts);
		json_decref(truth);
	}
	assert_int_equal(complaints, 0);
}

/* Of Courier: its answer to RCPT. */
static void
courier_refused(struct facts *facts, const struct span *span, const char *reply)
{
	struct offence one = offence_of(span, 1, 1);

	if (!begins(reply, "4") && !begins(reply, "5"))
		return;
	if (strstr(reply, "Relaying denied") != NULL)
		offend(facts, RELAY, span->client, &one);
	one.part = one.part_most =
	    ledger_like(reply, "^(550 User <|556 Address unavailable)");
	one.whole = one.part;
	one.whole_most = 1;
	offend(facts, HARVEST, span->client, &one);
}

/* The answer that the client did not await, after such a one; is it not to be
   told what it was? */
static bool
courier_unread(struct facts *facts, const struct span *span, const char *before)
{
	struct span late = { span->client, span->to, span->to + GAVE_UP };
	struct offence either = offence_of(&late, 0, 1);

	if (strstr(before, "Relaying denied") == NULL) {
		courier_refused(facts, &late, before);
		return false;
	}
	either.whole = either.whole_most = 1;
	offend(facts, RELAY, span->client, &either);
	offend(facts, HARVEST, span->client, &either);
	return true;
}

/* The account, once a message was taken from it. */
static void
courier_taken(struct facts *facts, const struct span *span,
    const json_t *session, const json_t *txn)
{
	struct span soon = { span->client, span->from, span->to + 60 };
	struct offence volume = offence_of(&soon, 0, 0), whole = volume;
	size_t i;
	json_t *r, *a;

	json_array_foreach (json_object_get(txn, "rcpts"), i, r)
		volume.part += ledger_number(r, "code") == 250;
	volume.part_most =
	    volume.part *
	    (begins(ledger_text(session, "scenario"), "alias_") ? BIG_LIST : 1);
	whole.whole_most = volume.part_most;
	offend(facts, HARVEST, span->client, &whole);
	json_array_foreach (json_object_get(session, "auth"), i, a) {
		if (!json_is_true(json_object_get(a, "ok")))
			continue;
		signed_in(facts, span, ledger_text(a, "user"));
		offend(facts, VOLUME, ledger_text(a, "user"), &volume);
		offend(facts, VOLUME_DAY, ledger_text(a, "user"), &volume);
	}
}

static bool
courier_transaction(struct facts *facts, const struct span *whole,
    const json_t *session, size_t at)
{
	const json_t *txns = json_object_get(session, "txns");
	const json_t *txn = json_array_get(txns, at);
	const json_t *next = json_array_get(txns, at + 1);
	struct span span = *whole;
	const char *refusal = NULL;
	bool untold = false;
	size_t i;
	json_t *r;

	span.from = seconds(txn, "t") - slack;
	if (next != NULL)
		span.to = seconds(next, "t") + slack;
	json_array_foreach (json_object_get(txn, "rcpts"), i, r) {
		const char *reply = ledger_text(r, "reply");

		courier_refused(facts, &span, reply);
		if (*reply == '5')
			refusal = reply;
	}
	if (refusal != NULL && next == NULL &&
	    begins(ledger_text(session, "close"), "ended: Timeout"))
		untold = courier_unread(facts, &span, refusal);
	if (ledger_number(txn, "data_code") == 250) {
		span.to = seconds(txn, "t_done") + slack;
		courier_taken(facts, &span, session, txn);
	}
	return untold;
}

/* How many of its answers are not to be told. */
static unsigned
courier_session(struct facts *facts, const json_t *session)
{
	const char *client = ledger_text(session, "src");
	struct span span = { client, seconds(session, "t_start") - slack,
		seconds(session, "t_end") + slack };
	struct offence one = offence_of(&span, 1, 1);
	unsigned untold = 0;
	size_t i;
	json_t *p;

	json_array_foreach (json_object_get(session, "auth"), i, p) {
		struct span then = { client, seconds(p, "t") - slack,
			seconds(p, "t") + slack };

		if (begins(ledger_text(p, "reply"), "535 "))
			wrong_password(
			    facts, &then, ledger_text(p, "user"), true);
	}
	json_array_foreach (json_object_get(session, "dialog"), i, p)
		if (ledger_like(json_string_value(json_array_get(p, 0)),
			"^(VRFY|EXPN) "))
			offend(facts, PROBING, client, &one);
	if (ledger_like(ledger_text(session, "scenario"),
		"^no_command_(http|garbage)$"))
		offend(facts, PROBING, client, &one);
	for (i = 0; i < json_array_size(json_object_get(session, "txns")); i++)
		untold += courier_transaction(facts, &span, session, i);
	return untold;
}

static void
courier_has_all_that_its_replies_tell(void **state)
{
	static const char *const forms[] = { "log", "rfc3339.log" };
	char log[64];
	size_t k;
	json_t *s;

	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(forms); i++) {
		json_t *truth = truth_of(CORPUS "courier", "a");
		struct facts facts = { .authenticated = json_object(),
			.untold = "relay-abuse" };
		unsigned untold = 0;

		json_array_foreach (json_object_get(truth, "sessions"), k, s)
			untold += courier_session(&facts, s);
		mailboxes(&facts,
		    json_object_get(
			json_object_get(truth, "meta"), "imap_pop_sessions"),
		    0);
		snprintf(log, sizeof(log), CORPUS "courier/a.%s.xz", forms[i]);
		compare_logs_2026(&facts, truth, log, log + strlen(CORPUS));
		assert_true(facts.unsure <= untold);
		facts_free(&facts);
		json_decref(truth);
	}
	assert_int_equal(complaints, 0);
}

/* With recordio, of a session that was over before the log was cut, or (not
   `surely') had begun. */
static void
qmail_session(struct facts *facts, const json_t *session, bool surely)
{
	struct span span = { ledger_text(session, "src"),
		seconds(session, "t_start") - slack,
		seconds(session, "t_end") + slack };
	struct offence one = offence_of(&span, surely, 1);
	struct offence alien = offence_of(&span, 0, 1);
	size_t i;
	json_t *p;

	json_array_foreach (json_object_get(session, "dialog"), i, p) {
		const char *said = json_string_value(json_array_get(p, 0));
		const char *reply = json_string_value(json_array_get(p, 1));

		if (ledger_like(said, "^(VRFY|EXPN) "))
			offend(facts, PROBING, span.client, &one);
		if (reply != NULL && strstr(reply, "allowed rcpthosts") != NULL)
			offend(facts, RELAY, span.client, &one);
	}
	/* Two of its bytes and words are of no mail client. */
	for (i = 0; i < 2; i++)
		if (ledger_like(ledger_text(session, "scenario"),
			"_(http|garbage|tlsgarbage)$"))
			offend(facts, PROBING, span.client, &alien);
}

/* When the last line was written. */
static double
end_of(const char *log)
{
	char command[256], text[64] = "";
	FILE *pipe;

	snprintf(command, sizeof(command),
	    "xz -dc %s | tail -n 1 | grep -ao '1795[0-9]*[.][0-9]*'", log);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_non_null(fgets(text, sizeof(text), pipe));
	assert_int_equal(pclose(pipe), 0);
	return strtod(text, NULL);
}

static void
qmail_tells_of_probes_where_it_is_recorded(void **state)
{
	static const char *const recorded[] = { "rec.log", "rec.smtpd.log" };
	json_t *truth = json_of(QMAIL_TRUTH), *s;
	double end = end_of(CORPUS "qmail/rec.log.xz");
	char log[64];
	size_t k;

	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(recorded); i++) {
		struct facts facts = { .authenticated = json_object() };

		json_array_foreach (json_object_get(truth, "sessions"), k, s)
			if (strcmp(ledger_text(s, "phase"), "rec") == 0 &&
			    seconds(s, "t_start") <= end)
				qmail_session(
				    &facts, s, seconds(s, "t_end") < end);
		snprintf(log, sizeof(log), CORPUS "qmail/%s.xz", recorded[i]);
		compare_logs_2026(&facts, truth, log, log + strlen(CORPUS));
		facts_free(&facts);
	}
	json_decref(truth);
	assert_int_equal(complaints, 0);
}

/* With no facts at all, whatever is found is a complaint. */
static void
where_no_client_is_told_no_rule_is_crossed(void **state)
{
	static const char *const logs[] = { "qmail/plain.log",
		"qmail/plain.rfc3339.log", "qmail/plain.send.log",
		"qmail/plain.smtpd.log", "qmail/rec.send.log",
		"nullmailer/a.log", "nullmailer/a.rfc3339.log",
		"nullmailer/a.stdout.log" };
	struct facts facts = { .authenticated = json_object() };
	char log[64];

	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(logs); i++) {
		snprintf(log, sizeof(log), CORPUS "%s.xz", logs[i]);
		compare_logs_2026(&facts, NULL, log, logs[i]);
	}
	facts_free(&facts);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    cyrus_has_guessers_and_clients_that_came_too_soon),
		cmocka_unit_test(courier_has_all_that_its_replies_tell),
		cmocka_unit_test(qmail_tells_of_probes_where_it_is_recorded),
		cmocka_unit_test(where_no_client_is_told_no_rule_is_crossed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
