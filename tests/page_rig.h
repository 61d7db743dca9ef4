/*
 * page_rig.h - the real agent on real logs, a browser, and checks that are data
 *
 * Host mx1 is a run of the corpus with its ledger, moved to yesterday; mx2 is
 * generated, and so is its ledger.  Checks are the files of tests/page.
 */
#ifndef TESTS_PAGE_RIG_H
#define TESTS_PAGE_RIG_H

#include "tests/expect.h"
#include "tests/story.h"
#include "tests/webdriver.h"

#define CHECKS "tests/page/"

static struct daemon d;
static struct browser chrome;
static char *ledger_js; /* "const ledger = {...};" and common.js */
static int page_width = 1280;

static inline char *
whole_text(const char *path)
{
	struct stat st;
	size_t n;
	char *text = read_whole(path, &n, &st);

	text[n] = '\0';
	return text;
}

/* {mx1: {key: [least, most]}, mx2: the same, clients: ..., accounts: ...} */
static inline json_t *
ledger_json(const json_t *generated)
{
	size_t n;
	char *text = output_of("xz -dc tests/corpus/a-small.truth.json.xz", &n);
	json_t *truth = json_loadb(text, n, 0, NULL), *json;
	struct ledger l;

	assert_non_null(truth);
	ledger_init(&l, truth);
	expect_deliveries(&l);
	expect_messages(&l);
	expect_sessions(&l);
	json = json_pack("{s:O,s:O,s:O,s:O}", "mx1", l.ranges, "clients",
	    l.clients, "accounts", l.accounts, "mx2", generated);
	ledger_fini(&l);
	json_decref(truth);
	free(text);
	return json;
}

/* The second host's log, and what is in it. */
static inline json_t *
make_second(const char *path)
{
	char command[2 * PATH_MAX + 400], end[32];
	time_t midnight = (time_t)yesterday() + 7200;
	json_t *truth;
	struct tm tm;
	char *text;
	size_t n;

	strftime(
	    end, sizeof(end), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&midnight, &tm));
	/* Its clients are none of the other's: tables of them are of all hosts. */
	snprintf(command, sizeof(command),
	    "${GENERATE:-%s/tests/generate/generate} --rfc3339 --days 1 "
	    "--rate 300 --seed 5 --host mx2 --end %s -o '%s' --truth "
	    "/dev/stdout && sed -i 's/192[.]0[.]2[.]/198.18.0./g; "
	    "s/198[.]51[.]100[.]/198.18.1./g; s/203[.]0[.]113[.]/198.18.2./g' "
	    "'%s'",
	    dirname(strdupa(program())), end, path, path);
	text = output_of(command, &n);
	truth = json_loadb(text, n, 0, NULL);
	assert_non_null(truth);
	free(text);
	return truth;
}

static inline void
make_ledger(json_t *generated)
{
	json_t *json = ledger_json(generated);
	char *text = json_dumps(json, JSON_COMPACT);
	char *common = whole_text(CHECKS "common.js");

	if (asprintf(&ledger_js, "const ledger = %s;\n%s", text, common) == -1)
		abort();
	free(common);
	free(text);
	json_decref(json);
	json_decref(generated);
}

/* Run a check, in words or a file's, in the page; it says what is wrong. */
static inline void
check(const char *name, const char *js)
{
	char *text;
	json_t *wrong;

	if (asprintf(&text, "return (async () => { %s\n%s\nreturn wrong; })()",
		ledger_js, js) == -1)
		abort();
	wrong = script(&chrome, text);
	free(text);
	assert_true(json_is_array(wrong));
	for (size_t i = 0; i < json_array_size(wrong) && i < 20; i++)
		print_error(
		    "%s\n", json_string_value(json_array_get(wrong, i)));
	if (json_array_size(wrong) != 0)
		fail_msg("%s, %d pixels: %zu things are wrong", name,
		    page_width, json_array_size(wrong));
	json_decref(wrong);
}

static inline void
check_file(const char *name)
{
	char path[128], *js;

	snprintf(path, sizeof(path), CHECKS "%s.js", name);
	print_message("  %s\n", path);
	js = whole_text(path);
	check(name, js);
	free(js);
}

static inline double
number_of(const char *js)
{
	json_t *value = script(&chrome, js);
	double number = json_number_value(value);

	json_decref(value);
	return number;
}

/* The mouse is pressed over the chart, drawn along it and let go. */
static inline void
drag_over_chart(double from, double to)
{
	double left, width, y;

	json_decref(script(&chrome, "document.querySelector('#chart .u-over')"
				    ".scrollIntoView({ block: 'center' })"));
	left = number_of("return document.querySelector('#chart .u-over')"
			 ".getBoundingClientRect().left");
	width = number_of("return document.querySelector('#chart .u-over')"
			  ".getBoundingClientRect().width");
	y = number_of(
	    "const box = document.querySelector('#chart .u-over')"
	    ".getBoundingClientRect(); return box.top + box.height / 2");
	json_decref(drive(&chrome, "POST", "/actions",
	    json_pack("{s:[{s:s,s:s,s:{s:s},s:[{s:s,s:i,s:i,s:i},{s:s,s:i},"
		      "{s:s,s:i,s:i,s:i},{s:s,s:i}]}]}",
		"actions", "type", "pointer", "id", "mouse", "parameters",
		"pointerType", "mouse", "actions", "type", "pointerMove",
		"duration", 0, "x", (int)(left + width * from), "y", (int)y,
		"type", "pointerDown", "button", 0, "type", "pointerMove",
		"duration", 100, "x", (int)(left + width * to), "y", (int)y,
		"type", "pointerUp", "button", 0)));
}

/* As wide as a desk's or a phone's; light or dark. */
static inline void
look_at(int width, const char *theme)
{
	page_width = width;
	json_decref(drive(&chrome, "POST", "/goog/cdp/execute",
	    json_pack("{s:s,s:{s:s,s:[{s:s,s:s},{s:s,s:s}]}}", "cmd",
		"Emulation.setEmulatedMedia", "params", "media", "screen",
		"features", "name", "prefers-color-scheme", "value", theme,
		"name", "prefers-reduced-motion", "value", "reduce")));
	json_decref(drive(&chrome, "POST", "/goog/cdp/execute",
	    json_pack("{s:s,s:{s:i,s:i,s:f,s:b}}", "cmd",
		"Emulation.setDeviceMetricsOverride", "params", "width", width,
		"height", 900, "deviceScaleFactor", 1.0, "mobile", 0)));
}

static inline void
open_page(const char *query)
{
	visit(&chrome, query);
	until(&chrome, "document.body.dataset.ready");
}

/* The one-time link, as "mailweir open" prints it. */
static inline void
sign_in(void)
{
	char command[PATH_MAX + 600], link[512];
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s' open -c '%s'", program(),
	    d.conf.path);
	pipe = popen(command, "re");
	MUST(pipe != NULL && fgets(link, sizeof(link), pipe) != NULL);
	MUST(pclose(pipe) == 0);
	link[strcspn(link, "\n")] = '\0';
	visit(&chrome, link + strlen(d.address));
	until(&chrome,
	    "location.pathname === '/' && document.body.dataset.ready");
}

static inline void
sign_out(void)
{
	json_decref(drive(&chrome, "DELETE", "/cookie", NULL));
}

/* The agent, with that in its configuration, and the browser. */
static inline int
page_start(const char *more)
{
	daemon_configure(&d, "root", more);
	daemon_start(&d);
	daemon_await(&d);
	daemon_await_figures(&d);
	chrome.address = d.address;
	return driver_open(&chrome);
}

static inline int
page_open(void **state)
{
	struct story story;
	struct name second;
	char more[800];

	(void)state;
	daemon_init(&d);
	second = in(&d.logs, "second.log");
	make_ledger(make_second(second.path));
	story_open(&story, RFC3339, yesterday());
	logs_write(&d.logs, story.text, story.n);
	story_close(&story);
	snprintf(more, sizeof(more),
	    "source \"second\" { path = \"%s\" zone = \"UTC\" }\n",
	    second.path);
	return page_start(more);
}

static inline int
page_close(void **state)
{
	(void)state;
	driver_close(&chrome);
	daemon_stop(&d);
	daemon_fini(&d);
	free(ledger_js);
	return 0;
}

#endif
