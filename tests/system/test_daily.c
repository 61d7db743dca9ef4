/*
 * test_daily.c - "mailweir report" as people call it: from the state of an
 * agent whose logs are gone, and over logs
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include "tests/daemon.h"

#define DAY_SECS 86400

static int64_t midnight; /* of yesterday, UTC */

static char *
day_text(int64_t when, char text[16])
{
	time_t t = (time_t)when;
	struct tm tm;

	strftime(text, 16, "%Y-%m-%d", gmtime_r(&t, &tm));
	return text;
}

/* One message: received, sent to a, deferred for b. */
static void
write_message(struct logs *logs, int64_t when, unsigned number)
{
	static const struct {
		const char *daemon, *text;
		bool has_id;
	} lines[] = {
		{ "smtpd[71]",
		    "client=a.example[192.0.2.7], sasl_method=PLAIN, "
		    "sasl_username=kim",
		    true },
		{ "cleanup[72]", "message-id=<1@a.example>", true },
		{ "qmgr[73]",
		    "from=<kim@example.com>, size=1200, nrcpt=2 (queue "
		    "active)",
		    true },
		{ "smtp[74]",
		    "to=<a@example.net>, "
		    "relay=mx.example.net[198.51.100.9]:25, delay=1.5, "
		    "delays=0.1/0/0.4/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
		    true },
		{ "smtp[74]",
		    "to=<b@example.org>, relay=none, delay=9, "
		    "delays=0.1/0/0.4/1, dsn=4.4.1, status=deferred (connect "
		    "to "
		    "mx.example.org[198.51.100.8]:25: Connection refused)",
		    true },
		{ "local[75]", "fatal: \x1b[31mmain.cf\x1b[0m: no such file",
		    false },
	};
	time_t t = (time_t)when;
	char line[512], stamp[32];
	struct tm tm;

	strftime(
	    stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S+00:00", gmtime_r(&t, &tm));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int n = snprintf(line, sizeof(line),
		    "%s mx1 postfix/%s: ", stamp, lines[i].daemon);

		if (lines[i].has_id)
			n += snprintf(line + n, sizeof(line) - (size_t)n,
			    "%06X: ", number);
		n += snprintf(
		    line + n, sizeof(line) - (size_t)n, "%s\n", lines[i].text);
		logs_write(logs, line, (size_t)n);
	}
}

#define MESSAGE_LINES 6

static json_t *
report(const char *options, int *status)
{
	char command[PATH_MAX + 512];
	json_t *json;
	FILE *in;

	snprintf(command, sizeof(command), "%s report --json %s 2>&1",
	    program(), options);
	in = popen(command, "r");
	assert_non_null(in);
	json = json_loadf(in, 0, NULL);
	while (fgetc(in) != EOF)
		;
	*status = WEXITSTATUS(pclose(in));
	return json;
}

static json_int_t
total(const json_t *json, const char *name)
{
	const json_t *value =
	    json_object_get(json_object_get(json, "totals"), name);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void
check_yesterday(const json_t *json)
{
	char day[16];
	json_t *before, *row;

	assert_string_equal(json_string_value(json_object_get(json, "from")),
	    day_text(midnight, day));
	assert_string_equal(
	    json_string_value(json_object_get(json, "host")), "mx1");
	assert_int_equal(total(json, "received"), 30);
	assert_int_equal(total(json, "received_bytes"), 30 * 1200);
	assert_int_equal(total(json, "sent"), 30);
	assert_int_equal(total(json, "deferred"), 30);
	assert_int_equal(total(json, "deferred_messages"), 30);
	assert_int_equal(total(json, "fatal"), 30);
	assert_int_equal(total(json, "lines"), 30 * MESSAGE_LINES);
	before = json_object_get(json, "before");
	assert_int_equal(
	    json_integer_value(json_object_get(before, "received")), 3);
	row = json_array_get(
	    json_object_get(
		json_object_get(json_object_get(json, "tables"), "accounts"),
		"rows"),
	    0);
	assert_string_equal(
	    json_string_value(json_object_get(row, "name")), "kim");
	assert_int_equal(
	    json_integer_value(json_object_get(row, "recipients")), 60);
	/* Most first: the connection refused, and the fatal error. */
	assert_true(json_array_size(json_object_get(json, "attention")) >= 2);
}

static void
write_days(struct logs *logs)
{
	for (unsigned i = 0; i < 3; i++)
		write_message(
		    logs, midnight - 7 * DAY_SECS + 3600 + i, 0xA00001 + i);
	for (unsigned i = 0; i < 30; i++)
		write_message(logs, midnight + 3600 * (i % 24), 0xB00001 + i);
	write_message(logs, midnight + DAY_SECS, 0xC00001);
}

static void
the_report_is_there_when_the_log_is_gone(void **state)
{
	struct daemon d;
	char options[600], day[16];
	int64_t until;
	json_t *json = NULL;
	int status;

	(void)state;
	daemon_init(&d);
	write_days(&d.logs);
	daemon_start(&d);
	daemon_await(&d);
	daemon_await_lines(&d, 34 * MESSAGE_LINES);
	logs_unlink(&d.logs, "mail.log");
	snprintf(options, sizeof(options), "-c %s --zone UTC --day %s",
	    d.conf.path, day_text(midnight, day));
	/* From a running agent, once it has committed. */
	until = mono_ms() + PATIENCE_MS;
	while (mono_ms() < until) {
		json = report(options, &status);
		if (status == 0 && total(json, "received") == 30)
			break;
		json_decref(json);
		json = NULL;
		nap_ms(50);
	}
	assert_non_null(json);
	check_yesterday(json);
	json_decref(json);
	daemon_stop(&d);
	json = report(options, &status);
	assert_int_equal(status, 0);
	check_yesterday(json);
	json_decref(json);
	/* A day that is not known, and a directory that is not there. */
	snprintf(options, sizeof(options), "-c %s --zone UTC --day 2020-02-29",
	    d.conf.path);
	assert_null(report(options, &status));
	assert_int_equal(status, 1);
	snprintf(options, sizeof(options), "--data %s/none", d.data.path);
	assert_null(report(options, &status));
	assert_int_equal(status, 1);
	daemon_fini(&d);
}

static void
the_page_over_a_log_has_its_sections_and_no_control_bytes(void **state)
{
	static const char *const sections[] = { "Mail report of mx1: ",
		"\nWhat needs a hand\n", "\nTotals\n", "\nPer day\n",
		"\nPer hour, all days together\n", "\nBy sending domain\n",
		"\nBy receiving domain\n", "\nBy account\n",
		"\nSenders by number of messages\n",
		"\nRecipients by number of deliveries\n", "\nSenders by size\n",
		"\nRecipients by size\n",
		"\nDeferred, by remote host and reason\n",
		"\nFatal errors and panics\n", "\nCoverage\n" };
	struct logs logs;
	char command[PATH_MAX + 200], *page = calloc(1, 1 << 16);
	const char *at = page;
	FILE *in;

	(void)state;
	logs_make(&logs);
	write_days(&logs);
	snprintf(command, sizeof(command), "%s report --zone UTC --log %s",
	    program(), logs.path);
	in = popen(command, "r");
	assert_non_null(in);
	assert_true(fread(page, 1, (1 << 16) - 1, in) > 0);
	assert_int_equal(pclose(in), 0);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		at = strstr(at, sections[i]);
		if (at == NULL)
			fail_msg(
			    "%s: not there, or not in its place", sections[i]);
	}
	assert_null(strchr(page, '\x1b'));
	assert_non_null(strstr(page, "\\033"));
	free(page);
	logs_remove(&logs);
}

static void
one_day_of_a_log_is_that_day_against_the_week_before(void **state)
{
	struct logs logs;
	char options[600], day[16];
	json_t *json;
	int status;

	(void)state;
	logs_make(&logs);
	write_days(&logs);
	snprintf(options, sizeof(options), "--zone UTC --day %s --log %s",
	    day_text(midnight, day), logs.path);
	json = report(options, &status);
	assert_int_equal(status, 0);
	check_yesterday(json);
	json_decref(json);
	logs_remove(&logs);
}

static void
a_wrong_option_says_what_was_expected(void **state)
{
	static const char *const wrong[] = { "--day 2026-11-31", "--top x",
		"--year 26", "--log", "stray", "--zone Nowhere/Land" };
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(report(wrong[i], &status));
		assert_int_equal(status, 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_there_when_the_log_is_gone),
		cmocka_unit_test(
		    the_page_over_a_log_has_its_sections_and_no_control_bytes),
		cmocka_unit_test(
		    one_day_of_a_log_is_that_day_against_the_week_before),
		cmocka_unit_test(a_wrong_option_says_what_was_expected),
	};

	/* The agent's day is the local one: here it is UTC's. */
	setenv("TZ", "UTC", 1);
	midnight = (int64_t)time(NULL) / DAY_SECS * DAY_SECS - DAY_SECS;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
