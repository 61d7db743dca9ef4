/* base64.c - what was written in base64 (RFC 4648, 4) */
#include "collectors/wire/base64.h"

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

size_t
base64_decode(struct slice text, char *out, size_t size)
{
	uint32_t bits = 0;
	size_t n = 0;
	int have = 0, value;

	for (size_t i = 0; i < text.n && n < size; i++) {
		value = value_of(text.p[i]);
		if (value == -1)
			break;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (char)(bits >> have & 0xff);
	}
	return n;
}
