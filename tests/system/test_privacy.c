/*
 * test_privacy.c - with the switch on nobody is named, and nothing else changes
 *
 * Two daemons read the same log, one of them with `privacy', through a restart.
 * Whoever the ledger names is looked for, byte by byte, in all that this one
 * answers, mails and keeps; and in what the other does, where he must be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pseudonym.h"
#include "tests/daemon.h"
#include "tests/mail_server.h"
#include "tests/moved.h"
#include "tests/truth.h"

#define RUN    "a-small"
#define LIVE   "ann.victim.7" /* whom the lines of now are about */
#define PEOPLE 8192

static const char *const paths[] = { "/", "/api/v1/overview",
	"/api/v1/clients?limit=1000", "/api/v1/accounts?limit=1000",
	"/api/v1/alerts?limit=1000", "/api/v1/blocks", "/api/v1/rules",
	"/api/v1/health", "/api/v1/mailers", "/api/v1/rejects", "/metrics",
	"/healthz", "/api/v1/series?name=messages.received",
	"/api/v1/attention", "/api/v1/destinations?limit=1000",
	"/api/v1/domains?side=senders&limit=1000",
	"/api/v1/domains?side=recipients&limit=1000", "/api/v1/events",
	"/api/v1/marks", "/api/v1/never", "/api/v1/wire",
	/* Of whom every line of now is. */
	"/api/v1/messages?limit=200&filter=example.com",
	"/api/v1/messages?limit=200&filter=example.net" };

static struct daemon on, off;
static char *people[PEOPLE]; /* their local parts, in lower case, sorted */
static size_t person_count;

static bool
is_local(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("._+-", c) != NULL);
}

/* "m.brown", "pat35": no word of a line, of a host's name or of ours. */
static bool
is_distinctive(const char *name)
{
	bool digit = false, letter = false;

	for (const char *p = name; *p != '\0'; p++) {
		digit |= (*p >= '0' && *p <= '9') || *p == '.';
		letter |= *p >= 'a' && *p <= 'z';
	}
	return digit && letter && strlen(name) >= 5 && name[0] != '.' &&
	       strstr(name, "example") == NULL && !pseudonym_is(slice_of(name));
}

static void
know(const char *name)
{
	assert_true(person_count < PEOPLE);
	if (is_distinctive(name))
		people[person_count++] = mem_text(name);
}

static char *
lower_case(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] + ('a' - 'A'));
	return text;
}

/* Whatever stands before an '@' in the ledger. */
static void
load_people(void)
{
	FILE *in = popen("xz -dc " LOGS RUN ".truth.json.xz", "r");
	char *text = NULL, *at, *begin;
	size_t size = 0, kept = 0;
	ssize_t n;

	assert_non_null(in);
	n = getdelim(&text, &size, '\0', in);
	assert_true(n > 0);
	lower_case(text, (size_t)n);
	for (at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@')) {
		for (begin = at; begin > text && is_local(begin[-1]); begin--)
			;
		*at = '\0';
		know(begin);
	}
	know(LIVE);
	qsort(people, person_count, sizeof(people[0]), by_text);
	for (size_t i = 0; i < person_count; i++)
		if (kept == 0 || strcmp(people[kept - 1], people[i]) != 0)
			people[kept++] = people[i];
		else
			free(people[i]);
	person_count = kept;
	free(text);
	assert_int_equal(pclose(in), 0);
	assert_true(person_count > 500);
}

static int
compare_name(const void *key, const void *person)
{
	return strcmp(key, *(char *const *)person);
}

/* How many words of it are somebody's; the first of them. */
static size_t
named_in(const char *bytes, size_t n, const char **who)
{
	char *text = lower_case(mem_copy(bytes, n + 1), n), word[256];
	size_t named = 0, end;

	for (size_t i = 0; i < n; i = end + 1) {
		char **person;

		for (end = i; end < n && is_local(text[end]); end++)
			;
		if (end == i || end - i >= sizeof(word))
			continue;
		memcpy(word, text + i, end - i);
		word[end - i] = '\0';
		person = bsearch(word, people, person_count, sizeof(people[0]),
		    compare_name);
		if (person == NULL)
			continue;
		*who = *person;
		named++;
	}
	free(text);
	return named;
}

static size_t
named_in_file(const char *path, const char **who)
{
	struct stat st;
	size_t n, named;
	char *bytes = read_whole(path, &n, &st);

	named = named_in(bytes, n, who);
	free(bytes);
	return named;
}

/* Of all files below it: they are named in so many places. */
static size_t
named_below(struct daemon *d, bool allowed)
{
	char command[PATH_MAX + 32], path[PATH_MAX];
	const char *who = "";
	size_t named = 0, files = 0, here;
	FILE *in;

	snprintf(command, sizeof(command), "find %s -type f", d->data.path);
	in = popen(command, "r");
	assert_non_null(in);
	while (fgets(path, sizeof(path), in) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		here = named_in_file(path, &who);
		if (here != 0 && !allowed)
			fail_msg("%s: %s is in it", path, who);
		named += here;
		files++;
	}
	assert_int_equal(pclose(in), 0);
	assert_true(files > 10);
	return named;
}

static size_t
named_in_answers(struct daemon *d, bool allowed)
{
	const char *who = "";
	size_t named = 0, here;

	for (size_t i = 0; i < NELEMS(paths); i++) {
		struct answer answer = daemon_ask(d, paths[i]);

		if (answer.code != 200)
			fail_msg("%s: %ld", paths[i], answer.code);
		here = named_in(answer.body, answer.n, &who);
		if (here != 0 && !allowed)
			fail_msg("%s: %s is in it", paths[i], who);
		named += here;
		free(answer.body);
	}
	return named;
}

static void
configure(struct daemon *d, const char *privacy)
{
	char more[400];

	snprintf(more, sizeof(more),
	    "%s\nnetworks = {\"192.0.2.0/24\"}\ndomains = {\"example.org\"}\n"
	    "mail { to = {\"kim@example.org\"} from = \"weir@example.org\"\n"
	    "local = \"127.0.0.1:%u\" ways = {\"local\"} daily = \"\" }\n",
	    privacy, server.ports[PLAIN]);
	daemon_configure(d, "root", more);
}

static void
start(struct daemon *d)
{
	daemon_start(d);
	daemon_await(d);
}

/* Three refusals of now, for they are mailed of; by that client. */
static void
offend(struct daemon *d, const char *client)
{
	char stamp[64], line[600];
	time_t now = time(NULL);
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S+00:00",
	    gmtime_r(&now, &tm));
	for (int i = 0; i < 3; i++) {
		int n = snprintf(line, sizeof(line),
		    "%s mx1 postfix/smtpd[812]: NOQUEUE: reject: RCPT from "
		    "unknown[%s]: 554 5.7.1 <" LIVE
		    "@example.com>: Relay access "
		    "denied; from=<" LIVE "@example.net> to=<" LIVE
		    "@example.com> proto=SMTP helo=<pc>\n",
		    stamp, client);

		logs_write(&d->logs, line, (size_t)n);
	}
}

/* The log, moved to this morning; a restart in its middle. */
static void
read_the_log(struct daemon *d)
{
	struct move move = { time(NULL) - 6 * 3600, 1, 0 };
	size_t size, half;
	char *text = written(&move, NULL, &size);

	for (half = size / 2; text[half - 1] != '\n'; half++)
		;
	logs_write(&d->logs, text, half);
	start(d);
	for (size_t i = half; i < size; i++)
		move.late += text[i] == '\n';
	daemon_await_lines(d, line_count - (uint64_t)move.late);
	daemon_stop(d);
	logs_write(&d->logs, text + half, size - half);
	start(d);
	daemon_await_lines(d, line_count);
	free(text);
}

static void
both_read_the_log_and_are_offended(void **state)
{
	json_t *mails[2];
	const char *who = "";
	char *mail;

	(void)state;
	configure(&on, "privacy = true");
	configure(&off, "");
	read_the_log(&on);
	read_the_log(&off);
	offend(&on, "203.0.113.7");
	mails[0] = taken();
	offend(&off, "203.0.113.7");
	mails[1] = taken();
	for (size_t i = 0; i < 2; i++) {
		assert_non_null(strstr(text(mails[i], "subject"),
		    "relay-abuse: 203.0.113.7 refused 3 times"));
		mail = json_dumps(mails[i], JSON_ENSURE_ASCII);
		if (named_in(mail, strlen(mail), &who) == 0)
			assert_int_equal(i, 0);
		else if (i == 0)
			fail_msg("%s is in the mail: %s", who, mail);
		free(mail);
		json_decref(mails[i]);
	}
}

static void
no_answer_names_anybody(void **state)
{
	(void)state;
	assert_int_equal(named_in_answers(&on, false), 0);
	assert_true(named_in_answers(&off, true) > 0);
}

/* Who is looked for by the real name is found, and named by the other. */
static void
a_person_is_found_by_the_real_name(void **state)
{
	static const char *const searches[] = {
		"/api/v1/messages?filter=" LIVE "@example.com",
		"/api/v1/messages?filter=%3C" LIVE "@example.com%3E",
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(searches); i++) {
		struct answer answer = daemon_ask(&on, searches[i]);

		assert_int_equal(answer.code, 200);
		if (strstr(answer.body, "Relay access denied") == NULL)
			fail_msg("%s: %s", searches[i], answer.body);
		assert_null(strstr(answer.body, LIVE));
		free(answer.body);
	}
}

/* Until the first alerts have come. */
static size_t
take_until_alerts(char *bytes, size_t size, size_t n, void *arg)
{
	struct answer *answer = arg;

	(void)take_bytes(bytes, size, n, answer);
	return strstr(answer->body, "event: alerts") != NULL ? 0 : n;
}

static void
no_stream_names_anybody(void **state)
{
	struct answer answer = { 0, strdup(""), 0 };
	struct name file = in(&on.logs, "data/web.token");
	char url[256], bearer[160];
	struct curl_slist *headers;
	CURL *curl = curl_easy_init();
	const char *who = "";
	struct stat st;
	size_t n;
	char *token = read_whole(file.path, &n, &st);

	(void)state;
	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %.64s", token);
	headers = curl_slist_append(NULL, bearer);
	snprintf(url, sizeof(url), "%s/api/v1/stream", on.address);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_until_alerts);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)PATIENCE_MS);
	assert_int_equal(curl_easy_perform(curl), CURLE_WRITE_ERROR);
	assert_non_null(strstr(answer.body, "relay-abuse"));
	if (named_in(answer.body, answer.n, &who) != 0)
		fail_msg("%s is in the stream", who);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	free(token);
	free(answer.body);
}

static void
a_report_of_the_log_names_nobody(void **state)
{
	char command[2 * PATH_MAX], *said = NULL;
	const char *who = "";
	size_t size = 0;
	ssize_t n;
	FILE *in;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		snprintf(command, sizeof(command), "%s %s -c %s %s %s 2>&1",
		    program(), i == 0 ? "report" : "replay", on.conf.path,
		    i == 0 ? "--log" : "--events", on.logs.path);
		in = popen(command, "r");
		n = getdelim(&said, &size, '\0', in);
		assert_true(n > 1000);
		assert_int_equal(pclose(in), 0);
		assert_null(strstr(said, "of this run alone"));
		if (named_in(said, (size_t)n, &who) != 0)
			fail_msg("%s is in it: %s", who, command);
	}
	free(said);
}

static void
no_file_names_anybody(void **state)
{
	struct name key = in(&on.logs, "data/privacy.key");
	const char *who = "";
	struct stat st;

	(void)state;
	daemon_stop(&on);
	daemon_stop(&off);
	MUST(stat(key.path, &st) == 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(named_below(&on, false), 0);
	if (named_in_file(on.err.path, &who) != 0)
		fail_msg("%s is in what it said: %s", who, daemon_errors(&on));
	assert_true(named_below(&off, true) > 100);
}

static struct pseudonyms *
kept_names(void)
{
	struct name file = in(&on.logs, "data/privacy.key");
	struct stat st;
	size_t n;
	char *key = read_whole(file.path, &n, &st);
	struct pseudonyms *names =
	    pseudonyms_new((struct slice){ key, strcspn(key, "\n") });

	free(key);
	return names;
}

/* Accounts to their figures; renamed where there are names. */
static json_t *
accounts_of(const struct tally *tally, struct pseudonyms *names)
{
	json_t *all = json_object();
	struct account_row *rows;
	struct slice name;
	size_t n;

	rows = tally_accounts(tally, ACCOUNTS_BY_RECIPIENTS, 100000, &n);
	for (size_t i = 0; i < n; i++) {
		name = pseudonyms_name(names, slice_of(rows[i].account));
		json_object_setn_new(all, name.p, name.n,
		    json_pack("[I,I]", (json_int_t)rows[i].received,
			(json_int_t)rows[i].recipients));
	}
	free(rows);
	return all;
}

static void
figures_are_what_they_are_without(void **state)
{
	struct account with = account_load(on.data.path);
	struct account without = account_load(off.data.path);
	struct pseudonyms *names = kept_names();
	json_t *got = accounts_of(with.tally, NULL);
	json_t *want = accounts_of(without.tally, names);
	unsigned wrong = 0;

	(void)state;
	assert_int_equal(
	    stats_host_count(with.stats), stats_host_count(without.stats));
	for (size_t i = 0; i < stats_host_count(with.stats); i++)
		wrong += compare_host("privacy", stats_host(without.stats, i),
		    stats_host(with.stats, i));
	assert_int_equal(wrong, 0);
	assert_true(json_object_size(want) > 10);
	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
	pseudonyms_free(names);
	account_unload(&with);
	account_unload(&without);
}

static int
open_all(void **state)
{
	load(RUN);
	load_people();
	daemon_init(&on);
	daemon_init(&off);
	return start_server(state);
}

static int
close_all(void **state)
{
	daemon_fini(&on);
	daemon_fini(&off);
	while (person_count > 0)
		free(people[--person_count]);
	unload();
	return stop_server(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_read_the_log_and_are_offended),
		cmocka_unit_test(no_answer_names_anybody),
		cmocka_unit_test(a_person_is_found_by_the_real_name),
		cmocka_unit_test(no_stream_names_anybody),
		cmocka_unit_test(a_report_of_the_log_names_nobody),
		cmocka_unit_test(no_file_names_anybody),
		cmocka_unit_test(figures_are_what_they_are_without),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
