/*
 * test_one_host.c - several mail systems on one host, in one log
 *
 * Logs of the corpus are put together by time, under one host's name.  No figure
 * of the whole may differ from the sum of the parts', each read alone, and each
 * program's lines are shown.  The parts of the first are what the programs of
 * one log wrote, so that filters and mailboxes are told of twice; of the second,
 * two systems that know nothing of each other.
 */
#include "tests/judge.h"

#include "base/array.h"

#define MOST_PARTS    4
#define MOST_PROGRAMS 8

static const struct host {
	const char *name;
	/* Of each part: a file of the corpus, and which of its programs. */
	struct part {
		const char *log, *programs;
	} parts[MOST_PARTS];
	const char *programs[MOST_PROGRAMS]; /* that must have a row */
} hosts[] = {
	{ "postfix",
	    { { "a-small.rfc3339", "postfix" },
		{ "a-small.rfc3339", "dovecot" },
		{ "a-small.rfc3339", "amavis" } },
	    { "postfix/smtpd", "postfix/submission/smtpd", "postfix/qmgr",
		"postfix/cleanup", "dovecot", "amavis" } },
	{ "exim",
	    { { "exim/syslognots.rfc3339", "exim" },
		{ "courier/a.rfc3339", "[a-z0-9-]+" } },
	    { "exim", "courieresmtpd", "courierlocal", "courierd", "imapd",
		"pop3d" } },
};

/* The command that prints a part under the host's name. */
static void
print_part(char *command, size_t size, const struct part *part)
{
	snprintf(command, size,
	    "xz -dc tests/corpus/%s.log.xz | "
	    "sed -nE 's/^([^ ]+) [^ ]+ (%s[^ ]*: )/\\1 mail \\2/p'",
	    part->log, part->programs);
}

static void
write_log(const struct host *host, const char *path)
{
	char command[MOST_PARTS * 256] = "{ ", one[256];
	size_t n = 2;

	for (size_t i = 0; i < MOST_PARTS && host->parts[i].log != NULL; i++) {
		print_part(one, sizeof(one), &host->parts[i]);
		n += (size_t)snprintf(
		    command + n, sizeof(command) - n, "%s; ", one);
	}
	/* Stable: lines of one time stay in the order of their log. */
	snprintf(command + n, sizeof(command) - n,
	    "} | LC_ALL=C sort -s -k1,1 >%s", path);
	assert_int_equal(system(command), 0);
}

static json_t *
account_of(const char *print)
{
	char command[PATH_MAX * 2];
	json_t *account;

	snprintf(command, sizeof(command),
	    "%s | %s replay --json --top 0 --year 2026 --zone UTC -", print,
	    program());
	account = json_of(command);
	assert_non_null(account);
	return account;
}

/* Figures alone: numbers, and objects of them. */
static void
add(json_t *sum, const json_t *account)
{
	const char *key;
	json_t *value, *have;

	json_object_foreach ((json_t *)(uintptr_t)account, key, value) {
		have = json_object_get(sum, key);
		if (json_is_object(value)) {
			if (have == NULL)
				json_object_set_new(
				    sum, key, have = json_object());
			add(have, value);
		} else if (json_is_integer(value)) {
			json_object_set_new(sum, key,
			    json_integer(json_integer_value(have) +
					 json_integer_value(value)));
		}
	}
}

static void
check_figures(const struct host *host, const char *path)
{
	json_t *whole = json_object(), *sum = json_object(), *account;
	char print[PATH_MAX];

	snprintf(print, sizeof(print), "cat %s", path);
	account = account_of(print);
	add(whole, account);
	json_decref(account);
	for (size_t i = 0; i < MOST_PARTS && host->parts[i].log != NULL; i++) {
		print_part(print, sizeof(print), &host->parts[i]);
		account = account_of(print);
		assert_int_not_equal(figure(account, "coverage.lines"), 0);
		add(sum, account);
		json_decref(account);
	}
	json_object_del(whole, "span");
	json_object_del(sum, "span");
	compare_json(whole, sum, host->name, "");
	json_decref(whole);
	json_decref(sum);
}

/* "lines  not understood  program" */
static void
check_program(const char *page, const char *path, const char *name)
{
	char command[PATH_MAX * 2];

	snprintf(command, sizeof(command),
	    "test $(grep -cE '^[^ ]+ mail %s(\\[[0-9]+\\])?:' %s) = "
	    "$(awk '$3 == \"%s\" && NF == 3 { print $1 }' %s)",
	    name, path, name, page);
	if (system(command) != 0)
		complain("%s: its lines are not those shown", name);
}

static void
check_host(const struct host *host)
{
	char path[] = "/tmp/mailweir-host-XXXXXX";
	char page[] = "/tmp/mailweir-page-XXXXXX", command[PATH_MAX * 2];
	int log = mkstemp(path), shown = mkstemp(page);

	assert_true(log != -1 && shown != -1);
	close(log);
	close(shown);
	write_log(host, path);
	check_figures(host, path);
	snprintf(command, sizeof(command),
	    "%s replay --year 2026 --zone UTC %s >%s", program(), path, page);
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < MOST_PROGRAMS && host->programs[i] != NULL; i++)
		check_program(page, path, host->programs[i]);
	unlink(path);
	unlink(page);
}

static void
nothing_counts_twice_where_systems_share_a_log(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEMS(hosts); i++)
		check_host(&hosts[i]);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    nothing_counts_twice_where_systems_share_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
