/*
 * test_senders.c - who sends mail past the mail system is found by the socket
 *
 * Connections over the loopback interface, as if they left this host.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "collectors/senders.h"

#define NOBODY 65534

struct line {
	int listening, client, server;
	struct segment syn;
};

static int
open_line(void **state)
{
	static struct line line;
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr *to = (struct sockaddr *)&at;
	socklen_t size = sizeof(at);
	static int64_t when = 1800000000000000;

	line.listening = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(line.listening, to, size), 0);
	assert_int_equal(listen(line.listening, 1), 0);
	assert_int_equal(getsockname(line.listening, to, &size), 0);
	line.client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(line.client, to, size), 0);
	line.server = accept(line.listening, NULL, NULL);
	line.syn = (struct segment){ .when = when += 1000000,
		.from = { 4, { 127, 0, 0, 1 } },
		.to = { 4, { 127, 0, 0, 1 } },
		.to_port = ntohs(at.sin_port) };
	assert_int_equal(getsockname(line.client, to, &size), 0);
	line.syn.from_port = ntohs(at.sin_port);
	*state = &line;
	return 0;
}

static int
close_line(void **state)
{
	const struct line *line = *state;

	close(line->listening);
	close(line->client);
	close(line->server);
	return 0;
}

/* In /etc/passwd, by its first name there. */
static const char *
my_name(void)
{
	const struct passwd *me = getpwuid(getuid());

	assert_non_null(me);
	return me->pw_name;
}

static void
a_connection_is_of_its_sockets_user(void **state)
{
	const struct line *line = *state;
	struct senders *senders = senders_new(NULL, 0, NOBODY);
	char who[SENDERS_WHO] = "";
	enum sending sending = senders_judge(senders, &line->syn, true, who);

	/* Where Sendmail or Exim is, root may. */
	if (sending == SENDING_ALLOWED) {
		assert_int_equal(getuid(), 0);
	} else {
		assert_int_equal(sending, SENDING_ROGUE);
		assert_string_equal(who, my_name());
	}
	senders_free(senders);
}

static void
whom_the_configuration_names_may_send(void **state)
{
	const struct line *line = *state;
	char *names[] = { (char *)(uintptr_t)my_name() };
	char host[] = "192.0.2.1", network[] = "127.0.0.0/8";
	char *here[] = { host, network };
	char who[SENDERS_WHO];
	struct senders *senders = senders_new(names, 1, NOBODY);

	assert_int_equal(
	    senders_judge(senders, &line->syn, true, who), SENDING_ALLOWED);
	senders_free(senders);
	senders = senders_new(here, NELEMS(here), NOBODY);
	assert_int_equal(
	    senders_judge(senders, &line->syn, true, who), SENDING_ALLOWED);
	senders_free(senders);
}

static void
the_agent_may_send(void **state)
{
	const struct line *line = *state;
	struct senders *senders = senders_new(NULL, 0, getuid());
	char who[SENDERS_WHO];

	assert_int_equal(
	    senders_judge(senders, &line->syn, true, who), SENDING_ALLOWED);
	senders_free(senders);
}

static void
a_closed_connection_is_nobodys(void **state)
{
	const struct line *line = *state;
	struct senders *senders = senders_new(NULL, 0, NOBODY);
	struct segment syn = line->syn;
	char who[SENDERS_WHO];

	close(line->client); /* waits for the other end, without an owner */
	assert_int_equal(
	    senders_judge(senders, &syn, true, who), SENDING_UNKNOWN);
	syn.to_port = 1;
	syn.to = (struct addr){ 4, { 192, 0, 2, 7 } };
	assert_int_equal(
	    senders_judge(senders, &syn, true, who), SENDING_UNKNOWN);
	syn.from = syn.to = (struct addr){ 6, { 0x20, 1, 0xd, 0xb8 } };
	assert_int_equal(
	    senders_judge(senders, &syn, true, who), SENDING_UNKNOWN);
	senders_free(senders);
}

static void
a_connection_is_judged_once(void **state)
{
	const struct line *line = *state;
	char network[] = "192.0.2.0/24";
	char *others[] = { network };
	struct senders *senders = senders_new(others, 1, NOBODY);
	struct segment syn = line->syn;
	char who[SENDERS_WHO];
	enum sending first = senders_judge(senders, &syn, true, who);

	assert_int_not_equal(first, SENDING_UNKNOWN);
	assert_int_equal(
	    senders_judge(senders, &syn, true, who), SENDING_ALLOWED);
	syn.when += 3600 * INT64_C(1000000); /* the port is used again */
	assert_int_equal(senders_judge(senders, &syn, true, who), first);
	senders_free(senders);
}

static void
names_are_users_addresses_and_prefixes(void **state)
{
	(void)state;
	assert_true(senders_is_name("www-data"));
	assert_true(senders_is_name("192.0.2.7"));
	assert_true(senders_is_name("2001:db8::/32"));
	assert_false(senders_is_name(""));
	assert_false(senders_is_name("192.0.2.0/33"));
	assert_false(senders_is_name("two words"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_line, close_line)
	const struct CMUnitTest tests[] = {
		TEST(a_connection_is_of_its_sockets_user),
		TEST(whom_the_configuration_names_may_send),
		TEST(the_agent_may_send),
		TEST(a_closed_connection_is_nobodys),
		TEST(a_connection_is_judged_once),
		cmocka_unit_test(names_are_users_addresses_and_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
