/*
 * test_page.c - what a person sees in a browser is what the API says
 *
 * Headless Chromium, driven by ChromeDriver over the W3C WebDriver protocol,
 * opens the page of a server in this process.  Screenshots go to build/.
 * Where there is no Chromium the tests are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include <curl/curl.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <time.h>

#include "tests/web_fixture.h"

#define PATIENCE 40 /* seconds until something that must come has not */
#define CHROME   "/usr/bin/chromium"
#define DRIVER   "/usr/bin/chromedriver"

struct browser {
	struct fixture *fixture;
	pid_t driver;
	FILE *said; /* by the driver */
	char profile[64];
	char base[128]; /* of the driver's session */
	CURLM *multi;
	int64_t second;
};

struct text {
	char *p;
	size_t n;
};

static int64_t
clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static size_t
gather(char *bytes, size_t size, size_t n, void *arg)
{
	struct text *text = arg;

	(void)size;
	text->p = realloc(text->p, text->n + n + 1);
	memcpy(text->p + text->n, bytes, n);
	text->n += n;
	text->p[text->n] = '\0';
	return n;
}

/* The fixture's server runs on while we wait; a second is a second. */
static void
turn(struct browser *b)
{
	fixture_turn(b->fixture, 10);
	if (clock_seconds() != b->second) {
		b->second = clock_seconds();
		web_tick(b->fixture->web);
	}
}

/* A request to driver or server; the answer as JSON, to be freed. */
static json_t *
call(struct browser *b, const char *method, const char *url, json_t *adopted,
    struct curl_slist *headers)
{
	char *body = adopted ? json_dumps(adopted, 0) : NULL;
	struct text text = { NULL, 0 };
	CURL *curl = curl_easy_init();
	int64_t end = clock_seconds() + PATIENCE;
	int running = 1;
	json_t *json;

	json_decref(adopted);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, gather);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
	if (body != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_multi_add_handle(b->multi, curl);
	while (running > 0 && clock_seconds() < end) {
		curl_multi_perform(b->multi, &running);
		turn(b);
	}
	curl_multi_remove_handle(b->multi, curl);
	curl_easy_cleanup(curl);
	free(body);
	json = text.p == NULL ? NULL : json_loads(text.p, 0, NULL);
	free(text.p);
	return json;
}

/* {"value": ...} of a driver's command; owned by the caller. */
static json_t *
drive(struct browser *b, const char *method, const char *path, json_t *adopted)
{
	struct curl_slist *headers =
	    curl_slist_append(NULL, "Content-Type: application/json");
	json_t *answer, *value;
	char url[512];

	snprintf(url, sizeof(url), "%s%s", b->base, path);
	answer = call(b, method, url, adopted, headers);
	curl_slist_free_all(headers);
	value = json_incref(json_object_get(answer, "value"));
	json_decref(answer);
	if (json_object_get(value, "error") != NULL)
		fail_msg("%s: %s", path,
		    json_string_value(json_object_get(value, "message")));
	return value;
}

static json_t *
script(struct browser *b, const char *text)
{
	return drive(b, "POST", "/execute/sync",
	    json_pack("{s:s,s:[]}", "script", text, "args"));
}

static bool
holds(struct browser *b, const char *claim)
{
	char text[1024];
	json_t *value;
	bool is;

	snprintf(text, sizeof(text), "return Boolean(%s)", claim);
	value = script(b, text);
	is = json_is_true(value);
	json_decref(value);
	return is;
}

static void
until(struct browser *b, const char *claim)
{
	int64_t end = clock_seconds() + PATIENCE;

	while (!holds(b, claim)) {
		if (clock_seconds() > end)
			fail_msg("not within %d s: %s", PATIENCE, claim);
		for (int i = 0; i < 10; i++)
			turn(b);
	}
}

static void
visit(struct browser *b, const char *path)
{
	char url[256];

	snprintf(url, sizeof(url), "%s%s", web_address(b->fixture->web), path);
	json_decref(drive(b, "POST", "/url", json_pack("{s:s}", "url", url)));
}

static unsigned char
base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	return at == NULL ? 0 : (unsigned char)(at - digits);
}

static void
save_base64(const char *path, const char *text)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	for (size_t n = strlen(text), i = 0; i + 4 <= n; i += 4) {
		unsigned bits = 0;

		for (int k = 0; k < 4; k++)
			bits = bits << 6 | base64_digit(text[i + (size_t)k]);
		for (int k = 0; k < 3; k++)
			if (text[i + (size_t)k + 1] != '=')
				fputc((int)(bits >> (16 - 8 * k) & 255), out);
	}
	fclose(out);
}

/* The whole page at that width, in a theme, as build/NAME.png. */
static void
picture(struct browser *b, int width, const char *theme, const char *name)
{
	char path[128];
	json_t *value;
	double height;

	json_decref(drive(b, "POST", "/goog/cdp/execute",
	    json_pack("{s:s,s:{s:[{s:s,s:s}]}}", "cmd",
		"Emulation.setEmulatedMedia", "params", "features", "name",
		"prefers-color-scheme", "value", theme)));
	json_decref(drive(b, "POST", "/goog/cdp/execute",
	    json_pack("{s:s,s:{s:i,s:i,s:f,s:b}}", "cmd",
		"Emulation.setDeviceMetricsOverride", "params", "width", width,
		"height", 900, "deviceScaleFactor", 1.0, "mobile", 0)));
	until(b, "document.body.dataset.ready");
	for (int i = 0; i < 40; i++)
		turn(b);
	value = script(b, "return document.documentElement.scrollHeight");
	height = json_number_value(value);
	json_decref(value);
	value = drive(b, "POST", "/goog/cdp/execute",
	    json_pack("{s:s,s:{s:s,s:b,s:{s:i,s:i,s:i,s:f,s:i}}}", "cmd",
		"Page.captureScreenshot", "params", "format", "png",
		"captureBeyondViewport", 1, "clip", "x", 0, "y", 0, "width",
		width, "height", height, "scale", 1));
	snprintf(path, sizeof(path), "build/%s.png", name);
	save_base64(path, json_string_value(json_object_get(value, "data")));
	json_decref(value);
}

static void
no_complaints(struct browser *b)
{
	json_t *log =
	    drive(b, "POST", "/se/log", json_pack("{s:s}", "type", "browser"));

	for (size_t i = 0; i < json_array_size(log); i++)
		print_error("%s\n", json_string_value(json_object_get(
					json_array_get(log, i), "message")));
	assert_int_equal(json_array_size(log), 0);
	json_decref(log);
}

static void
nothing_loaded_from_elsewhere(struct browser *b)
{
	assert_true(
	    holds(b, "performance.getEntriesByType('resource').every("
		     "(entry) => entry.name.startsWith(location.origin))"));
}

static json_t *
api(struct browser *b, const char *path)
{
	char url[256];

	snprintf(url, sizeof(url), "%s%s", web_address(b->fixture->web), path);
	return call(b, "GET", url, NULL, NULL);
}

static void
the_tiles_show_the_figures_of_the_api(void **state)
{
	static const char *const tiles[] = { "received", "sent", "deferred",
		"bounced", "rejected", "relay_attempts" };
	struct browser *b = *state;
	char claim[256];
	json_t *overview;

	visit(b, "/#24h");
	until(b, "document.body.dataset.ready === '24h'");
	overview = api(b, "/api/v1/overview?range=24h");
	for (size_t i = 0; i < NELEMS(tiles); i++) {
		json_t *tile = json_object_get(
		    json_object_get(overview, "tiles"), tiles[i]);

		snprintf(claim, sizeof(claim),
		    "document.getElementById('tile-%s').textContent === "
		    "new Intl.NumberFormat().format(%lld)",
		    tiles[i],
		    (long long)json_integer_value(
			json_object_get(tile, "value")));
		if (!holds(b, claim))
			fail_msg("tile %s: %s", tiles[i], claim);
	}
	snprintf(claim, sizeof(claim),
	    "document.getElementById('verdict').textContent.replace(/\\s+/g, "
	    "' ').trim().endsWith('%s')",
	    json_string_value(
		json_object_get(json_object_get(overview, "verdict"), "text")));
	assert_true(holds(b, claim));
	json_decref(overview);
	no_complaints(b);
	nothing_loaded_from_elsewhere(b);
}

static void
the_chart_is_painted_for_every_range(void **state)
{
	static const char *const ranges[] = { "1h", "24h", "7d", "30d", "1y" };
	struct browser *b = *state;
	char text[256];

	if (!holds(b, "window.uPlot"))
		skip(); /* built with NPM=no */
	for (size_t i = 0; i < NELEMS(ranges); i++) {
		snprintf(text, sizeof(text),
		    "document.querySelector('#ranges input[value=\"%s\"]')"
		    ".click(); return 1",
		    ranges[i]);
		json_decref(script(b, text));
		snprintf(text, sizeof(text),
		    "document.body.dataset.ready === '%s'", ranges[i]);
		until(b, text);
		until(b, "(() => { const c = document.querySelector("
			 "'#chart canvas'); const d = c.getContext('2d')"
			 ".getImageData(0, 0, c.width, c.height).data; "
			 "let n = 0; for (let i = 3; i < d.length; i += 4) "
			 "n += d[i] > 100; return n > 2000; })()");
		assert_true(holds(b, "location.hash"));
	}
	no_complaints(b);
}

static void
live_counts_reach_the_page(void **state)
{
	struct browser *b = *state;

	until(b, "document.getElementById('live-in').textContent === '0'");
	fixture_mail(b->fixture, FIXTURE_NOW - 1);
	until(b, "document.getElementById('live-in').textContent === '1'");
	no_complaints(b);
}

static void
nobody_sees_clients_before_signing_in(void **state)
{
	struct browser *b = *state;

	visit(b, "/#7d");
	until(b, "document.body.dataset.ready === '7d'");
	assert_true(holds(b, "!document.getElementById('clients-ask').hidden"));
	assert_false(holds(b, "document.querySelector('#clients tr')"));
	picture(b, 1280, "light", "page-signed-out");
	no_complaints(b);
}

static void
the_token_signs_in_and_names_are_text(void **state)
{
	struct browser *b = *state;
	char path[128], token[80], text[256];
	FILE *in;

	snprintf(path, sizeof(path), "%s/web.token", b->fixture->data);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_non_null(fgets(token, sizeof(token), in));
	fclose(in);
	token[strcspn(token, "\n")] = '\0';
	visit(b, "/sign-in");
	snprintf(text, sizeof(text),
	    "document.getElementById('token').value = '%s'; "
	    "document.querySelector('form').submit(); return 1",
	    token);
	json_decref(script(b, text));
	until(b,
	    "location.pathname === '/' && "
	    "document.querySelectorAll('#accounts tbody tr').length === 4");
	assert_true(
	    holds(b, "document.getElementById('accounts').textContent.includes("
		     "'<b>\"o\\'hara\"</b>')"));
	assert_false(holds(b, "document.querySelector('#accounts b')"));
	until(b, "document.getElementById('clients').textContent.includes("
		 "'198.51.100.')");
	assert_true(holds(b, "document.cookie === ''"));
	no_complaints(b);
}

static void
the_page_fits_phone_and_desk_by_day_and_night(void **state)
{
	static const struct {
		int width;
		const char *theme, *name;
	} shots[] = {
		{ 1280, "light", "page-1280-light" },
		{ 1280, "dark", "page-1280-dark" },
		{ 360, "light", "page-360-light" },
		{ 360, "dark", "page-360-dark" },
	};
	struct browser *b = *state;

	b->fixture->note = "This is sample traffic, made by a generator.";
	visit(b, "/#24h");
	for (size_t i = 0; i < NELEMS(shots); i++) {
		picture(b, shots[i].width, shots[i].theme, shots[i].name);
		assert_true(holds(
		    b, "document.documentElement.scrollWidth <= innerWidth"));
	}
	b->fixture->note = NULL;
	no_complaints(b);
}

static void
a_backlog_shows_its_progress(void **state)
{
	struct browser *b = *state;

	b->fixture->catching_up = 43;
	visit(b, "/?again#1h");
	until(b, "!document.getElementById('catching').hidden && "
		 "document.getElementById('catching-bar').value === 43");
	b->fixture->catching_up = -1;
	until(b, "document.getElementById('catching').hidden");
}

/* Port 0: it says which one it took. */
static int
start_driver(struct browser *b)
{
	char line[256];
	unsigned port = 0;
	int ends[2];

	if (pipe(ends) == -1)
		return -1;
	b->driver = fork();
	if (b->driver == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl(DRIVER, DRIVER, "--port=0", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	b->said = fdopen(ends[0], "r"); /* stays open: it may say more */
	while (port == 0 && fgets(line, sizeof(line), b->said) != NULL) {
		const char *at = strstr(line, "on port ");

		if (at != NULL)
			port = (unsigned)strtoul(at + 8, NULL, 10);
	}
	snprintf(b->base, sizeof(b->base), "http://127.0.0.1:%u", port);
	return port == 0 ? -1 : 0;
}

static json_t *
chrome_options(const struct browser *b)
{
	char profile[96];

	snprintf(profile, sizeof(profile), "--user-data-dir=%s", b->profile);
	return json_pack(
	    "{s:{s:{s:s,s:{s:s},s:{s:s,s:[s,s,s,s,s,s,s,s,s,s,s]}}}}",
	    "capabilities", "alwaysMatch", "browserName", "chrome",
	    "goog:loggingPrefs", "browser", "ALL", "goog:chromeOptions",
	    "binary", CHROME, "args", "--headless", "--no-sandbox",
	    "--disable-gpu", "--disable-quic", "--no-first-run",
	    "--disable-background-networking", "--disable-component-update",
	    "--disable-sync", "--disable-dev-shm-usage",
	    "--window-size=1280,900", profile);
}

static int
teardown(void **state)
{
	struct browser *b = *state;
	char command[128];

	if (b == NULL)
		return 0;
	if (strstr(b->base, "/session/") != NULL)
		json_decref(drive(b, "DELETE", "", NULL));
	if (b->driver > 0) {
		kill(b->driver, SIGTERM);
		waitpid(b->driver, NULL, 0);
	}
	if (b->said != NULL)
		fclose(b->said);
	curl_multi_cleanup(b->multi);
	fixture_close(b->fixture);
	snprintf(command, sizeof(command), "rm -rf '%s'", b->profile);
	if (b->profile[0] != '\0' && system(command) != 0)
		print_error("%s: not removed\n", b->profile);
	free(b);
	return 0;
}

static int
setup(void **state)
{
	struct browser *b = calloc(1, sizeof(*b));
	json_t *session;

	*state = b;
	strcpy(b->profile, "/tmp/mailweir-page-XXXXXX");
	if (mkdtemp(b->profile) == NULL)
		return -1;
	mkdir("build", 0777);
	b->multi = curl_multi_init();
	b->fixture = fixture_open(30 * 1440, 6);
	if (start_driver(b) == -1)
		return -1;
	session = drive(b, "POST", "/session", chrome_options(b));
	if (session == NULL)
		return -1;
	snprintf(b->base + strlen(b->base), 64, "/session/%.50s",
	    json_string_value(json_object_get(session, "sessionId")));
	json_decref(session);
	return 0;
}

static void
no_browser_here(void **state)
{
	(void)state;
	print_message("chromium and chromedriver are not installed\n");
	skip();
}

int
main(void)
{
	const struct CMUnitTest none[] = { cmocka_unit_test(no_browser_here) };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tiles_show_the_figures_of_the_api),
		cmocka_unit_test(the_chart_is_painted_for_every_range),
		cmocka_unit_test(live_counts_reach_the_page),
		cmocka_unit_test(nobody_sees_clients_before_signing_in),
		cmocka_unit_test(the_token_signs_in_and_names_are_text),
		cmocka_unit_test(the_page_fits_phone_and_desk_by_day_and_night),
		cmocka_unit_test(a_backlog_shows_its_progress),
	};

	if (access(CHROME, X_OK) == -1 || access(DRIVER, X_OK) == -1)
		return cmocka_run_group_tests(none, NULL, NULL);
	return cmocka_run_group_tests(tests, setup, teardown);
}
