/* test_queue.c - queues as sources: their gauges, and what is missing */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <signal.h>

#include "tests/polled_rig.h"

static struct polled_rig rig;
static char titles[2][12] = { "first", "second" };
static char postfix[] = "postfix", sendmail[] = "sendmail";
static char paths[2][128];

static struct source_config *
add_queue(size_t i, char *system)
{
	struct source_config *source =
	    rig_source(&rig, SOURCE_TYPE_QUEUE, titles[i], paths[i]);

	snprintf(paths[i], sizeof(paths[i]), "%s/spool%zu", rig.tree.path, i);
	MUST(mkdir(paths[i], 0755) == 0);
	source->system = system;
	return source;
}

static void
put_message(const char *name, int64_t arrived)
{
	tree_postfix(&rig.tree, name, 0700, (long)arrived);
}

static int
set_up(void **state)
{
	(void)state;
	rig_init(&rig);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

static void
a_queue_is_told_each_second_and_once_a_step_to_the_series(void **state)
{
	(void)state;
	(void)add_queue(0, postfix);
	put_message("spool0/deferred/7/7B3C41C0E", RIG_NOW - 500);
	put_message("spool0/active/3B3C41C0E", RIG_NOW - 20);
	rig_start(&rig);
	rig_pass(&rig, 1);
	assert_int_equal(rig.gauges[METRIC_QUEUE_DEFERRED], 1);
	assert_int_equal(rig.gauges[METRIC_QUEUE_ACTIVE], 1);
	assert_int_equal(rig.gauges[METRIC_QUEUE_HOLD], 0);
	assert_int_equal(rig.gauges[METRIC_QUEUE_OLDEST_SECONDS], 501);
	assert_string_equal(rig.host, "mx1");
	/* Age goes on between looks; the look itself comes each minute. */
	put_message("spool0/hold/4B3C41C0E", RIG_NOW);
	rig_pass(&rig, 30);
	assert_int_equal(rig.gauges[METRIC_QUEUE_OLDEST_SECONDS], 531);
	assert_int_equal(rig.gauges[METRIC_QUEUE_HOLD], 0);
	rig_pass(&rig, 200);
	assert_int_equal(rig.gauges[METRIC_QUEUE_HOLD], 1);
	assert_in_range(rig.in_series[METRIC_QUEUE_HOLD], 4, 5);
	assert_int_equal(rig.series_at % 60, 0);
	rig_stop(&rig, true);
}

static void
queues_of_one_host_are_added(void **state)
{
	(void)state;
	(void)add_queue(0, postfix);
	(void)add_queue(1, sendmail);
	put_message("spool0/deferred/7/7B3C41C0E", RIG_NOW - 100);
	tree_text(&rig.tree, "spool1/qf4AM5C1Vb001", "V8\nT1795329000\nN2\n");
	tree_text(&rig.tree, "spool1/hf4AM5C1Vb002", "V8\nT1795329900\nN0\n");
	rig_start(&rig);
	rig_pass(&rig, 1);
	assert_int_equal(rig.gauges[METRIC_QUEUE_DEFERRED], 2);
	assert_int_equal(rig.gauges[METRIC_QUEUE_HOLD], 1);
	assert_int_equal(rig.gauges[METRIC_QUEUE_OLDEST_SECONDS], 1001);
	rig_stop(&rig, true);
}

static void
an_empty_queue_has_no_age(void **state)
{
	(void)state;
	(void)add_queue(0, postfix);
	rig_start(&rig);
	rig_pass(&rig, 1);
	assert_int_equal(rig.gauges[METRIC_QUEUE_OLDEST_SECONDS], 0);
	rig_stop(&rig, true);
}

/* The interval is the configuration's; the clock may step. */
static void
an_interval_is_kept_also_when_the_clock_steps_back(void **state)
{
	(void)state;
	add_queue(0, postfix)->interval = 10;
	rig_start(&rig);
	rig_pass(&rig, 1);
	put_message("spool0/hold/4B3C41C0E", RIG_NOW);
	rig_pass(&rig, 8);
	assert_int_equal(rig.gauges[METRIC_QUEUE_HOLD], 0);
	rig_pass(&rig, 3);
	assert_int_equal(rig.gauges[METRIC_QUEUE_HOLD], 1);
	rig.now -= 86400;
	put_message("spool0/hold/4B3C41C0F", RIG_NOW);
	rig_pass(&rig, 11);
	assert_int_equal(rig.gauges[METRIC_QUEUE_HOLD], 2);
	rig_stop(&rig, true);
}

static void
what_is_not_there_is_said_once_and_waited_for(void **state)
{
	struct source_status status;

	(void)state;
	(void)add_queue(0, postfix);
	MUST(rmdir(paths[0]) == 0);
	rig_start(&rig);
	rig_pass(&rig, 300);
	assert_int_equal(rig_said(&rig, "No such file or directory"), 1);
	status = collectors_source(rig.collectors, 0);
	assert_string_equal(status.state, "missing");
	assert_non_null(strstr(status.trouble, paths[0]));
	assert_true(rig.gauges[METRIC_QUEUE_HOLD] == GAUGE_UNKNOWN);
	put_message("spool0/hold/4B3C41C0F", RIG_NOW);
	rig_pass(&rig, 61);
	assert_int_equal(rig_said(&rig, "well again"), 1);
	assert_null(collectors_source(rig.collectors, 0).trouble);
	assert_int_equal(rig.gauges[METRIC_QUEUE_HOLD], 1);
	rig_stop(&rig, true);
}

/* As a user who may read the second queue only. */
static void
a_missing_right_is_named_once_and_the_other_queue_goes_on(void **state)
{
	bool root = geteuid() == 0;

	(void)state;
	(void)add_queue(0, postfix);
	(void)add_queue(1, sendmail);
	put_message("spool0/deferred/7/7B3C41C0E", RIG_NOW - 100);
	MUST(chmod(tree_name(&rig.tree, "spool0/deferred").path,
		 root ? 0700 : 0) == 0);
	tree_text(&rig.tree, "spool1/qf4AM5C1Vb001", "V8\nT1795329000\nN2\n");
	MUST(chmod(tree_name(&rig.tree, "spool1/qf4AM5C1Vb001").path, 0644) ==
	     0);
	MUST(chmod(rig.tree.path, 0777) == 0);
	if (root)
		MUST(seteuid(65534) == 0);
	rig_start(&rig);
	rig_pass(&rig, 200);
	rig_stop(&rig, true);
	if (root)
		MUST(seteuid(0) == 0);
	MUST(chmod(tree_name(&rig.tree, "spool0/deferred").path, 0700) == 0);
	assert_int_equal(rig_said(&rig, "Permission denied"), 1);
	assert_int_equal(rig_said(&rig, "needs CAP_DAC_READ_SEARCH"), 1);
	assert_int_equal(rig_said(&rig, "group postdrop"), 1);
	assert_int_equal(rig.gauges[METRIC_QUEUE_DEFERRED], 1);
}

/* A list in three parts, the last one only when asked again. */
static void
serve_showq(int listener)
{
	static const char list[] = "protocol\0mail_queue_list_protocol\0\0"
				   "queue_name\0deferred\0time\0"
				   "1795329995\0recipient\0c\0\0"
				   "queue_name\0hold\0time\0"
				   "1795329998\0\0";

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd == -1)
			_exit(1);
		for (size_t at = 0; at < sizeof(list); at += 30)
			if (send(fd, list + at,
				sizeof(list) - at < 30 ? sizeof(list) - at : 30,
				MSG_NOSIGNAL) == -1)
				break;
		close(fd);
	}
}

static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	MUST(fd != -1);
	MUST(strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	MUST(listen(fd, 5) == 0);
	MUST(chmod(path, 0666) == 0);
	return fd;
}

static void
await_gauge(enum metric metric, uint64_t value)
{
	for (int i = 0; i < 500 && rig.gauges[metric] != value; i++) {
		rig_pass(&rig, 1);
		(void)usleep(10000);
	}
	assert_int_equal(rig.gauges[metric], value);
}

static void
showq_is_asked_where_directories_may_not_be_read(void **state)
{
	bool root = geteuid() == 0;
	struct name socket;
	pid_t server;
	int listener;

	(void)state;
	(void)add_queue(0, postfix);
	put_message("spool0/deferred/7/7B3C41C0E", RIG_NOW - 100);
	MUST(mkdir(tree_name(&rig.tree, "spool0/public").path, 0755) == 0);
	socket = tree_name(&rig.tree, "spool0/public/showq");
	listener = listen_at(socket.path);
	server = fork();
	if (server == 0)
		serve_showq(listener);
	close(listener);
	MUST(chmod(tree_name(&rig.tree, "spool0/deferred").path,
		 root ? 0700 : 0) == 0);
	MUST(chmod(rig.tree.path, 0777) == 0);
	if (root)
		MUST(seteuid(65534) == 0);
	rig_start(&rig);
	await_gauge(METRIC_QUEUE_HOLD, 1);
	assert_int_equal(rig.gauges[METRIC_QUEUE_DEFERRED], 1);
	assert_in_range(rig.gauges[METRIC_QUEUE_OLDEST_SECONDS], 6, 600);
	assert_null(collectors_source(rig.collectors, 0).trouble);
	rig_stop(&rig, true);
	if (root)
		MUST(seteuid(0) == 0);
	MUST(chmod(tree_name(&rig.tree, "spool0/deferred").path, 0700) == 0);
	/* Also where the socket itself is configured. */
	MUST(strlen(socket.path) < sizeof(paths[0]));
	strcpy(paths[0], socket.path);
	memset(rig.gauges, 0, sizeof(rig.gauges));
	rig_start(&rig);
	await_gauge(METRIC_QUEUE_HOLD, 1);
	rig_stop(&rig, true);
	MUST(kill(server, SIGKILL) == 0);
	MUST(waitpid(server, NULL, 0) == server);
}

/* Else what its statistics file counts would never reach a series. */
static void
a_host_without_a_log_has_its_time_pass_as_well(void **state)
{
	(void)state;
	(void)add_queue(0, postfix);
	rig_start(&rig);
	rig_pass(&rig, 200);
	assert_in_range(rig.complete, RIG_NOW + 100, RIG_NOW + 200);
	rig_stop(&rig, true);
}

static void
a_queue_is_of_this_host_as_the_log_calls_it(void **state)
{
	static const struct {
		const char *suffix;
		bool full;
	} logs[] = { { "", false }, { ".example.org", true } };
	static char title[] = "log", zone[] = "UTC", path[128];
	char line[300], label[65], expected[140];
	struct utsname node;

	(void)state;
	MUST(uname(&node) == 0);
	snprintf(label, sizeof(label), "%.*s", (int)strcspn(node.nodename, "."),
	    node.nodename);
	if (strcmp(label, node.nodename) != 0)
		skip();
	for (char *p = label; *p != '\0'; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
	rig_source(&rig, SOURCE_TYPE_FILE, title, path)->zone = zone;
	add_queue(0, postfix)->host = NULL;
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%zu.log", rig.tree.path, i);
		snprintf(
		    expected, sizeof(expected), "%s%s", label, logs[i].suffix);
		snprintf(line, sizeof(line),
		    "2026-11-22T00:00:00Z %s postfix/smtpd[7]: connect from "
		    "x.test[192.0.2.1]\n",
		    expected);
		tree_text(&rig.tree, i == 0 ? "0.log" : "1.log", line);
		rig_start(&rig);
		rig_pass(&rig, 2);
		assert_string_equal(rig.host, expected);
		rig_stop(&rig, true);
		for (const char *const *p = (const char *const[]){ "state.db",
			 "state.db-wal", "state.db-shm", NULL };
		     *p != NULL; p++)
			(void)unlink(tree_name(&rig.tree, *p).path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_queue_is_told_each_second_and_once_a_step_to_the_series),
		TEST(queues_of_one_host_are_added),
		TEST(an_empty_queue_has_no_age),
		TEST(an_interval_is_kept_also_when_the_clock_steps_back),
		TEST(what_is_not_there_is_said_once_and_waited_for),
		TEST(a_missing_right_is_named_once_and_the_other_queue_goes_on),
		TEST(showq_is_asked_where_directories_may_not_be_read),
		TEST(a_host_without_a_log_has_its_time_pass_as_well),
		TEST(a_queue_is_of_this_host_as_the_log_calls_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
