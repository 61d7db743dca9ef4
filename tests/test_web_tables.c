/* test_web_tables.c - tables sorted, filtered and cut, and what needs attention
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/web_client.h"

#define API "/api/v1/"

static struct reply
answer(const char *path)
{
	struct reply reply;

	f->now++; /* answers are kept for their second */
	ask(&reply, &(struct asked){ .path = path, .headers = { bearer() } });
	return reply;
}

static json_t *
known(const char *path)
{
	struct reply reply = answer(path);
	json_t *json = json_loads(reply.body, 0, NULL);

	if (reply.code != 200 || json == NULL)
		fail_msg("%s: %ld %s", path, reply.code, reply.body);
	end(&reply);
	return json;
}

static const char *
word(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static long long
whole(const json_t *row, const char *key)
{
	assert_true(json_is_integer(json_object_get(row, key)));
	return json_integer_value(json_object_get(row, key));
}

static const struct {
	const char *path, *list, *name, *wrong;
	const char *sorts[9];
} tables[] = {
	{ "clients?", "clients", "address",
	    "sort: rejected, relay_denied, auth_failed, received, "
	    "login_failed, last or address is expected",
	    { "rejected", "relay_denied", "auth_failed", "received",
		"login_failed", "last" } },
	{ "accounts?", "accounts", "account",
	    "sort: recipients, received, last, risk or account is expected",
	    { "recipients", "received", "last", "risk" } },
	{ "domains?side=senders&", "domains", "domain",
	    "sort: messages, bytes, rejected, spam, last or domain is expected",
	    { "messages", "bytes", "rejected", "spam", "last" } },
	{ "domains?side=recipients&", "domains", "domain",
	    "sort: sent, bytes, deferred, bounced, rejected, last or domain is "
	    "expected",
	    { "sent", "bytes", "deferred", "bounced", "rejected", "last" } },
	{ "destinations?", "destinations", "destination",
	    "sort: sent, deferred, bounced, delay, streak, since, last_sent or "
	    "destination is expected",
	    { "sent", "deferred", "bounced", "delay", "streak", "last_sent" } },
};

static void
every_table_comes_in_the_order_asked_for(void **state)
{
	char path[128];

	(void)state;
	for (size_t t = 0; t < NELEMS(tables); t++)
		for (size_t s = 0; tables[t].sorts[s] != NULL; s++) {
			json_t *json, *rows, *row;
			double before = 1e18, value;
			size_t i;

			snprintf(path, sizeof(path), API "%ssort=%s&limit=100",
			    tables[t].path, tables[t].sorts[s]);
			json = known(path);
			rows = json_object_get(json, tables[t].list);
			assert_true(json_array_size(rows) > 3);
			json_array_foreach (rows, i, row) {
				/* a time that never was counts as none */
				value = json_number_value(
				    json_object_get(row, tables[t].sorts[s]));
				if (value > before)
					fail_msg("%s: row %zu", path, i);
				before = value;
			}
			json_decref(json);
		}
}

static void
names_come_in_their_own_order(void **state)
{
	char path[128];

	(void)state;
	for (size_t t = 1; t < NELEMS(tables); t++) {
		const char *before = "";
		json_t *json, *row;
		size_t i;

		snprintf(path, sizeof(path), API "%ssort=%s", tables[t].path,
		    tables[t].name);
		json = known(path);
		json_array_foreach (
		    json_object_get(json, tables[t].list), i, row) {
			assert_true(
			    strcmp(before, word(row, tables[t].name)) < 0);
			before = word(row, tables[t].name);
		}
		json_decref(json);
	}
}

static void
a_wrong_sort_is_told_in_words(void **state)
{
	char path[128];

	(void)state;
	for (size_t t = 0; t < NELEMS(tables); t++) {
		struct reply reply;

		snprintf(
		    path, sizeof(path), API "%ssort=colour", tables[t].path);
		reply = answer(path);
		assert_int_equal(reply.code, 400);
		if (strstr(reply.body, tables[t].wrong) == NULL)
			fail_msg("%s: %s", path, reply.body);
		end(&reply);
	}
}

static void
a_filter_lets_pass_what_holds_it_and_tells_how_many(void **state)
{
	static const struct {
		const char *path, *list;
		long long total;
	} cases[] = {
		{ "clients?filter=203.0.113.77", "clients", 1 },
		{ "clients?filter=kim", "clients", 0 },
		{ "accounts?filter=LEE", "accounts", 1 },
		{ "accounts?filter=", "accounts", 4 },
		{ "domains?side=recipients&filter=alert(1)", "domains", 1 },
		{ "domains?side=senders&filter=%3Cscript", "domains", 1 },
		{ "domains?side=senders&filter=%00", NULL, 0 },
		{ "destinations?filter=.example&limit=2", "destinations", 7 },
	};
	char path[128];

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		json_t *json;
		size_t n;

		snprintf(path, sizeof(path), API "%s", cases[i].path);
		if (cases[i].list == NULL) {
			struct reply reply = answer(path);

			assert_int_equal(reply.code, 400);
			end(&reply);
			continue;
		}
		json = known(path);
		n = json_array_size(json_object_get(json, cases[i].list));
		if (whole(json, "total") != cases[i].total)
			fail_msg("%s: %lld", path, whole(json, "total"));
		assert_true(n == (size_t)cases[i].total || n == 2);
		json_decref(json);
	}
}

static void
destinations_say_since_when_and_why_they_defer(void **state)
{
	json_t *json = known(API "destinations?filter=mx.slow"), *row;

	(void)state;
	row = json_array_get(json_object_get(json, "destinations"), 0);
	assert_int_equal(whole(row, "since"), FIXTURE_NOW - 7200);
	assert_int_equal(whole(row, "streak"), 14);
	assert_true(json_is_null(json_object_get(row, "last_sent")));
	assert_string_equal(word(row, "reply"),
	    "450 4.2.1 <img src=x onerror=alert(1)>\\033[2J\"'&");
	json_decref(json);
	json = known(API "destinations?filter=mx.fixed");
	row = json_array_get(json_object_get(json, "destinations"), 0);
	assert_true(json_is_null(json_object_get(row, "since")));
	assert_true(json_is_null(json_object_get(row, "reply")));
	assert_int_equal(whole(row, "last_sent"), FIXTURE_NOW - 3000);
	json_decref(json);
}

static void
attention_holds_what_is_open_at_risk_and_deferring(void **state)
{
	json_t *json = known(API "attention"), *list, *row;

	(void)state;
	assert_int_equal(whole(json, "incidents_total"), 3);
	assert_int_equal(whole(json, "accounts_total"), 1);
	assert_int_equal(whole(json, "destinations_total"), 2);
	row = json_array_get(json_object_get(json, "accounts"), 0);
	assert_string_equal(word(row, "account"), "kim");
	assert_non_null(strstr(word(row, "words"), "networks"));
	assert_non_null(
	    strstr(word(row, "words"), "bounced or deferred 33 % of 3000"));
	list = json_object_get(json, "destinations");
	/* the longest first; neither the greylisted nor the mended one */
	assert_string_equal(
	    word(json_array_get(list, 0), "destination"), "mx.slow.example");
	assert_string_equal(
	    word(json_array_get(list, 1), "destination"), "nowhere.example");
	/* what a client is blocked by may be a network that holds it */
	list = json_object_get(json, "incidents");
	for (size_t i = 0; i < json_array_size(list); i++) {
		row = json_array_get(list, i);
		if (strcmp(word(row, "key"), "198.51.100.9") == 0)
			assert_string_equal(
			    word(row, "blocked"), "198.51.100.0/24");
		else if (strcmp(word(row, "key"), "203.0.113.77") == 0)
			assert_string_equal(
			    word(row, "blocked"), "203.0.113.77");
		else
			assert_true(
			    json_is_null(json_object_get(row, "blocked")));
	}
	json_decref(json);
	json = known(API "attention?filter=slow&host=elsewhere");
	assert_int_equal(whole(json, "incidents_total"), 0);
	assert_int_equal(whole(json, "accounts_total"), 0);
	assert_int_equal(whole(json, "destinations_total"), 1);
	json_decref(json);
}

static void
whoever_has_no_token_is_told_of_nobody(void **state)
{
	static const char *const paths[] = { "clients", "accounts",
		"domains?side=senders", "domains?side=recipients",
		"destinations", "attention", "clients?sort=colour" };
	static const char *const names[] = { "kim", "example", "203.0.113",
		"slow", "script" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < NELEMS(paths); i++) {
		struct reply reply;

		snprintf(path, sizeof(path), API "%s", paths[i]);
		/* also where somebody with the token asked the same just now */
		reply = answer(path);
		end(&reply);
		ask(&reply, &(struct asked){ .path = path });
		assert_int_equal(reply.code, 401);
		for (size_t n = 0; n < NELEMS(names); n++)
			assert_null(strstr(reply.body, names[n]));
		end(&reply);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table_comes_in_the_order_asked_for),
		cmocka_unit_test(names_come_in_their_own_order),
		cmocka_unit_test(a_wrong_sort_is_told_in_words),
		cmocka_unit_test(
		    a_filter_lets_pass_what_holds_it_and_tells_how_many),
		cmocka_unit_test(
		    destinations_say_since_when_and_why_they_defer),
		cmocka_unit_test(
		    attention_holds_what_is_open_at_risk_and_deferring),
		cmocka_unit_test(whoever_has_no_token_is_told_of_nobody),
	};

	return cmocka_run_group_tests(tests, client_open, client_close);
}
