/*
 * spoken.h - dialogues as steps, a line each, and what a reader makes of them
 *
 *	C text		the client says that line		S text	the server
 *	c text		bytes, without a line's end		s text	the same
 *	gap C 12	so many bytes of the client are missing	gap S 12
 *	close C		it sends no more			close S
 *	cut		the capture ends here
 *	join		(first) it is joined in its middle
 *	port 465	(first) the server's port, else 25
 *	local		(first) the client is the server's own host
 *	# text		a remark
 *
 * "\xHH" is a byte.  A step of the client is not current (it did not have all
 * that the server said) if its letter is followed by "*".
 */
#ifndef TESTS_SPOKEN_H
#define TESTS_SPOKEN_H

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/wire/flow.h"

static inline char *
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

static inline void
write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	if (out == NULL || fputs(text, out) == EOF || fclose(out) == EOF)
		fail_msg("%s: cannot be written", path);
}

static inline void
print_event(void *out, const struct mail_event *event)
{
	event_print(out, event);
}

/* In place; how long it is. */
static inline size_t
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
	const struct flow_reader *reader;
	void *session;
	struct flow_end end;
	bool reading;
	int64_t when;
};

static inline void
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
	t->reading = t->reader->data(t->session, &data);
}

static inline void
step(struct telling *t, char *line)
{
	unsigned bytes;
	char side;

	if (line[0] == '\0' || !t->reading)
		return;
	t->when += 1000;
	t->end.when = t->when;
	if (sscanf(line, "gap %c %u", &side, &bytes) == 2) {
		t->reading = t->reader->gap(
		    t->session, side == 'C' ? CLIENT : SERVER, bytes, t->when);
	} else if (sscanf(line, "close %c", &side) == 1) {
		t->reader->closed(t->session, side == 'C' ? CLIENT : SERVER);
		t->end.by_server |= side == 'S';
	} else if (strcmp(line, "cut") == 0) {
		t->end.complete = false;
	} else {
		say(t, line);
	}
}

/* The events of a dialogue, to be freed; the reader's `arg' is its sink. */
static inline char *
events_of(char *dialog, const struct flow_reader *reader)
{
	struct flow_start start = { .begun = true, .when = 1000000 };
	struct telling t = { .reader = reader,
		.reading = true,
		.when = 1000000,
		.end = { .complete = true } };
	static char *text; /* gcc thinks that the stream keeps its address */
	char *line, *rest = dialog;
	static size_t size;
	FILE *out = open_memstream(&text, &size);
	struct event_sink sink = { print_event, out };
	unsigned port;

	(void)addr_parse(SLICE("192.0.2.7"), &start.ends.client);
	(void)addr_parse(SLICE("192.0.2.25"), &start.ends.server);
	start.ends.server_port = 25;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strcmp(line, "join") == 0)
			start.begun = false;
		else if (strcmp(line, "local") == 0)
			start.ends.client = start.ends.server;
		else if (sscanf(line, "port %u", &port) == 1)
			start.ends.server_port = (uint16_t)port;
		else if (line[0] != '#' && t.session == NULL && t.reading)
			t.reading =
			    (t.session = reader->start(&sink, &start)) != NULL;
		if (t.session != NULL && line[0] != '#')
			step(&t, line);
	}
	if (t.session != NULL)
		reader->end(t.session, &t.end);
	fclose(out);
	return text;
}

/* Each FOLDER/CASE.dialog gives the events beside it. */
static inline void
walk_dialogues(const char *pattern, const struct flow_reader *reader)
{
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *dialog = read_file(found.gl_pathv[i]);
		char *got = events_of(dialog, reader), *want;
		char beside[4096];

		snprintf(beside, sizeof(beside), "%.*s.events",
		    (int)(strlen(found.gl_pathv[i]) - strlen(".dialog")),
		    found.gl_pathv[i]);
		if (getenv("GOLDEN") != NULL)
			write_file(beside, got);
		want = read_file(beside);
		if (strcmp(got, want) != 0)
			fail_msg("%s:\n%s", found.gl_pathv[i], got);
		/* "secret", plain and in base64, as the answers have it. */
		assert_null(strstr(got, "secret"));
		assert_null(strstr(got, "c2VjcmV0"));
		assert_null(strstr(got, "AGtpbQBzZWNyZXQ"));
		free(want);
		free(got);
		free(dialog);
	}
	globfree(&found);
}

/* However the bytes were cut, they are the same dialogue. */
static inline void
byte_by_byte_is_the_same(
    const char *dialog, const char *event, const struct flow_reader *reader)
{
	char *whole = strdup(dialog), *cut = malloc(strlen(dialog) * 8 + 1);
	char *want, *got, *out = cut;

	for (const char *p = dialog; *p != '\0'; p++) {
		char side = (char)(*p | 0x20);

		for (p += 2; *p != '\n'; p++)
			out += sprintf(out, "%c %c\n", side, *p);
		out += sprintf(out, "%c \\x0d\n%c \\x0a\n", side, side);
	}
	want = events_of(whole, reader);
	got = events_of(cut, reader);
	assert_non_null(strstr(want, event));
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

#endif
