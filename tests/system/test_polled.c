/* test_polled.c - the daemon beside a queue and a statistics file */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/statfile.h"
#include "tests/daemon.h"
#include "tests/spools.h"

#define LOCAL 3 /* the number of the mailer local */

static struct daemon d;
static struct spool_tree tree;

static void
put_long(unsigned char *at, int64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] = (unsigned char)((uint64_t)value >> 8 * i);
}

/* Messages to the mailer local; counting began at `since'. */
static void
write_statistics(int64_t since, int64_t messages)
{
	unsigned char bytes[STATFILE_BYTES] = { 0xde, 0xb1, 0x01, 0, 4 };

	put_long(bytes + 8, since);
	bytes[16] = STATFILE_BYTES & 0xff;
	bytes[17] = STATFILE_BYTES >> 8;
	put_long(bytes + 48 +
		     (STATFILE_MSGS_TO * STATFILE_MAILERS + LOCAL) * (size_t)8,
	    messages);
	tree_put(&tree, "sendmail.st", 0600, bytes, sizeof(bytes));
}

static int
set_up(void **state)
{
	char more[1024];

	(void)state;
	daemon_init(&d);
	tree = tree_make();
	tree_text(&tree, "sendmail.cf",
	    "V10/Berkeley\nMlocal,\tP=/usr/bin/procmail\nMesmtp, P=[IPC]\n");
	tree_postfix(&tree, "postfix/deferred/7/7B3C41C0E", 0700,
	    (long)time(NULL) - 3600);
	tree_postfix(&tree, "postfix/hold/4B3C41C0E", 0700, (long)time(NULL));
	MUST(chmod(tree_name(&tree, "postfix/deferred").path, 0700) == 0);
	snprintf(more, sizeof(more),
	    "source \"postfix\" { type = \"queue\" path = \"%s/postfix\" "
	    "host = \"mx1\" interval = 1 }\n"
	    "source \"mqueue\" { type = \"queue\" path = \"%s/mqueue\" "
	    "system = \"sendmail\" host = \"mx1\" }\n"
	    "source \"statistics\" { type = \"statistics\" "
	    "path = \"%s/sendmail.st\" sendmail_cf = \"%s/sendmail.cf\" "
	    "host = \"mx1\" interval = 1 }\n",
	    tree.path, tree.path, tree.path, tree.path);
	daemon_configure(&d, getuid() == 0 ? "nobody" : "root", more);
	MUST(chmod(d.logs.directory, 0755) == 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	daemon_fini(&d);
	tree_remove(&tree);
	return 0;
}

static void
await_metric(const char *name, uint64_t value)
{
	int64_t until = mono_ms() + PATIENCE_MS;
	uint64_t n;

	while ((n = daemon_metric(&d, name)) != value && mono_ms() < until)
		nap_ms(50);
	if (n != value)
		fail_msg("%s is %llu, expected %llu: %s", name,
		    (unsigned long long)n, (unsigned long long)value,
		    daemon_errors(&d));
}

static json_t *
ask_json(const char *path)
{
	struct answer answer = daemon_ask(&d, path);
	json_t *json = json_loads(answer.body, 0, NULL);

	assert_int_equal(answer.code, 200);
	assert_non_null(json);
	free(answer.body);
	return json;
}

/* What the report of that day says of the queue, at most: -1: nothing. */
static json_int_t
reported(const char *day)
{
	char command[PATH_MAX + 512];
	json_t *json, *queue;
	json_int_t highest = -1;
	FILE *in;

	snprintf(command, sizeof(command),
	    "%s report --json --day %s --data %s 2>/dev/null", program(), day,
	    d.data.path);
	in = popen(command, "r");
	assert_non_null(in);
	json = json_loadf(in, 0, NULL);
	(void)pclose(in);
	queue = json_object_get(json, "queue");
	if (json_is_object(queue))
		highest = json_integer_value(json_object_get(queue, "highest"));
	json_decref(json);
	return highest;
}

static void
a_queue_is_in_the_metrics_on_the_page_and_in_a_series(void **state)
{
	struct name series =
	    in(&d.logs, "data/rrd/mx1/mail-queue/gauge-oldest_seconds.rrd");
	int64_t until = mono_ms() + PATIENCE_MS;
	json_t *json, *queue;
	json_int_t age;

	(void)state;
	daemon_start(&d);
	daemon_await(&d);
	await_metric("mailweir_queue_deferred", 1);
	await_metric("mailweir_queue_hold", 1);
	assert_in_range(
	    daemon_metric(&d, "mailweir_queue_oldest_seconds"), 3600, 3700);
	json = ask_json("/api/v1/overview");
	queue = json_object_get(json, "queue");
	age = json_integer_value(json_object_get(queue, "oldest_seconds"));
	assert_in_range(age, 3600, 3700);
	assert_int_equal(
	    json_integer_value(json_object_get(queue, "deferred")), 1);
	json_decref(json);
	while (access(series.path, F_OK) == -1 && mono_ms() < until)
		nap_ms(50);
	assert_int_equal(access(series.path, F_OK), 0);
	/* Midnight may have passed. */
	while (reported("today") < 2 && reported("yesterday") < 2 &&
	       mono_ms() < until)
		nap_ms(50);
	assert_true(reported("today") >= 2 || reported("yesterday") >= 2);
	tree_postfix(
	    &tree, "postfix/incoming/4B3C41C0F", 0700, (long)time(NULL));
	await_metric("mailweir_queue_incoming", 1);
	daemon_stop(&d);
}

static void
a_missing_queue_is_said_once_and_shown_and_the_rest_goes_on(void **state)
{
	char *said, *first;
	json_t *json;
	json_t *sources;
	bool shown = false;

	(void)state;
	daemon_start(&d);
	daemon_await(&d);
	await_metric("mailweir_queue_deferred", 1);
	json = ask_json("/api/v1/health");
	sources = json_object_get(json_object_get(json, "coverage"), "sources");
	for (size_t i = 0; i < json_array_size(sources); i++) {
		json_t *row = json_array_get(sources, i);
		const char *trouble =
		    json_string_value(json_object_get(row, "trouble"));

		if (strcmp(json_string_value(json_object_get(row, "title")),
			"mqueue") == 0)
			shown = trouble != NULL &&
				strstr(trouble, "/mqueue: No such") != NULL;
	}
	assert_true(shown);
	json_decref(json);
	said = daemon_errors(&d);
	first = strstr(said, "/mqueue: No such");
	assert_non_null(first);
	assert_null(strstr(first + 1, "/mqueue: No such"));
	free(said);
	daemon_stop(&d);
}

static char *
check_output(void)
{
	static char text[8192];
	char command[PATH_MAX + 512];
	FILE *in;
	size_t n;

	snprintf(command, sizeof(command), "%s check -c %s 2>&1", program(),
	    d.conf.path);
	in = popen(command, "re");
	MUST(in != NULL);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	(void)pclose(in);
	return text;
}

static void
a_statistics_file_is_counted_compared_and_kept_over_a_restart(void **state)
{
	int64_t began = (int64_t)time(NULL) - 1000;
	json_t *json, *file;
	const char *words;

	(void)state;
	write_statistics(began, 100);
	daemon_start(&d);
	daemon_await(&d);
	await_metric("mailweir_queue_hold", 1);
	await_metric("mailweir_statistics_msgs_to_total", 0);
	json = ask_json("/api/v1/health");
	file = json_array_get(
	    json_object_get(json_object_get(json, "coverage"), "statistics"),
	    0);
	words = json_string_value(json_object_get(file, "words"));
	assert_string_equal(words,
	    "Sendmail's statistics file has no log of this host beside it");
	json_decref(json);
	write_statistics(began, 103);
	await_metric("mailweir_statistics_msgs_to_total", 3);
	daemon_stop(&d);
	write_statistics(began, 105);
	daemon_start(&d);
	daemon_await(&d);
	await_metric("mailweir_statistics_msgs_to_total", 5);
	/* Somebody's mailstats -p, and more mail. */
	write_statistics((int64_t)time(NULL), 1);
	await_metric("mailweir_statistics_msgs_to_total", 6);
	await_metric("mailweir_statistics_resets_total", 1);
	assert_non_null(
	    strstr(check_output(), "no log of this host beside it"));
	assert_non_null(strstr(check_output(), "1 deferred, 1 on hold"));
	assert_non_null(strstr(check_output(), "/mqueue: No such"));
	daemon_stop(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_queue_is_in_the_metrics_on_the_page_and_in_a_series),
		TEST(
		    a_missing_queue_is_said_once_and_shown_and_the_rest_goes_on),
		TEST(
		    a_statistics_file_is_counted_compared_and_kept_over_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
