/*
 * test_history.c - the message history of a running agent
 *
 * Killed at any moment, an agent reads some lines once more: what it found it
 * still finds, and finds once.  What came in the last minute before the kill
 * may be lost, unless somebody asked: that writes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <jansson.h>

#include "tests/daemon.h"

#define KILLS    12
#define MESSAGES 40 /* between two kills */
#define EVENTS   4  /* received, relayed, sent, sent */

/* One message of two recipients, five lines. */
static void
tell_message(struct daemon *d, unsigned number)
{
	char lines[2048];
	time_t at = time(NULL);
	char when[40];
	struct tm tm;
	int n;

	gmtime_r(&at, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S.123456+00:00", &tm);
	n = snprintf(lines, sizeof(lines),
	    "%s mx1 postfix/smtpd[12]: 4B%06XABC: client=c.example.com"
	    "[203.0.113.7]\n"
	    "%s mx1 postfix/cleanup[13]: 4B%06XABC: message-id=<%u@example."
	    "com>\n"
	    "%s mx1 postfix/qmgr[14]: 4B%06XABC: from=<s%u@example.com>, "
	    "size=812, nrcpt=2 (queue active)\n"
	    "%s mx1 postfix/smtp[15]: 4B%06XABC: to=<a%u@example.org>, "
	    "relay=mx.example.org[192.0.2.25]:25, delay=0.4, "
	    "delays=0/0/0/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
	    "%s mx1 postfix/smtp[15]: 4B%06XABC: to=<b%u@example.org>, "
	    "relay=mx.example.org[192.0.2.25]:25, delay=0.4, "
	    "delays=0/0/0/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n",
	    when, number, when, number, number, when, number, number, when,
	    number, number, when, number, number);
	logs_write(&d->logs, lines, (size_t)n);
}

/* How many messages the agent has of that text, and their events. */
static size_t
found(struct daemon *d, const char *text, size_t *events)
{
	char path[128];
	struct answer answer;
	json_t *json, *messages;
	size_t n;

	snprintf(path, sizeof(path), "/api/v1/messages?filter=%s", text);
	answer = daemon_ask(d, path);
	assert_int_equal(answer.code, 200);
	json = json_loads(answer.body, 0, NULL);
	messages = json_object_get(json, "messages");
	n = json_array_size(messages);
	*events = json_array_size(
	    json_object_get(json_array_get(messages, 0), "events"));
	json_decref(json);
	free(answer.body);
	return n;
}

/* All that was told is there, by any of its names, once. */
static void
assert_found(struct daemon *d, unsigned from, unsigned to)
{
	char text[64];
	size_t events;

	for (unsigned i = from; i < to; i++) {
		switch (i % 4) {
		case 0:
			snprintf(text, sizeof(text), "4B%06XABC", i);
			break;
		case 1:
			snprintf(text, sizeof(text), "%u%%40example.com", i);
			break;
		case 2:
			snprintf(text, sizeof(text), "s%u%%40example.com", i);
			break;
		default:
			snprintf(text, sizeof(text), "b%u%%40example.org", i);
			break;
		}
		assert_int_equal(found(d, text, &events), 1);
		assert_int_equal(events, EVENTS);
	}
}

static void
killed_at_any_moment_it_finds_what_it_found_and_finds_it_once(void **state)
{
	struct daemon d;
	unsigned told = 0;
	size_t events;

	(void)state;
	daemon_init(&d);
	logs_reopen(&d.logs);
	for (unsigned kill = 0; kill < KILLS; kill++) {
		daemon_start(&d);
		daemon_await(&d);
		for (unsigned i = 0; i < MESSAGES; i++)
			tell_message(&d, told++);
		/* Read, though perhaps not committed yet; asked for, so
		   written. */
		daemon_await_lines(&d, told * 5);
		(void)found(&d, "203.0.113.7", &events);
		if (kill % 3 == 1)
			nap_ms(kill * 150); /* about the next commit */
		(void)daemon_end(&d, SIGKILL);
	}
	daemon_start(&d);
	daemon_await(&d);
	daemon_await_lines(&d, told * 5);
	assert_found(&d, 0, told);
	daemon_stop(&d);
	daemon_start(&d);
	daemon_await(&d);
	assert_found(&d, told - 2 * MESSAGES, told);
	daemon_stop(&d);
	daemon_fini(&d);
}

static void
a_backlog_is_found_as_soon_as_it_is_read(void **state)
{
	struct daemon d;
	size_t events;

	(void)state;
	daemon_init(&d);
	logs_reopen(&d.logs);
	for (unsigned i = 0; i < 60000; i++)
		tell_message(&d, i);
	daemon_start(&d);
	daemon_await(&d);
	daemon_await_lines(&d, 300000);
	assert_found(&d, 0, 8);
	assert_found(&d, 29996, 30004);
	assert_found(&d, 59992, 60000);
	assert_int_equal(
	    daemon_metric(&d, "mailweir_agent_history_dropped_total"), 0);
	assert_int_equal(found(&d, "nobody%40example.org", &events), 0);
	daemon_stop(&d);
	daemon_fini(&d);
}

/* What the command prints, and its exit status. */
static int
say(struct daemon *d, const char *words, char *text, size_t size)
{
	char command[PATH_MAX * 3];
	size_t n;
	FILE *in;

	snprintf(command, sizeof(command), "TZ=UTC %s find -c %s %s 2>&1",
	    program(), d->conf.path, words);
	in = popen(command, "re");
	assert_non_null(in);
	n = fread(text, 1, size - 1, in);
	text[n] = '\0';
	return WEXITSTATUS(pclose(in));
}

static void
the_command_finds_it_with_and_without_an_agent(void **state)
{
	struct daemon d;
	char text[8192];
	json_t *json;

	(void)state;
	daemon_init(&d);
	logs_reopen(&d.logs);
	assert_int_equal(say(&d, "a1@example.org", text, sizeof(text)), 1);
	assert_non_null(strstr(text, "messages.db: open: "));
	tell_message(&d, 1);
	tell_message(&d, 2);
	daemon_start(&d);
	daemon_await(&d);
	daemon_await_lines(&d, 10);
	for (int running = 1; running >= 0; running--) {
		assert_int_equal(
		    say(&d, "a1@example.org", text, sizeof(text)), 0);
		assert_int_equal(strncmp(text, "mx1 4B000001ABC\n", 16), 0);
		assert_non_null(strstr(text,
		    "  sent        a1@example.org by smtp to mx.example.org "
		    "192.0.2.25: 250 2.0.0 Ok\n"));
		assert_null(strstr(text, "4B000002ABC"));
		assert_int_equal(say(&d, "--json --host mx1 '<2@example.com>'",
				     text, sizeof(text)),
		    0);
		json = json_loads(text, 0, NULL);
		assert_int_equal(
		    json_array_size(json_object_get(json, "messages")), 1);
		json_decref(json);
		assert_int_equal(
		    say(&d, "no@example.org", text, sizeof(text)), 0);
		assert_string_equal(text, "nothing found\n");
		if (running)
			daemon_stop(&d);
	}
	assert_int_equal(say(&d, "'two words'", text, sizeof(text)), 2);
	assert_non_null(strstr(text, "expected an address"));
	assert_int_equal(say(&d, "--limit 0 a", text, sizeof(text)), 2);
	assert_int_equal(say(&d, "a b", text, sizeof(text)), 2);
	daemon_fini(&d);
}

static void
without_a_history_it_says_so(void **state)
{
	struct daemon d;
	struct answer answer;

	(void)state;
	daemon_init(&d);
	daemon_configure(
	    &d, getpwuid(getuid())->pw_name, "history { enabled = false }\n");
	logs_reopen(&d.logs);
	daemon_start(&d);
	daemon_await(&d);
	answer = daemon_ask(&d, "/api/v1/messages?filter=a%40example.org");
	assert_int_equal(answer.code, 404);
	assert_non_null(strstr(answer.body, "no message history"));
	free(answer.body);
	daemon_stop(&d);
	assert_false(logs_has(&d.logs, "data/messages.db"));
	daemon_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    killed_at_any_moment_it_finds_what_it_found_and_finds_it_once),
		cmocka_unit_test(a_backlog_is_found_as_soon_as_it_is_read),
		cmocka_unit_test(
		    the_command_finds_it_with_and_without_an_agent),
		cmocka_unit_test(without_a_history_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
