/* test_web_events.c - the last events: kept, searched, and told each second */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/drawing.h"
#include "tests/web_client.h"

static struct mail_event
refusal(const char *recipient)
{
	return (struct mail_event){
		.when = f->now * INT64_C(1000000) + 250000,
		.kind = EVENT_REJECTED,
		.count = 1,
		.host = SLICE("mx1.example.org"),
		.mailer = SLICE("smtp"),
		.client = { 4, { 203, 0, 113, 7 } },
		.reject = { .reason = REASON_RELAY_DENIED,
		    .code = 554,
		    .sender = SLICE("a@b.example"),
		    .recipient = slice_of(recipient),
		    .text = SLICE("Relay access denied") },
	};
}

static void
refuse(const char *recipient)
{
	struct mail_event event = refusal(recipient);

	web_event(f->web, &event);
}

static json_t *
events(const char *query)
{
	struct reply reply;
	char path[300];
	json_t *json;

	f->now++; /* answers are kept for their second */
	snprintf(path, sizeof(path), "/api/v1/events?%s", query);
	ask(&reply, &(struct asked){ .path = path, .headers = { bearer() } });
	json = json_loads(reply.body, 0, NULL);
	if (reply.code != 200 || json == NULL)
		fail_msg("%s: %ld %s", path, reply.code, reply.body);
	end(&reply);
	return json;
}

static long long
whole(const json_t *json, const char *key)
{
	assert_true(json_is_integer(json_object_get(json, key)));
	return json_integer_value(json_object_get(json, key));
}

static void
is_text(const json_t *row, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(row, key));

	assert_non_null(value);
	assert_string_equal(value, text);
}

static void
of(const char *query, size_t rows, long long total)
{
	json_t *json = events(query);

	assert_int_equal(
	    json_array_size(json_object_get(json, "events")), rows);
	assert_int_equal(whole(json, "total"), total);
	json_decref(json);
}

static void
an_event_is_told_whole_and_as_text(void **state)
{
	struct mail_event sent = { .when = f->now * INT64_C(1000000),
		.kind = EVENT_DEFERRED,
		.count = 2,
		.source = SOURCE_WIRE,
		.host = SLICE("mx2.example.org"),
		.account = SLICE("<script>alert(1)</script>"),
		.delivery = { .sender = SLICE("k\xffim\033[2J@example.org"),
		    .recipient = SLICE("lee@example.net"),
		    .relay = SLICE("mx.example.net"),
		    .dsn = SLICE("4.2.0"),
		    .reply = SLICE("451 later") } };
	json_t *json, *row;

	(void)state;
	refuse("x@example.com");
	web_event(f->web, &sent);
	json = events("");
	assert_int_equal(whole(json, "number"), 2);
	row = json_array_get(json_object_get(json, "events"), 0);
	is_text(row, "kind", "deferred");
	is_text(row, "host", "mx2.example.org");
	is_text(row, "account", "<script>alert(1)</script>");
	is_text(row, "from", "k\\377im\\033[2J@example.org");
	is_text(row, "to", "lee@example.net");
	is_text(row, "words", "mx.example.net 4.2.0: 451 later");
	assert_int_equal(whole(row, "count"), 2);
	assert_true(json_is_true(json_object_get(row, "wire")));
	assert_null(json_object_get(row, "client"));
	row = json_array_get(json_object_get(json, "events"), 1);
	is_text(row, "client", "203.0.113.7");
	is_text(row, "words", "relay_denied: Relay access denied");
	assert_true(json_real_value(json_object_get(row, "when")) ==
		    FIXTURE_NOW + 0.25);
	json_decref(json);
}

static void
what_is_only_for_the_account_is_no_event(void **state)
{
	struct mail_event event = { .count = 1, .host = SLICE("mx1") };

	(void)state;
	event.kind = EVENT_SIZED;
	web_event(f->web, &event);
	event.kind = EVENT_RELAYED;
	web_event(f->web, &event);
	event.kind = EVENT_COUNTED;
	web_event(f->web, &event);
	of("", 2, 2);
}

static void
a_filter_looks_into_every_column_and_hosts_are_apart(void **state)
{
	(void)state;
	of("filter=RELAY_denied", 1, 1);
	of("filter=203.0.113.7", 1, 1);
	of("filter=example.net", 1, 1);
	of("filter=deferred", 1, 1);
	of("filter=mx2.EXAMPLE", 1, 1);
	of("filter=%3Cscript", 1, 1);
	of("filter=mx2.example", 1, 1);
	of("filter=no+such", 0, 0);
	of("host=mx1.example.org", 1, 1);
	of("host=mx1.example.org&filter=lee", 0, 0);
	of("limit=1", 1, 2);
	of("limit=1&offset=1", 1, 2);
	of("limit=1&offset=2", 0, 2);
}

static void
the_ring_keeps_the_newest(void **state)
{
	json_t *json, *rows;

	(void)state;
	for (int i = 0; i < 1200; i++)
		refuse("many@example.com");
	json = events("limit=1000");
	rows = json_object_get(json, "events");
	assert_int_equal(json_array_size(rows), 500);
	assert_int_equal(whole(json, "kept"), 500);
	assert_int_equal(whole(json, "number"), 1202);
	assert_int_equal(whole(json_array_get(rows, 0), "number"), 1202);
	assert_int_equal(whole(json_array_get(rows, 499), "number"), 703);
	json_decref(json);
}

static void
texts_longer_than_their_place_are_cut(void **state)
{
	static char longest[5000];
	struct mail_event event = refusal(longest);
	json_t *json, *row;

	(void)state;
	memset(longest, '\001', sizeof(longest) - 1);
	event.reject.recipient = event.reject.sender = event.reject.text =
	    event.account = event.host = slice_of(longest);
	web_event(f->web, &event);
	json = events("limit=1");
	row = json_array_get(json_object_get(json, "events"), 0);
	assert_in_range(
	    json_string_length(json_object_get(row, "to")), 100, 128);
	assert_in_range(
	    json_string_length(json_object_get(row, "words")), 100, 200);
	json_decref(json);
}

static void
without_the_token_no_event_is_told(void **state)
{
	(void)state;
	assert_int_equal(
	    code_of(&(struct asked){ .path = "/api/v1/events" }), 401);
}

/* Until so many messages have come. */
static void
hear(struct reply *reply, const char *words)
{
	time_t until = 0;

	f->now++;
	web_tick(f->web);
	while (strstr(reply->body, words) == NULL) {
		assert_true(patient(&until));
		turn();
	}
	for (int i = 0; i < 5; i++)
		turn();
}

static size_t
times(const char *text, const char *words)
{
	size_t n = 0;

	while ((text = strstr(text, words)) != NULL) {
		n++;
		text++;
	}
	return n;
}

static void
a_second_tells_twenty_and_counts_the_rest(void **state)
{
	struct reply open[3], hidden;

	(void)state;
	for (size_t i = 0; i < NELEMS(open); i++)
		begin(&open[i], &(struct asked){ .path = "/api/v1/stream",
				    .headers = { bearer() } });
	begin(&hidden, &(struct asked){ .path = "/api/v1/stream" });
	for (size_t i = 0; i < NELEMS(open); i++)
		hear(&open[i], "event: counts");
	for (int i = 0; i < 5000; i++)
		refuse(i < 4999 ? "flood@example.com" : "last@example.com");
	hear(&open[0], "event: events");
	for (size_t i = 0; i < NELEMS(open); i++) {
		time_t until = 0;

		while (strstr(open[i].body, "last@") == NULL) {
			assert_true(patient(&until));
			turn();
		}
		assert_int_equal(times(open[i].body, "flood@example.com"), 19);
		assert_int_equal(times(open[i].body, "\"more\":4980,"), 1);
	}
	refuse("next@example.com");
	hear(&open[1], "next@example.com");
	assert_non_null(strstr(open[1].body, "\"more\":0,"));
	hear(&hidden, "event: counts");
	assert_null(strstr(hidden.body, "event: events"));
	assert_null(strstr(hidden.body, "203.0.113.7"));
	for (size_t i = 0; i < NELEMS(open); i++)
		end(&open[i]);
	end(&hidden);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_told_whole_and_as_text),
		cmocka_unit_test(what_is_only_for_the_account_is_no_event),
		cmocka_unit_test(
		    a_filter_looks_into_every_column_and_hosts_are_apart),
		cmocka_unit_test(the_ring_keeps_the_newest),
		cmocka_unit_test(texts_longer_than_their_place_are_cut),
		cmocka_unit_test(without_the_token_no_event_is_told),
		cmocka_unit_test(a_second_tells_twenty_and_counts_the_rest),
	};

	return cmocka_run_group_tests(tests, client_open, client_close);
}
