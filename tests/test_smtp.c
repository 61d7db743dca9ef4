/*
 * test_smtp.c - every dialogue gives exactly the events beside it
 *
 * fixtures/smtp/CASE.dialog is a dialogue, a step a line; CASE.events is what
 * it must become.  "make golden" rewrites the .events: read the diff.
 *
 *	C text		the client says that line		S text	the server
 *	c text		bytes, without a line's end		s text	the same
 *	gap C 12	so many bytes of the client are missing	gap S 12
 *	close C		it sends no more			close S
 *	cut		the capture ends here
 *	join		(first) it is joined in its middle
 *	port 465	(first) the server's port
 *	# text		a remark
 *
 * "\xHH" is a byte.  A step of the client is not current (it did not have all
 * that the server said) if its letter is followed by "*".
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/wire/smtp.h"

static char *
read_file(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *in = fopen(path, "r");

	if (in == NULL)
		return strdup("");
	if (getdelim(&text, &size, '\0', in) == -1)
		*(text = realloc(text, 1)) = '\0';
	fclose(in);
	return text;
}

static void
write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	if (out == NULL || fputs(text, out) == EOF || fclose(out) == EOF)
		fail_msg("%s: cannot be written", path);
}

static void
print_event(void *out, const struct mail_event *event)
{
	event_print(out, event);
}

/* In place; how long it is. */
static size_t
unescape(char *text)
{
	char *out = text, *begin = text;
	unsigned byte;

	while (*text != '\0') {
		if (sscanf(text, "\\x%2x", &byte) == 1) {
			*out++ = (char)byte;
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	return (size_t)(out - begin);
}

struct telling {
	struct smtp *smtp;
	struct flow_end end;
	bool reading;
	int64_t when;
};

static void
say(struct telling *t, char *line)
{
	struct stream_data data = { .when = t->when, .current = true };
	char text[8192];
	size_t n;

	data.from = (line[0] | 0x20) == 'c' ? CLIENT : SERVER;
	if (line[1] == '*') {
		data.current = false;
		line[1] = line[0];
		line++;
	}
	n = unescape(line + (line[1] == ' ' ? 2 : 1));
	memcpy(text, line + (line[1] == ' ' ? 2 : 1), n);
	if (line[0] == 'C' || line[0] == 'S') {
		memcpy(text + n, "\r\n", 2);
		n += 2;
	}
	data.bytes = (struct slice){ text, n };
	t->reading = smtp_data(t->smtp, &data);
}

static void
step(struct telling *t, char *line)
{
	unsigned bytes;
	char side;

	if (line[0] == '\0' || !t->reading)
		return;
	t->when += 1000;
	t->end.when = t->when;
	if (sscanf(line, "gap %c %u", &side, &bytes) == 2) {
		t->reading = smtp_gap(
		    t->smtp, side == 'C' ? CLIENT : SERVER, bytes, t->when);
	} else if (sscanf(line, "close %c", &side) == 1) {
		smtp_closed(t->smtp, side == 'C' ? CLIENT : SERVER);
		t->end.by_server |= side == 'S';
	} else if (strcmp(line, "cut") == 0) {
		t->end.complete = false;
	} else {
		say(t, line);
	}
}

/* The events of a dialogue, to be freed. */
static char *
events_of(char *dialog)
{
	static const uint16_t tls_ports[] = { 465 };
	uint64_t tls_bytes = 0;
	struct smtp_context context = { .host = SLICE("mx"),
		.tls_bytes = &tls_bytes,
		.tls_ports = tls_ports,
		.tls_port_count = 1 };
	struct flow_start start = { .begun = true, .when = 1000000 };
	struct telling t = {
		.reading = true, .when = 1000000, .end = { .complete = true }
	};
	char *text = NULL, *line, *rest = dialog;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	context.events = (struct event_sink){ print_event, out };
	(void)addr_parse(SLICE("192.0.2.7"), &start.ends.client);
	start.ends.server_port = 25;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strcmp(line, "join") == 0) {
			start.begun = false;
			continue;
		}
		if (strcmp(line, "port 465") == 0) {
			start.ends.server_port = 465;
			continue;
		}
		if (line[0] == '#')
			continue;
		if (t.smtp == NULL)
			t.smtp = smtp_start(&context, &start);
		step(&t, line);
	}
	smtp_end(t.smtp, &t.end);
	fclose(out);
	return text;
}

static void
dialogues_give_their_events(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(
	    glob("tests/fixtures/smtp/*.dialog", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *dialog = read_file(found.gl_pathv[i]);
		char *got = events_of(dialog), *want;
		char beside[4096];

		snprintf(beside, sizeof(beside), "%.*s.events",
		    (int)(strlen(found.gl_pathv[i]) - strlen(".dialog")),
		    found.gl_pathv[i]);
		if (getenv("GOLDEN") != NULL)
			write_file(beside, got);
		want = read_file(beside);
		if (strcmp(got, want) != 0)
			fail_msg("%s:\n%s", found.gl_pathv[i], got);
		free(want);
		free(got);
		free(dialog);
	}
	globfree(&found);
}

/* However the bytes were cut, they are the same dialogue. */
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
	char *whole = strdup(dialog), *cut = malloc(sizeof(dialog) * 8);
	char *want, *got, *out = cut;

	(void)state;
	for (const char *p = dialog; *p != '\0'; p++) {
		char side = (char)(*p | 0x20);

		for (p += 2; *p != '\n'; p++)
			out += sprintf(out, "%c %c\n", side, *p);
		out += sprintf(out, "%c \\x0d\n%c \\x0a\n", side, side);
	}
	want = events_of(whole);
	got = events_of(cut);
	assert_non_null(strstr(want, "received"));
	/* The times are those of the steps. */
	for (char *w = want, *g = got; *w != '\0';) {
		char *we = strchr(w, '\n'), *ge = strchr(g, '\n');

		assert_non_null(ge);
		*we = *ge = '\0';
		assert_string_equal(strchr(w, ' '), strchr(g, ' '));
		w = we + 1;
		g = ge + 1;
	}
	free(whole);
	free(cut);
	free(want);
	free(got);
}

/* "secret" in base64, plain and as the answers have it. */
static void
no_password_is_in_an_event(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(
	    glob("tests/fixtures/smtp/*.dialog", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *dialog = read_file(found.gl_pathv[i]);
		char *got = events_of(dialog);

		assert_null(strstr(got, "secret"));
		assert_null(strstr(got, "c2VjcmV0"));
		assert_null(strstr(got, "AGtpbQBzZWNyZXQ"));
		free(got);
		free(dialog);
	}
	globfree(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dialogues_give_their_events),
		cmocka_unit_test(a_dialogue_byte_by_byte_is_the_same),
		cmocka_unit_test(no_password_is_in_an_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
