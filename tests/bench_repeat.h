/*
 * bench_repeat.h - a long log made of few lines, said again and again
 *
 * Each time they have later stamps, other process numbers, ids and addresses;
 * what joined two lines joins them still, for in one pass the same becomes the
 * same.  A word is as long as it was.
 */
#ifndef TESTS_BENCH_REPEAT_H
#define TESTS_BENCH_REPEAT_H

#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPEAT_LINES 4000 /* of a format; the rest is left out */
#define REPEAT_LINE  4096

struct repeat {
	char *lines[REPEAT_LINES]; /* without the stamp, if there was one */
	bool stamped[REPEAT_LINES];
	size_t count;
};

static inline void
repeat_add(struct repeat *repeat, const char *text, size_t n, bool stamped)
{
	if (repeat->count == REPEAT_LINES || n + 32 > REPEAT_LINE)
		return;
	repeat->stamped[repeat->count] = stamped;
	repeat->lines[repeat->count++] = strndup(text, n);
}

/* "192.0.2.7": its length, or 0. */
static inline size_t
quad_length(const char *p)
{
	unsigned a, b, c, d;
	int n = 0;

	if (!isdigit((unsigned char)*p) ||
	    sscanf(p, "%3u.%3u.%3u.%3u%n", &a, &b, &c, &d, &n) != 4 ||
	    isalnum((unsigned char)p[n]) ||
	    (p[n] == '.' && isdigit((unsigned char)p[n + 1])))
		return 0;
	return (size_t)n;
}

static inline void
put_quad(FILE *out, const char *p, unsigned pass)
{
	unsigned a, b, c, d;

	if (sscanf(p, "%3u.%3u.%3u.%3u", &a, &b, &c, &d) == 4)
		fprintf(out, "%u.%u.%u.%u", a, b, (c + pass / 250) % 256,
		    (d + pass) % 256);
}

/* An id has figures and letters, or is a process's number in brackets. */
static inline bool
is_id(const char *line, const char *p, size_t n)
{
	size_t figures = 0;

	for (size_t i = 0; i < n; i++)
		figures += isdigit((unsigned char)p[i]) != 0;
	if (figures == n)
		return (p > line && p[-1] == '[' && p[n] == ']') || n >= 12;
	return n >= 8 && figures >= 3;
}

static inline void
put_id(FILE *out, const char *p, size_t n, unsigned pass)
{
	static const unsigned tens[] = { 1, 10, 100, 1000, 10000, 100000 };
	unsigned behind = 0; /* figures from here to its end */

	for (size_t i = 0; i < n; i++)
		behind += isdigit((unsigned char)p[i]) != 0;
	for (size_t i = 0; i < n; i++) {
		unsigned c = (unsigned char)p[i];

		if (isdigit((int)c)) {
			behind--;
			if (behind < 6)
				c = '0' + (c - '0' + pass / tens[behind]) % 10;
		}
		putc((int)c, out);
	}
}

static inline void
put_fresh(FILE *out, const char *line, unsigned pass)
{
	const char *p = line;

	while (*p != '\0') {
		size_t n = quad_length(p);

		if (n != 0) {
			put_quad(out, p, pass);
		} else {
			while (isalnum((unsigned char)p[n]))
				n++;
			if (n == 0)
				putc(p[n++], out);
			else if (is_id(line, p, n))
				put_id(out, p, n, pass);
			else
				fwrite(p, 1, n, out);
		}
		p += n;
	}
	putc('\n', out);
}

/* Traditional stamps, so many lines a second. */
static inline void
repeat_write(const struct repeat *repeat, const char *path, long bytes,
    time_t begin, unsigned lines_per_second)
{
	FILE *out = fopen(path, "we");
	unsigned long written = 0;
	char stamp[32];
	struct tm tm;

	if (out == NULL)
		err(1, "%s: open", path);
	for (unsigned pass = 0; ftell(out) < bytes; pass++)
		for (size_t i = 0; i < repeat->count; i++) {
			time_t now =
			    begin + (time_t)(written++ / lines_per_second);

			if (repeat->stamped[i]) {
				gmtime_r(&now, &tm);
				strftime(
				    stamp, sizeof(stamp), "%b %e %T ", &tm);
				fputs(stamp, out);
			}
			put_fresh(out, repeat->lines[i], pass);
		}
	if (fclose(out) != 0)
		err(1, "%s: write", path);
}

#endif
