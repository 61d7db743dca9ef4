/*
 * test_generated.c - the account of generated traffic is the generator's own
 *
 * The generator knows what each line it writes is worth.  Every number of its
 * account must be in what "mailweir replay --json" prints over the same file.
 * The two programs are named by $GENERATE and $MAILWEIR.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[256];

static char *
path_of(const char *name)
{
	static char paths[4][512];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, 512, "%s/%s", directory, name);
	return path;
}

static int
make_directory(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(directory, sizeof(directory), "%s/mailweir.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	return mkdtemp(directory) == NULL ? -1 : 0;
}

static int
remove_directory(void **state)
{
	static const char *names[] = { "log", "truth", "account", "conf" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(path_of(names[i]));
	return rmdir(directory);
}

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
run(const char *format, ...)
{
	char command[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("%s: failed", command);
}

static json_t *
load(const char *name)
{
	json_error_t error;
	json_t *object = json_load_file(path_of(name), 0, &error);

	if (object == NULL)
		fail_msg("%s: line %d: %s", name, error.line, error.text);
	return object;
}

/* All of them are looked at, so that one run shows every difference. */
static unsigned
differences(const char *where, json_t *truth, json_t *account)
{
	unsigned n = 0;
	const char *key;
	json_t *want;

	json_object_foreach (truth, key, want) {
		json_t *got = json_object_get(account, key);
		char path[256];

		snprintf(path, sizeof(path), "%s.%s", where, key);
		if (json_is_object(want)) {
			n += differences(path, want, got);
			continue;
		}
		if (json_integer_value(want) == json_integer_value(got))
			continue;
		print_error("%s: written %lld, read %lld\n", path,
		    (long long)json_integer_value(want),
		    (long long)json_integer_value(got));
		n++;
	}
	return n;
}

static void
compare(const char *options)
{
	json_t *truth, *account;
	FILE *conf;

	if (getenv("GENERATE") == NULL || getenv("MAILWEIR") == NULL)
		skip();
	conf = fopen(path_of("conf"), "we");
	assert_non_null(conf);
	fputs("networks = {\"192.0.2.0/24\"}\n"
	      "domains = {\"example.org\", \"example.net\"}\n",
	    conf);
	assert_int_equal(fclose(conf), 0);
	run("$GENERATE --end 2026-11-22T00:00:00Z %s -o %s --truth %s", options,
	    path_of("log"), path_of("truth"));
	run("$MAILWEIR replay -c %s --json %s >%s", path_of("conf"),
	    path_of("log"), path_of("account"));
	truth = load("truth");
	account = load("account");
	assert_int_equal(differences("account", truth, account), 0);
	assert_int_equal(
	    json_integer_value(json_object_get(
		json_object_get(account, "coverage"), "unrecognised")),
	    0);
	json_decref(truth);
	json_decref(account);
}

static void
a_month_reads_as_it_was_written(void **state)
{
	(void)state;
	compare("--days 30 --rate 300");
}

static void
a_month_in_rfc3339_reads_as_it_was_written(void **state)
{
	(void)state;
	compare("--days 30 --rate 200 --seed 7 --rfc3339");
}

static void
a_log_of_many_clients_reads_as_it_was_written(void **state)
{
	(void)state;
	compare("--days 7 --size 20M --clients 60000 --seed 3");
}

static void
a_month_of_sendmail_reads_as_it_was_written(void **state)
{
	(void)state;
	compare("--sendmail --days 30 --rate 300 --seed 5");
}

static void
a_month_of_exim_reads_as_it_was_written(void **state)
{
	(void)state;
	compare("--exim --days 30 --rate 300 --seed 5");
}

static void
a_month_of_opensmtpd_reads_as_it_was_written(void **state)
{
	(void)state;
	compare("--opensmtpd --days 30 --rate 300 --seed 5");
}

static void
a_month_of_qmail_reads_as_it_was_written(void **state)
{
	(void)state;
	compare("--qmail --days 30 --rate 300 --seed 5");
}

static void
a_month_of_nullmailer_reads_as_it_was_written(void **state)
{
	(void)state;
	compare("--nullmailer --days 30 --rate 300 --seed 5");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_month_reads_as_it_was_written),
		cmocka_unit_test(a_month_in_rfc3339_reads_as_it_was_written),
		cmocka_unit_test(a_log_of_many_clients_reads_as_it_was_written),
		cmocka_unit_test(a_month_of_sendmail_reads_as_it_was_written),
		cmocka_unit_test(a_month_of_exim_reads_as_it_was_written),
		cmocka_unit_test(a_month_of_opensmtpd_reads_as_it_was_written),
		cmocka_unit_test(a_month_of_qmail_reads_as_it_was_written),
		cmocka_unit_test(a_month_of_nullmailer_reads_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
