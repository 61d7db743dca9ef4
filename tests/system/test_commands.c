/*
 * test_commands.c - block, unblock, blocks and alerts, beside a running daemon
 *
 * As a person types them: what they print, and how they end.  The backend is
 * `none', so that no firewall of this host is touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>

#include "tests/daemon.h"

#define BLOCKS "blocks { mode = \"enforce\" backend = \"none\" }\n"
#define MOST   8 /* words of a command */

static struct daemon d;

struct said {
	int status; /* exit status; -1: a signal */
	char text[1 << 18];
};

static struct said said;

static void
command_exec(const char *const *words, bool stranger, int out)
{
	const char *argv[MOST + 4] = { "mailweir", words[0], "-c",
		d.conf.path };
	int binary;

	for (size_t i = 1; i < MOST && words[i] != NULL; i++)
		argv[i + 3] = words[i];
	/* Opened before: a stranger may not see where it lies. */
	binary = open(program(), O_RDONLY | O_CLOEXEC);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (stranger && (setgid(65534) == -1 || setuid(65534) == -1))
		_exit(126);
	fexecve(binary, (char *const *)(uintptr_t)argv, environ);
	_exit(127);
}

static void
run_command(const char *const *words, bool stranger)
{
	int pipes[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	MUST(pipe2(pipes, O_CLOEXEC) == 0);
	pid = fork();
	MUST(pid != -1);
	if (pid == 0)
		command_exec(words, stranger, pipes[1]);
	close(pipes[1]);
	while ((got = read(
		    pipes[0], said.text + n, sizeof(said.text) - 1 - n)) > 0)
		n += (size_t)got;
	said.text[n] = '\0';
	close(pipes[0]);
	MUST(waitpid(pid, &status, 0) == pid);
	said.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* It ends so, and says this; where it fails, in one line. */
static void
check(const char *const *words, int status, const char *text)
{
	const char *line;

	run_command(words, false);
	if (said.status != status || strstr(said.text, text) == NULL)
		fail_msg("%s %s: %d %s", words[0],
		    words[1] != NULL ? words[1] : "", said.status, said.text);
	line = strchr(said.text, '\n');
	if (status != 0 && (line == NULL || line[1] != '\0'))
		fail_msg("%s: not one line: %s", words[0], said.text);
}

#define SAY(status, text, ...)                                                 \
	check((const char *const[MOST]){ __VA_ARGS__ }, status, text)

/* The object that a command printed. */
static json_t *
printed(void)
{
	json_error_t wrong;
	json_t *json = json_loads(said.text, 0, &wrong);

	if (json == NULL)
		fail_msg("%s: %s", wrong.text, said.text);
	return json;
}

static size_t
rows(const char *list)
{
	json_t *json = printed();
	size_t n = json_array_size(json_object_get(json, list));

	json_decref(json);
	return n;
}

static void
start(void)
{
	daemon_start(&d);
	daemon_await(&d);
}

static void
without_an_agent_they_say_so(void **state)
{
	static const char nobody[] = "no agent is running here";

	(void)state;
	SAY(1, nobody, "block", "203.0.113.7");
	SAY(1, nobody, "unblock", "203.0.113.7");
	SAY(1, nobody, "blocks");
	SAY(1, nobody, "never");
	SAY(1, nobody, "never", "203.0.113.7");
	SAY(1, nobody, "alerts");
	SAY(1, nobody, "alerts", "test");
	SAY(0, "0 unblocked", "unblock", "--all");
}

static void
what_is_misused_is_told_how_it_is_used(void **state)
{
	static const char *const names[] = { "block", "unblock", "blocks",
		"never", "alerts" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		SAY(0, "usage: mailweir ", names[i], "-h");
		SAY(2, "usage: mailweir ", names[i], "one", "two");
	}
	SAY(2, "usage: mailweir block", "block");
	SAY(2, "usage: mailweir unblock", "unblock");
	SAY(2, "usage: mailweir unblock", "unblock", "--all", "203.0.113.7");
	SAY(2, "usage: mailweir never", "never", "--remove");
	SAY(2, "usage: mailweir never", "never", "--reason", "x");
	SAY(2, "kim: expected an address", "never", "kim");
	SAY(2, "neither an address, a prefix, nor a sender", "block", "203");
	SAY(2, "expected a span", "block", "203.0.113.7", "--for", "soon");
}

static void
a_person_blocks_looks_and_unblocks(void **state)
{
	json_t *json;

	(void)state;
	start();
	SAY(0, "203.0.113.7: blocked", "block", "203.0.113.7", "--for", "2h",
	    "--reason", "\033[31mred\033[0m");
	SAY(0, "203.0.113.7", "block", "203.0.113.7", "--json");
	json = printed();
	assert_true(json_is_object(json_object_get(json, "block")));
	json_decref(json);
	SAY(0, "2001:db8:1:2::/64: blocked", "block", "2001:db8:1:2::3");
	SAY(0, "kim@example.org: blocked", "block", "Kim@Example.org");
	SAY(1, "never", "block", "127.0.0.1");
	SAY(2, "10.0.0.0/20: ", "block", "10.0.0.0/20");
	SAY(2, "1 second", "block", "203.0.113.8", "--for", "600d");
	SAY(0, "3 blocked, ", "blocks");
	assert_non_null(strstr(said.text, "\\033[31mred"));
	assert_null(strchr(said.text, '\033'));
	SAY(0, "\"mode\": \"enforce\"", "blocks", "--json");
	assert_int_equal(rows("blocks"), 3);
	SAY(0, "not blocked any more", "unblock", "2001:db8:1:2::/64");
	SAY(1, "is not blocked", "unblock", "2001:db8:1:2::/64");
	SAY(0, "not blocked any more", "unblock", "kim@example.org");
	SAY(0, "1 blocked, ", "blocks");
}

static void
a_person_says_never_and_takes_it_back(void **state)
{
	json_t *json;

	(void)state;
	SAY(0, "nobody", "never");
	SAY(0, "198.51.100.7: blocked", "block", "198.51.100.7");
	SAY(0, "198.51.100.0/24: is never blocked from now on", "never",
	    "198.51.100.77/24", "--reason", "\033[31mus");
	SAY(0, "already", "never", "198.51.100.0/24");
	SAY(0, "1 blocked, ", "blocks"); /* one of it was */
	SAY(1, "never", "block", "198.51.100.7");
	SAY(0, "198.51.100.0/24", "never");
	assert_non_null(strstr(said.text, "\\033[31mus"));
	assert_null(strchr(said.text, '\033'));
	SAY(0, "{", "never", "--json");
	json = printed();
	assert_int_equal(json_array_size(json_object_get(json, "never")), 1);
	json_decref(json);
	SAY(1, "configuration", "never", "--remove", "198.51.100.0/25");
	SAY(0, "may be blocked again", "never", "--remove", "198.51.100.0/24");
	SAY(0, "nobody", "never");
}

static void
whoever_may_not_read_the_token_is_told(void **state)
{
	static const char *const words[] = { "blocks", NULL };

	(void)state;
	if (geteuid() != 0) {
		skip(); /* nobody else can be had */
		return;
	}
	MUST(chmod(d.logs.directory, 0755) == 0);
	MUST(chmod(d.conf.path, 0644) == 0);
	MUST(chmod(d.data.path, 0755) == 0);
	run_command(words, true);
	assert_int_equal(said.status, 1);
	if (strstr(said.text, "web.token: no right to read it") == NULL)
		fail_msg("%s", said.text);
}

static void
the_list_survives_a_stop_and_a_kill(void **state)
{
	(void)state;
	daemon_stop(&d);
	start();
	SAY(0, "203.0.113.7", "blocks");
	SAY(0, "203.0.113.9: blocked", "block", "203.0.113.9");
	/* A commit a second. */
	nap_ms(2500);
	daemon_end(&d, SIGKILL);
	start();
	SAY(0, "2 blocked, ", "blocks");
}

static void
all_are_unblocked_with_and_without_an_agent(void **state)
{
	(void)state;
	SAY(0, "2 unblocked", "unblock", "--all");
	SAY(0, "0 blocked, ", "blocks");
	SAY(0, "203.0.113.7: blocked", "block", "203.0.113.7");
	daemon_stop(&d);
	SAY(0, "1 unblocked", "unblock", "--all");
	SAY(0, "{", "unblock", "--all", "--json");
	start();
	SAY(0, "0 blocked, ", "blocks");
}

/* Three refusals to relay, now; the last quotes an escape sequence. */
static void
attack(void)
{
	char line[512], stamp[40];
	time_t now;
	struct tm tm;
	int n;

	for (int i = 0; i < 3; i++) {
		now = time(NULL);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S+00:00",
		    gmtime_r(&now, &tm));
		n = snprintf(line, sizeof(line),
		    "%s mx1 postfix/smtpd[7%d]: NOQUEUE: reject: RCPT from "
		    "unknown[203.0.113.66]: 554 5.7.1 <%s@example.com>: Relay "
		    "access denied; from=<a@example.net> "
		    "to=<%s@example.com> proto=ESMTP helo=<x>\n",
		    stamp, i, i == 2 ? "\033[2J" : "b",
		    i == 2 ? "\033[2J" : "b");
		logs_write(&d.logs, line, (size_t)n);
	}
}

static void
an_incident_is_listed_with_its_evidence(void **state)
{
	int64_t until = mono_ms() + PATIENCE_MS;

	(void)state;
	SAY(0, "0 open, 0 in all", "alerts");
	attack();
	do
		SAY(0, "in all", "alerts");
	while (strstr(said.text, "1 open") == NULL && mono_ms() < until);
	assert_non_null(strstr(said.text, "relay-abuse"));
	assert_non_null(strstr(said.text, "203.0.113.66 (mx1)"));
	assert_non_null(strstr(said.text, "blocked for 1 h"));
	assert_null(strstr(said.text, "NOQUEUE"));
	SAY(0, "NOQUEUE: reject: RCPT from unknown[203.0.113.66]", "alerts",
	    "--evidence");
	assert_non_null(strstr(said.text, "\\033[2J"));
	assert_null(strchr(said.text, '\033'));
	SAY(0, "203.0.113.66", "alerts", "--json");
	assert_int_equal(rows("alerts"), 1);
	SAY(0, "203.0.113.66", "blocks");
	assert_non_null(strstr(said.text, "relay-abuse"));
}

/* The certificate is for another name, and nobody has signed it. */
static void
an_agent_behind_tls_is_known_by_its_certificate(void **state)
{
	struct name key = in(&d.logs, "key"), cert = in(&d.logs, "cert");
	char command[1024], *text;
	struct stat st;
	FILE *conf;
	size_t n;

	(void)state;
	snprintf(command, sizeof(command),
	    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "
	    "/CN=mail.example.org -keyout %s -out %s 2>/dev/null",
	    key.path, cert.path);
	if (system(command) != 0) {
		skip(); /* no openssl here */
		return;
	}
	daemon_stop(&d);
	text = read_whole(d.conf.path, &n, &st);
	text[n] = '\0';
	conf = fopen(d.conf.path, "w");
	MUST(conf != NULL);
	n = (size_t)(strstr(text, "web {") + 5 - text);
	fprintf(conf, "%.*s tls_cert = \"%s\" tls_key = \"%s\" %s", (int)n,
	    text, cert.path, key.path, text + n);
	MUST(fclose(conf) == 0);
	start();
	assert_memory_equal(d.address, "https://", 8);
	SAY(0, " blocked, ", "blocks");
	/* Another certificate than the agent's is not trusted. */
	MUST(system(command) == 0);
	SAY(1, "certificate", "blocks");
	daemon_stop(&d);
	write_whole(d.conf.path, text, strlen(text));
	free(text);
	start();
}

static void
check_names_the_map_that_is_missing(void **state)
{
	struct name map = in(&d.logs, "blocked");
	char more[1024];

	(void)state;
	SAY(0, "blocks: enforced, none", "check");
	snprintf(more, sizeof(more),
	    "blocks { backend = \"postfix\" map = \"cidr:%s\" }\n", map.path);
	daemon_configure(&d, "root", more);
	run_command((const char *const[MOST]){ "check" }, false);
	assert_int_equal(said.status, 1);
	assert_non_null(
	    strstr(said.text, "blocks: observed, nobody is blocked, postfix"));
	assert_non_null(strstr(said.text, "No such file"));
	write_whole(map.path, "", 0);
	SAY(0, "  map: cidr:", "check");
	daemon_configure(&d, "root", BLOCKS);
}

/* A sendmail that keeps what it gets, while it is told to. */
static void
write_sendmail(const struct name *script, const struct name *mail, int status)
{
	FILE *out = fopen(script->path, "w");

	MUST(out != NULL);
	fprintf(out, "#!/bin/sh\ncat >%s\nexit %d\n", mail->path, status);
	MUST(fclose(out) == 0 && chmod(script->path, 0755) == 0);
}

static void
a_test_mail_goes_or_it_is_told_why_not(void **state)
{
	struct name script = in(&d.logs, "sendmail"),
		    mail = in(&d.logs, "mail");
	char more[1024], *text;
	struct stat st;
	size_t n;

	(void)state;
	SAY(1, "mail", "alerts", "test"); /* there is none to send by */
	daemon_stop(&d);
	snprintf(more, sizeof(more),
	    BLOCKS "mail { to = {\"kim@example.org\"} ways = {\"sendmail\"}\n"
		   " sendmail = \"%s\" }\n",
	    script.path);
	daemon_configure(&d, "root", more);
	write_sendmail(&script, &mail, 0);
	start();
	SAY(0, "sent: sendmail", "alerts", "test");
	text = read_whole(mail.path, &n, &st);
	text[n] = '\0';
	if (strstr(text, "To: kim@example.org") == NULL)
		fail_msg("%s", text);
	free(text);
	SAY(0, "\"sent\": true", "alerts", "test", "--json");
	write_sendmail(&script, &mail, 75);
	SAY(1, "exit status 75", "alerts", "test");
}

/* More than the API gives at once. */
static void
long_lists_are_listed_to_their_end(void **state)
{
	enum { MANY = 1200 };
	struct name token_file = in(&d.logs, "data/web.token");
	char bearer[128] = "Authorization: Bearer ", origin[96], url[128];
	struct curl_slist *headers;
	CURL *curl = curl_easy_init();
	struct answer answer = { 0, strdup(""), 0 };
	struct stat st;
	char *token;
	size_t n;

	(void)state;
	token = read_whole(token_file.path, &n, &st);
	strncat(bearer, token, 64);
	free(token);
	snprintf(origin, sizeof(origin), "Origin: %s", d.address);
	snprintf(url, sizeof(url), "%s/api/v1/blocks", d.address);
	headers = curl_slist_append(NULL, bearer);
	headers = curl_slist_append(headers, origin);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	for (unsigned i = 0; i < MANY; i++) {
		char body[64];

		snprintf(body, sizeof(body), "{\"address\": \"198.51.%u.%u\"}",
		    i / 256, i % 256);
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
		assert_int_equal(curl_easy_perform(curl), CURLE_OK);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	free(answer.body);
	SAY(0, "1201 blocked, ", "blocks");
	n = 0;
	for (const char *p = said.text; (p = strstr(p, "198.51.")) != NULL; p++)
		n++;
	assert_int_equal(n, MANY);
}

static int
prepare(void **state)
{
	(void)state;
	daemon_init(&d);
	daemon_configure(&d, "root", BLOCKS);
	return 0;
}

static int
remove_all(void **state)
{
	(void)state;
	daemon_fini(&d);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_an_agent_they_say_so),
		cmocka_unit_test(what_is_misused_is_told_how_it_is_used),
		cmocka_unit_test(a_person_blocks_looks_and_unblocks),
		cmocka_unit_test(a_person_says_never_and_takes_it_back),
		cmocka_unit_test(whoever_may_not_read_the_token_is_told),
		cmocka_unit_test(the_list_survives_a_stop_and_a_kill),
		cmocka_unit_test(all_are_unblocked_with_and_without_an_agent),
		cmocka_unit_test(an_incident_is_listed_with_its_evidence),
		cmocka_unit_test(check_names_the_map_that_is_missing),
		cmocka_unit_test(
		    an_agent_behind_tls_is_known_by_its_certificate),
		cmocka_unit_test(a_test_mail_goes_or_it_is_told_why_not),
		cmocka_unit_test(long_lists_are_listed_to_their_end),
	};

	return cmocka_run_group_tests(tests, prepare, remove_all);
}
