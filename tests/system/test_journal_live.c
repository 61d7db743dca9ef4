/*
 * test_journal_live.c - the daemon on a journal: followed, killed, started
 * again, and rotated after it gave up its privileges
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <grp.h>

#include "tests/daemon.h"
#include "tests/journals.h"

#define BEGIN INT64_C(1795305600) /* 2026-11-22 00:00:00 UTC */
#define LIMIT (8u << 20)          /* libsystemd's smallest file */

static struct daemon d;
static struct name journal, active;

/* As journald's directory: its files are for the group. */
static bool
make_journal(void)
{
	const struct group *group = getgrnam("systemd-journal");

	journal = in(&d.logs, "journal");
	active = in(&d.logs, "journal/system.journal");
	MUST(mkdir(journal.path, 0755) == 0);
	if (geteuid() != 0 || group == NULL)
		return false;
	MUST(chmod(d.logs.directory, 0755) == 0);
	MUST(chown(journal.path, 0, group->gr_gid) == 0);
	MUST(chmod(journal.path, 02755) == 0);
	return true;
}

static void
configure(const char *user)
{
	FILE *conf = fopen(d.conf.path, "we");

	MUST(conf != NULL);
	fprintf(conf,
	    "data = \"%s\"\nuser = \"%s\"\n"
	    "source \"journal\" { type = \"journal\" path = \"%s\" }\n"
	    "mail { to = {} } web { listen = \"127.0.0.1:0\" }\n",
	    d.data.path, user, journal.path);
	MUST(fclose(conf) == 0);
}

static int
set_up(void **unused)
{
	(void)unused;
	daemon_init(&d);
	configure(make_journal() ? "nobody" : "root");
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	daemon_fini(&d);
	return 0;
}

static void
put(struct journal_writer *writer, unsigned i, const char *padding)
{
	char realtime[32], monotonic[32], text[64];
	json_t *one;

	snprintf(realtime, sizeof(realtime), "%lld",
	    (long long)(BEGIN + i) * 1000000);
	snprintf(monotonic, sizeof(monotonic), "%u000000", i + 1);
	snprintf(text, sizeof(text), "connect from c.test[10.0.%u.%u]", i >> 8,
	    i & 255);
	one = json_pack("{s:s s:s s:s s:s s:s s:s s:s s:s s:s}",
	    "__REALTIME_TIMESTAMP", realtime, "__MONOTONIC_TIMESTAMP",
	    monotonic, "_BOOT_ID", "ddfeefe9f2c140828e579bbb9e27cfae",
	    "_HOSTNAME", "mx1", "SYSLOG_IDENTIFIER", "postfix/smtpd", "_PID",
	    "7", "SYSLOG_FACILITY", "2", "MESSAGE", text, "X_PADDING", padding);
	MUST(one != NULL);
	journal_put(writer, one);
	json_decref(one);
}

static bool
is_rotated(void)
{
	char pattern[320];
	glob_t found;
	bool some;

	snprintf(pattern, sizeof(pattern), "%s/*@*.journal", journal.path);
	some = glob(pattern, 0, NULL, &found) == 0;
	globfree(&found);
	return some;
}

static void
nothing_is_lost_or_doubled_over_kills_and_rotations(void **unused)
{
	static char padding[40000];
	struct journal_writer writer = journal_writer_open(active.path, LIMIT);
	uint32_t x = 1;

	(void)unused;
	put(&writer, 0, "-");
	daemon_start(&d);
	daemon_await(&d);
	for (unsigned i = 1; i < 700; i++) {
		for (size_t c = 0; c < sizeof(padding) - 1; c++) {
			x = x * 1664525 + 1013904223;
			padding[c] = (char)('!' + (x >> 24) % 90);
		}
		put(&writer, i, padding);
		if (i % 100 != 50)
			continue;
		daemon_await_lines(&d, i + 1);
		if (i % 200 == 50) {
			(void)daemon_end(&d, SIGKILL);
			daemon_start(&d);
			daemon_await(&d);
		}
	}
	daemon_await_lines(&d, 700);
	journal_writer_close(&writer);
	assert_true(is_rotated());
	assert_int_equal(
	    daemon_metric(&d, "mailweir_sessions_connected_total"), 700);
	assert_int_equal(
	    daemon_metric(&d, "mailweir_agent_lines_lost_total"), 0);
	daemon_stop(&d);
	daemon_start(&d);
	daemon_await(&d);
	assert_int_equal(daemon_lines(&d), 700);
	daemon_stop(&d);
}

static void
a_journal_that_is_not_there_holds_nothing_up(void **unused)
{
	struct answer answer;
	char *said;

	(void)unused;
	MUST(rmdir(journal.path) == 0);
	daemon_start(&d);
	daemon_await(&d);
	answer = daemon_ask(&d, "/api/v1/overview?range=1h");
	assert_int_equal(answer.code, 200);
	free(answer.body);
	daemon_stop(&d);
	said = daemon_errors(&d);
	assert_non_null(strstr(said, journal.path));
	assert_null(strstr(strstr(said, journal.path) + 1, journal.path));
	free(said);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    nothing_is_lost_or_doubled_over_kills_and_rotations, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_journal_that_is_not_there_holds_nothing_up, set_up,
		    tear_down),
	};

	if (!journals_can_be_made())
		return journals_skip();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
