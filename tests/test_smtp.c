/*
 * test_smtp.c - every dialogue gives exactly the events beside it
 *
 * fixtures/smtp/CASE.dialog is a dialogue as spoken.h says; CASE.events is what
 * it must become.  "make golden" rewrites the .events: read the diff.
 */
#include "collectors/wire/smtp.h"
#include "tests/spoken.h"

static const uint16_t tls_ports[] = { 465 };
static char exe[] = "exe", pif[] = "pif", scr[] = "scr", vbs[] = "vbs";
static char *const extensions[] = { exe, pif, scr, vbs };
static uint64_t tls_bytes;
static struct smtp_context context = { .host = { "mx", 2 },
	.tls_bytes = &tls_bytes,
	.tls_ports = tls_ports,
	.tls_port_count = 1,
	.extensions = { extensions, 4 } };

static void *
start(void *arg, const struct flow_start *at)
{
	context.events = *(struct event_sink *)arg;
	return smtp_start(&context, at);
}

static const struct flow_reader reader = { .start = start,
	.data = smtp_data,
	.gap = smtp_gap,
	.closed = smtp_closed,
	.end = smtp_end };

/* Also: no password is in an event. */
static void
dialogues_give_their_events(void **state)
{
	(void)state;
	walk_dialogues("tests/fixtures/smtp/*.dialog", &reader);
	walk_dialogues("tests/fixtures/mime/*.dialog", &reader);
}

static void
a_dialogue_byte_by_byte_is_the_same(void **state)
{
	static const char dialog[] =
	    "S 220 mx.example.org ESMTP\nC EHLO a.example\nS 250-mx\nS 250 "
	    "SIZE\n"
	    "C MAIL FROM:<a@example.net>\nS 250 ok\nC RCPT TO:<b@example.org>\n"
	    "S 250 ok\nC RCPT TO:<c@example.org>\nS 550 5.1.1 User unknown\n"
	    "C DATA\nS 354 go\nC Subject: x\nC \nC ..dot\nC .\n"
	    "S 250 2.0.0 Ok: queued as A1\nC QUIT\nS 221 bye\n";

	(void)state;
	byte_by_byte_is_the_same(dialog, "received", &reader);
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
