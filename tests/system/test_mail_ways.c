/*
 * test_mail_ways.c - mails as servers receive them: with and without TLS,
 * signed in, refused, put off; webhooks; the heartbeat
 *
 * The servers are real/mail_server.py's, which reads mails with Python's own
 * reader and tells what it took, a line of JSON each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "tests/mail_rig.h"
#include "tests/scratch.h"

#define SECONDS     INT64_C(1000)
#define PATIENCE_MS 30000

enum { PLAIN, STARTTLS, SMTPS, OTHER, HTTP, PORTS };

static struct {
	char *directory;
	pid_t pid;
	int in; /* its standard input: it ends with it */
	FILE *said;
	int fd;
	unsigned ports[PORTS];
} server;

static void
touch(const char *name, bool there)
{
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", server.directory, name);
	if (!there) {
		(void)unlink(path);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd != -1);
	close(fd);
}

/* In the child. */
static void __attribute__((noreturn)) become_server(int in, int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
	execlp("python3", "python3", "tests/system/real/mail_server.py",
	    server.directory, (char *)NULL);
	_exit(127);
}

static int
start_server(void **state)
{
	int in[2], out[2];
	char line[256];

	(void)state;
	server.directory = scratch_make();
	if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1)
		return -1;
	server.pid = fork();
	if (server.pid == 0)
		become_server(in[0], out[1]);
	close(in[0]);
	close(out[1]);
	server.in = in[1];
	server.fd = out[0];
	server.said = fdopen(out[0], "r");
	setvbuf(server.said, NULL, _IONBF, 0);
	return fgets(line, sizeof(line), server.said) != NULL &&
		       sscanf(line, "%u %u %u %u %u", &server.ports[0],
			   &server.ports[1], &server.ports[2], &server.ports[3],
			   &server.ports[4]) == PORTS
		   ? 0
		   : -1;
}

static int
stop_server(void **state)
{
	static const char *const made[] = { "good.pem", "good.key", "other.pem",
		"other.key", "wait", "go" };

	(void)state;
	close(server.in);
	waitpid(server.pid, NULL, 0);
	fclose(server.said);
	for (size_t i = 0; i < NELEMS(made); i++)
		touch(made[i], false);
	scratch_remove(server.directory);
	return 0;
}

struct told {
	bool done, sent;
	char words[2048];
};

static void
told(void *arg, bool sent, const char *words)
{
	struct told *told = arg;

	told->done = true;
	told->sent = sent;
	snprintf(told->words, sizeof(told->words), "%s", words);
}

/* A test mail, by the ways that the rig has; until it is told of. */
static struct told
try_it(struct rig *rig)
{
	struct pollfd fd = { mailout_fd(rig->mailout), POLLIN, 0 };
	struct told what = { 0 };
	struct err err;

	if (mailout_test(rig->mailout, rig->now, told, &what, &err) == -1)
		fail_msg("%s", err.text);
	while (!what.done) {
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		mailout_ready(rig->mailout, rig->now);
	}
	return what;
}

/* What a server took, to be freed; not that somebody turned away from one. */
static json_t *
taken(void)
{
	struct pollfd fd = { server.fd, POLLIN, 0 };
	static char line[1 << 20];
	json_t *json;

	for (;;) {
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		assert_non_null(fgets(line, sizeof(line), server.said));
		json = json_loads(line, 0, NULL);
		assert_non_null(json);
		if (json_object_get(json, "refused") == NULL)
			return json;
		json_decref(json);
	}
}

static const char *
text(json_t *json, const char *name)
{
	const char *value = json_string_value(json_object_get(json, name));

	return value == NULL ? "" : value;
}

static void
use(struct rig *rig, enum mail_way way)
{
	rig->config.ways[0] = way;
	rig->config.way_count = 1;
}

static char smarthost[64], local[64], hook[64], ca[600];

static void
use_smarthost(struct rig *rig, const char *scheme, unsigned port)
{
	static char user[] = "kim", password[] = "secret of kim";

	snprintf(smarthost, sizeof(smarthost), "%s127.0.0.1:%u", scheme, port);
	snprintf(ca, sizeof(ca), "%s/good.pem", server.directory);
	rig->config.smarthost = smarthost;
	rig->config.ca = ca;
	rig->config.user = user;
	rig->config.password = password;
	use(rig, WAY_SMARTHOST);
}

static void
use_local(struct rig *rig)
{
	snprintf(local, sizeof(local), "127.0.0.1:%u", server.ports[PLAIN]);
	rig->config.local = local;
	use(rig, WAY_LOCAL);
}

static void
use_hook(struct rig *rig, const char *path)
{
	snprintf(hook, sizeof(hook), "http://127.0.0.1:%u/%s",
	    server.ports[HTTP], path);
	rig->config.webhook = hook;
	use(rig, WAY_WEBHOOK);
}

static void
assert_mail(const char *way, bool tls, const char *user)
{
	json_t *json = taken();

	assert_string_equal(text(json, "way"), way);
	assert_int_equal(json_is_true(json_object_get(json, "tls")), tls);
	assert_string_equal(text(json, "user"), user);
	assert_string_equal(text(json, "sender"), "weir@mx1.example.org");
	assert_int_equal(json_array_size(json_object_get(json, "to")), 2);
	assert_int_equal(
	    json_integer_value(json_object_get(json, "defects")), 0);
	assert_non_null(strstr(text(json, "id"), ".mailweir@mx1.example.org>"));
	assert_string_equal(text(json, "subject"),
	    "[mx1.example.org] test: this is how alerts arrive");
	json_decref(json);
}

static void
the_local_server_takes_it_without_tls(void **state)
{
	struct rig *rig = *state;
	struct told what;

	use_local(rig);
	what = try_it(rig);
	assert_true(what.sent);
	assert_string_equal(
	    what.words, "local took it: 250 2.0.0 Ok: queued as 4Zz0000000z1");
	assert_mail("plain", false, "");
}

static void
a_smarthost_takes_it_by_tls_from_one_it_knows(void **state)
{
	struct rig *rig = *state;
	struct told what;

	use_smarthost(rig, "smtp://", server.ports[STARTTLS]);
	what = try_it(rig);
	if (!what.sent)
		fail_msg("%s", what.words);
	assert_mail("starttls", true, "kim");
	use_smarthost(rig, "smtps://", server.ports[SMTPS]);
	what = try_it(rig);
	if (!what.sent)
		fail_msg("%s", what.words);
	assert_mail("smtps", true, "kim");
}

static void
a_wrong_password_is_told_and_never_shown(void **state)
{
	static char password[] = "hunter2";
	struct rig *rig = *state;
	struct told what;

	use_smarthost(rig, "smtps://", server.ports[SMTPS]);
	rig->config.password = password;
	what = try_it(rig);
	assert_false(what.sent);
	assert_non_null(strstr(what.words, "535 5.7.8 no"));
	assert_null(strstr(what.words, "hunter2"));
}

/* Whoever sits between could read the alerts, and the password. */
static void
without_a_certificate_that_is_right_nothing_is_said(void **state)
{
	static char nothing[] = "/nonexistent.pem";
	struct rig *rig = *state;
	struct told what;

	use_smarthost(rig, "smtps://", server.ports[OTHER]);
	what = try_it(rig); /* not signed by who is trusted */
	assert_false(what.sent);
	assert_non_null(strstr(what.words, "certificate"));
	snprintf(ca, sizeof(ca), "%s/other.pem", server.directory);
	what = try_it(rig); /* trusted, of another name */
	assert_false(what.sent);
	assert_non_null(strstr(what.words, "127.0.0.1"));

	/* The system's certificates do not know it. */
	use_smarthost(rig, "smtps://", server.ports[SMTPS]);
	rig->config.ca = NULL;
	assert_false(try_it(rig).sent);
	rig->config.ca = nothing;
	assert_false(try_it(rig).sent);

	/* STARTTLS is not offered: no mail, and no password. */
	use_smarthost(rig, "smtp://", server.ports[PLAIN]);
	what = try_it(rig);
	assert_false(what.sent);
	/* The first that was taken at all: */
	use_local(rig);
	assert_true(try_it(rig).sent);
	assert_mail("plain", false, "");
}

static void
one_wrong_address_does_not_keep_it_from_the_others(void **state)
{
	static char gone[] = "gone@example.org";
	char *to[] = { gone, rig_kim };
	struct rig *rig = *state;
	struct told what;
	json_t *json;

	use_local(rig);
	rig->config.to = to;
	what = try_it(rig);
	assert_true(what.sent);
	assert_non_null(strstr(what.words, "not to all: 550 5.1.1"));
	json = taken();
	assert_int_equal(json_array_size(json_object_get(json, "to")), 1);
	json_decref(json);
	rig->config.to_count = 1;
	what = try_it(rig);
	assert_false(what.sent);
	assert_non_null(strstr(what.words, "550 5.1.1 <gone@example.org>"));
	rig->config.to = rig_to;
	rig->config.to_count = 2;
}

/* libcurl waits there without returning: in its own thread. */
static void
a_server_that_thinks_does_not_stop_the_loop(void **state)
{
	struct pollfd fd;
	struct rig *rig = *state;
	struct told what = { 0 };
	struct err err;

	touch("wait", true);
	use_local(rig);
	assert_int_equal(
	    mailout_test(rig->mailout, rig->now, told, &what, &err), 0);
	json_decref(taken()); /* it has the whole message */
	for (int i = 0; i < 1000; i++)
		mailout_ready(rig->mailout, rig->now);
	assert_false(what.done);
	touch("go", true);
	fd = (struct pollfd){ mailout_fd(rig->mailout), POLLIN, 0 };
	while (!what.done) {
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		mailout_ready(rig->mailout, rig->now);
	}
	assert_true(what.sent);
	touch("wait", false);
	touch("go", false);
}

/* It is broken off, and the mail stays to be sent. */
static void
a_server_that_thinks_does_not_stop_the_end(void **state)
{
	struct rig *rig = *state;
	struct told what = { 0 };
	struct timespec begin, end;
	struct err err;

	touch("wait", true);
	use_local(rig);
	assert_int_equal(
	    mailout_test(rig->mailout, rig->now, told, &what, &err), 0);
	json_decref(taken());
	clock_gettime(CLOCK_MONOTONIC, &begin);
	rig_restart(rig);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_false(what.done);
	assert_true(end.tv_sec - begin.tv_sec < 15);
	touch("go", true);
	touch("wait", false);
	touch("go", false);
}

static void
who_puts_it_off_gets_it_later(void **state)
{
	static char later[] = "later@example.org";
	char *to[] = { later };
	struct rig *rig = *state;
	struct pollfd fd = { mailout_fd(rig->mailout), POLLIN, 0 };
	json_t *json;

	use_local(rig);
	rig->config.to = to;
	rig->config.to_count = 1;
	mailout_notice(rig->mailout,
	    rig_incident(rig, "relay-abuse", "203.0.113.7"), NOTICE_OPEN,
	    rig->now);
	rig->now += 5 * SECONDS;
	mailout_ready(rig->mailout, rig->now);
	rig->now += 5 * SECONDS;
	mailout_ready(rig->mailout, rig->now);
	while (mailout_counts(rig->mailout).failed == 0) {
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		mailout_ready(rig->mailout, rig->now);
	}
	/* Once it may be a greylist. */
	assert_string_equal(rig->trouble, "");
	rig->config.to = rig_to;
	rig->config.to_count = 2;
	rig->now = mailout_due(rig->mailout);
	mailout_ready(rig->mailout, rig->now);
	while (mailout_counts(rig->mailout).sent == 0) {
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		mailout_ready(rig->mailout, rig->now);
	}
	json = taken();
	assert_non_null(strstr(text(json, "subject"), "relay-abuse"));
	json_decref(json);
}

static void
a_webhook_gets_json(void **state)
{
	struct rig *rig = *state;
	struct told what;
	json_t *json, *body;

	use_hook(rig, "hook");
	what = try_it(rig);
	if (!what.sent)
		fail_msg("%s", what.words);
	json = taken();
	body = json_object_get(json, "json");
	assert_string_equal(text(json, "path"), "/hook");
	assert_string_equal(text(json, "type"), "application/json");
	assert_string_equal(text(body, "kind"), "test");
	assert_non_null(strstr(text(body, "text"), "alerts arrive"));
	json_decref(json);
	use_hook(rig, "404");
	what = try_it(rig);
	assert_false(what.sent);
	assert_non_null(strstr(what.words, "404"));
	json_decref(taken());
}

static void
the_heartbeat_is_fetched_every_five_minutes(void **state)
{
	struct rig *rig = *state;
	static char url[64];
	struct pollfd fd = { mailout_fd(rig->mailout), POLLIN, 0 };
	json_t *json;

	snprintf(
	    url, sizeof(url), "http://127.0.0.1:%u/beat", server.ports[HTTP]);
	rig->config.heartbeat = url;
	for (int i = 0; i < 3; i++) {
		mailout_ready(rig->mailout, rig->now);
		json = taken();
		assert_string_equal(text(json, "path"), "/beat");
		json_decref(json);
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		mailout_ready(rig->mailout, rig->now);
		assert_int_equal(
		    mailout_due(rig->mailout) - rig->now, 300 * SECONDS);
		rig->now += 300 * SECONDS;
	}
	/* Missed twice, it is a trouble; then it is none. */
	snprintf(
	    url, sizeof(url), "http://127.0.0.1:%u/503", server.ports[HTTP]);
	for (int i = 0; i < 3; i++) {
		if (i == 2)
			snprintf(url, sizeof(url), "http://127.0.0.1:%u/beat",
			    server.ports[HTTP]);
		mailout_ready(rig->mailout, rig->now);
		json_decref(taken());
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		mailout_ready(rig->mailout, rig->now);
		if (i == 1)
			assert_non_null(strstr(rig->trouble, "heartbeat: "));
		else
			assert_string_equal(rig->trouble, "");
		rig->now += 300 * SECONDS;
	}
}

static int
set_up(void **state)
{
	*state = rig_new();
	return 0;
}

static int
tear_down(void **state)
{
	rig_free(*state);
	return 0;
}

#define WAY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WAY_TEST(the_local_server_takes_it_without_tls),
		WAY_TEST(a_smarthost_takes_it_by_tls_from_one_it_knows),
		WAY_TEST(a_wrong_password_is_told_and_never_shown),
		WAY_TEST(without_a_certificate_that_is_right_nothing_is_said),
		WAY_TEST(one_wrong_address_does_not_keep_it_from_the_others),
		WAY_TEST(a_server_that_thinks_does_not_stop_the_loop),
		WAY_TEST(a_server_that_thinks_does_not_stop_the_end),
		WAY_TEST(who_puts_it_off_gets_it_later),
		WAY_TEST(a_webhook_gets_json),
		WAY_TEST(the_heartbeat_is_fetched_every_five_minutes),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
