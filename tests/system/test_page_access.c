/*
 * test_page_access.c - the page for those who see, point or wait less well
 *
 * axe-core looks at it in both themes and widths, for a stranger and for
 * whoever is signed in; then its weight and its first paint.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/page_rig.h"
#include "web/asset.h"

#define AXE          "build/axe/axe.js"
#define WEIGHT_BYTES (150 * 1024)
#define PAINT_MS     300.0
#define PAINTS       5

static const struct {
	int width;
	const char *theme;
} looks[] = { { 1280, "light" }, { 1280, "dark" }, { 360, "light" },
	{ 360, "dark" } };

/* Each way of looking at what is open. */
static void
look_with_axe(const char *query)
{
	char *axe = whole_text(AXE);

	for (size_t i = 0; i < NELEMS(looks); i++) {
		look_at(looks[i].width, looks[i].theme);
		open_page(query);
		json_decref(script(&chrome, axe));
		check_file("access");
	}
	free(axe);
	no_complaints(&chrome);
}

static void
require_axe(void)
{
	if (access(AXE, R_OK) == 0)
		return;
	print_message("axe-core is not there: built with NPM=no, or npm could "
		      "not fetch it\n");
	skip();
}

static void
a_stranger_s_page_is_accessible(void **state)
{
	(void)state;
	require_axe();
	look_with_axe("/?range=7d");
}

static void
the_sign_in_page_is_accessible(void **state)
{
	char *axe;

	(void)state;
	require_axe();
	axe = whole_text(AXE);
	for (size_t i = 0; i < NELEMS(looks); i++) {
		look_at(looks[i].width, looks[i].theme);
		visit(&chrome, "/sign-in");
		json_decref(script(&chrome, axe));
		check_file("access");
	}
	free(axe);
}

static void
the_whole_page_is_accessible(void **state)
{
	(void)state;
	require_axe();
	sign_in();
	look_with_axe("/?range=7d");
}

static void
the_page_weighs_little(void **state)
{
	size_t bytes = 0;

	(void)state;
	for (size_t i = 0; i < asset_count; i++)
		bytes += (size_t)(assets[i].gzip_end - assets[i].gzip);
	print_message(
	    "all assets, compressed: %.1f KiB\n", (double)bytes / 1024);
	assert_true(bytes < WEIGHT_BYTES);
}

/* A busy machine paints late, but not five times. */
static void
the_first_paint_comes_soon(void **state)
{
	double best = 1e9;

	(void)state;
	look_at(1280, "light");
	for (int i = 0; i < PAINTS; i++) {
		json_t *value;
		double at;

		visit(&chrome, "/sign-in");
		open_page("/?range=24h");
		until(&chrome, "performance.getEntriesByName("
			       "'first-contentful-paint').length");
		value =
		    script(&chrome, "return performance.getEntriesByName("
				    "'first-contentful-paint')[0].startTime");
		at = json_number_value(value);
		json_decref(value);
		if (at < best)
			best = at;
	}
	print_message("first paint: %.0f ms, the best of %d\n", best, PAINTS);
	assert_true(best > 0 && best < PAINT_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_weighs_little),
		cmocka_unit_test(the_first_paint_comes_soon),
		cmocka_unit_test(a_stranger_s_page_is_accessible),
		cmocka_unit_test(the_sign_in_page_is_accessible),
		cmocka_unit_test(the_whole_page_is_accessible),
	};

	return run_in_browser(tests, page_open, page_close);
}
