/*
 * slice.h - borrowed text, and cutting it
 *
 * A slice points into somebody else's bytes and never owns them.  The bytes
 * may be anything: NULs, invalid UTF-8, an attacker's quotes.  No function
 * here reads past p + n or allocates.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })

static inline struct slice
slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n &&
	       (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

/* The literal's length is known to the compiler: one compare, one memcmp. */
#define slice_is(s, literal) slice_eq((s), SLICE(literal))

static inline bool
slice_starts(struct slice s, struct slice with)
{
	return s.n >= with.n &&
	       (with.n == 0 ||
		   (s.p[0] == with.p[0] && memcmp(s.p, with.p, with.n) == 0));
}

static inline bool
slice_ends(struct slice s, struct slice with)
{
	return s.n >= with.n &&
	       (with.n == 0 || memcmp(s.p + s.n - with.n, with.p, with.n) == 0);
}

/* From offset `from' (not past the end) to the end. */
static inline struct slice
slice_from(struct slice s, size_t from)
{
	return (struct slice){ s.p + from, s.n - from };
}

/* Step over `prefix' if *s begins with it. */
static inline bool
slice_skip(struct slice *s, struct slice prefix)
{
	if (!slice_starts(*s, prefix))
		return false;
	s->p += prefix.n;
	s->n -= prefix.n;
	return true;
}

#define slice_skips(s, literal)  slice_skip((s), SLICE(literal))
#define slice_begins(s, literal) slice_starts((s), SLICE(literal))

/* Offset of `what' in s, or -1. */
static inline ptrdiff_t
slice_find_char(struct slice s, char c)
{
	const char *at = s.n == 0 ? NULL : memchr(s.p, c, s.n);

	return at == NULL ? -1 : at - s.p;
}

/*
 * What is looked for is short and its first byte rare in a log line, so one
 * fast scan for that byte beats memmem()'s preparations.
 */
static inline ptrdiff_t
slice_find(struct slice s, struct slice what)
{
	const char *at = s.p, *last;

	if (what.n > s.n)
		return -1;
	if (what.n == 0)
		return 0;
	last = s.p + s.n - what.n;
	while (at <= last &&
	       (at = memchr(at, what.p[0], (size_t)(last - at) + 1)) != NULL) {
		if (memcmp(at, what.p, what.n) == 0)
			return at - s.p;
		at++;
	}
	return -1;
}

/* The last one. */
ptrdiff_t slice_find_last(struct slice s, struct slice what);

/*
 * Cut *rest at the first `separator': *head is what stood before it, *rest
 * what stands after; they are two.  False, and nothing changed, if it is not
 * there.
 */
static inline bool
slice_cut(struct slice *rest, struct slice separator, struct slice *head)
{
	ptrdiff_t at = slice_find(*rest, separator);

	if (at == -1)
		return false;
	*head = (struct slice){ rest->p, (size_t)at };
	*rest = slice_from(*rest, (size_t)at + separator.n);
	return true;
}

/* At the last one: *rest is what stood before it, *tail what stands after. */
static inline bool
slice_cut_last(struct slice *rest, struct slice separator, struct slice *tail)
{
	ptrdiff_t at = slice_find_last(*rest, separator);

	if (at == -1)
		return false;
	*tail = slice_from(*rest, (size_t)at + separator.n);
	rest->n = (size_t)at;
	return true;
}

/* The whole of s is one unsigned decimal number that fits. */
bool slice_number(struct slice s, uint64_t *number);

/* ASCII letters are compared without their case. */
bool slice_same_word(struct slice a, struct slice b);

/*
 * Copy with a NUL behind; what does not fit is cut off.  The number of bytes
 * of s that were copied.
 */
size_t slice_copy(struct slice s, char *buffer, size_t size);

/*
 * The same in printable ASCII and valid UTF-8: other bytes become \ooo, as
 * Sendmail and rsyslog write them.
 */
size_t slice_escape(struct slice s, char *buffer, size_t size);

/* Length of the valid UTF-8 sequence at s.p, 0 if there is none. */
size_t slice_utf8(struct slice s);

/* 64 bits that differ for different texts; not proof against an adversary. */
uint64_t slice_hash(struct slice s);

#endif
