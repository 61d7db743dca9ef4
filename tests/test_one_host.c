/*
 * test_one_host.c - several mail systems on one host, in one log
 *
 * Logs of the corpus are put together by time, under one host's name.  No figure
 * of the whole may differ from the sum of the parts', each read alone, and each
 * program's lines are shown.  The parts of the first are what the programs of
 * one log wrote, so that filters and mailboxes are told of twice; of the second,
 * two systems that know nothing of each other; of the third, all that one log
 * has of a host with lists, whose ledger says what the account must be.
 */
#include "tests/judge.h"

#include "base/array.h"

#define LISTS         "mailman/a.rfc3339"
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
	{ "mailman",
	    { { LISTS, "postfix" }, { LISTS, "dovecot" }, { LISTS, "amavis" },
		{ LISTS, "mailman3" } },
	    { "postfix/smtpd", "postfix/submission/smtpd", "postfix/lmtp",
		"postfix/smtp", "postfix/cleanup", "dovecot", "amavis",
		"mailman3" } },
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

/* What the ledger of the host with lists says; all numbers are of messages. */
struct told {
	json_int_t taken, to; /* by the server, and their recipients */
	json_int_t refused, auth[2], logins[2];
};

/* An alias stands for two. */
static void
read_reply(const json_t *says, struct told *told)
{
	const char *what = ledger_text(says, "what"), *name;
	bool good = ledger_number(says, "code") < 400;
	size_t i;
	json_t *to;

	if (strcmp(what, "auth") == 0)
		told->auth[good]++;
	if (strcmp(what, "rcpt") == 0)
		told->refused += !good;
	if (strcmp(what, "data") != 0)
		return;
	assert_true(good);
	told->taken++;
	json_array_foreach (json_object_get(says, "to"), i, to) {
		name = json_string_value(to);
		told->to += strcmp(name, "team@example.com") == 0 ? 2 : 1;
	}
}

static struct told
read_sessions(const json_t *truth)
{
	struct told told = { 0 };
	size_t i, k;
	json_t *session, *says, *login;

	json_array_foreach (json_object_get(truth, "sessions"), i, session)
		json_array_foreach (json_object_get(session, "says"), k, says)
			read_reply(says, &told);
	json_array_foreach (json_object_get(truth, "logins"), i, login)
		told.logins[json_is_true(json_object_get(login, "ok"))]++;
	return told;
}

/* Recipients of all that was put down there. */
static json_int_t
put_down(const json_t *places)
{
	const char *place;
	size_t i;
	json_t *all, *message, *to;
	json_int_t n = 0;

	json_object_foreach ((json_t *)(uintptr_t)places, place, all)
		json_array_foreach (all, i, message) {
			to = json_object_get(message, "to");
			/* A mailbox has a copy for one. */
			n += json_is_string(to)
				 ? 1
				 : (json_int_t)json_array_size(to);
		}
	return n;
}

/*
 * Received is what clients were told to be taken, and what Mailman brought: to
 * each member a welcome, three posts, in two parts each (members in .com, and
 * others), notices that a post waits for the owner, which come back from the
 * owner's address to the owner, and one that asks for a confirmation.  Each of
 * them passed amavis once, and none counts as received on its way back.
 *
 * Sent is what the mailboxes held, what the servers elsewhere took, and what
 * Mailman was given: posts, notices to owners, and the two returns.  Those are
 * of a member that is refused elsewhere, and bounced as a third does, that
 * amavis found banned, and gave back to its sender.
 */
static void
a_host_with_lists_has_what_its_ledger_has(void **state)
{
	json_t *truth = json_of("xz -dc tests/corpus/mailman/a.truth.json.xz");
	json_t *account = account_of("xz -dc tests/corpus/" LISTS ".log.xz");
	json_t *ranges = json_object(), *mailman, *brought;
	struct told told = read_sessions(truth);
	json_int_t n, gone, to = 0;
	size_t i;

	(void)state;
	mailman = json_object_get(truth, "mailman");
	n = (json_int_t)json_array_size(json_object_get(mailman, "brought"));
	json_array_foreach (json_object_get(mailman, "brought"), i, brought)
		to +=
		    (json_int_t)json_array_size(json_object_get(brought, "to"));
	gone = (json_int_t)json_array_size(
	    json_object_get(truth, "refused_elsewhere"));
	ledger_want(ranges, "messages.received", told.taken + n);
	ledger_want(ranges, "messages.received_recipients", told.to + to);
	ledger_want(ranges, "messages.sent",
	    put_down(json_object_get(truth, "mailboxes")) +
		put_down(json_object_get(truth, "sinks")) +
		(json_int_t)json_array_size(json_object_get(mailman, "took")));
	ledger_want(ranges, "messages.bounced", gone + 1);
	ledger_want(ranges, "messages.generated", gone + 1);
	/* later@ was put off once by each of two servers. */
	ledger_want(ranges, "messages.deferred", 2);
	ledger_want(ranges, "messages.discarded", 2);
	/* All of what was received, and nothing else, was scanned. */
	ledger_want(ranges, "verdicts.clean", told.taken + n - 3);
	ledger_want(ranges, "verdicts.spam", 2);
	ledger_want(ranges, "verdicts.banned", 1);
	ledger_want(ranges, "rejects.total", told.refused);
	ledger_want(ranges, "auth.ok", told.auth[true]);
	ledger_want(ranges, "auth.failed", told.auth[false]);
	ledger_want(ranges, "logins.ok", told.logins[true]);
	ledger_want(ranges, "logins.failed", told.logins[false]);
	ledger_want(ranges, "mailers.smtp.msgs_from", told.taken + n);
	ledger_want(ranges, "mailers.smtp.msgs_to",
	    put_down(json_object_get(truth, "sinks")));
	/* To members elsewhere, and to who is no member. */
	ledger_want(ranges, "relay.network", 5 + 3 + 3);
	ledger_want(ranges, "relay.authenticated", 2);
	ledger_want(ranges, "relay.open", 0);
	ledger_want(ranges, "coverage.unrecognised", 0);
	compare_figures(ranges, account, LISTS);
	assert_int_equal(complaints, 0);
	json_decref(ranges);
	json_decref(account);
	json_decref(truth);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    nothing_counts_twice_where_systems_share_a_log),
		cmocka_unit_test(a_host_with_lists_has_what_its_ledger_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
