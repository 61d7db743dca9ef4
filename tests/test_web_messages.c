/* test_web_messages.c - a message is found by the API as the history has it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/web_client.h"
#include "tests/web_messages.h"

static int
open_all(void **state)
{
	(void)client_open(state);
	fixture_messages(f);
	return 0;
}

static json_t *
found(const char *path)
{
	struct reply reply;
	json_t *json;

	ask(&reply, &(struct asked){ .path = path, .headers = { bearer() } });
	assert_int_equal(reply.code, 200);
	json = json_loads(reply.body, 0, NULL);
	assert_non_null(json);
	end(&reply);
	return json;
}

static const char *
text_of(const json_t *event, const char *name)
{
	return json_string_value(json_object_get(event, name));
}

static void
a_message_comes_with_all_that_became_of_it(void **state)
{
	static const char *const kinds[] = { "received", "returned", "handed",
		"deferred", "sent" };
	json_t *json = found("/api/v1/messages?filter=b@example.org");
	json_t *messages = json_object_get(json, "messages");
	json_t *message = json_array_get(messages, 0);
	json_t *events = json_object_get(message, "events"), *sent;

	(void)state;
	assert_int_equal(json_array_size(messages), 1);
	assert_true(json_is_false(json_object_get(json, "more")));
	assert_string_equal(text_of(message, "host"), "mx1");
	assert_int_equal(json_array_size(events), NELEMS(kinds));
	for (size_t i = 0; i < NELEMS(kinds); i++)
		assert_string_equal(
		    text_of(json_array_get(events, i), "kind"), kinds[i]);
	sent = json_array_get(events, 4);
	assert_true(json_real_value(json_object_get(
			json_array_get(events, 1), "at")) == 1795337001.25);
	assert_string_equal(text_of(sent, "id"), "AF0002");
	assert_string_equal(text_of(sent, "peer"), "192.0.2.25");
	assert_string_equal(
	    text_of(sent, "relay"), "<img/src=x/onerror=alert(1)>");
	assert_string_equal(text_of(sent, "reply"), "250 \\377 Ok");
	json_decref(json);
}

static size_t
how_many(const char *path)
{
	json_t *json = found(path);
	size_t n = json_array_size(json_object_get(json, "messages"));

	json_decref(json);
	return n;
}

static void
host_span_and_limit_narrow_the_search(void **state)
{
	(void)state;
	assert_int_equal(how_many("/api/v1/messages?filter=203.0.113.7"), 2);
	assert_int_equal(
	    how_many("/api/v1/messages?filter=203.0.113.7&host=mx2"), 1);
	assert_int_equal(
	    how_many("/api/v1/messages?filter=203.0.113.7&limit=1"), 1);
	assert_int_equal(how_many("/api/v1/messages?filter=203.0.113.7"
				  "&from=1795337500&to=1795337950"),
	    1);
	assert_int_equal(how_many("/api/v1/messages?filter=203.0.113.7"
				  "&from=1795336000&to=1795336500"),
	    0);
	assert_int_equal(how_many("/api/v1/messages?filter=203.0.113.70"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_comes_with_all_that_became_of_it),
		cmocka_unit_test(host_span_and_limit_narrow_the_search),
	};

	return cmocka_run_group_tests(tests, open_all, client_close);
}
