/* slice.c - borrowed text, and cutting it */
#include "base/slice.h"

#include <endian.h>
#include <stdio.h>

ptrdiff_t
slice_find_last(struct slice s, struct slice what)
{
	const char *at;

	if (what.n == 0 || what.n > s.n)
		return what.n == 0 ? (ptrdiff_t)s.n : -1;
	s.n -= what.n - 1;
	while ((at = memrchr(s.p, what.p[0], s.n)) != NULL) {
		if (memcmp(at, what.p, what.n) == 0)
			return at - s.p;
		s.n = (size_t)(at - s.p);
	}
	return -1;
}

bool
slice_number(struct slice s, uint64_t *number)
{
	uint64_t value = 0;

	if (s.n == 0 || s.n > 19)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(s.p[i] - '0');
	}
	*number = value;
	return true;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
slice_same_word(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

size_t
slice_copy(struct slice s, char *buffer, size_t size)
{
	size_t n = s.n < size ? s.n : size - 1;

	if (n != 0)
		memcpy(buffer, s.p, n);
	buffer[n] = '\0';
	return n;
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
size_t
slice_utf8(struct slice s)
{
	unsigned char a = s.n > 0 ? (unsigned char)s.p[0] : 0;
	size_t n = a < 0x80   ? 1
		   : a < 0xc2 ? 0
		   : a < 0xe0 ? 2
		   : a < 0xf0 ? 3
		   : a < 0xf5 ? 4
			      : 0;
	unsigned char b;

	if (s.n == 0 || n == 0 || n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			return 0;
	if (n < 3)
		return n;
	b = (unsigned char)s.p[1];
	if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) ||
	    (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f))
		return 0;
	return n;
}

size_t
slice_escape(struct slice s, char *buffer, size_t size)
{
	size_t used = 0, i = 0, n;

	while (i < s.n) {
		n = slice_utf8(slice_from(s, i));
		if (n == 1 && (s.p[i] < ' ' || s.p[i] == 0x7f))
			n = 0;
		if (used + (n ? n : 4) >= size)
			break;
		if (n != 0) {
			memcpy(buffer + used, s.p + i, n);
			used += n;
		} else {
			snprintf(buffer + used, size - used, "\\%03o",
			    (unsigned)(unsigned char)s.p[i]);
			used += 4;
			n = 1;
		}
		i += n;
	}
	buffer[used] = '\0';
	return i;
}

/*
 * The last n bytes, less than eight, the first of them lowest.  A copy of so
 * many into a word would be read before it is written, and waits.
 */
static uint64_t
last_bytes(struct slice s, size_t n)
{
	uint64_t word = 0;

	if (s.n >= 8) {
		memcpy(&word, s.p + s.n - 8, 8);
		return le64toh(word) >> (8 - n) * 8;
	}
	while (n-- > 0)
		word = word << 8 | (unsigned char)s.p[n];
	return word;
}

/*
 * Eight bytes a step, multiplied and folded: the tables of messages and
 * clients are looked up for every line.
 */
uint64_t
slice_hash(struct slice s)
{
	uint64_t hash = s.n * 0x9e3779b97f4a7c15u, word;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&word, s.p + i, 8);
		hash = (hash ^ word) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
	}
	if (i < s.n) {
		word = last_bytes(s, s.n - i);
		hash = (hash ^ word) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
	}
	hash *= 0xc4ceb9fe1a85ec53u;
	return hash ^ (hash >> 29);
}
