/*
 * test_corpus_cyrus.c - who logged in at a real Cyrus, against its ledger
 *
 * The ledger has what each IMAP and POP3 client was told.  One login of the log
 * is not in it: the administrator's, "cyrus", who made the mailboxes.
 *
 * Fifty POP3 clients gave the right password too soon after their last visit,
 * and were refused: "login:", then "Logins must be at least 1 minute apart".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "collectors/collectors.h"

#define RUN "tests/corpus/cyrus/a"

struct told {
	json_t *logins;   /* "ADDRESS USER": how many */
	json_t *failures; /* "ADDRESS": how many */
	json_int_t not_judged;
};

static void
add(json_t *table, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(table, name));

	json_object_set_new(table, name, json_integer(n + 1));
}

static void
take(void *arg, const struct mail_event *event)
{
	struct told *told = arg;
	char name[256], user[128];

	addr_print(&event->client, name);
	if (event->kind == EVENT_LOGIN_FAILED) {
		told->not_judged += event->auth.unavailable;
		add(told->failures, name);
	} else if (event->kind == EVENT_LOGIN_OK) {
		slice_copy(event->account, user, sizeof(user));
		if (strcmp(user, "cyrus") == 0)
			return;
		strcat(strcat(name, " "), user);
		add(told->logins, name);
	}
}

static struct told
log_of(const char *path)
{
	const struct finished_options options = { .year = 2026, .zone = "UTC" };
	struct told told = { json_object(), json_object(), 0 };
	struct collect_config config = { 0 };
	struct collect_sinks sinks = { .events = { take, &told } };
	struct collectors *collectors;
	struct coverage_counts coverage;
	struct err err;

	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	if (collectors_finished(collectors, path, &options, &err) == -1)
		fail_msg("%s", err.text);
	collectors_finish(collectors);
	coverage = collectors_coverage(collectors);
	assert_true(coverage.lines > 600);
	assert_int_equal(coverage.unrecognised, 0);
	collectors_close(collectors);
	return told;
}

static struct told
ledger(void)
{
	struct told told = { json_object(), json_object(), 0 };
	FILE *pipe = popen("xz -dc " RUN ".truth.json.xz", "r");
	json_t *truth = json_loadf(pipe, 0, NULL), *session, *login;
	char name[256];
	size_t i;

	while (fgetc(pipe) != EOF)
		;
	assert_int_equal(pclose(pipe), 0);
	json_array_foreach (json_object_get(truth, "sessions"), i, session) {
		const char *source =
		    json_string_value(json_object_get(session, "src"));

		login = json_object_get(session, "login_ok");
		snprintf(name, sizeof(name), "%s %s", source,
		    json_string_value(json_object_get(session, "user")));
		if (json_is_true(login))
			add(told.logins, name);
		else if (json_is_false(login))
			add(told.failures, source);
	}
	json_decref(truth);
	return told;
}

static void
fini(struct told *told)
{
	json_decref(told->logins);
	json_decref(told->failures);
}

static json_int_t
sum(const json_t *table)
{
	json_int_t n = 0;
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)table, name, value)
		n += json_integer_value(value);
	return n;
}

static void
check(const char *path)
{
	struct told want = ledger(), got = log_of(path);

	assert_int_equal(sum(want.logins), 95);
	assert_int_equal(sum(want.failures), 105);
	assert_true(json_equal(got.logins, want.logins));
	assert_true(json_equal(got.failures, want.failures));
	assert_int_equal(got.not_judged, 50);
	fini(&want);
	fini(&got);
}

static void
each_client_logged_in_or_failed_as_it_was_told(void **state)
{
	(void)state;
	check(RUN ".log.xz");
	check(RUN ".rfc3339.log.xz");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(
	    each_client_logged_in_or_failed_as_it_was_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
