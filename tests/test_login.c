/*
 * test_login.c - every POP3 and IMAP dialogue gives the events beside it
 *
 * fixtures/pop3/CASE.dialog and fixtures/imap/CASE.dialog are dialogues as
 * spoken.h says; CASE.events is what they must become.
 */
#include "collectors/wire/login.h"
#include "tests/spoken.h"

static struct login_context context = { .host = { "mx", 2 } };

static void *
start_pop3(void *arg, const struct flow_start *at)
{
	context.events = *(struct event_sink *)arg;
	return login_start(
	    &context, at, PROTOCOL_POP3, at->ends.server_port == 995);
}

static void *
start_imap(void *arg, const struct flow_start *at)
{
	context.events = *(struct event_sink *)arg;
	return login_start(
	    &context, at, PROTOCOL_IMAP, at->ends.server_port == 993);
}

static const struct flow_reader pop3 = { .start = start_pop3,
	.data = login_data,
	.gap = login_gap,
	.closed = login_closed,
	.end = login_end };
static const struct flow_reader imap = { .start = start_imap,
	.data = login_data,
	.gap = login_gap,
	.closed = login_closed,
	.end = login_end };

/* Also: no password is in an event. */
static void
dialogues_give_their_events(void **state)
{
	(void)state;
	walk_dialogues("tests/fixtures/pop3/*.dialog", &pop3);
	walk_dialogues("tests/fixtures/imap/*.dialog", &imap);
}

static void
a_dialogue_byte_by_byte_is_the_same(void **state)
{
	(void)state;
	byte_by_byte_is_the_same(
	    "S +OK ready\nC CAPA\nS +OK\nS STLS\nS USER\nS .\n"
	    "C USER kim\nS +OK\nC PASS secret\nS -ERR no\n"
	    "C AUTH PLAIN\nS + \nC AGtpbQBzZWNyZXQ=\nS +OK\n",
	    "cleartext", &pop3);
	byte_by_byte_is_the_same(
	    "S * OK [CAPABILITY IMAP4rev1 STARTTLS] ready\n"
	    "C 1 LOGIN {3+}\nC kim {6+}\nC secret\nS 1 NO wrong\n"
	    "C 2 LOGIN \"k\\\\im\" secret\nS 2 NO wrong\n"
	    "C 3 AUTHENTICATE PLAIN AGtpbQBzZWNyZXQ=\nS 3 OK done\n",
	    "cleartext", &imap);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dialogues_give_their_events),
		cmocka_unit_test(a_dialogue_byte_by_byte_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
