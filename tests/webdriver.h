/*
 * webdriver.h - headless Chromium, driven by ChromeDriver
 *
 * The W3C WebDriver protocol, by libcurl and jansson.  Whoever serves the page
 * may be in this process (browser.h) or in another (page_rig.h).
 */
#ifndef TESTS_WEBDRIVER_H
#define TESTS_WEBDRIVER_H

#include <sys/prctl.h>
#include <sys/wait.h>

#include <curl/curl.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 40 /* seconds until something that must come has not */
#define CHROME   "/usr/bin/chromium"
#define DRIVER   "/usr/bin/chromedriver"

struct browser {
	const char *address; /* of whoever serves the page */
	/* What that one does for some milliseconds; NULL: it is elsewhere. */
	void (*serve)(struct browser *);
	struct fixture *fixture; /* serve()'s */
	int64_t second;
	pid_t driver;
	FILE *said; /* by the driver */
	char profile[64];
	char base[128]; /* of the driver's session */
	CURLM *multi;
};

struct text {
	char *p;
	size_t n;
};

static inline int64_t
clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static inline size_t
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

static inline void
turn(struct browser *b)
{
	if (b->serve != NULL)
		b->serve(b);
	else
		(void)poll(NULL, 0, 2);
}

/* A request to driver or server; the answer as JSON, to be freed. */
static inline json_t *
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
static inline json_t *
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

static inline json_t *
script(struct browser *b, const char *text)
{
	return drive(b, "POST", "/execute/sync",
	    json_pack("{s:s,s:[]}", "script", text, "args"));
}

static inline bool
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

/* What the page's console has, which is then empty. */
static inline size_t
complaints(struct browser *b)
{
	json_t *log =
	    drive(b, "POST", "/se/log", json_pack("{s:s}", "type", "browser"));
	size_t n = json_array_size(log);

	for (size_t i = 0; i < n; i++)
		print_error("%s\n", json_string_value(json_object_get(
					json_array_get(log, i), "message")));
	json_decref(log);
	return n;
}

static inline void
until(struct browser *b, const char *claim)
{
	int64_t end = clock_seconds() + PATIENCE;

	while (!holds(b, claim)) {
		if (clock_seconds() > end) {
			(void)complaints(b);
			fail_msg("not within %d s: %s", PATIENCE, claim);
		}
		for (int i = 0; i < 10; i++)
			turn(b);
	}
}

static inline void
visit(struct browser *b, const char *path)
{
	char url[256];

	snprintf(url, sizeof(url), "%s%s", b->address, path);
	json_decref(drive(b, "POST", "/url", json_pack("{s:s}", "url", url)));
}

static inline unsigned char
base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	return at == NULL ? 0 : (unsigned char)(at - digits);
}

static inline void
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
static inline void
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

static inline void
no_complaints(struct browser *b)
{
	assert_int_equal(complaints(b), 0);
}

static inline void
nothing_loaded_from_elsewhere(struct browser *b)
{
	assert_true(
	    holds(b, "performance.getEntriesByType('resource').every("
		     "(entry) => entry.name.startsWith(location.origin))"));
}

/* Port 0: it says which one it took. */
static inline int
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

static inline json_t *
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

static inline void
driver_close(struct browser *b)
{
	char command[128];

	if (strstr(b->base, "/session/") != NULL)
		json_decref(drive(b, "DELETE", "", NULL));
	if (b->driver > 0) {
		kill(b->driver, SIGTERM);
		waitpid(b->driver, NULL, 0);
	}
	if (b->said != NULL)
		fclose(b->said);
	curl_multi_cleanup(b->multi);
	snprintf(command, sizeof(command), "rm -rf '%s'", b->profile);
	if (b->profile[0] != '\0' && system(command) != 0)
		print_error("%s: not removed\n", b->profile);
}

static inline int
driver_open(struct browser *b)
{
	json_t *session;

	strcpy(b->profile, "/tmp/mailweir-page-XXXXXX");
	if (mkdtemp(b->profile) == NULL)
		return -1;
	mkdir("build", 0777);
	b->multi = curl_multi_init();
	/* It takes one port number for both families, which may be taken. */
	for (int i = 0; start_driver(b) == -1; i++) {
		if (i == 5)
			return -1;
		waitpid(b->driver, NULL, 0);
		fclose(b->said);
	}
	session = drive(b, "POST", "/session", chrome_options(b));
	if (session == NULL)
		return -1;
	snprintf(b->base + strlen(b->base), 64, "/session/%.50s",
	    json_string_value(json_object_get(session, "sessionId")));
	json_decref(session);
	return 0;
}

static inline void
no_browser_here(void **state)
{
	(void)state;
	print_message("chromium and chromedriver are not installed\n");
	skip();
}

static const struct CMUnitTest no_browser[] = { cmocka_unit_test(
    no_browser_here) };

/* The tests, after open() gave them their browser; skipped without one. */
#define run_in_browser(tests, open, close)                                     \
	(access(CHROME, X_OK) == 0 && access(DRIVER, X_OK) == 0                \
		? cmocka_run_group_tests(tests, open, close)                   \
		: cmocka_run_group_tests(no_browser, NULL, NULL))

#endif
