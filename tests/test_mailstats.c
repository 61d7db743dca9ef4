/*
 * test_mailstats.c - the table of mailstats beyond what was recorded of the
 * real one (tests/system/mailstats.sh holds it to that)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/mailstats_file.h"
#include "agent/when.h"
#include "base/array.h"
#include "tests/scratch.h"

static void
read_text(struct sendmail_cf *cf, const char *text)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(in);
	assert_true(sendmail_cf_read(cf, in));
	fclose(in);
}

/* The text, to be freed. */
static char *
print(const struct mailstats *table,
    void (*how)(FILE *, const struct mailstats *, bool names), bool names)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	how(out, table, names);
	fclose(out);
	return text;
}

static void
print_json(FILE *out, const struct mailstats *table, bool names)
{
	(void)names;
	assert_int_equal(mailstats_print_json(out, table), 0);
}

static struct stats_host *
an_account(void)
{
	static const char *const names[] = { "lmtp", "esmtp", "local", "odd\n",
		"quiet", "prog" };
	struct stats_host *host = calloc(1, sizeof(*host));

	assert_non_null(host);
	host->first = 1795310069;
	host->totals[METRIC_SESSIONS_CONNECTED] = 17;
	host->totals[METRIC_SESSIONS_REJECTED] = 5;
	for (size_t i = 0; i < NELEMS(names); i++) {
		struct stats_mailer *mailer =
		    &host->mailers[host->mailer_count++];

		strcpy(mailer->name, names[i]);
		if (strcmp(names[i], "quiet") == 0) {
			/* Sizes and retries alone make no row. */
			mailer->totals[MAILER_KBYTES_TO] = 4;
			mailer->totals[MAILER_DEFERRED] = 4;
			continue;
		}
		mailer->totals[MAILER_MSGS_FROM] = i + 1;
		mailer->totals[MAILER_BYTES_FROM] = (i + 1) * 1500;
		mailer->totals[MAILER_KBYTES_FROM] = (i + 1) * 2;
		mailer->totals[MAILER_MSGS_TO] = 10 * (i + 1);
		mailer->totals[MAILER_MSGS_QUARANTINED] = i;
	}
	return host;
}

static void
mailers_have_the_numbers_of_the_configuration_and_others_the_next(void **state)
{
	static const char wanted[] =
	    "1795310069 1795310100\n"
	    " 0        6         12       60          0        0       0       "
	    "5  prog\n"
	    " 3        3          6       30          0        0       0       "
	    "2  local\n"
	    " 5        2          4       20          0        0       0       "
	    "1  esmtp\n"
	    " 9        1          2       10          0        0       0       "
	    "0  lmtp\n"
	    "10        4          8       40          0        0       0       "
	    "3  odd\n\n"
	    " T       16         32      160          0        0       0      "
	    "11\n"
	    " C       17        0      5\n";
	struct stats_host *host = an_account();
	struct mailstats table;
	struct sendmail_cf cf;
	char *text;

	(void)state;
	sendmail_cf_usual(&cf);
	mailstats_of_account(&table, host, &cf);
	table.now = 1795310100;
	text = print(&table, mailstats_print_program, true);
	assert_string_equal(text, wanted);
	free(text);

	read_text(&cf, "Mlmtp, P=x\nMlocal\n");
	mailstats_of_account(&table, host, &cf);
	assert_int_equal(table.rows[0].number, 0);
	assert_string_equal(table.rows[1].name, "lmtp");
	assert_int_equal(table.rows[1].number, 3);
	assert_string_equal(table.rows[2].name, "local");
	assert_int_equal(table.rows[2].number, 4);
	assert_string_equal(table.rows[3].name, "esmtp");
	assert_int_equal(table.rows[3].number, 5);
	free(host);
}

static void
json_holds_every_column_and_the_bytes(void **state)
{
	struct stats_host *host = an_account();
	struct mailstats table;
	struct sendmail_cf cf;
	json_t *root, *row, *total;
	json_error_t why;
	char *text;

	(void)state;
	sendmail_cf_usual(&cf);
	mailstats_of_account(&table, host, &cf);
	table.now = 1795310100;
	text = print(&table, print_json, false);
	root = json_loads(text, 0, &why);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "since")),
	    "2026-11-22T01:14:29Z");
	assert_string_equal(json_string_value(json_object_get(root, "now")),
	    "2026-11-22T01:15:00Z");
	assert_int_equal(json_array_size(json_object_get(root, "mailers")), 5);
	row = json_array_get(json_object_get(root, "mailers"), 4);
	assert_string_equal(
	    json_string_value(json_object_get(row, "name")), "odd\\012");
	assert_int_equal(
	    json_integer_value(json_object_get(row, "number")), 10);
	assert_int_equal(
	    json_integer_value(json_object_get(row, "bytes_from")), 6000);
	total = json_object_get(root, "total");
	assert_int_equal(json_object_size(total), 9);
	assert_int_equal(
	    json_integer_value(json_object_get(total, "msgs_to")), 160);
	assert_int_equal(json_integer_value(json_object_get(
			     json_object_get(root, "connections"), "rejected")),
	    5);
	json_decref(root);
	free(text);
	free(host);
}

/* First a part of it is there, then, when that was read, the whole. */
static void
write_in_two(const char *path, const unsigned char *bytes)
{
	int fd = open(path, O_WRONLY), waiting = 1;
	const struct timespec moment = { 0, 1000000 };

	signal(SIGPIPE, SIG_IGN);
	if (fd == -1 || write(fd, bytes, 700) != 700)
		_exit(1);
	while (ioctl(fd, FIONREAD, &waiting) == 0 && waiting != 0)
		nanosleep(&moment, NULL);
	/* Nobody may have it open for a moment. */
	while (write(fd, bytes, STATFILE_BYTES) == -1)
		nanosleep(&moment, NULL);
	pause();
}

static void
a_file_that_is_being_written_is_read_again(void **state)
{
	unsigned char bytes[STATFILE_BYTES];
	struct mailstats table;
	struct sendmail_cf cf;
	const char *found;
	char path[512], *dir = scratch_make();
	FILE *in = fopen("tests/statistics/small-07-end.st", "re");
	pid_t pid;

	(void)state;
	assert_non_null(in);
	assert_int_equal(fread(bytes, 1, sizeof(bytes), in), sizeof(bytes));
	fclose(in);
	snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		write_in_two(path, bytes);
	sendmail_cf_usual(&cf);
	assert_int_equal(mailstats_read_file(&table, &cf, path, &found), 0);
	assert_ptr_equal(found, path);
	assert_int_equal(table.connections_from, 792);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	unlink(path);
	scratch_remove(dir);
}

static void
a_configuration_without_end_is_read_in_part(void **state)
{
	struct sendmail_cf cf;
	FILE *zero = fopen("/dev/zero", "re");

	(void)state;
	assert_non_null(zero);
	assert_true(sendmail_cf_read(&cf, zero));
	assert_true(ftell(zero) <= 2 * SENDMAIL_CF_MOST);
	assert_int_equal(cf.mailer_count, 3);
	assert_false(cf.names_file);
	fclose(zero);
}

static void
a_time_is_read_as_people_write_it(void **state)
{
	const int64_t now = 1795338001;
	static const struct {
		const char *text;
		int64_t when; /* -1: none */
	} cases[] = {
		{ "24h", 1795338001 - 86400 },
		{ "7d", 1795338001 - 604800 },
		{ "2w", 1795338001 - 1209600 },
		{ "30min", 1795338001 - 1800 },
		{ "90s", 1795338001 - 90 },
		{ "5000w", 0 },
		{ "2026-11-20", 1795145400 },
		{ "2026-11-20 06:00", 1795167000 },
		{ "2026-11-20T06:00", 1795167000 },
		{ "2026-11-20 06:00:01", 1795167001 },
		{ "2026-11-20T06:00:00Z", 1795154400 },
		{ "2026-02-29", -1 },
		{ "2028-02-29", 1835407800 },
		{ "2026-13-01", -1 },
		{ "2026-11-20 25:00", -1 },
		{ "2026-11-20 06", -1 },
		{ "2026-11-20x", -1 },
		{ "", -1 },
		{ "h", -1 },
		{ "-1h", -1 },
		{ "1.5h", -1 },
		{ "99999999999999999999s", -1 },
		{ "9999999999999999w", -1 },
		{ "tomorrow", -1 },
		{ "1900-01-01", -1 },
	};

	(void)state;
	setenv("TZ", "NST3:30", 1);
	tzset();
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct err err = { "" };
		int64_t when = -1;
		int rc = when_parse(cases[i].text, now, &when, &err);

		if (rc == -1)
			assert_non_null(strstr(err.text, "expected a time"));
		if (rc != (cases[i].when == -1 ? -1 : 0) ||
		    (rc == 0 && when != cases[i].when))
			fail_msg("%s: %lld", cases[i].text, (long long)when);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    mailers_have_the_numbers_of_the_configuration_and_others_the_next),
		cmocka_unit_test(json_holds_every_column_and_the_bytes),
		cmocka_unit_test(a_file_that_is_being_written_is_read_again),
		cmocka_unit_test(a_configuration_without_end_is_read_in_part),
		cmocka_unit_test(a_time_is_read_as_people_write_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
