/* test_transcript_live.c - the daemon reads what Sendmail writes with -X */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/array.h"
#include "tests/daemon.h"

static struct daemon d;

static int
set_up(void **state)
{
	(void)state;
	daemon_init(&d);
	daemon_configure(&d, getuid() == 0 ? "nobody" : "root", "");
	MUST(chmod(d.logs.directory, 0755) == 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	daemon_fini(&d);
	return 0;
}

/* Of any bytes, a NUL among them. */
struct text {
	char *p;
	size_t n;
};

static struct text
fixture(const char *name)
{
	char path[128];
	struct text text;
	struct stat st;

	snprintf(path, sizeof(path), "tests/fixtures/transcript/%s", name);
	text.p = read_whole(path, &text.n, &st);
	text.p[text.n] = '\0';
	return text;
}

static void
write_log(const char *text, size_t n, int more)
{
	int fd = open(d.logs.path, O_WRONLY | O_CREAT | O_APPEND | more, 0644);

	MUST(fd != -1 && write(fd, text, n) == (ssize_t)n && close(fd) == 0);
}

static unsigned
lines_in(const char *text, size_t n)
{
	unsigned lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

static void
assert_wire(const char *name, uint64_t value)
{
	char metric[64];
	uint64_t n;

	snprintf(metric, sizeof(metric), "mailweir_wire_%s_total", name);
	n = daemon_metric(&d, metric);
	if (n != value)
		fail_msg("wire.%s is %llu, not %llu", name,
		    (unsigned long long)n, (unsigned long long)value);
}

/* Is that anywhere in what the daemon keeps? */
static bool
is_kept(const char *text)
{
	char command[512];

	snprintf(command, sizeof(command), "grep -raqF -- '%s' '%s'", text,
	    d.data.path);
	return system(command) == 0;
}

/*
 * The daemon is stopped in the middle of a session, of which the rest is then
 * passed over; later it is killed, and the file emptied.
 */
static void
a_transcript_is_read_through_a_restart_and_a_truncation(void **state)
{
	struct text sessions = fixture("sessions.log");
	struct text hostile = fixture("hostile.log");
	const char *middle = strstr(sessions.p, "535 5.7.0");
	size_t half;

	(void)state;
	assert_non_null(middle);
	half = (size_t)(strchr(middle, '\n') + 1 - sessions.p);
	write_log(sessions.p, half, 0);
	daemon_start(&d);
	daemon_await(&d);
	daemon_await_lines(&d, lines_in(sessions.p, half));
	assert_wire("sessions", 3);
	assert_wire("auth_failed", 1);
	assert_wire("auth_ok", 1);
	daemon_stop(&d);

	write_log(sessions.p + half, sessions.n - half, 0);
	daemon_start(&d);
	daemon_await(&d);
	daemon_await_lines(&d, lines_in(sessions.p, sessions.n));
	assert_wire("sessions", 11);
	assert_wire("auth_failed", 2);
	assert_wire("relay_denied", 0); /* was refused in that session */
	assert_wire("messages", 2);
	(void)daemon_end(&d, SIGKILL);

	daemon_start(&d);
	daemon_await(&d);
	daemon_await_lines(&d, lines_in(sessions.p, sessions.n));
	assert_wire("sessions", 11);
	write_log(hostile.p, hostile.n, O_TRUNC);
	daemon_await_lines(&d,
	    lines_in(sessions.p, sessions.n) + lines_in(hostile.p, hostile.n));
	assert_wire("sessions", 15);
	assert_wire("messages", 4);
	assert_int_equal(
	    daemon_metric(&d, "mailweir_messages_received_total"), 0);
	daemon_stop(&d);
	free(sessions.p);
	free(hostile.p);
}

static void
neither_passwords_nor_messages_are_kept(void **state)
{
	static const char *const names[] = { "sessions.log", "hostile.log",
		"interactive.log" };
	static const char *const secrets[] = { "AGtpbQBzZWNyZXQga2lt",
		"secret kim",                                 /* taken */
		"AGtpbQAxMjM0NTY=", "AGxlZQB3cm9uZw==",       /* refused */
		"000000000000000000000000000000000000000000", /* lines */
		"00999 <<< MAIL FROM:<evil@example.com>", "and more",
		"accepted for delivery" };
	unsigned lines = 0;

	(void)state;
	for (size_t i = 0; i < NELEMS(names); i++) {
		struct text text = fixture(names[i]);

		write_log(text.p, text.n, 0);
		lines += lines_in(text.p, text.n);
		free(text.p);
	}
	daemon_start(&d);
	daemon_await(&d);
	daemon_await_lines(&d, lines);
	assert_wire("auth_failed", 3);
	daemon_stop(&d);
	assert_true(is_kept("transcript")); /* what the log is */
	for (size_t i = 0; i < NELEMS(secrets); i++)
		if (is_kept(secrets[i]))
			fail_msg("%s is kept", secrets[i]);
}

static json_t *
replayed(const char *files)
{
	char command[PATH_MAX + 256];
	json_t *json, *wire;
	FILE *in;

	snprintf(
	    command, sizeof(command), "%s replay --json %s", program(), files);
	in = popen(command, "r");
	assert_non_null(in);
	json = json_loadf(in, 0, NULL);
	assert_int_equal(pclose(in), 0);
	wire = json_incref(json_object_get(json, "wire"));
	assert_non_null(wire);
	json_decref(json);
	return wire;
}

static void
where_the_wire_is_captured_a_transcript_does_not_count(void **state)
{
	json_t *alone = replayed("tests/corpus/wire/exim.pcap.xz");
	json_t *both = replayed("tests/corpus/wire/exim.pcap.xz "
				"tests/fixtures/transcript/sessions.log");

	(void)state;
	assert_true(json_equal(alone, both));
	json_decref(alone);
	json_decref(both);
}

static void
assert_check_says(const char *words)
{
	char command[PATH_MAX + 256], said[8192];
	size_t n;
	FILE *in;

	snprintf(command, sizeof(command), "%s check -c %s 2>&1", program(),
	    d.conf.path);
	in = popen(command, "r");
	assert_non_null(in);
	n = fread(said, 1, sizeof(said) - 1, in);
	said[n] = '\0';
	(void)pclose(in);
	if (strstr(said, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, said);
}

static void
check_says_whether_a_transcript_counts(void **state)
{
	struct text text = fixture("sessions.log");

	(void)state;
	write_log(text.p, text.n, 0);
	free(text.p);
	assert_check_says("format transcript, by its first lines\n"
			  "  it counts as wire.*, beside the log\n");
	daemon_configure(&d, "root",
	    "source \"wire\" { type = \"capture\" interface = \"lo\" }\n");
	assert_check_says("format transcript, by its first lines\n"
			  "  it does not count: what is captured does\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_transcript_is_read_through_a_restart_and_a_truncation,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    neither_passwords_nor_messages_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    check_says_whether_a_transcript_counts, set_up, tear_down),
		cmocka_unit_test(
		    where_the_wire_is_captured_a_transcript_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
