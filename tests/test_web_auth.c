/* test_web_auth.c - who is shown what, and how a browser signs in */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/drawing.h"
#include "tests/web_client.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_says_forwarded_is_a_stranger),
		cmocka_unit_test(only_known_hosts_are_served),
		cmocka_unit_test(
		    the_token_buys_a_cookie_from_our_own_page_only),
		cmocka_unit_test(a_link_signs_in_once_and_for_ten_minutes),
		cmocka_unit_test(guessing_tokens_ends_soon),
	};

	return cmocka_run_group_tests(tests, client_open, client_close);
}
