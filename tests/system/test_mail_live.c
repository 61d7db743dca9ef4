/*
 * test_mail_live.c - the daemon mails what its log shows: through kill -9, and
 * by a way that it is told of while it runs
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/daemon.h"
#include "tests/mail_server.h"

#define NOBODY 1u /* a port that nobody listens at */

static struct daemon d;

static void
configure(const char *way, unsigned port)
{
	char more[400];

	snprintf(more, sizeof(more),
	    "networks = {\"192.0.2.0/24\"}\ndomains = {\"example.org\"}\n"
	    "mail { to = {\"kim@example.org\"} from = \"weir@example.org\"\n"
	    "%s = \"%s127.0.0.1:%u%s\" ways = {\"%s\"} daily = \"\" }\n",
	    way, strcmp(way, "webhook") == 0 ? "http://" : "", port,
	    strcmp(way, "webhook") == 0 ? "/hook" : "", way);
	daemon_configure(&d, "root", more);
}

static void
until_it_says(const char *words)
{
	int64_t until = mono_ms() + PATIENCE_MS;
	char *errors;
	bool said;

	do {
		nap_ms(20);
		errors = daemon_errors(&d);
		said = strstr(errors, words) != NULL;
		if (!said && mono_ms() > until)
			fail_msg("never said \"%s\": %s", words, errors);
		free(errors);
	} while (!said);
}

static void
line(const char *host, const char *text)
{
	char stamp[64], all[600];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S+00:00", &tm);
	snprintf(all, sizeof(all), "%s %s postfix/smtpd[812]: %s\n", stamp,
	    host, text);
	logs_write(&d.logs, all, strlen(all));
}

static json_t *
health(void)
{
	struct answer answer = daemon_ask(&d, "/api/v1/health");
	json_t *json = json_loads(answer.body, 0, NULL);

	free(answer.body);
	return json;
}

static json_int_t
now_of_agent(void)
{
	json_t *json = health();
	json_int_t now = json_integer_value(json_object_get(json, "now"));

	json_decref(json);
	return now;
}

static json_int_t
mails_of_agent(const char *name)
{
	json_t *json = health();
	json_int_t n = json_integer_value(
	    json_object_get(json_object_get(json, "mails"), name));

	json_decref(json);
	return n;
}

/* What is there when it begins is the past: it must be at the end first. */
static void
start(void)
{
	int64_t until = mono_ms() + PATIENCE_MS;
	json_int_t begin;

	daemon_start(&d);
	daemon_await(&d);
	begin = now_of_agent();
	while (now_of_agent() < begin + 2 && mono_ms() < until)
		nap_ms(20);
}

static void
relay(const char *host, const char *client)
{
	char text[400];

	snprintf(text, sizeof(text),
	    "NOQUEUE: reject: RCPT from unknown[%s]: 554 5.7.1 "
	    "<victim@example.com>: Relay access denied; from=<a@example.net> "
	    "to=<victim@example.com> proto=SMTP helo=<pc>",
	    client);
	for (int i = 0; i < 3; i++)
		line(host, text);
}

static void
a_mail_outlives_the_daemon_that_was_killed(void **state)
{
	json_t *json;

	(void)state;
	configure("local", NOBODY);
	line("mx1", "connect from unknown[203.0.113.7]");
	start();
	relay("mx1", "203.0.113.7");
	until_it_says("relay-abuse: 203.0.113.7 refused 3 times in 10 min, "
		      "would be blocked 1 h\": not sent: local: ");
	(void)daemon_end(&d, SIGKILL);
	configure("local", server.ports[PLAIN]);
	start();
	json = taken();
	assert_string_equal(text(json, "subject"),
	    "[mx1] relay-abuse: 203.0.113.7 refused 3 times in 10 min, would "
	    "be blocked 1 h");
	assert_int_equal(
	    json_integer_value(json_object_get(json, "defects")), 0);
	assert_int_equal(json_array_size(json_object_get(json, "parts")), 5);
	json_decref(json);
	until_it_says("sent: local: 250 2.0.0 Ok");
	assert_int_equal(mails_of_agent("sent"), 1);
	assert_int_equal(mails_of_agent("dropped"), 0);
}

static void
a_way_can_be_given_while_it_runs(void **state)
{
	json_t *json, *body;

	(void)state;
	configure("webhook", server.ports[HTTP]);
	MUST(kill(d.pid, SIGHUP) == 0);
	until_it_says("reloaded");
	relay("mx2", "203.0.113.8");
	json = taken();
	body = json_object_get(json, "json");
	assert_string_equal(text(json, "way"), "webhook");
	assert_string_equal(text(body, "kind"), "open");
	assert_string_equal(text(body, "rule"), "relay-abuse");
	assert_string_equal(text(body, "host"), "mx2");
	assert_true(json_array_size(json_object_get(body, "evidence")) > 0);
	json_decref(json);
	daemon_stop(&d);
}

/* What "mailweir check" prints; to be freed. */
static char *
check(void)
{
	char command[PATH_MAX + 400], *said = NULL;
	size_t size = 0;
	FILE *in;

	snprintf(command, sizeof(command), "%s check -c %s 2>&1", program(),
	    d.conf.path);
	in = popen(command, "r");
	MUST(in != NULL && getdelim(&said, &size, '\0', in) > 0);
	(void)pclose(in);
	return said;
}

static const struct {
	const char *mail, *says, *does_not_say;
} checks[] = {
	{ "mail { to = {\"postmaster\"} }\n",
	    "mail: to postmaster, by\n"
	    "  local: the mail server at 127.0.0.1:25\n"
	    "  warning: all mail goes by this host's own mail server",
	    "everybody may read" },
	{ "mail { to = {} }\n", "mail: off", "warning" },
	{ "mail { smarthost = \"smtps://mail.example.net\" user = \"weir\"\n"
	  "password = 'hunter2' to = {\"kim\"} }\n",
	    "to a smarthost, kim without a domain is its own\n"
	    "  warning: ",
	    "hunter2" },
	{ "mail { webhook = \"https://chat.example.net/s3cret\" }\n",
	    "  webhook: set\n", "s3cret" },
	{ "mail { sendmail = \"/nowhere/sendmail\" }\n",
	    "/nowhere/sendmail: No such file", "off" },
};

static void
check_tells_which_ways_there_are_and_no_secret(void **state)
{
	char *said;

	(void)state;
	for (size_t i = 0; i < NELEMS(checks); i++) {
		daemon_configure(&d, "root", checks[i].mail);
		MUST(chmod(d.conf.path, 0644) == 0);
		said = check();
		if (strstr(said, checks[i].says) == NULL ||
		    strstr(said, checks[i].does_not_say) != NULL)
			fail_msg("%s", said);
		free(said);
	}
}

static int
open_all(void **state)
{
	daemon_init(&d);
	return start_server(state);
}

static int
close_all(void **state)
{
	daemon_fini(&d);
	return stop_server(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_outlives_the_daemon_that_was_killed),
		cmocka_unit_test(a_way_can_be_given_while_it_runs),
		cmocka_unit_test(
		    check_tells_which_ways_there_are_and_no_secret),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
