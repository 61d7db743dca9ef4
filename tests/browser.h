/*
 * browser.h - a browser, and the fixture's server that it looks at
 *
 * The server runs on in this process while the browser is waited for.
 */
#ifndef TESTS_BROWSER_H
#define TESTS_BROWSER_H

#include "tests/web_fixture.h"
#include "tests/webdriver.h"

/* A second is a second. */
static inline void
browser_serve(struct browser *b)
{
	fixture_turn(b->fixture, 10);
	if (clock_seconds() != b->second) {
		b->second = clock_seconds();
		web_tick(b->fixture->web);
	}
}

static inline int
browser_close(void **state)
{
	struct browser *b = *state;

	if (b == NULL)
		return 0;
	driver_close(b);
	fixture_close(b->fixture);
	free(b);
	return 0;
}

static inline int
browser_open(void **state)
{
	struct browser *b = calloc(1, sizeof(*b));

	*state = b;
	b->fixture = fixture_open(30 * 1440, 6);
	b->address = web_address(b->fixture->web);
	b->serve = browser_serve;
	return driver_open(b);
}

static inline void
act(struct browser *b, const char *code)
{
	json_decref(script(b, code));
}

/* What the fixture's server answers, to be freed. */
static inline json_t *
api(struct browser *b, const char *path)
{
	char url[512];

	snprintf(url, sizeof(url), "%s%s", b->address, path);
	return call(b, "GET", url, NULL, NULL);
}

static inline int
read_token(const char *data, char token[static 80])
{
	char path[128];
	FILE *in;
	int rc;

	snprintf(path, sizeof(path), "%s/web.token", data);
	in = fopen(path, "r");
	if (in == NULL)
		return -1;
	rc = fgets(token, 80, in) == NULL ? -1 : 0;
	fclose(in);
	token[strcspn(token, "\n")] = '\0';
	return rc;
}

/* As a person does it. */
static inline void
sign_in(struct browser *b)
{
	char token[80], code[256];

	assert_int_equal(read_token(b->fixture->data, token), 0);
	visit(b, "/sign-in");
	snprintf(code, sizeof(code),
	    "document.getElementById('token').value = '%s'; "
	    "document.querySelector('form').submit(); return 1",
	    token);
	act(b, code);
	until(b, "location.pathname === '/' && document.body.dataset.ready");
}

/* On a phone and a desk, by day and by night; build/NAME-WIDTH-THEME.png. */
static inline void
fits_everywhere(struct browser *b, const char *name)
{
	static const struct {
		int width;
		const char *theme;
	} looks[] = { { 1280, "light" }, { 1280, "dark" }, { 360, "light" },
		{ 360, "dark" } };
	char file[80];

	for (size_t i = 0; i < NELEMS(looks); i++) {
		snprintf(file, sizeof(file), "%s-%d-%s", name, looks[i].width,
		    looks[i].theme);
		picture(b, looks[i].width, looks[i].theme, file);
		assert_true(holds(
		    b, "document.documentElement.scrollWidth <= innerWidth"));
	}
}

#endif
