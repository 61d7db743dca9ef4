/*
 * test_web_lists.c - alerts, rules and blocks, and who may change them
 *
 * A request without the token, from another origin or for another host changes
 * nothing, whatever its method, path or body.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/drawing.h"
#include "tests/web_client.h"

static char origin[128];

static json_t *
known(const char *path)
{
	struct reply reply;
	json_t *json;

	f->now++; /* answers are kept for their second */
	ask(&reply, &(struct asked){ .path = path, .headers = { bearer() } });
	json = json_loads(reply.body, 0, NULL);
	if (reply.code != 200 || json == NULL)
		fail_msg("%s: %ld %s", path, reply.code, reply.body);
	end(&reply);
	return json;
}

static size_t
blocked(void)
{
	json_t *json = known("/api/v1/blocks?limit=1000");
	size_t n = json_array_size(json_object_get(json, "blocks"));

	assert_int_equal(n, json_integer_value(json_object_get(json, "total")));
	json_decref(json);
	return n;
}

/* As a page with the token would have it. */
static struct reply
change(const char *method, const char *path, const char *body)
{
	struct reply reply;

	ask(&reply, &(struct asked){ .method = method,
			.path = path,
			.headers = { bearer(), origin,
			    "Content-Type: application/json" },
			.body = body });
	return reply;
}

static void
check(const char *method, const char *path, const char *body, long code,
    const char *words)
{
	struct reply reply = change(method, path, body);

	if (reply.code != code || strstr(reply.body, words) == NULL)
		fail_msg("%s %s %s: %ld %s", method, path, body ? body : "",
		    reply.code, reply.body);
	end(&reply);
}

static json_t *
row_of(json_t *json, const char *list, const char *key, const char *value)
{
	json_t *rows = json_object_get(json, list), *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (strcmp(json_string_value(json_object_get(row, key)),
			value) == 0)
			return row;
	fail_msg("%s: no %s is %s", list, key, value);
	return NULL;
}

static long long
whole(const json_t *row, const char *key)
{
	assert_true(json_is_integer(json_object_get(row, key)));
	return json_integer_value(json_object_get(row, key));
}

static void
incidents_come_with_their_evidence(void **state)
{
	json_t *json = known("/api/v1/alerts"), *row, *lines;
	const char *line;

	(void)state;
	assert_int_equal(whole(json, "open"), 3);
	row = row_of(json, "alerts", "key", "203.0.113.77");
	assert_string_equal(
	    "relay-abuse", json_string_value(json_object_get(row, "rule")));
	assert_string_equal(
	    "act", json_string_value(json_object_get(row, "level")));
	assert_string_equal(
	    "block", json_string_value(json_object_get(row, "action")));
	assert_int_equal(whole(row, "count"), 4);
	assert_int_equal(whole(row, "within"), 600);
	assert_int_equal(whole(row, "last"), FIXTURE_NOW - 300);
	lines = json_object_get(json_object_get(row, "evidence"), "lines");
	assert_int_equal(json_array_size(lines), 4);
	line = json_string_value(json_array_get(lines, 0));
	/* As it came, but for what no text may hold. */
	assert_non_null(strstr(line, "<img src=x onerror=alert(1)>\\033[2J"));
	row = row_of(json, "alerts", "rule", "agent");
	assert_non_null(strstr(
	    json_string_value(json_object_get(row, "words")), "was edited"));
	json_decref(json);
}

static void
incidents_are_found_by_what_is_shown_of_them(void **state)
{
	static const struct {
		const char *text;
		long long n;
	} cases[] = { { "relay-ABUSE", 2 }, { "203.0.113", 1 },
		{ "was+edited", 1 }, { "mx1", 2 }, { "nobody", 0 } };
	char path[128];

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		json_t *json;

		snprintf(path, sizeof(path), "/api/v1/alerts?filter=%s",
		    cases[i].text);
		json = known(path);
		assert_int_equal(whole(json, "total"), 3);
		assert_int_equal(whole(json, "matching"), cases[i].n);
		assert_int_equal(
		    json_array_size(json_object_get(json, "alerts")),
		    cases[i].n);
		json_decref(json);
	}
}

static void
rules_come_with_their_thresholds(void **state)
{
	json_t *json = known("/api/v1/rules"), *row, *act;

	(void)state;
	row = row_of(json, "rules", "name", "relay-abuse");
	act = json_object_get(json_object_get(row, "levels"), "act");
	assert_int_equal(whole(act, "count"), 3);
	assert_int_equal(whole(act, "within"), 600);
	assert_int_equal(whole(row, "block"), 3600);
	assert_int_equal(whole(row, "open"), 2);
	row = json_object_get(row, "fired");
	assert_int_equal(whole(row, "warn"), 2);
	assert_int_equal(whole(row, "act"), 1);
	assert_int_equal(whole(row, "blocked"), 1);
	assert_int_equal(whole(row, "days"), 1);
	row = row_of(json, "rules", "name", "open-relay");
	assert_true(json_is_null(
	    json_object_get(json_object_get(row, "levels"), "warn")));
	json_decref(json);
}

static void
blocks_come_newest_first_and_by_pages(void **state)
{
	json_t *json = known("/api/v1/blocks"), *row, *page;

	(void)state;
	assert_int_equal(whole(json, "total"), 4);
	row = row_of(json, "blocks", "address", "203.0.113.77");
	assert_string_equal(
	    "relay-abuse", json_string_value(json_object_get(row, "rule")));
	assert_int_equal(whole(row, "seconds"), 3600);
	row = row_of(json, "blocks", "address", "198.51.100.0/24");
	assert_true(json_is_null(json_object_get(row, "rule")));
	assert_non_null(strstr(
	    json_string_value(json_object_get(row, "reason")), "<img src=x"));
	assert_true(json_is_true(json_object_get(
	    row_of(json, "blocks", "address", "spam@example.net"), "sender")));
	for (size_t i = 0; i < 5; i++) {
		char path[64];

		snprintf(
		    path, sizeof(path), "/api/v1/blocks?limit=1&offset=%zu", i);
		page = known(path);
		row = json_array_get(json_object_get(page, "blocks"), 0);
		assert_true(i == 4
				? row == NULL
				: json_equal(row,
				      json_array_get(
					  json_object_get(json, "blocks"), i)));
		json_decref(page);
	}
	json_decref(json);
}

/* Everything but one thing is right. */
static void
nothing_is_changed_without_every_right(void **state)
{
	static const char body[] = "{\"address\": \"192.0.2.200\"}";
	static const char wrong[] =
	    "Authorization: Bearer 0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef";
	static const struct {
		const char *method, *path;
	} changes[] = {
		{ "POST", "/api/v1/blocks" },
		{ "DELETE", "/api/v1/blocks" },
		{ "DELETE", "/api/v1/blocks/203.0.113.77" },
		{ "POST", "/api/v1/alerts/test" },
		{ "POST", "/api/v1/never" },
		{ "DELETE", "/api/v1/never/203.0.113.77" },
	};
	size_t before = blocked();

	(void)state;
	for (size_t i = 0; i < NELEMS(changes); i++) {
		struct asked asked = { .method = changes[i].method,
			.path = changes[i].path,
			.headers = { origin },
			.body = body };

		assert_int_equal(401, code_of(&asked));
		asked.headers[1] = FORWARDED;
		assert_int_equal(401, code_of(&asked));
		asked.headers[1] = wrong;
		assert_int_equal(401, code_of(&asked));
		asked.headers[1] = bearer();
		asked.headers[0] = NULL;
		assert_int_equal(403, code_of(&asked));
		asked.headers[0] = "Origin: null";
		assert_int_equal(403, code_of(&asked));
		asked.headers[0] = "Origin: http://evil.example";
		assert_int_equal(403, code_of(&asked));
		asked.headers[0] = origin;
		asked.headers[2] = "Host: evil.example";
		assert_int_equal(421, code_of(&asked));
		f->now += 61; /* wrong tokens are forgiven */
	}
	assert_int_equal(blocked(), before);
}

static void
wrong_methods_paths_and_bodies_change_nothing(void **state)
{
	static char large[4000];
	size_t before = blocked();

	(void)state;
	check("PUT", "/api/v1/blocks", "{}", 405, "method");
	check("PATCH", "/api/v1/blocks/203.0.113.77", "{}", 405, "method");
	check("POST", "/api/v1/blocks/203.0.113.9", "{}", 405, "method");
	check("GET", "/api/v1/never/203.0.113.77", NULL, 405, "method");
	check("POST", "/api/v1/alerts", "{}", 405, "method");
	check("DELETE", "/api/v1/rules", NULL, 405, "method");
	check("POST", "/api/v1/blocks", "", 400, "no JSON object");
	check("POST", "/api/v1/blocks", "[]", 400, "no JSON object");
	check("POST", "/api/v1/blocks", "{\"address\": ", 400, "no JSON");
	check("POST", "/api/v1/blocks", "{}", 400, "address: who");
	check("POST", "/api/v1/blocks", "{\"address\": 7}", 400, "expected");
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"192.0.2.9\", \"address\": \"192.0.2.8\"}", 400,
	    "duplicate");
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"192.0.2.9\", \"until\": \"1h\"}", 400,
	    "are expected");
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"192.0.2.9\", \"for\": \"soon\"}", 400,
	    "are expected");
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"192.0.2.9\", \"for\": 0}", 400, "1 second");
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"192.0.2.9\", \"for\": \"9y\"}", 400, "1 second");
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"192.0.2.9\", \"for\": \"2y\"}", 400, "1 second");
	check("POST", "/api/v1/blocks", "{\"address\": \"192.0.2\"}", 400,
	    "neither");
	check("POST", "/api/v1/blocks", "{\"address\": \"192.0.2.0/20\"}", 400,
	    "192.0.2.0/20: ");
	check("POST", "/api/v1/blocks", "{\"address\": \"a b@example.org\"}",
	    400, "neither");
	memset(large, ' ', sizeof(large) - 1);
	check("POST", "/api/v1/blocks", large, 413, "larger than");
	check("DELETE", "/api/v1/blocks/", NULL, 400, "neither");
	check("DELETE", "/api/v1/blocks/203.0.113.78", NULL, 404,
	    "203.0.113.78: is not blocked");
	check("DELETE", "/api/v1/blocks/203.0.113.77/../x", NULL, 400, "");
	check("DELETE", "/api/v1/blocks/%00", NULL, 404, "");
	assert_int_equal(blocked(), before);
}

static void
what_is_never_blocked_is_refused_in_words(void **state)
{
	static const struct prefix networks[] = {
		{ { 4, { 192, 0, 2 } }, 24 },
	};
	size_t before = blocked();

	(void)state;
	blocks_exempt(f->incidents.blocks, EXEMPT_NETWORKS, networks, 1);
	check("POST", "/api/v1/blocks", "{\"address\": \"192.0.2.9\"}", 409,
	    "192.0.2.9: ");
	check("POST", "/api/v1/blocks", "{\"address\": \"::ffff:192.0.2.9\"}",
	    409, "never");
	check("POST", "/api/v1/blocks", "{\"address\": \"127.0.0.1\"}", 409,
	    "never");
	assert_int_equal(blocked(), before);
	blocks_exempt(f->incidents.blocks, EXEMPT_NETWORKS, NULL, 0);
}

static void
senders_need_a_map(void **state)
{
	static char nftables[] = "nftables", postfix[] = "postfix";
	char *access = f->incidents.config.backend;
	size_t before = blocked();

	(void)state;
	f->incidents.config.backend = nftables;
	check("POST", "/api/v1/blocks", "{\"address\": \"example.net\"}", 400,
	    "only the backends access and postfix");
	f->incidents.config.backend = postfix;
	check("POST", "/api/v1/blocks", "{\"address\": \"example.net\"}", 400,
	    "where sender_map is set");
	f->incidents.config.backend = access;
	assert_int_equal(blocked(), before);
}

static void
a_person_blocks_and_unblocks(void **state)
{
	json_t *json, *row;

	(void)state;
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"203.0.113.8\", \"for\": \"2h\", "
	    "\"reason\": \"a test\"}",
	    201, "\"address\":\"203.0.113.8\"");
	json = known("/api/v1/blocks");
	row = row_of(json, "blocks", "address", "203.0.113.8");
	assert_int_equal(whole(row, "seconds"), 7200);
	assert_string_equal(
	    "a test", json_string_value(json_object_get(row, "reason")));
	json_decref(json);
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"203.0.113.8\", \"for\": 60}", 200,
	    "\"kept\":true");
	/* Longer: what it was for is kept, and said. */
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"203.0.113.8\", \"for\": \"3h\"}", 200,
	    "\"reason\":\"a test\"");
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"203.0.113.77\", \"for\": \"7d\"}", 200,
	    "\"rule\":\"relay-abuse\"");
	check("POST", "/api/v1/blocks",
	    "{\"address\": \"203.0.113.8\", \"for\": \"4h\", "
	    "\"reason\": \"another\"}",
	    200, "\"kept\":false");
	/* An IPv6 client is its /64; a sender is in small letters. */
	check("POST", "/api/v1/blocks", "{\"address\": \"2001:db8:9::7\"}", 201,
	    "\"address\":\"2001:db8:9::/64\"");
	check("POST", "/api/v1/blocks", "{\"address\": \"Kim@Example.ORG\"}",
	    201, "\"address\":\"kim@example.org\"");
	assert_int_equal(blocked(), 7);
	check(
	    "DELETE", "/api/v1/blocks/203.0.113.8", NULL, 200, "\"removed\":1");
	check("DELETE", "/api/v1/blocks/2001:db8:9::%2f64", NULL, 200,
	    "\"removed\":1");
	check("DELETE", "/api/v1/blocks/kim%40EXAMPLE.org", NULL, 200,
	    "\"removed\":1");
	check("DELETE", "/api/v1/blocks/198.51.100.0/24", NULL, 200,
	    "\"removed\":1");
	check("DELETE", "/api/v1/blocks/198.51.100.0/24", NULL, 404,
	    "is not blocked");
	assert_int_equal(blocked(), 3);
}

static void
a_block_tells_why_with_its_evidence(void **state)
{
	json_t *json = known("/api/v1/blocks/203.0.113.77"), *incident;

	(void)state;
	assert_true(json_is_null(
	    json_object_get(json_object_get(json, "block"), "refused")));
	incident = json_object_get(json, "incident");
	assert_string_equal("relay-abuse",
	    json_string_value(json_object_get(incident, "rule")));
	assert_int_equal(json_array_size(json_object_get(
			     json_object_get(incident, "evidence"), "lines")),
	    4);
	json_decref(json);
	/* By a person: whatever is known of whom it holds. */
	json = known("/api/v1/blocks/198.51.100.0%2F24");
	assert_string_equal("198.51.100.9",
	    json_string_value(
		json_object_get(json_object_get(json, "incident"), "key")));
	json_decref(json);
	json = known("/api/v1/blocks/spam@example.net");
	assert_true(json_is_null(json_object_get(json, "incident")));
	json_decref(json);
	check("GET", "/api/v1/blocks/203.0.113.78", NULL, 404, "not blocked");
	check("GET", "/api/v1/blocks/x", NULL, 400, "neither");
	assert_int_equal(
	    code_of(&(struct asked){ .path = "/api/v1/blocks/203.0.113.77" }),
	    401);
}

static void
blocks_are_found_by_what_is_shown_of_them(void **state)
{
	static const struct {
		const char *text;
		long long n;
	} cases[] = { { "relay-ABUSE", 1 }, { "203.0.113", 1 },
		{ "newsletter", 1 }, { "example.net", 1 }, { "/24", 1 },
		{ "2001:db8", 1 }, { "nobody", 0 } };
	char path[128];

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		json_t *json;

		snprintf(path, sizeof(path), "/api/v1/blocks?filter=%s",
		    cases[i].text);
		json = known(path);
		assert_int_equal(whole(json, "total"), cases[i].n);
		assert_int_equal(
		    json_array_size(json_object_get(json, "blocks")),
		    cases[i].n);
		json_decref(json);
	}
}

static void
observing_tells_how_to_enforce(void **state)
{
	struct block_config *config = &f->incidents.config;
	json_t *json = known("/api/v1/blocks"), *how;

	(void)state;
	assert_true(json_is_null(json_object_get(json, "enforcing")));
	json_decref(json);
	config->mode = BLOCK_OBSERVE;
	for (int able = 0; able < 2; able++) {
		f->block_right = able ? NULL : "needs the right CAP_NET_ADMIN";
		json = known("/api/v1/blocks");
		how = json_object_get(json, "enforcing");
		assert_string_equal("/etc/mailweir.conf",
		    json_string_value(json_object_get(how, "file")));
		assert_string_equal("blocks {\n\tmode = \"enforce\"\n}\n",
		    json_string_value(json_object_get(how, "lines")));
		assert_true(
		    able == json_is_null(json_object_get(how, "right")));
		json_decref(json);
	}
	config->mode = BLOCK_ENFORCE;
}

static void
what_a_person_says_is_never_blocked(void **state)
{
	json_t *json, *row;

	(void)state;
	check("POST", "/api/v1/never",
	    "{\"address\": \"203.0.113.99/24\", \"reason\": \"<b>us</b>\"}",
	    201, "\"203.0.113.0/24\"");
	/* It was blocked, and is so no longer. */
	check("GET", "/api/v1/blocks/203.0.113.77", NULL, 404, "not blocked");
	check("POST", "/api/v1/never", "{\"address\": \"203.0.113.0/24\"}", 200,
	    "already");
	check("POST", "/api/v1/blocks", "{\"address\": \"203.0.113.7\"}", 409,
	    "never");
	json = known("/api/v1/never");
	row = row_of(json, "never", "address", "203.0.113.0/24");
	assert_string_equal(
	    "<b>us</b>", json_string_value(json_object_get(row, "reason")));
	assert_int_equal(
	    json_array_size(json_object_get(json, "configured")), 0);
	json_decref(json);
	assert_int_equal(
	    code_of(&(struct asked){ .path = "/api/v1/never" }), 401);
	check("POST", "/api/v1/never", "{\"address\": \"kim\"}", 400, "prefix");
	check("POST", "/api/v1/never", "{\"address\": \"10.0.0.0/33\"}", 400,
	    "prefix");
	check("POST", "/api/v1/never", "[]", 400, "object");
	check(
	    "DELETE", "/api/v1/never/192.0.2.0/24", NULL, 404, "configuration");
	check("DELETE", "/api/v1/never/kim", NULL, 400, "prefix");
	check("DELETE", "/api/v1/never/203.0.113.0/24", NULL, 200,
	    "\"removed\":1");
	check("POST", "/api/v1/blocks", "{\"address\": \"203.0.113.77\"}", 201,
	    "203.0.113.77");
}

static void
what_is_said_has_its_bound(void **state)
{
	struct blocks *blocks = f->incidents.blocks;
	struct prefix one = { { 4, { 10 } }, 32 };

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < BLOCK_NEVERS; i++) {
			one.addr.b[2] = (uint8_t)(i / 256);
			one.addr.b[3] = (uint8_t)i;
			if (turn == 0)
				assert_int_equal(blocks_never_add(blocks, &one,
						     SLICE(""), 0),
				    NEVER_DONE);
			else
				assert_true(blocks_never_remove(blocks, &one));
		}
		check("POST", "/api/v1/never", "{\"address\": \"10.9.9.9\"}",
		    turn == 0 ? 503 : 201,
		    turn == 0 ? "1000 already" : "from now on");
	}
	check("DELETE", "/api/v1/never/10.9.9.9", NULL, 200, "removed");
}

/* The next second's messages of a stream. */
static void
next_messages(struct reply *reply)
{
	size_t before = reply->n;
	time_t until = 0;

	f->now++;
	web_tick(f->web);
	while (reply->n == before) {
		assert_true(patient(&until));
		turn();
	}
	for (int i = 0; i < 5; i++)
		turn();
}

static void
streams_tell_of_news_to_whom_has_the_token(void **state)
{
	struct reply open, hidden;

	(void)state;
	begin(&open, &(struct asked){
			 .path = "/api/v1/stream", .headers = { bearer() } });
	begin(&hidden, &(struct asked){ .path = "/api/v1/stream" });
	while (strstr(open.body, "event: blocks") == NULL || hidden.n == 0)
		turn();
	assert_non_null(strstr(open.body, "event: alerts\ndata: {\"open\":3"));
	open.n = 0;
	next_messages(&open);
	assert_null(strstr(open.body, "event: blocks"));
	assert_null(strstr(open.body, "event: alerts"));
	incidents_refuse(
	    &f->incidents, REASON_RELAY_DENIED, "203.0.113.99", 3, 10);
	open.n = 0;
	next_messages(&open);
	assert_non_null(strstr(open.body, "event: alerts"));
	assert_non_null(strstr(open.body, "event: blocks"));
	assert_non_null(strstr(open.body, "203.0.113.99"));
	next_messages(&hidden);
	assert_non_null(strstr(hidden.body, "event: counts"));
	assert_null(strstr(hidden.body, "203.0.113."));
	assert_null(strstr(hidden.body, "event: alerts"));
	end(&open);
	end(&hidden);
}

static void
begin_test(struct reply *reply)
{
	begin(reply, &(struct asked){ .method = "POST",
			 .path = "/api/v1/alerts/test",
			 .headers = { bearer(), origin },
			 .body = "" });
	while (f->tested == NULL)
		turn();
}

static void
finish(struct reply *reply, long code, const char *words)
{
	time_t until = 0;

	while (!reply->over && patient(&until))
		turn();
	if (reply->code != code || strstr(reply->body, words) == NULL)
		fail_msg("%ld %s", reply->code, reply->body);
	end(reply);
}

static void
a_test_mail_answers_when_it_is_known(void **state)
{
	struct reply reply;

	(void)state;
	assert_null(f->tested); /* nobody without every right has begun one */
	begin_test(&reply);
	check("POST", "/api/v1/alerts/test", "", 503, "another test");
	assert_false(reply.over);
	fixture_tested(f, true, "smtp://127.0.0.1:25: 250 Ok");
	finish(&reply, 200, "250 Ok");
	begin_test(&reply);
	fixture_tested(f, false, "smtp://127.0.0.1:25: \"refused\"");
	finish(&reply, 502, "\\\"refused\\\"");
	/* Whoever asked may be gone. */
	begin_test(&reply);
	end(&reply);
	for (int i = 0; i < 20; i++)
		turn();
	fixture_tested(f, true, "250 Ok");
}

static void
all_are_unblocked_at_once(void **state)
{
	(void)state;
	check("DELETE", "/api/v1/blocks", NULL, 200, "\"removed\":4");
	assert_int_equal(blocked(), 0);
	check("DELETE", "/api/v1/blocks", NULL, 200, "\"removed\":0");
}

static int
open_with_origin(void **state)
{
	if (client_open(state) != 0)
		return -1;
	snprintf(origin, sizeof(origin), "Origin: %s", web_address(f->web));
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incidents_come_with_their_evidence),
		cmocka_unit_test(incidents_are_found_by_what_is_shown_of_them),
		cmocka_unit_test(rules_come_with_their_thresholds),
		cmocka_unit_test(blocks_come_newest_first_and_by_pages),
		cmocka_unit_test(nothing_is_changed_without_every_right),
		cmocka_unit_test(wrong_methods_paths_and_bodies_change_nothing),
		cmocka_unit_test(what_is_never_blocked_is_refused_in_words),
		cmocka_unit_test(senders_need_a_map),
		cmocka_unit_test(a_block_tells_why_with_its_evidence),
		cmocka_unit_test(blocks_are_found_by_what_is_shown_of_them),
		cmocka_unit_test(observing_tells_how_to_enforce),
		cmocka_unit_test(a_person_blocks_and_unblocks),
		cmocka_unit_test(what_a_person_says_is_never_blocked),
		cmocka_unit_test(what_is_said_has_its_bound),
		cmocka_unit_test(streams_tell_of_news_to_whom_has_the_token),
		cmocka_unit_test(a_test_mail_answers_when_it_is_known),
		cmocka_unit_test(all_are_unblocked_at_once),
	};

	return cmocka_run_group_tests(tests, open_with_origin, client_close);
}
