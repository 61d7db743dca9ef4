/*
 * test_web.c - every path answers as it should
 *
 * The server runs in this process, with a real account and real series, and
 * is asked by libcurl over a port of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/drawing.h"
#include "tests/web_client.h"

/* Path by path: without the token, with it, and through a proxy. */
static const struct {
	const char *path;
	long bare, known, proxied;
	const char *type;
} paths[] = {
	{ "/", 200, 200, 401, "text/html" },
	{ "/style.css", 200, 200, 200, "text/css" },
	{ "/icon.svg", 200, 200, 200, "image/svg+xml" },
	{ "/app.js", 200, 200, 401, "text/javascript" },
	{ "/part_alerts.js", 200, 200, 401, "text/javascript" },
	{ "/chart.js", 200, 200, 401, "text/javascript" },
	{ "/figures.js", 200, 200, 401, "text/javascript" },
	{ "/state.js", 200, 200, 401, "text/javascript" },
	{ "/stream.js", 200, 200, 401, "text/javascript" },
	{ "/tables.js", 200, 200, 401, "text/javascript" },
	{ "/words.js", 200, 200, 401, "text/javascript" },
	{ "/uplot.js", 200, 200, 401, "text/javascript" },
	{ "/uplot.css", 200, 200, 401, "text/css" },
	{ "/sign-in", 200, 200, 200, "text/html" },
	{ "/metrics", 200, 200, 401, "text/plain; version=0.0.4" },
	{ "/healthz", 200, 200, 401, "application/json" },
	{ "/api/v1/overview", 200, 200, 401, "application/json" },
	{ "/api/v1/overview?range=7d&host=mx1.example.org", 200, 200, 401,
	    "application/json" },
	{ "/api/v1/series?name=messages.received", 200, 200, 401,
	    "application/json" },
	{ "/api/v1/mailers", 200, 200, 401, "application/json" },
	{ "/api/v1/mailers?range=24h&sort=bytes_to&limit=1", 200, 200, 401,
	    "application/json" },
	{ "/api/v1/rejects", 200, 200, 401, "application/json" },
	{ "/api/v1/rejects?range=1y&sort=reason", 200, 200, 401,
	    "application/json" },
	{ "/api/v1/wire", 200, 200, 401, "application/json" },
	{ "/api/v1/wire?range=24h&host=mx1.example.org", 200, 200, 401,
	    "application/json" },
	{ "/api/v1/health", 200, 200, 401, "application/json" },
	{ "/api/v1/clients", 401, 200, 401, "application/json" },
	{ "/api/v1/clients?sort=received&limit=3", 401, 200, 401,
	    "application/json" },
	{ "/api/v1/accounts", 401, 200, 401, "application/json" },
	{ "/api/v1/domains?side=senders", 401, 200, 401, "application/json" },
	{ "/api/v1/domains?side=recipients&filter=x", 401, 200, 401,
	    "application/json" },
	{ "/api/v1/domains", 401, 400, 401, "application/json" },
	{ "/api/v1/domains?side=both", 401, 400, 401, "application/json" },
	{ "/api/v1/destinations?sort=since", 401, 200, 401,
	    "application/json" },
	{ "/api/v1/attention", 401, 200, 401, "application/json" },
	{ "/api/v1/alerts", 401, 200, 401, "application/json" },
	{ "/api/v1/alerts?limit=1&offset=1", 401, 200, 401,
	    "application/json" },
	{ "/api/v1/marks", 401, 200, 401, "application/json" },
	{ "/api/v1/marks?range=5y&host=mx1.example.org&limit=1000", 401, 200,
	    401, "application/json" },
	{ "/api/v1/rules", 401, 200, 401, "application/json" },
	{ "/api/v1/blocks", 401, 200, 401, "application/json" },
	{ "/api/v1/blocks?offset=-1", 401, 400, 401, "application/json" },
	{ "/api/v1/blocks/203.0.113.77", 401, 200, 401, "application/json" },
	{ "/api/v1/never", 401, 200, 401, "application/json" },
	{ "/api/v1/never/203.0.113.77", 405, 405, 401, "application/json" },
	{ "/api/v1/events", 401, 200, 401, "application/json" },
	{ "/api/v1/events?limit=0", 401, 400, 401, "application/json" },
	{ "/graph/messages.received.png?range=24h", 200, 200, 401,
	    "image/png" },
	{ "/graph/messages.received.svg?range=24h", 200, 200, 401,
	    "image/svg+xml" },
	{ "/graph/messages.received.gif", 404, 404, 401, "application/json" },
	{ "/graph/.png", 404, 404, 401, "application/json" },
	{ "/nothing", 404, 404, 401, "application/json" },
	{ "/api/v1/", 404, 404, 401, "application/json" },
	{ "/api/v1/overview/", 404, 404, 401, "application/json" },
	{ "/../etc/passwd", 404, 404, 401, "application/json" },
	{ "/%2e%2e/%2e%2e/etc/passwd", 404, 404, 401, "application/json" },
	{ "/a%00b", 404, 404, 401, "application/json" },
	{ "/api/v1/overview?range=soon", 400, 400, 401, "application/json" },
	{ "/api/v1/series", 400, 400, 401, "application/json" },
	{ "/api/v1/rejects?sort=age", 400, 400, 401, "application/json" },
	{ "/api/v1/mailers?sort=age", 400, 400, 401, "application/json" },
	{ "/api/v1/clients?sort=age", 401, 400, 401, "application/json" },
	{ "/api/v1/messages?filter=a@example.org", 401, 200, 401,
	    "application/json" },
	{ "/api/v1/messages", 401, 400, 401, "application/json" },
	{ "/api/v1/messages?filter=two%20words", 401, 400, 401,
	    "application/json" },
	{ "/api/v1/messages?filter=a%0ab@c", 401, 400, 401,
	    "application/json" },
	{ "/api/v1/messages?filter=a&limit=201", 401, 400, 401,
	    "application/json" },
	{ "/sign-out", 405, 405, 401, "application/json" },
};

static void
check_guards(const struct reply *reply, const char *path)
{
	static const char *const wanted[] = {
		"Content-Security-Policy: default-src 'none'; script-src "
		"'self'; style-src 'self'; img-src 'self' data:; connect-src "
		"'self'; base-uri 'none'; form-action 'self'; "
		"frame-ancestors 'none'",
		"X-Content-Type-Options: nosniff",
		"Referrer-Policy: same-origin",
		"Cache-Control: no-",
	};

	bool drawing = strstr(reply->headers, "image/svg+xml") != NULL;

	if (drawing) /* has its own, without scripts */
		assert_non_null(strstr(reply->headers,
		    "Content-Security-Policy: default-src 'none'; "));
	for (size_t i = drawing; i < NELEMS(wanted); i++)
		if (strstr(reply->headers, wanted[i]) == NULL)
			fail_msg("%s: lacks %s", path, wanted[i]);
}

static void
check_error(const struct reply *reply, const char *path)
{
	json_t *json = json_loads(reply->body, 0, NULL);

	if (!json_is_string(json_object_get(json, "error")))
		fail_msg("%s: no error in \"%s\"", path, reply->body);
	json_decref(json);
}

static void
every_path_answers_whom_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEMS(paths); i++) {
		const char *path = paths[i].path;
		char type[64];
		struct reply reply;

		ask(&reply, &(struct asked){ .path = path });
		if (reply.code != paths[i].bare)
			fail_msg("%s: %ld", path, reply.code);
		snprintf(type, sizeof(type), "Content-Type: %s", paths[i].type);
		if (strstr(reply.headers, type) == NULL)
			fail_msg("%s: not %s", path, type);
		check_guards(&reply, path);
		if (reply.code >= 400)
			check_error(&reply, path);
		end(&reply);
		ask(&reply,
		    &(struct asked){ .path = path, .headers = { FORWARDED } });
		if (reply.code != paths[i].proxied)
			fail_msg("%s: %ld by proxy", path, reply.code);
		check_guards(&reply, path);
		assert_null(strstr(reply.body, "mx1"));
		end(&reply);
		if (code_of(&(struct asked){ .path = path,
			.headers = { bearer(), FORWARDED } }) != paths[i].known)
			fail_msg("%s: with the token", path);
	}
}

static void
methods_are_known_and_head_has_no_body(void **state)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE",
		"OPTIONS", "PATCH", "TRACE" };
	struct reply reply;

	(void)state;
	for (size_t i = 0; i < NELEMS(methods); i++) {
		ask(&reply, &(struct asked){ .method = methods[i],
				.path = "/api/v1/overview" });
		assert_int_equal(reply.code, 405);
		assert_non_null(strstr(reply.headers, "Allow: GET, HEAD\r\n"));
		check_error(&reply, methods[i]);
		end(&reply);
	}
	ask(&reply, &(struct asked){ .path = "/sign-out" });
	assert_non_null(strstr(reply.headers, "Allow: POST\r\n"));
	end(&reply);
	for (size_t i = 0; i < NELEMS(paths); i++) {
		ask(&reply,
		    &(struct asked){ .method = "HEAD", .path = paths[i].path });
		if (reply.code != paths[i].bare || reply.n != 0)
			fail_msg("HEAD %s: %ld", paths[i].path, reply.code);
		end(&reply);
	}
}

static void
what_is_too_large_is_refused(void **state)
{
	char large[6000];
	struct reply reply;

	(void)state;
	memset(large, 'x', sizeof(large));
	large[0] = '/';
	large[sizeof(large) - 1] = '\0';
	ask(&reply, &(struct asked){ .path = large });
	assert_int_equal(reply.code, 414);
	check_error(&reply, "/xxx");
	end(&reply);
	ask(&reply, &(struct asked){ .method = "POST",
			.path = "/sign-in",
			.headers = { "Expect:" },
			.body = large });
	assert_int_equal(reply.code, 413);
	check_error(&reply, "/sign-in");
	end(&reply);
}

static void
the_overview_agrees_with_the_series(void **state)
{
	json_t *overview, *series, *values;
	double sum = 0;
	size_t i;
	json_t *value;

	(void)state;
	overview = json_of("/api/v1/overview?range=24h");
	series = json_of(
	    "/api/v1/series?name=messages.received&name=no.such&range=24h");
	assert_string_equal(
	    "ok", json_string_value(json_object_get(
		      json_object_get(overview, "verdict"), "level")));
	values = json_object_get(
	    json_object_get(series, "values"), "messages.received");
	assert_int_equal(json_array_size(values),
	    json_array_size(json_object_get(series, "times")));
	json_array_foreach (values, i, value)
		sum += json_number_value(value);
	assert_true(sum > 100);
	assert_int_equal(sum,
	    json_integer_value(json_object_get(
		json_object_get(json_object_get(overview, "tiles"), "received"),
		"value")));
	values = json_object_get(json_object_get(series, "values"), "no.such");
	json_array_foreach (values, i, value)
		assert_true(json_is_null(value));
	json_decref(overview);
	json_decref(series);
}

/* Steps stay open while what is of them waits to be decided. */
static void
what_is_open_is_shown_at_its_own_time(void **state)
{
	static const char path[] =
	    "/api/v1/series?name=messages.bounced&range=1h";
	int64_t minute = FIXTURE_NOW / 60 * 60 - 60, at;
	json_t *before = json_of(path), *after, *had, *has, *times;
	size_t n, shown = 0;

	(void)state;
	for (unsigned i = 0; i < 7; i++)
		fixture_take(
		    f, &(struct mail_event){ .kind = EVENT_BOUNCED }, minute);
	f->now++; /* an answer is good for a second */
	after = json_of(path);
	f->now--;
	times = json_object_get(after, "times");
	had = json_object_get(
	    json_object_get(before, "values"), "messages.bounced");
	has = json_object_get(
	    json_object_get(after, "values"), "messages.bounced");
	n = json_array_size(times);
	assert_true(n > 2);
	for (size_t i = 0; i < n; i++) {
		at = json_integer_value(json_array_get(times, i));
		if (json_number_value(json_array_get(has, i)) ==
		    json_number_value(json_array_get(had, i)))
			continue;
		shown++;
		assert_int_equal(at, minute);
		assert_int_equal(json_number_value(json_array_get(has, i)) -
				     json_number_value(json_array_get(had, i)),
		    7);
	}
	assert_int_equal(shown, 1);
	json_decref(before);
	json_decref(after);
}

static void
the_whole_account_is_in_the_sums(void **state)
{
	struct stats_host *sum = calloc(1, sizeof(*sum));
	json_t *rejects = json_of("/api/v1/rejects?range=30d");
	json_t *since = json_of("/api/v1/rejects");
	json_t *overview = json_of("/api/v1/overview?range=30d");
	json_t *mailers = json_of("/api/v1/mailers?range=30d");
	json_t *all_mailers = json_of("/api/v1/mailers"), *row;
	size_t i;

	(void)state;
	assert_true(json_array_size(json_object_get(mailers, "mailers")) > 1);
	/* But for what only a span has. */
	json_array_foreach (json_object_get(mailers, "mailers"), i, row) {
		assert_true(json_is_array(json_object_get(row, "points")));
		json_object_set_new(row, "points", json_null());
	}
	assert_true(json_equal(json_object_get(mailers, "mailers"),
	    json_object_get(all_mailers, "mailers")));
	stats_sum(f->stats, sum);
	assert_int_equal(sum->totals[METRIC_REJECTS_TOTAL],
	    json_integer_value(json_object_get(rejects, "total")));
	assert_int_equal(sum->totals[METRIC_REJECTS_TOTAL],
	    json_integer_value(json_object_get(since, "total")));
	assert_int_equal(sum->totals[METRIC_MESSAGES_RECEIVED],
	    json_integer_value(json_object_get(
		json_object_get(json_object_get(overview, "tiles"), "received"),
		"value")));
	json_decref(rejects);
	json_decref(since);
	json_decref(overview);
	json_decref(mailers);
	json_decref(all_mailers);
	free(sum);
}

static void
bytes_that_are_no_text_become_json_all_the_same(void **state)
{
	json_t *json =
	    json_of("/api/v1/series?name=%ff%fe%22%3Cscript%3E&range=1h");

	(void)state;
	assert_non_null(json_object_get(
	    json_object_get(json, "values"), "\\377\\376\"<script>"));
	json_decref(json);
	json = json_of("/api/v1/overview?host=%c3%28");
	assert_string_equal(
	    "\\303(", json_string_value(json_object_get(json, "host")));
	json_decref(json);
}

static void
metrics_are_in_the_text_format(void **state)
{
	struct reply reply;
	char path[128], command[256];
	FILE *out;

	(void)state;
	ask(&reply, &(struct asked){ .path = "/metrics" });
	assert_non_null(strstr(reply.body,
	    "\n# TYPE mailweir_messages_received_total counter\n"
	    "mailweir_messages_received_total{host=\"mx1.example.org\"} "));
	assert_non_null(strstr(reply.body,
	    "mailweir_rejects_total{host=\"mx1.example.org\","
	    "reason=\"relay_denied\"} "));
	assert_non_null(strstr(reply.body,
	    "mailweir_mailer_messages_from_total{host=\"mx1.example.org\","
	    "mailer=\"smtp\"} "));
	assert_null(strstr(reply.body, "203.0.113."));
	if (access("/usr/bin/promtool", X_OK) == 0) {
		snprintf(path, sizeof(path), "%s/metrics", f->data);
		out = fopen(path, "w");
		assert_non_null(out);
		fputs(reply.body, out);
		fclose(out);
		snprintf(command, sizeof(command),
		    "promtool check metrics <%s >&2", path);
		assert_int_equal(system(command), 0);
	}
	end(&reply);
}

static void
healthz_says_what_is_the_matter(void **state)
{
	static const char *const paths_of_it[] = { "/healthz", "/api/v1/health",
		"/api/v1/overview" };
	struct reply reply;

	(void)state;
	f->trouble = "disk: No space left on device\xff; "
		     "mail: 550 kim@example.org: no such user";
	f->trouble_open = "disk: No space left on device\xff; mail";
	f->now++;
	for (size_t i = 0; i < NELEMS(paths_of_it); i++) {
		ask(&reply, &(struct asked){ .path = paths_of_it[i] });
		assert_int_equal(reply.code, i == 0 ? 503 : 200);
		assert_non_null(
		    strstr(reply.body, "No space left on device\\\\377; mail"));
		assert_null(strstr(reply.body, "kim@"));
		end(&reply);
		ask(&reply, &(struct asked){ .path = paths_of_it[i],
				.headers = { bearer() } });
		assert_int_equal(reply.code, i == 0 ? 503 : 200);
		assert_non_null(strstr(reply.body, "kim@example.org"));
		end(&reply);
	}
	f->trouble = f->trouble_open = NULL;
	f->now = FIXTURE_NOW;
	assert_int_equal(code_of(&(struct asked){ .path = "/healthz" }), 200);
}

static void
assets_are_compressed_and_known_by_their_tag(void **state)
{
	char header[128] = "If-None-Match: ";
	struct reply reply;
	const char *tag;

	(void)state;
	ask(&reply, &(struct asked){ .path = "/app.js",
			.headers = { "Accept-Encoding: br, gzip" } });
	assert_non_null(strstr(reply.headers, "Content-Encoding: gzip\r\n"));
	assert_memory_equal(reply.body, "\x1f\x8b", 2);
	tag = strstr(reply.headers, "ETag: ");
	assert_non_null(tag);
	strncat(header, tag + 6, strcspn(tag + 6, "\r"));
	end(&reply);
	ask(&reply,
	    &(struct asked){ .path = "/app.js", .headers = { header } });
	assert_int_equal(reply.code, 304);
	assert_int_equal(reply.n, 0);
	end(&reply);
	ask(&reply, &(struct asked){ .path = "/app.js" });
	assert_null(strstr(reply.headers, "Content-Encoding"));
	end(&reply);
}

static void
a_wrong_listen_address_is_said(void **state)
{
	static const char *const wrong[] = { "", "8025", "localhost",
		"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:8025",
		"[::1]", "mail.example.org:80", "0.0.0.0:0", "[::]:0" };
	struct web_sources sources = { 0 };
	struct err err;

	(void)state;
	for (size_t i = 0; i < NELEMS(wrong); i++) {
		struct web_config config = { .listen =
						 (char *)(uintptr_t)wrong[i] };

		if (web_open(&config, f->data, &sources, &err) != NULL)
			fail_msg("\"%s\": taken", wrong[i]);
		assert_non_null(strstr(err.text, "listen"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_answers_whom_it_should),
		cmocka_unit_test(methods_are_known_and_head_has_no_body),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(the_overview_agrees_with_the_series),
		cmocka_unit_test(what_is_open_is_shown_at_its_own_time),
		cmocka_unit_test(the_whole_account_is_in_the_sums),
		cmocka_unit_test(
		    bytes_that_are_no_text_become_json_all_the_same),
		cmocka_unit_test(metrics_are_in_the_text_format),
		cmocka_unit_test(healthz_says_what_is_the_matter),
		cmocka_unit_test(assets_are_compressed_and_known_by_their_tag),
		cmocka_unit_test(a_wrong_listen_address_is_said),
	};

	return cmocka_run_group_tests(tests, client_open, client_close);
}
