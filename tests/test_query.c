/* test_query.c - a URL is read as meant, or refused in words */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "web/query.h"

#define NOW 1795338001 /* 2026-11-22T09:00:01Z */

static const struct {
	const char *text;
	int64_t seconds; /* -1: refused */
} times[] = {
	{ "0", 0 },
	{ "1795338001", 1795338001 },
	{ "2026-11-22T09:00:01Z", 1795338001 },
	{ "2026-11-22t09:00:01z", 1795338001 },
	{ "2026-11-22 09:00:01Z", 1795338001 },
	{ "2026-11-22T09:00:01.999999Z", 1795338001 },
	{ "2026-11-22T10:00:01+01:00", 1795338001 },
	{ "2026-11-22T10:00:01 01:00", 1795338001 },
	{ "2026-11-21T23:30:01-09:30", 1795338001 },
	{ "2028-02-29T00:00:00Z", 1835395200 },
	{ "", -1 },
	{ "-1", -1 },
	{ "1.5", -1 },
	{ "253402300800", -1 },
	{ "99999999999999999999", -1 },
	{ "2026-11-22", -1 },
	{ "2026-11-22T09:00:01", -1 },
	{ "2026-13-22T09:00:01Z", -1 },
	{ "2026-11-31T09:00:01Z", -1 },
	{ "2026-11-22T24:00:01Z", -1 },
	{ "2026-11-22T09:00:01+1:00", -1 },
	{ "2026-11-22T09:00:01+Z", -1 },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "1970-01-01T00:00:00+01:00", -1 },
};

static const struct {
	const char *text;
	int64_t seconds;
} ranges[] = {
	{ "90", 90 },
	{ "60s", 60 },
	{ "15min", 900 },
	{ "1h", 3600 },
	{ "24h", 86400 },
	{ "7d", 604800 },
	{ "2w", 1209600 },
	{ "1y", 31536000 },
	{ "5y", 157680000 },
	{ "", -1 },
	{ "h", -1 },
	{ "0h", -1 },
	{ "59s", -1 },
	{ "7 d", -1 },
	{ "-1h", -1 },
	{ "1m", -1 },
	{ "7y", -1 },
	{ "99999999999999999999999h", -1 },
	{ "9223372036854775807y", -1 },
};

static const struct {
	const char *uri;
	const char *error;
} refused[] = {
	{ "", "the path" },
	{ "api", "the path" },
	{ "?range=1h", "the path" },
	{ "/%", "the path" },
	{ "/%2", "the path" },
	{ "/%zz", "the path" },
	{ "/a%00b", "the path" },
	{ "/?range=", "range" },
	{ "/?range=soon", "range" },
	{ "/?from=yesterday", "from" },
	{ "/?to=%3", "cannot be read" },
	{ "/?host=%00", "cannot be read" },
	{ "/?from=20&to=10", "from" },
	{ "/?from=10&to=10", "from" },
	{ "/?from=0&to=1795338001", "6 years" },
	{ "/?points=0", "points" },
	{ "/?points=1501", "points" },
	{ "/?limit=0", "limit" },
	{ "/?limit=1001", "limit" },
	{ "/?limit=ten", "limit" },
	{ "/?width=99999", "width" },
	{ "/?height=1", "height" },
};

static int
parse(struct web_query *query, const char *uri, struct err *err)
{
	return query_parse(query, slice_of(uri), NOW, err);
}

static void
times_are_unix_seconds_or_rfc_3339(void **state)
{
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < NELEMS(times); i++) {
		seconds = -1;
		if (!query_time(slice_of(times[i].text), &seconds))
			seconds = -1;
		if (seconds != times[i].seconds)
			fail_msg("\"%s\": %lld, not %lld", times[i].text,
			    (long long)seconds, (long long)times[i].seconds);
	}
}

static void
ranges_have_a_unit_and_a_bound(void **state)
{
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < NELEMS(ranges); i++) {
		seconds = -1;
		if (!query_range(slice_of(ranges[i].text), &seconds))
			seconds = -1;
		if (seconds != ranges[i].seconds)
			fail_msg("\"%s\": %lld, not %lld", ranges[i].text,
			    (long long)seconds, (long long)ranges[i].seconds);
	}
}

static void
what_is_wrong_is_said(void **state)
{
	struct web_query query;
	struct err err;

	(void)state;
	for (size_t i = 0; i < NELEMS(refused); i++) {
		if (parse(&query, refused[i].uri, &err) == 0)
			fail_msg("%s: taken", refused[i].uri);
		if (strstr(err.text, refused[i].error) == NULL)
			fail_msg("%s: \"%s\"", refused[i].uri, err.text);
	}
}

static void
a_bare_path_asks_for_the_last_day(void **state)
{
	struct web_query query;
	struct err err;

	(void)state;
	assert_int_equal(parse(&query, "/api/v1/overview", &err), 0);
	assert_string_equal(query.path, "/api/v1/overview");
	assert_int_equal(query.to, NOW);
	assert_int_equal(query.from, NOW - 86400);
	assert_false(query.ranged);
	assert_true(query.to_now);
	assert_string_equal(query.host, "");
	assert_int_equal(query.name_count, 0);
}

static void
parameters_are_decoded_and_unknown_ones_passed_over(void **state)
{
	struct web_query query;
	struct err err;

	(void)state;
	assert_int_equal(
	    parse(&query,
		"/graph/mailer.%2Afile%2a.msgs_to.svg?name=a&na%6de=b%20c&"
		"host=mx+1&x=%zz&&&=&&really_long_unknown_parameter=1&limit=5&"
		"from=2026-11-22T10%3A00%3A01%2B01:00&range=1h&"
		"sort=received",
		&err),
	    -1); /* x=%zz */
	assert_int_equal(
	    parse(&query,
		"/graph/mailer.%2Afile%2a.msgs_to.svg?name=a&na%6de=b%20c&"
		"host=mx+1&&&=&&really_long_unknown_parameter=1&limit=5&"
		"from=2026-11-22T09%3A00%3A01%2B01:00&range=1h&"
		"sort=received",
		&err),
	    0);
	assert_string_equal(query.path, "/graph/mailer.*file*.msgs_to.svg");
	assert_int_equal(query.name_count, 2);
	assert_string_equal(query.names[0], "a");
	assert_string_equal(query.names[1], "b c");
	assert_string_equal(query.host, "mx 1");
	assert_int_equal(query.limit, 5);
	assert_int_equal(query.from, NOW - 3600);
	assert_int_equal(query.to, NOW);
	assert_string_equal(query.sort, "received");
}

static void
at_most_32_names_are_taken(void **state)
{
	char uri[1024] = "/?name=x";
	struct web_query query;
	struct err err;

	(void)state;
	for (int i = 1; i < QUERY_NAMES; i++)
		strcat(uri, "&name=x");
	assert_int_equal(parse(&query, uri, &err), 0);
	assert_int_equal(query.name_count, QUERY_NAMES);
	strcat(uri, "&name=x");
	assert_int_equal(parse(&query, uri, &err), -1);
}

/* An exactly sized copy on the heap: a checker then sees an overrun. */
static void
a_query_cut_at_any_byte_is_read_safely(void **state)
{
	static const char whole[] =
	    "/graph/x%20.png?name=%41&from=2026-11-22T09:00:01.5%2B01:00&"
	    "range=1h&host=%6dx&once=a+b&limit=20&width=300";
	struct web_query query;
	struct err err;

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		char *exact = malloc(n ? n : 1);

		memcpy(exact, whole, n);
		(void)query_parse(
		    &query, (struct slice){ exact, n }, NOW, &err);
		free(exact);
	}
}

static void
a_form_gives_its_value(void **state)
{
	char value[8];

	(void)state;
	assert_true(query_form(
	    SLICE("a=1&token=x%2By+z"), SLICE("token"), value, sizeof(value)));
	assert_string_equal(value, "x+y z");
	assert_false(query_form(
	    SLICE("tokens=1"), SLICE("token"), value, sizeof(value)));
	assert_false(query_form(
	    SLICE("token=12345678"), SLICE("token"), value, sizeof(value)));
	assert_false(
	    query_form(SLICE(""), SLICE("token"), value, sizeof(value)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_unix_seconds_or_rfc_3339),
		cmocka_unit_test(ranges_have_a_unit_and_a_bound),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(a_bare_path_asks_for_the_last_day),
		cmocka_unit_test(
		    parameters_are_decoded_and_unknown_ones_passed_over),
		cmocka_unit_test(at_most_32_names_are_taken),
		cmocka_unit_test(a_query_cut_at_any_byte_is_read_safely),
		cmocka_unit_test(a_form_gives_its_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
