/*
 * screenshots.c - docs/page-*.png, as "make screenshots" takes them
 *
 * The real agent reads back a month of sample traffic.  Its last hour comes in
 * anew while the pictures are taken, so that rules find something to do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/page_rig.h"

#define RATE      "6000" /* messages a day */
#define BEFORE_MS 10000  /* the last minute shall have some seconds */
#define STAMP     19     /* bytes of "2026-11-22T09:00:01" */
#define LIVE      3      /* lines, ten times a second */

static const struct {
	int width;
	const char *theme, *name;
} shots[] = {
	{ 1280, "light", "page-light-1280" },
	{ 1280, "dark", "page-dark-1280" },
	{ 360, "light", "page-light-360" },
	{ 360, "dark", "page-dark-360" },
};

/* The month up to now; its last hour, to be freed. */
static char *
make_month(void)
{
	char command[PATH_MAX + 400], from[32], *text, *hour;
	time_t then = time(NULL) - 3600;
	struct tm tm;
	size_t n;

	snprintf(command, sizeof(command),
	    "${GENERATE:-%s/tests/generate/generate} --rfc3339 --rate " RATE
	    " --seed 3 --host mail.example.org -o '%s' --truth /dev/null",
	    dirname(strdupa(program())), d.logs.path);
	free(output_of(command, &n));
	strftime(from, sizeof(from), "\n%Y-%m-%dT%H:%M", gmtime_r(&then, &tm));
	text = whole_text(d.logs.path);
	hour = strstr(text, from);
	assert_non_null(hour);
	hour = strdup(hour + 1);
	free(text);
	return hour;
}

static void
await_reading(void)
{
	uint64_t lines = 0, before;

	do {
		before = lines;
		nap_ms(1500);
		lines = daemon_lines(&d);
	} while (lines != before || lines == 0);
}

/* The hour again, now and slowly, until it is killed. */
static pid_t
go_on(char *hour)
{
	pid_t pid = fork();
	char stamp[32], *line = hour;
	time_t now;
	struct tm tm;
	FILE *log;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	log = fopen(d.logs.path, "ae");
	while (log != NULL && *line != '\0') {
		now = time(NULL);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S",
		    gmtime_r(&now, &tm));
		for (int i = 0; i < LIVE && *line != '\0'; i++) {
			size_t n = strcspn(line, "\n") + 1;

			memcpy(line, stamp, STAMP);
			fwrite(line, 1, n, log);
			line += n;
		}
		fflush(log);
		nap_ms(100);
	}
	_exit(0);
}

static pid_t writer;

static int
open_month(void **state)
{
	char *hour;

	(void)state;
	daemon_init(&d);
	hour = make_month();
	make_ledger(json_object());
	if (page_start("networks = {\"192.0.2.0/24\"}\n"
		       "domains = {\"example.org\", \"example.net\"}\n") == -1)
		return -1;
	await_reading();
	writer = go_on(hour);
	free(hour);
	sign_in();
	return 0;
}

/* The log is where a test has it: that is nobody's business. */
static void
hide_directory(void)
{
	char js[400];

	snprintf(js, sizeof(js),
	    "const walk = document.createTreeWalker(document.body, 4);"
	    "while (walk.nextNode()) walk.currentNode.data = walk.currentNode"
	    ".data.replaceAll('%s', '/var/log')",
	    d.logs.directory);
	json_decref(script(&chrome, js));
}

static void
pictures_are_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEMS(shots); i++) {
		look_at(shots[i].width, shots[i].theme);
		open_page("/?range=30d");
		nap_ms(BEFORE_MS);
		until(&chrome, "document.querySelector('#live-dot.on') && "
			       "document.getElementById('live-in').textContent "
			       "!== '0'");
		hide_directory();
		picture(&chrome, shots[i].width, shots[i].theme, shots[i].name);
		no_complaints(&chrome);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_are_taken),
	};

	return cmocka_run_group_tests(tests, open_month, page_close);
}
