/* safe.c - what strangers wrote, as text that people can be shown */
#include "base/safe.h"

#include <stdio.h>
#include <string.h>

/*
 * Characters that are valid UTF-8 and yet no text: C1 controls, which some
 * terminals obey, and what changes the direction or the end of a line.
 */
static bool
is_unsafe(const char *p, size_t n)
{
	unsigned char a = (unsigned char)p[0], b, c;

	if (n == 2)
		return a == 0xc2 && (unsigned char)p[1] < 0xa0;
	if (n != 3)
		return false;
	b = (unsigned char)p[1];
	c = (unsigned char)p[2];
	return (a == 0xe2 && b == 0x80 && c >= 0x8b && c <= 0x8f) ||
	       (a == 0xe2 && b == 0x80 && c >= 0xa8 && c <= 0xae) ||
	       (a == 0xe2 && b == 0x81 && c >= 0xa0 && c <= 0xaf) ||
	       (a == 0xef && b == 0xbb && c == 0xbf) ||
	       (a == 0xef && b == 0xbf && c >= 0xb9 && c <= 0xbb);
}

/* The next character as it is shown: its bytes, and in how many columns. */
static size_t
shown(struct slice text, size_t *bytes, char out[16])
{
	size_t n = slice_utf8(text), used = 0;

	if (n == 1 && (text.p[0] < ' ' || text.p[0] == 0x7f))
		n = 0;
	if (n > 0 && !is_unsafe(text.p, n)) {
		memcpy(out, text.p, n);
		out[n] = '\0';
		*bytes = n;
		return 1;
	}
	*bytes = n == 0 ? 1 : n;
	for (size_t i = 0; i < *bytes; i++)
		used += (size_t)snprintf(out + used, 16 - used, "\\%03o",
		    (unsigned)(unsigned char)text.p[i]);
	return used;
}

size_t
safe_text(struct slice text, size_t width, char *out, size_t size)
{
	size_t columns = 0, used = 0, bytes, one, n;
	size_t fits = 0, fits_columns = 0; /* so far, with "..." behind */
	char character[16];

	while (text.n > 0) {
		one = shown(text, &bytes, character);
		n = strlen(character);
		if (used + n + 4 > size ||
		    (width != 0 && columns + one > width)) {
			memcpy(out + fits, "...", 4);
			return fits_columns + 3;
		}
		memcpy(out + used, character, n);
		used += n;
		columns += one;
		if (width == 0 || columns + 3 <= width) {
			fits = used;
			fits_columns = columns;
		}
		text = slice_from(text, bytes);
	}
	out[used] = '\0';
	return columns;
}
