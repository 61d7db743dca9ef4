/*
 * judge.h - an account's JSON beside what it must be
 *
 * A difference is a complaint on stderr; a test asserts that there were none.
 * MAILWEIR names another program to judge, which takes replay's options.
 */
#ifndef TESTS_JUDGE_H
#define TESTS_JUDGE_H

#include <sys/wait.h>

#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/figures.h"

static unsigned complaints;

static inline void complain(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

static inline void
complain(const char *fmt, ...)
{
	va_list ap;

	complaints++;
	va_start(ap, fmt);
	fputs("  ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

/* The program under test: $MAILWEIR, or the one built beside this test. */
static inline const char *
program(void)
{
	static char path[PATH_MAX + 16];
	char self[PATH_MAX];
	ssize_t n;

	if (getenv("MAILWEIR") != NULL)
		return getenv("MAILWEIR");
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(n > 0);
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/../mailweir", dirname(self));
	return path;
}

/* What the command prints, as JSON; NULL with a complaint. */
static inline json_t *
json_of(const char *command)
{
	FILE *pipe = popen(command, "r");
	json_error_t why;
	json_t *json;
	int status;

	assert_non_null(pipe);
	json = json_loadf(pipe, JSON_ALLOW_NUL, &why);
	while (fgetc(pipe) != EOF)
		;
	status = pclose(pipe);
	if (json == NULL)
		complain("%s: %s", command, why.text);
	else if (status != 0)
		complain("%s: exit status %d", command, WEXITSTATUS(status));
	return json;
}

static inline void
compare_figures(json_t *ranges, const json_t *account, const char *run)
{
	const char *key;
	json_t *range;

	json_object_foreach (ranges, key, range) {
		json_int_t least = json_integer_value(json_array_get(range, 0));
		json_int_t most = json_integer_value(json_array_get(range, 1));
		json_int_t n = figure(account, key);

		if (n >= least && n <= most)
			continue;
		if (least == most)
			complain("%s: %s is %lld, the ledger has %lld", run,
			    key, (long long)n, (long long)least);
		else
			complain("%s: %s is %lld, the ledger has %lld to %lld",
			    run, key, (long long)n, (long long)least,
			    (long long)most);
	}
}

/* A table's row with that name, or NULL. */
static inline const json_t *
row_of(const json_t *rows, const char *field, const char *name)
{
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row)
		if (strcmp(ledger_text(row, field), name) == 0)
			return row;
	return NULL;
}

static inline void
compare_entry(const json_t *want, const char *wanted, const json_t *got,
    const char *field, const char *run, const char *who)
{
	json_int_t least = ledger_number(want, wanted);
	json_int_t n = ledger_number(got, field);

	if (n != least)
		complain("%s: %s: %s is %lld, the ledger has %lld", run, who,
		    field, (long long)n, (long long)least);
}

/* Clients and accounts: rows of the ledger, by their names. */
static inline void
compare_rows(json_t *want_clients, json_t *want_accounts, const json_t *account,
    const char *run)
{
	const json_t *clients = json_object_get(account, "clients");
	const json_t *accounts = json_object_get(account, "accounts");
	const char *name;
	const json_t *row;
	json_t *want;
	size_t i;

	json_object_foreach (want_clients, name, want) {
		row = row_of(clients, "address", name);
		compare_entry(want, "rejected", row, "rejected", run, name);
		compare_entry(want, "denied", row, "relay_denied", run, name);
		compare_entry(want, "failed", row, "auth_failed", run, name);
		compare_entry(want, "taken", row, "received", run, name);
	}
	json_array_foreach (clients, i, want)
		if (json_object_get(
			want_clients, ledger_text(want, "address")) == NULL)
			complain("%s: client %s is not in the ledger", run,
			    ledger_text(want, "address"));
	json_object_foreach (want_accounts, name, want)
		compare_entry(want_accounts, name,
		    row_of(accounts, "account", name), "received", run, name);
	json_array_foreach (accounts, i, want)
		if (json_object_get(
			want_accounts, ledger_text(want, "account")) == NULL)
			complain("%s: account %s is not in the ledger", run,
			    ledger_text(want, "account"));
}

static inline void
compare_coverage(const json_t *account, const char *what)
{
	const json_t *c = json_object_get(account, "coverage");
	json_int_t lines = ledger_number(c, "lines");
	json_int_t known =
	    ledger_number(c, "recognised") + ledger_number(c, "ignored");

	if (lines == 0 || known * 1000 < lines * 995)
		complain("%s: coverage is %lld of %lld lines", what,
		    (long long)known, (long long)lines);
	if (known + ledger_number(c, "unrecognised") != lines)
		complain("%s: coverage does not add up to %lld lines", what,
		    (long long)lines);
}

/* Name each leaf that differs. */
static inline void
compare_json(
    const json_t *a, const json_t *b, const char *what, const char *path)
{
	char below[256];
	const char *key;
	json_t *value;

	if (json_equal(a, b))
		return;
	if (!json_is_object(a) || !json_is_object(b)) {
		char *x = json_dumps(a, JSON_ENCODE_ANY | JSON_COMPACT);
		char *y = json_dumps(b, JSON_ENCODE_ANY | JSON_COMPACT);

		complain("%s: %s is %.200s, as plain text %.200s", what, path,
		    y != NULL ? y : "absent", x != NULL ? x : "absent");
		free(x);
		free(y);
		return;
	}
	json_object_foreach ((json_t *)a, key, value) {
		snprintf(below, sizeof(below), "%.120s%s%.120s", path,
		    *path != '\0' ? "." : "", key);
		compare_json(value, json_object_get(b, key), what, below);
	}
	json_object_foreach ((json_t *)b, key, value)
		if (json_object_get(a, key) == NULL)
			complain("%s: %s.%s is not in the plain account", what,
			    path, key);
}

#endif
