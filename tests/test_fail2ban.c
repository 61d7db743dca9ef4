/*
 * test_fail2ban.c - fail2ban's own filters find the failures that we find
 *
 * Each log of the corpus is read by its system's filters, as fail2ban ships
 * them, and by us, and what each took for a failed login or for a reject is
 * compared line by line: the same line, the same client.  A line that only one
 * of us has needs a reason, a row of fixtures/fail2ban/reasons:
 *
 *	LOG-PATTERN KIND WHO NAME
 *		REGEX
 *
 * WHO is `theirs' or `ours', the one who has the line.  A reason says of which
 * lines it speaks, never of how many.  Skipped where there is no fail2ban.
 */
#include "tests/judge.h"

#include <sys/stat.h>

#include <fnmatch.h>
#include <regex.h>

#include "base/array.h"
#include "collectors/collectors.h"

#define REASONS      "tests/fixtures/fail2ban/reasons"
#define MOST_EXCUSES 64
#define MOST_FILTERS 3

#define UNPACKED "build/tools/fail2ban"

/* `kind': what these filters look for; "any" is both. */
static const struct run {
	const char *log, *kind, *filters[MOST_FILTERS];
	bool blind; /* none of its lines is as the filters want it */
} runs[] = {
	{ "a-small.rfc3339", "auth",
	    .filters = { "postfix.conf[mode=auth]", "postfix.conf[mode=ddos]",
		"dovecot.conf[mode=aggressive]" } },
	{ "a-small.rfc3339", "reject",
	    .filters = { "postfix.conf[mode=more]" } },
	{ "a-big.rfc3339", "auth",
	    .filters = { "postfix.conf[mode=auth]", "postfix.conf[mode=ddos]",
		"dovecot.conf[mode=aggressive]" } },
	{ "a-big.rfc3339", "reject", .filters = { "postfix.conf[mode=more]" } },
	{ "sendmail/small.rfc3339", "auth",
	    .filters = { "sendmail-auth.conf" } },
	{ "sendmail/small.rfc3339", "reject",
	    .filters = { "sendmail-reject.conf[mode=aggressive]" } },
	{ "sendmail/large.rfc3339", "auth",
	    .filters = { "sendmail-auth.conf" } },
	{ "sendmail/large.rfc3339", "reject",
	    .filters = { "sendmail-reject.conf[mode=aggressive]" } },
	{ "exim/default.mainlog", "any",
	    .filters = { "exim.conf[mode=normal]" } },
	{ "exim/all.mainlog", "any", .filters = { "exim.conf[mode=normal]" } },
	{ "exim/some.mainlog", "any", .filters = { "exim.conf[mode=normal]" } },
	{ "exim/ways.all", "any", .filters = { "exim.conf[mode=normal]" } },
	{ "dovecot/a.rfc3339", "auth",
	    .filters = { "dovecot.conf[mode=aggressive]" }, .blind = true },
	{ "courier/a.rfc3339", "any",
	    .filters = { "courier-auth.conf", "courier-smtp.conf" } },
	{ "cyrus/a.rfc3339", "auth", .filters = { "cyrus-imap.conf" } },
	{ "qmail/plain.rfc3339", "reject", .filters = { "qmail.conf" },
	    .blind = true },
};

struct excuse {
	char log[64], kind[16], who[16], name[128];
	regex_t lines;
};

static struct excuse excuses[MOST_EXCUSES];
static size_t excuse_count;

static void
read_excuses(void)
{
	char head[512], body[1024];
	FILE *in = fopen(REASONS, "r");

	assert_non_null(in);
	while (fgets(head, sizeof(head), in) != NULL) {
		struct excuse *excuse = &excuses[excuse_count];

		if (head[0] == '#' || head[0] == '\n')
			continue;
		assert_true(excuse_count < MOST_EXCUSES);
		assert_int_equal(
		    sscanf(head, "%63s %15s %15s %127[^\n]", excuse->log,
			excuse->kind, excuse->who, excuse->name),
		    4);
		assert_non_null(fgets(body, sizeof(body), in));
		body[strcspn(body, "\n")] = '\0';
		if (regcomp(&excuse->lines, body + strspn(body, "\t"),
			REG_EXTENDED | REG_NOSUB) != 0)
			fail_msg("%s: %s: no regular expression", REASONS,
			    excuse->name);
		excuse_count++;
	}
	fclose(in);
}

static bool
is_explained(const struct run *run, const char *who, const char *line)
{
	for (size_t i = 0; i < excuse_count; i++)
		if (fnmatch(excuses[i].log, run->log, 0) == 0 &&
		    strcmp(excuses[i].kind, run->kind) == 0 &&
		    strcmp(excuses[i].who, who) == 0 &&
		    regexec(&excuses[i].lines, line, 0, NULL, 0) == 0)
			return true;
	return false;
}

/* What one of us found: the client by the line. */
struct finding {
	const struct run *run;
	json_t *clients;
};

static void
note(struct finding *found, const char *line, const char *client)
{
	json_object_set_new_nocheck(found->clients, line, json_string(client));
}

static void
take(void *arg, const struct mail_event *event)
{
	struct finding *found = arg;
	bool auth = event->kind == EVENT_AUTH_FAILED ||
		    event->kind == EVENT_LOGIN_FAILED;
	char line[8192], client[ADDR_TEXT];

	if ((auth && event->auth.unavailable) ||
	    (!auth && event->kind != EVENT_REJECTED) ||
	    strcmp(found->run->kind, auth ? "reject" : "auth") == 0)
		return;
	slice_copy(event->line, line, sizeof(line));
	addr_print(&event->client, client);
	note(found, line, client);
}

static void
find_ours(struct finding *found, const char *log)
{
	const struct collect_config config = { .domains = NULL };
	const struct finished_options options = {
		.year = 2026, .zone = "UTC", .host = "mx1"
	};
	struct collect_sinks sinks = { 0 };
	struct collectors *collectors;
	struct err err;

	sinks.events = (struct event_sink){ take, found };
	collectors = collectors_open(&config, false, 0, 0, &sinks, &err);
	assert_non_null(collectors);
	if (collectors_finished(collectors, log, &options, &err) == -1)
		fail_msg("%s", err.text);
	collectors_finish(collectors);
	collectors_close(collectors);
}

/* The program and its filters, as they are shipped where that can be had. */
static bool
fail2ban(char *command, size_t size, char *filters, size_t filters_size)
{
	struct stat st;

	if (stat(UNPACKED "/usr/bin/fail2ban-regex", &st) == 0) {
		snprintf(command, size,
		    "PYTHONPATH=" UNPACKED "/usr/lib/python3/dist-packages "
		    "python3 -W ignore " UNPACKED "/usr/bin/fail2ban-regex "
		    "-c " UNPACKED "/etc/fail2ban");
		snprintf(
		    filters, filters_size, UNPACKED "/etc/fail2ban/filter.d");
		return true;
	}
	snprintf(command, size, "fail2ban-regex");
	snprintf(filters, filters_size, "/etc/fail2ban/filter.d");
	return stat(filters, &st) == 0 &&
	       system("command -v fail2ban-regex >/dev/null") == 0;
}

/* "\1CLIENT\t", then the lines that it took; the last one decided. */
static void
find_theirs(struct finding *found, const char *log, const char *filter)
{
	char command[PATH_MAX * 3], regex[PATH_MAX], dir[PATH_MAX];
	char *text = NULL, *line;
	size_t size = 0;
	ssize_t n;
	FILE *pipe;

	assert_true(fail2ban(regex, sizeof(regex), dir, sizeof(dir)));
	snprintf(command, sizeof(command),
	    "TZ=UTC %s -o '\1<ip>\t<matches>' %s '%s/%s'", regex, log, dir,
	    filter);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	/* Records, each up to where the next begins. */
	while ((n = getdelim(&text, &size, '\1', pipe)) > 0) {
		while (n > 0 && strchr("\1\n", text[n - 1]) != NULL)
			text[--n] = '\0';
		if ((line = strchr(text, '\t')) == NULL)
			continue;
		*line++ = '\0';
		if (strrchr(line, '\n') != NULL)
			line = strrchr(line, '\n') + 1;
		note(found, line, text);
	}
	free(text);
	assert_int_equal(pclose(pipe), 0);
}

/* Both may have written an address in their own way. */
static bool
is_same_client(const char *a, const char *b)
{
	struct addr one, other;

	return addr_parse(slice_of(a), &one) &&
	       addr_parse(slice_of(b), &other) && addr_eq(&one, &other);
}

/* How many both have; the others need a reason. */
static size_t
compare(const struct finding *a, const struct finding *b, const char *who)
{
	const char *line;
	json_t *client, *other;
	size_t both = 0;

	json_object_foreach (a->clients, line, client) {
		other = json_object_get(b->clients, line);
		if (other == NULL && !is_explained(a->run, who, line))
			complain("%s: %s: only %s: %s", a->run->log,
			    a->run->kind, who, line);
		else if (other != NULL &&
			 !is_same_client(json_string_value(client),
			     json_string_value(other)))
			complain("%s: %s: %s or %s: %s", a->run->log,
			    a->run->kind, json_string_value(client),
			    json_string_value(other), line);
		both += other != NULL;
	}
	return both;
}

static void
compare_run(const struct run *run)
{
	struct finding ours = { run, json_object() };
	struct finding theirs = { run, json_object() };
	char log[] = "/tmp/mailweir-fail2ban-XXXXXX", command[PATH_MAX];
	int fd = mkstemp(log);
	size_t both;

	assert_int_not_equal(fd, -1);
	close(fd);
	snprintf(command, sizeof(command), "xz -dc tests/corpus/%s.log.xz >%s",
	    run->log, log);
	assert_int_equal(system(command), 0);
	find_ours(&ours, log);
	for (size_t i = 0; i < MOST_FILTERS && run->filters[i] != NULL; i++)
		find_theirs(&theirs, log, run->filters[i]);
	unlink(log);
	both = compare(&ours, &theirs, "ours");
	(void)compare(&theirs, &ours, "theirs");
	if (both == 0 && !run->blind)
		complain("%s: %s: nothing in common", run->log, run->kind);
	print_message("%s: %s: %zu lines of both, %zu ours, %zu theirs\n",
	    run->log, run->kind, both, json_object_size(ours.clients),
	    json_object_size(theirs.clients));
	json_decref(ours.clients);
	json_decref(theirs.clients);
}

static void
every_failure_that_one_of_us_has_alone_has_a_reason(void **state)
{
	char command[PATH_MAX], filters[PATH_MAX];

	(void)state;
	if (!fail2ban(command, sizeof(command), filters, sizeof(filters)))
		skip();
	read_excuses();
	for (size_t i = 0; i < NELEMS(runs); i++)
		compare_run(&runs[i]);
	for (size_t i = 0; i < excuse_count; i++)
		regfree(&excuses[i].lines);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_failure_that_one_of_us_has_alone_has_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
