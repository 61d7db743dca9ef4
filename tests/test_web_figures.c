/*
 * test_web_figures.c - the page's figures are the account's
 *
 * Tiles against the series, now and a week ago; mailers' and marks' points;
 * what only the token shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/drawing.h"
#include "tests/web_client.h"

#define WEEK (7 * 86400)
#define DAYS 16 /* of traffic */

static json_t *
with_token(const char *path)
{
	struct reply reply;
	json_t *json;

	f->now++; /* answers are kept for their second */
	ask(&reply, &(struct asked){ .path = path, .headers = { bearer() } });
	f->now--;
	json = json_loads(reply.body, 0, NULL);
	if (reply.code != 200 || json == NULL)
		fail_msg("%s: %ld %s", path, reply.code, reply.body);
	end(&reply);
	return json;
}

static json_t *
tile_of(json_t *overview, const char *name)
{
	json_t *tile =
	    json_object_get(json_object_get(overview, "tiles"), name);

	if (tile == NULL)
		fail_msg("no tile %s", name);
	return tile;
}

static double
number_of(json_t *object, const char *key)
{
	if (!json_is_number(json_object_get(object, key)))
		fail_msg("%s: no number", key);
	return json_number_value(json_object_get(object, key));
}

/* What the series has of it. */
static double
sum_of(const char *name, int64_t from, int64_t to)
{
	char path[200];
	json_t *series, *values, *value;
	double sum = 0;
	size_t i;

	snprintf(path, sizeof(path),
	    "/api/v1/series?name=%s&from=%lld&to=%lld&points=1500", name,
	    (long long)from, (long long)to);
	series = json_of(path);
	values = json_object_get(json_object_get(series, "values"), name);
	json_array_foreach (values, i, value)
		sum += json_number_value(value);
	json_decref(series);
	return sum;
}

static const struct {
	const char *tile, *metric;
} counts[] = {
	{ "received", "messages.received" },
	{ "sent", "messages.sent" },
	{ "rejected", "rejects.total" },
	{ "deferred", "messages.deferred" },
	{ "bounced", "messages.bounced" },
	{ "relay_attempts", "relay.denied" },
	{ "auth_failed", "auth.failed" },
};

static void
tiles_are_compared_with_the_same_time_last_week(void **state)
{
	/* To the hour: the cells of both weeks begin and end there. */
	int64_t to = FIXTURE_NOW / 3600 * 3600 - 3600, from = to - 86400;
	json_t *overview, *compared, *tile;
	char path[120];

	(void)state;
	snprintf(path, sizeof(path), "/api/v1/overview?from=%lld&to=%lld",
	    (long long)from, (long long)to);
	overview = json_of(path);
	compared = json_object_get(overview, "compared");
	assert_string_equal(
	    "last week", json_string_value(json_object_get(compared, "with")));
	assert_int_equal(number_of(compared, "from"), from - WEEK);
	assert_int_equal(number_of(compared, "to"), to - WEEK);
	for (size_t i = 0; i < NELEMS(counts); i++) {
		tile = tile_of(overview, counts[i].tile);
		assert_string_equal(counts[i].metric,
		    json_string_value(json_object_get(tile, "metric")));
		assert_int_equal(number_of(tile, "value"),
		    sum_of(counts[i].metric, from, to));
		assert_int_equal(number_of(tile, "previous"),
		    sum_of(counts[i].metric, from - WEEK, to - WEEK));
	}
	assert_true(number_of(tile_of(overview, "received"), "previous") > 100);
	json_decref(overview);
}

static void
shares_are_parts_of_their_sums(void **state)
{
	json_t *overview = json_of("/api/v1/overview?range=24h");
	double rejected = number_of(tile_of(overview, "rejected"), "value");
	double before = number_of(tile_of(overview, "rejected"), "previous");
	json_t *received = tile_of(overview, "received");
	json_t *tile = tile_of(overview, "rejected_share");
	double share = rejected / (rejected + number_of(received, "value"));

	(void)state;
	assert_true(share > 0.01 && share < 0.99);
	assert_true(fabs(number_of(tile, "value") - share) < 1e-9);
	share = before / (before + number_of(received, "previous"));
	assert_true(fabs(number_of(tile, "previous") - share) < 1e-9);
	assert_string_equal(
	    "ratio", json_string_value(json_object_get(tile, "unit")));
	tile = tile_of(overview, "coverage");
	assert_true(number_of(tile, "value") > 0.98);
	assert_true(number_of(tile, "value") < 1);
	tile = tile_of(overview, "tls_share");
	assert_true(number_of(tile, "value") > 0.7);
	assert_true(number_of(tile, "value") < 1);
	json_decref(overview);
}

static void
levels_are_as_they_are_now(void **state)
{
	struct stats_host *host = calloc(1, sizeof(*host));
	json_t *overview = json_of("/api/v1/overview?range=1h");
	json_t *other = json_of("/api/v1/overview?host=mx9.example.org");
	json_t *tile = tile_of(overview, "queued");

	(void)state;
	stats_sum(f->stats, host);
	assert_int_equal(
	    number_of(tile, "value"), 3 + host->totals[METRIC_QUEUE_DEFERRED]);
	assert_true(number_of(tile, "previous") > 3);
	assert_int_equal(number_of(tile_of(overview, "queue_oldest"), "value"),
	    host->totals[METRIC_QUEUE_OLDEST_SECONDS]);
	/* Nobody looks at the queues of that host, or has sessions there. */
	assert_true(
	    json_is_null(json_object_get(tile_of(other, "queued"), "value")));
	assert_true(json_is_null(
	    json_object_get(tile_of(other, "tls_share"), "value")));
	json_decref(other);
	free(host);
	assert_int_equal(number_of(tile_of(overview, "blocks"), "value"), 4);
	assert_int_equal(number_of(tile_of(overview, "lag"), "value"), 0);
	json_decref(overview);
}

static void
a_long_span_is_compared_with_the_one_before_it(void **state)
{
	json_t *overview = json_of("/api/v1/overview?range=8d"), *compared;

	(void)state;
	compared = json_object_get(overview, "compared");
	assert_string_equal(
	    "before", json_string_value(json_object_get(compared, "with")));
	assert_int_equal(number_of(compared, "to"), FIXTURE_NOW - 8 * 86400);
	/* 16 days ago nobody was here yet, all the time. */
	assert_true(json_is_null(
	    json_object_get(tile_of(overview, "received"), "previous")));
	json_decref(overview);
	overview = json_of("/api/v1/overview?range=7d");
	compared = json_object_get(overview, "compared");
	assert_string_equal(
	    "before", json_string_value(json_object_get(compared, "with")));
	assert_true(number_of(tile_of(overview, "received"), "previous") > 100);
	json_decref(overview);
}

static void
what_was_not_known_is_not_compared(void **state)
{
	json_t *overview = json_of("/api/v1/overview?host=mx9.example.org");
	const char *name;
	json_t *tile;

	(void)state;
	json_object_foreach (json_object_get(overview, "tiles"), name, tile)
		if (!json_is_null(json_object_get(tile, "previous")))
			fail_msg("%s", name);
	json_decref(overview);
}

static void
mailers_have_points_that_sum_to_their_columns(void **state)
{
	json_t *mailers = json_of("/api/v1/mailers?range=7d&limit=48");
	json_t *row, *point;
	size_t i, k;

	(void)state;
	assert_true(json_array_size(json_object_get(mailers, "mailers")) >= 3);
	json_array_foreach (json_object_get(mailers, "mailers"), i, row) {
		double sum = 0;

		json_array_foreach (json_object_get(row, "points"), k, point)
			sum += json_number_value(point);
		assert_int_equal(sum,
		    number_of(row, "msgs_from") + number_of(row, "msgs_to"));
		assert_true(sum > 0);
	}
	json_decref(mailers);
}

static size_t
marks_of(const char *path, size_t *alerts, size_t *blocks)
{
	json_t *json = with_token(path), *mark;
	double last = INFINITY;
	size_t i, total;

	*alerts = *blocks = 0;
	json_array_foreach (json_object_get(json, "marks"), i, mark) {
		bool alert =
		    strcmp(json_string_value(json_object_get(mark, "kind")),
			"alert") == 0;

		*alerts += alert;
		*blocks += !alert;
		assert_true(number_of(mark, "at") <= last);
		last = number_of(mark, "at");
		if (alert)
			assert_true(number_of(mark, "number") > 0);
	}
	total = (size_t)number_of(json, "total");
	json_decref(json);
	return total;
}

static void
marks_are_those_of_the_span_and_host(void **state)
{
	size_t alerts, blocks;
	char path[120];

	(void)state;
	assert_int_equal(
	    7, marks_of("/api/v1/marks?range=1h", &alerts, &blocks));
	assert_int_equal(alerts, 3);
	assert_int_equal(blocks, 4);
	assert_int_equal(
	    7, marks_of("/api/v1/marks?range=1h&limit=2", &alerts, &blocks));
	assert_int_equal(alerts + blocks, 2);
	/* Before it all. */
	snprintf(path, sizeof(path), "/api/v1/marks?from=%d&to=%d",
	    FIXTURE_NOW - 7200, FIXTURE_NOW - 3600);
	assert_int_equal(0, marks_of(path, &alerts, &blocks));
	/* Incidents are a host's, blocks are everywhere. */
	(void)marks_of(
	    "/api/v1/marks?range=1h&host=MX1.example.org", &alerts, &blocks);
	assert_int_equal(alerts, 2);
	(void)marks_of(
	    "/api/v1/marks?range=1h&host=mx2.example.org", &alerts, &blocks);
	assert_int_equal(alerts, 0);
	assert_int_equal(blocks, 4);
}

static void
shapes_are_only_for_who_has_the_token(void **state)
{
	json_t *bare = json_of("/api/v1/health"), *known, *shapes, *top;

	(void)state;
	assert_true(json_is_null(json_object_get(bare, "shapes")));
	known = with_token("/api/v1/health");
	shapes = json_object_get(known, "shapes");
	top = json_object_get(shapes, "top");
	assert_int_equal(json_array_size(top), 2);
	assert_int_equal(number_of(json_array_get(top, 0), "count"), 21);
	/* Its bytes are text, an escape for a terminal is none. */
	assert_string_equal(
	    "postfix/smtpd: strange <img src=x onerror=alert(1)>\\033[2J\"'&",
	    json_string_value(json_object_get(json_array_get(top, 0), "text")));
	assert_int_equal(number_of(shapes, "others"), 5);
	json_decref(bare);
	json_decref(known);
}

static void
programs_are_only_for_who_has_the_token(void **state)
{
	json_t *bare = json_of("/api/v1/health"), *known, *programs, *top;

	(void)state;
	assert_true(json_is_null(json_object_get(bare, "programs")));
	known = with_token("/api/v1/health");
	programs = json_object_get(known, "programs");
	top = json_object_get(programs, "top");
	assert_int_equal(json_array_size(top), 2);
	assert_int_equal(number_of(json_array_get(top, 0), "recognised"), 900);
	assert_int_equal(number_of(json_array_get(top, 0), "ignored"), 40);
	assert_int_equal(number_of(json_array_get(top, 1), "unrecognised"), 3);
	assert_string_equal("postfix/<img src=x onerror=alert(1)>\\033[2J\"'&",
	    json_string_value(
		json_object_get(json_array_get(top, 1), "program")));
	assert_int_equal(
	    number_of(json_object_get(programs, "others"), "ignored"), 17);
	json_decref(bare);
	json_decref(known);
}

static int
open_weeks(void **state)
{
	(void)state;
	multi = curl_multi_init();
	f = fixture_open(DAYS * 1440 - 600, 2);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    tiles_are_compared_with_the_same_time_last_week),
		cmocka_unit_test(shares_are_parts_of_their_sums),
		cmocka_unit_test(levels_are_as_they_are_now),
		cmocka_unit_test(
		    a_long_span_is_compared_with_the_one_before_it),
		cmocka_unit_test(what_was_not_known_is_not_compared),
		cmocka_unit_test(mailers_have_points_that_sum_to_their_columns),
		cmocka_unit_test(marks_are_those_of_the_span_and_host),
		cmocka_unit_test(shapes_are_only_for_who_has_the_token),
		cmocka_unit_test(programs_are_only_for_who_has_the_token),
	};

	return cmocka_run_group_tests(tests, open_weeks, client_close);
}
