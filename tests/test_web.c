/*
 * test_web.c - every path answers as it should, to whom it should
 *
 * The server runs in this process, with a real account and real series, and
 * is asked by libcurl over a port of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <time.h>

#include "tests/web_fixture.h"

#define PATIENCE 20 /* seconds until what must come has not */

struct reply {
	long code;
	char headers[8192];
	size_t header_bytes;
	char *body; /* never NULL */
	size_t n;
	bool over;
	CURL *curl;
	struct curl_slist *sent;
};

struct asked {
	const char *method; /* NULL: GET */
	const char *path;
	const char *headers[4];
	const char *body;
};

static struct fixture *f;
static CURLM *multi;

static size_t
take_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct reply *reply = arg;

	(void)size;
	reply->body = realloc(reply->body, reply->n + n + 1);
	memcpy(reply->body + reply->n, bytes, n);
	reply->n += n;
	reply->body[reply->n] = '\0';
	return n;
}

static size_t
take_header(char *bytes, size_t size, size_t n, void *arg)
{
	struct reply *reply = arg;

	(void)size;
	if (reply->header_bytes + n < sizeof(reply->headers)) {
		memcpy(reply->headers + reply->header_bytes, bytes, n);
		reply->header_bytes += n;
	}
	return n;
}

static void
begin(struct reply *reply, const struct asked *asked)
{
	char url[8192];

	memset(reply, 0, sizeof(*reply));
	reply->body = strdup("");
	reply->curl = curl_easy_init();
	snprintf(url, sizeof(url), "%s%s", web_address(f->web), asked->path);
	curl_easy_setopt(reply->curl, CURLOPT_URL, url);
	curl_easy_setopt(reply->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(reply->curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(reply->curl, CURLOPT_PRIVATE, reply);
	curl_easy_setopt(reply->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(reply->curl, CURLOPT_WRITEDATA, reply);
	curl_easy_setopt(reply->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(reply->curl, CURLOPT_HEADERDATA, reply);
	for (size_t i = 0; i < NELEMS(asked->headers); i++)
		if (asked->headers[i] != NULL)
			reply->sent =
			    curl_slist_append(reply->sent, asked->headers[i]);
	curl_easy_setopt(reply->curl, CURLOPT_HTTPHEADER, reply->sent);
	if (asked->body != NULL)
		curl_easy_setopt(reply->curl, CURLOPT_POSTFIELDS, asked->body);
	if (asked->method != NULL && strcmp(asked->method, "HEAD") == 0)
		curl_easy_setopt(reply->curl, CURLOPT_NOBODY, 1L);
	else if (asked->method != NULL)
		curl_easy_setopt(
		    reply->curl, CURLOPT_CUSTOMREQUEST, asked->method);
	curl_multi_add_handle(multi, reply->curl);
}

/* Client and server go on; what is over is marked so. */
static void
turn(void)
{
	struct reply *reply;
	CURLMsg *message;
	int running, left;

	fixture_turn(f, 5);
	curl_multi_perform(multi, &running);
	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, (char **)&reply);
		curl_easy_getinfo(
		    message->easy_handle, CURLINFO_RESPONSE_CODE, &reply->code);
		reply->over = true;
	}
}

static void
end(struct reply *reply)
{
	curl_multi_remove_handle(multi, reply->curl);
	curl_easy_cleanup(reply->curl);
	curl_slist_free_all(reply->sent);
	free(reply->body);
}

static bool
patient(time_t *until)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (*until == 0)
		*until = now.tv_sec + PATIENCE;
	return now.tv_sec <= *until;
}

static void
ask(struct reply *reply, const struct asked *asked)
{
	time_t until = 0;

	begin(reply, asked);
	while (!reply->over && patient(&until))
		turn();
	if (!reply->over)
		fail_msg("%s: no answer", asked->path);
}

static long
code_of(const struct asked *asked)
{
	struct reply reply;

	ask(&reply, asked);
	end(&reply);
	return reply.code;
}

static json_t *
json_of(const char *path)
{
	struct reply reply;
	json_t *json;

	ask(&reply, &(struct asked){ .path = path });
	json = json_loads(reply.body, 0, NULL);
	if (reply.code != 200 || json == NULL)
		fail_msg("%s: %ld %s", path, reply.code, reply.body);
	end(&reply);
	return json;
}

static const char *
bearer(void)
{
	static char text[128];
	char path[128], token[80] = "";
	FILE *in;

	snprintf(path, sizeof(path), "%s/web.token", f->data);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_non_null(fgets(token, sizeof(token), in));
	fclose(in);
	token[strcspn(token, "\n")] = '\0';
	snprintf(text, sizeof(text), "Authorization: Bearer %s", token);
	return text;
}

#define FORWARDED "X-Forwarded-For: 203.0.113.9"

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
	{ "/chart.js", 200, 200, 401, "text/javascript" },
	{ "/live.js", 200, 200, 401, "text/javascript" },
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
	{ "/api/v1/health", 200, 200, 401, "application/json" },
	{ "/api/v1/clients", 401, 200, 401, "application/json" },
	{ "/api/v1/clients?sort=received&limit=3", 401, 200, 401,
	    "application/json" },
	{ "/api/v1/accounts", 401, 200, 401, "application/json" },
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

	for (size_t i = 0; i < NELEMS(wanted); i++)
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
whatever_says_forwarded_is_a_stranger(void **state)
{
	static const char *const headers[] = { "Forwarded: for=203.0.113.9",
		"X-Forwarded-For: 127.0.0.1", "x-forwarded-proto: https",
		"X-Forwarded-Host: x", "Via: 1.1 proxy", "X-Real-IP: ::1" };

	(void)state;
	for (size_t i = 0; i < NELEMS(headers); i++)
		assert_int_equal(
		    401, code_of(&(struct asked){ .path = "/api/v1/overview",
			     .headers = { headers[i] } }));
}

static void
only_known_hosts_are_served(void **state)
{
	static const struct {
		const char *host;
		long code;
	} hosts[] = {
		{ "mail.example.org", 200 },
		{ "MAIL.example.org:8443", 200 },
		{ "evil.example", 421 },
		{ "localhost", 421 },
		{ "localhost:1", 421 },
		{ "127.0.0.1:1", 421 },
		{ "127.0.0.1.example.org", 421 },
		{ "[::1", 421 },
		{ "[", 421 },
		{ ":", 421 },
	};
	char header[128];
	const char *port = strrchr(web_address(f->web), ':') + 1;

	(void)state;
	for (size_t i = 0; i < NELEMS(hosts); i++) {
		snprintf(header, sizeof(header), "Host: %s", hosts[i].host);
		if (code_of(&(struct asked){
			.path = "/", .headers = { header } }) != hosts[i].code)
			fail_msg("%s", header);
	}
	snprintf(header, sizeof(header), "Host: LocalHost:%s", port);
	assert_int_equal(200,
	    code_of(&(struct asked){ .path = "/", .headers = { header } }));
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
	json_array_foreach(values, i, value) sum += json_number_value(value);
	assert_true(sum > 100);
	assert_int_equal(sum,
	    json_integer_value(json_object_get(
		json_object_get(json_object_get(overview, "tiles"), "received"),
		"value")));
	values = json_object_get(json_object_get(series, "values"), "no.such");
	json_array_foreach(values, i, value) assert_true(json_is_null(value));
	json_decref(overview);
	json_decref(series);
}

static void
the_whole_account_is_in_the_sums(void **state)
{
	struct stats_host *sum = calloc(1, sizeof(*sum));
	json_t *rejects = json_of("/api/v1/rejects?range=30d");
	json_t *since = json_of("/api/v1/rejects");
	json_t *overview = json_of("/api/v1/overview?range=30d");

	(void)state;
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
	struct reply reply;

	(void)state;
	f->trouble = "rrd: No space left on device\xff";
	ask(&reply, &(struct asked){ .path = "/healthz" });
	f->trouble = NULL;
	assert_int_equal(reply.code, 503);
	assert_non_null(strstr(reply.body, "No space left on device\\\\377"));
	end(&reply);
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

/* Post a token; the answer's cookie, if any, goes to `cookie'. */
static long
sign_in(const char *token, const char *origin, char *cookie, size_t size)
{
	char body[128], header[128];
	struct reply reply;
	const char *at;

	snprintf(body, sizeof(body), "token=%s", token);
	snprintf(header, sizeof(header), "Origin: %s", origin);
	ask(&reply, &(struct asked){ .method = "POST",
			.path = "/sign-in",
			.headers = { origin == NULL ? NULL : header },
			.body = body });
	at = strstr(reply.headers, "Set-Cookie: ");
	if (at != NULL) {
		assert_non_null(strstr(at, "; HttpOnly; SameSite=Strict\r\n"));
		snprintf(cookie, size, "Cookie: %.*s",
		    (int)strcspn(at + 12, ";"), at + 12);
	}
	end(&reply);
	return reply.code;
}

static void
the_token_buys_a_cookie_from_our_own_page_only(void **state)
{
	const char *token = bearer() + strlen("Authorization: Bearer ");
	char cookie[256] = "";

	(void)state;
	assert_int_equal(403, sign_in(token, NULL, cookie, sizeof(cookie)));
	assert_int_equal(403, sign_in(token, "null", cookie, sizeof(cookie)));
	assert_int_equal(
	    403, sign_in(token, "http://evil.example", cookie, sizeof(cookie)));
	assert_string_equal(cookie, "");
	assert_int_equal(
	    303, sign_in(token, web_address(f->web), cookie, sizeof(cookie)));
	assert_int_equal(
	    200, code_of(&(struct asked){
		     .path = "/api/v1/clients", .headers = { cookie } }));
	assert_int_equal(
	    200, code_of(&(struct asked){ .path = "/api/v1/clients",
		     .headers = { cookie, FORWARDED } }));
	assert_int_equal(403, code_of(&(struct asked){ .method = "POST",
				  .path = "/sign-out",
				  .headers = { cookie },
				  .body = "" }));
	f->now += 31 * 86400;
	assert_int_equal(
	    401, code_of(&(struct asked){
		     .path = "/api/v1/clients", .headers = { cookie } }));
	f->now = FIXTURE_NOW;
	cookie[strlen(cookie) - 1] ^= 1;
	assert_int_equal(
	    401, code_of(&(struct asked){
		     .path = "/api/v1/clients", .headers = { cookie } }));
}

static void
a_link_signs_in_once_and_for_ten_minutes(void **state)
{
	char first[256], second[256], old[256], path[128];
	size_t skip_bytes = strlen(web_address(f->web));
	struct stat st;
	struct err err;

	(void)state;
	assert_int_equal(
	    0, web_sign_in_link(f->data, f->now - 601, old, sizeof(old), &err));
	assert_int_equal(
	    0, web_sign_in_link(f->data, f->now, first, sizeof(first), &err));
	assert_int_equal(
	    0, web_sign_in_link(f->data, f->now, second, sizeof(second), &err));
	snprintf(path, sizeof(path), "%s/web.signin", f->data);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_memory_equal(first, web_address(f->web), skip_bytes);
	assert_int_equal(200, code_of(&(struct asked){ .method = "HEAD",
				  .path = first + skip_bytes }));
	assert_int_equal(
	    303, code_of(&(struct asked){ .path = first + skip_bytes }));
	assert_int_equal(
	    401, code_of(&(struct asked){ .path = first + skip_bytes }));
	assert_int_equal(
	    303, code_of(&(struct asked){ .path = second + skip_bytes }));
	assert_int_equal(
	    401, code_of(&(struct asked){ .path = old + skip_bytes }));
}

static void
guessing_tokens_ends_soon(void **state)
{
	static const char wrong[] = "Authorization: Bearer 0123456789abcdef"
				    "0123456789abcdef0123456789abcdef"
				    "0123456789abcdef";
	struct asked asked = { .path = "/healthz",
		.headers = { wrong, FORWARDED } };
	struct asked right = { .path = "/healthz",
		.headers = { bearer(), FORWARDED } };

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(code_of(&asked), 401);
	assert_int_equal(code_of(&asked), 429);
	assert_int_equal(code_of(&right), 429);
	/* Who asks directly is not locked out by a proxy's users. */
	right.headers[1] = NULL;
	assert_int_equal(code_of(&right), 200);
	right.headers[1] = FORWARDED;
	f->now += 61;
	assert_int_equal(code_of(&right), 200);
	f->now = FIXTURE_NOW;
}

static void
a_stream_sends_totals_every_tick(void **state)
{
	struct reply reply;
	time_t until = 0;

	(void)state;
	begin(&reply, &(struct asked){ .path = "/api/v1/stream" });
	while (strstr(reply.body, "\n\nevent: counts\ndata: {") == NULL) {
		assert_true(patient(&until));
		turn();
	}
	assert_non_null(strstr(reply.headers, "text/event-stream"));
	for (int ticks = 2; ticks < 5; ticks++) {
		size_t before = reply.n;

		f->now++;
		web_tick(f->web);
		while (reply.n == before) {
			assert_true(patient(&until));
			turn();
		}
	}
	assert_non_null(strstr(reply.body, "\"now\":1795338004"));
	end(&reply);
	f->now = FIXTURE_NOW;
}

static int
connected(const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const char *port = strrchr(web_address(f->web), ':') + 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

/* A client that left is noticed when the next counts cannot be sent. */
static void
let_streams_go(void)
{
	for (int i = 0; i < 10; i++) {
		web_tick(f->web);
		turn();
	}
}

/* Half a request, and streams whose reader never reads. */
static void
slow_clients_hold_up_nobody(void **state)
{
	char stream[256];
	int fds[240];
	struct reply reply;
	json_t *health;

	(void)state;
	let_streams_go();
	snprintf(stream, sizeof(stream),
	    "GET /api/v1/stream HTTP/1.1\r\nHost: %s\r\n\r\n",
	    strstr(web_address(f->web), "//") + 2);
	for (size_t i = 0; i < NELEMS(fds); i++) {
		fds[i] = connected(i < 30 ? "GET / HTTP/1.1\r\nHo" : stream);
		turn();
	}
	for (int i = 0; i < 300; i++) {
		web_tick(f->web);
		fixture_turn(f, 0);
	}
	assert_int_equal(code_of(&(struct asked){ .path = "/healthz" }), 200);
	ask(&reply, &(struct asked){ .path = "/api/v1/stream" });
	assert_int_equal(reply.code, 503);
	end(&reply);
	for (size_t i = 0; i < NELEMS(fds); i++)
		close(fds[i]);
	let_streams_go();
	f->now++; /* the answer of that second is kept */
	health = json_of("/api/v1/health");
	assert_int_equal(
	    json_integer_value(json_object_get(health, "streams")), 0);
	json_decref(health);
	f->now = FIXTURE_NOW;
}

static void
a_client_that_leaves_while_it_waits_is_no_harm(void **state)
{
	char text[512];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text),
		    "GET /api/v1/mailers?range=%dd HTTP/1.1\r\nHost: %s\r\n"
		    "\r\n",
		    i + 1, strstr(web_address(f->web), "//") + 2);
		close(connected(text));
		web_run(f->web);
	}
	for (int i = 0; i < 100; i++)
		turn();
	assert_int_equal(code_of(&(struct asked){ .path = "/healthz" }), 200);
}

static void
too_many_questions_are_told_to_come_back(void **state)
{
	struct reply replies[24];
	char paths_[24][64];
	size_t good = 0, refused = 0;
	time_t until = 0;

	(void)state;
	for (size_t i = 0; i < NELEMS(replies); i++) {
		snprintf(paths_[i], sizeof(paths_[i]),
		    "/api/v1/rejects?range=%zuh", i + 1);
		begin(&replies[i], &(struct asked){ .path = paths_[i] });
	}
	for (size_t i = 0; i < NELEMS(replies); i++) {
		while (!replies[i].over && patient(&until))
			turn();
		good += replies[i].code == 200;
		refused += replies[i].code == 503;
		end(&replies[i]);
	}
	assert_int_equal(good + refused, NELEMS(replies));
	assert_true(good > 0);
}

/* Streams and questions are open when the server ends. */
static void
it_closes_with_everything_under_way(void **state)
{
	char text[512];
	int fds[20];

	(void)state;
	for (size_t i = 0; i < NELEMS(fds); i++) {
		snprintf(text, sizeof(text),
		    "GET /api/v1/%s HTTP/1.1\r\nHost: %s\r\n\r\n",
		    i % 2 ? "stream" : "rejects?range=3d",
		    strstr(web_address(f->web), "//") + 2);
		fds[i] = connected(text);
		web_run(f->web);
		web_run(f->web);
	}
	web_close(f->web);
	f->web = NULL;
	for (size_t i = 0; i < NELEMS(fds); i++)
		close(fds[i]);
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

static int
setup(void **state)
{
	(void)state;
	multi = curl_multi_init();
	f = fixture_open(3 * 1440, 3);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	curl_multi_cleanup(multi);
	fixture_close(f);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_answers_whom_it_should),
		cmocka_unit_test(whatever_says_forwarded_is_a_stranger),
		cmocka_unit_test(only_known_hosts_are_served),
		cmocka_unit_test(methods_are_known_and_head_has_no_body),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(the_overview_agrees_with_the_series),
		cmocka_unit_test(the_whole_account_is_in_the_sums),
		cmocka_unit_test(
		    bytes_that_are_no_text_become_json_all_the_same),
		cmocka_unit_test(metrics_are_in_the_text_format),
		cmocka_unit_test(healthz_says_what_is_the_matter),
		cmocka_unit_test(assets_are_compressed_and_known_by_their_tag),
		cmocka_unit_test(
		    the_token_buys_a_cookie_from_our_own_page_only),
		cmocka_unit_test(a_link_signs_in_once_and_for_ten_minutes),
		cmocka_unit_test(guessing_tokens_ends_soon),
		cmocka_unit_test(a_stream_sends_totals_every_tick),
		cmocka_unit_test(slow_clients_hold_up_nobody),
		cmocka_unit_test(
		    a_client_that_leaves_while_it_waits_is_no_harm),
		cmocka_unit_test(too_many_questions_are_told_to_come_back),
		cmocka_unit_test(a_wrong_listen_address_is_said),
		cmocka_unit_test(it_closes_with_everything_under_way),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
