/*
 * test_corpus_dovecot.c - who logged in at a real Dovecot, against its ledger
 *
 * Dovecot 2.4 with IMAP, POP3, ManageSieve and submission; users right and
 * wrong, denied, gone, from the wrong network, a master user, one connection too
 * many.  The ledger has each attempt and what the client was told.
 *
 * A mechanism that is not offered is no attempt: no password was asked for.
 * Two IMAP and two POP3 clients were let in as "anonymous", who has no mailbox:
 * the server closed on them, or said why, and the log has a failure.
 */
#include "tests/judge.h"

#include "base/array.h"
#include "tests/event_text.h"

#define RUN "tests/corpus/dovecot/a"

static void
add(json_t *table, const char *client, const char *what, const char *user)
{
	char key[300];
	json_int_t n;

	snprintf(key, sizeof(key), "%s %s %s", client, what, user);
	n = json_integer_value(json_object_get(table, key));
	json_object_set_new(table, key, json_integer(n + 1));
}

/* Whom a master user is, stands before the "*". */
static void
add_attempt(json_t *table, const char *client, const json_t *attempt)
{
	json_t *ok = json_object_get(attempt, "ok");
	char user[128];

	snprintf(user, sizeof(user), "%s", ledger_text(attempt, "user"));
	user[strcspn(user, "*")] = '\0';
	if (json_is_true(ok))
		add(table, client, "ok", user);
	else if (!ledger_like(ledger_text(attempt, "said"), "nsupported"))
		add(table, client, "failed", "");
}

static json_t *
ledger(void)
{
	json_t *truth = json_of("xz -dc " RUN ".truth.json.xz");
	json_t *table = json_object(), *session, *attempt;
	size_t i, k;

	assert_non_null(truth);
	json_array_foreach (json_object_get(truth, "logins"), i, session)
		json_array_foreach (
		    json_object_get(session, "attempts"), k, attempt)
			add_attempt(
			    table, ledger_text(session, "src"), attempt);
	json_decref(truth);
	return table;
}

static json_t *
events_of(const char *log, json_int_t *no_guess)
{
	char command[PATH_MAX * 2], client[ADDR_TEXT], user[128];
	json_t *table = json_object();
	struct mail_event event;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *pipe;

	snprintf(command, sizeof(command),
	    "%s replay --events --year 2026 --zone UTC %s", program(), log);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	*no_guess = 0;
	while ((n = getline(&line, &size, pipe)) != -1) {
		struct slice text = { line, (size_t)n - (line[n - 1] == '\n') };

		if (!event_read(text, &event))
			continue;
		addr_print(&event.client, client);
		slice_copy(event.account, user, sizeof(user));
		if (event.kind == EVENT_LOGIN_OK)
			add(table, client, "ok", user);
		for (uint32_t i = 0; i < event.count; i++)
			if (event.kind == EVENT_LOGIN_FAILED)
				add(table, client, "failed", "");
		if (event.kind == EVENT_LOGIN_FAILED)
			*no_guess += event.auth.unavailable;
	}
	free(line);
	assert_int_equal(pclose(pipe), 0);
	return table;
}

static void
compare(json_t *want, json_t *got, const char *log)
{
	const char *key;
	json_t *value;

	json_object_foreach (want, key, value)
		if (!json_equal(value, json_object_get(got, key)))
			complain("%s: %s: the ledger has %lld, not %lld", log,
			    key, (long long)json_integer_value(value),
			    (long long)json_integer_value(
				json_object_get(got, key)));
	json_object_foreach (got, key, value)
		if (json_object_get(want, key) == NULL)
			complain("%s: %s is not in the ledger", log, key);
}

static void
each_client_logged_in_or_failed_as_it_was_told(void **state)
{
	static const char *const logs[] = { RUN ".log.xz",
		RUN ".rfc3339.log.xz" };
	json_t *want = ledger(), *got;
	json_int_t no_guess;

	(void)state;
	complaints = 0;
	for (size_t i = 0; i < NELEMS(logs); i++) {
		got = events_of(logs[i], &no_guess);
		compare(want, got, logs[i]);
		/* Four denied, four gone, two too many, four without a
		   mailbox. */
		assert_int_equal(no_guess, 14);
		json_decref(got);
	}
	json_decref(want);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(
	    each_client_logged_in_or_failed_as_it_was_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
