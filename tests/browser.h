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

#endif
