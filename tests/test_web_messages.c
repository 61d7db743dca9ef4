/* test_web_messages.c - a message is found by the API as the history has it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/event_text.h"
#include "tests/web_client.h"

static void
add(const char *text)
{
	struct mail_event event;

	assert_true(event_read(slice_of(text), &event));
	messages_add(f->messages, &event);
}

static int
open_all(void **state)
{
	(void)client_open(state);
	add("1795337000.000000 host=mx1 received mailer=smtp id=AF0001 "
	    "account=kim client=203.0.113.7 from=a@example.com bytes=812");
	add("1795337001.250000 host=mx1 returned id=AF0002 original=AF0001");
	add("1795337001.250000 host=mx1 handed id=AF0001 to=b@example.org "
	    "relay=filter peer=127.0.0.1 reply=\"250 queued as AF0002\"");
	add("1795337005.000000 host=mx1 sent id=AF0002 to=b@example.org "
	    "relay=<script>alert(1)</script> peer=192.0.2.25 dsn=2.0.0 "
	    "reply=\"250 \xff Ok\"");
	add("1795337900.000000 host=mx2 rejected client=203.0.113.7 "
	    "reason=relay_denied permanent code=554 from=c@example.com "
	    "to=d@example.net text=\"Relay access denied\"");
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
		"sent" };
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
	sent = json_array_get(events, 3);
	assert_true(json_real_value(json_object_get(
			json_array_get(events, 1), "at")) == 1795337001.25);
	assert_string_equal(text_of(sent, "id"), "AF0002");
	assert_string_equal(text_of(sent, "peer"), "192.0.2.25");
	assert_string_equal(
	    text_of(sent, "relay"), "<script>alert(1)</script>");
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
