/* test_web_stream.c - open streams, slow clients, and the end of it all */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/drawing.h"
#include "tests/web_client.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_sends_totals_every_tick),
		cmocka_unit_test(slow_clients_hold_up_nobody),
		cmocka_unit_test(
		    a_client_that_leaves_while_it_waits_is_no_harm),
		cmocka_unit_test(too_many_questions_are_told_to_come_back),
		cmocka_unit_test(it_closes_with_everything_under_way),
	};

	return cmocka_run_group_tests(tests, client_open, client_close);
}
