/* mime_text.c - the values of header fields, decoded */
#include "collectors/wire/mime_text.h"

#include "collectors/wire/base64.h"

#define SECTIONS 64 /* of one value */
#define LOOKS    4  /* for those that stand before what they follow */

struct text {
	char *p;
	size_t n, size;
};

static void
add(struct text *text, struct slice more)
{
	size_t room = text->size - text->n;

	if (more.n > room)
		more.n = room;
	if (more.n > 0)
		memcpy(text->p + text->n, more.p, more.n);
	text->n += more.n;
}

static void
add_byte(struct text *text, char c)
{
	add(text, (struct slice){ &c, 1 });
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "=2E" or "%2E" at the front of it: the byte; false: it is none. */
static bool
hex_byte(struct slice text, char *byte)
{
	int high = text.n > 2 ? hex_value(text.p[1]) : -1;
	int low = text.n > 2 ? hex_value(text.p[2]) : -1;

	if (high == -1 || low == -1)
		return false;
	*byte = (char)(high << 4 | low);
	return true;
}

/* Bytes with `escape' and two digits for some of them. */
static void
add_escaped(struct text *text, struct slice from, char escape)
{
	char byte;

	for (size_t i = 0; i < from.n; i++) {
		byte = from.p[i];
		if (byte == '_' && escape == '=')
			byte = ' '; /* RFC 2047, 4.2 */
		else if (byte == escape && hex_byte(slice_from(from, i), &byte))
			i += 2;
		add_byte(text, byte);
	}
}

/* Of the charsets that are one byte a character, the Western ones. */
static bool
is_latin(struct slice charset)
{
	return slice_same_word(charset, SLICE("iso-8859-1")) ||
	       slice_same_word(charset, SLICE("iso-8859-15")) ||
	       slice_same_word(charset, SLICE("windows-1252"));
}

/* To UTF-8, but for what stands in 0x80 to 0x9f. */
static void
add_latin(struct text *text, struct slice from)
{
	for (size_t i = 0; i < from.n; i++) {
		unsigned char c = (unsigned char)from.p[i];

		if (c >= 0xa0) {
			add_byte(text, (char)(0xc0 | c >> 6));
			c = 0x80 | (c & 0x3f);
		}
		add_byte(text, (char)c);
	}
}

/* "=?charset?B?...?=" at the front of *rest: cut off, and decoded. */
static bool
cut_word(struct slice *rest, struct text *text)
{
	struct slice at = *rest, charset, encoding, word;
	char decoded[MIME_VALUE];
	struct text bytes = { decoded, 0, sizeof(decoded) };
	char c;

	if (!slice_skips(&at, "=?") || !slice_cut(&at, SLICE("?"), &charset) ||
	    !slice_cut(&at, SLICE("?"), &encoding) || encoding.n != 1 ||
	    !slice_cut(&at, SLICE("?"), &word) || !slice_skips(&at, "=") ||
	    slice_find_char(charset, ' ') != -1)
		return false;
	c = (char)(encoding.p[0] | 0x20);
	if (c == 'b')
		bytes.n = base64_decode(word, decoded, sizeof(decoded));
	else if (c == 'q')
		add_escaped(&bytes, word, '=');
	else
		return false;
	word = (struct slice){ decoded, bytes.n };
	if (is_latin(charset))
		add_latin(text, word);
	else
		add(text, word);
	*rest = at;
	return true;
}

static size_t
blanks(struct slice text)
{
	size_t n = 0;

	while (n < text.n && (text.p[n] == ' ' || text.p[n] == '\t'))
		n++;
	return n;
}

size_t
mime_decode(struct slice rest, char *out, size_t size)
{
	struct text text = { out, 0, size };
	bool after_word = false;

	while (rest.n > 0 && text.n < size) {
		struct slice next = rest;

		/* Blanks between two of them are nothing (RFC 2047, 6.2). */
		if (after_word)
			next = slice_from(rest, blanks(rest));
		if (cut_word(&next, &text)) {
			after_word = true;
			rest = next;
			continue;
		}
		after_word = false;
		add_byte(&text, *rest.p);
		rest = slice_from(rest, 1);
	}
	return text.n;
}

/* What stands in quotes, which *rest begins with; it may have no end. */
static void
cut_quoted(struct slice *rest, struct text *text)
{
	size_t i;

	for (i = 1; i < rest->n && rest->p[i] != '"'; i++) {
		if (rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
		add_byte(text, rest->p[i]);
	}
	*rest = slice_from(*rest, i < rest->n ? i + 1 : i);
}

static struct slice
trim(struct slice text)
{
	text = slice_from(text, blanks(text));
	while (text.n > 0 &&
	       (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
		text.n--;
	return text;
}

bool
mime_parameter(struct slice *rest, struct slice *name, char out[MIME_VALUE],
    struct slice *value)
{
	struct text text = { out, 0, MIME_VALUE };
	struct slice skipped;
	size_t n = 0;

	if (!slice_cut(rest, SLICE(";"), &skipped))
		return false;
	while (n < rest->n && rest->p[n] != '=' && rest->p[n] != ';')
		n++;
	*name = trim((struct slice){ rest->p, n });
	*rest = slice_from(*rest, n);
	if (slice_skips(rest, "=")) {
		*rest = slice_from(*rest, blanks(*rest));
		if (rest->n > 0 && *rest->p == '"') {
			cut_quoted(rest, &text);
		} else {
			n = 0; /* blanks in it should not be, but are */
			while (n < rest->n && rest->p[n] != ';')
				n++;
			add(&text, trim((struct slice){ rest->p, n }));
			*rest = slice_from(*rest, n);
		}
	}
	*value = (struct slice){ out, text.n };
	return true;
}

/* "name*3*" is section 3 of "name", encoded; "name*" the only one: -1. */
static bool
is_section(struct slice parameter, struct slice name, int *section, bool *coded)
{
	struct slice rest = parameter;
	uint64_t n;

	if (rest.n < name.n ||
	    !slice_same_word((struct slice){ rest.p, name.n }, name))
		return false;
	rest = slice_from(rest, name.n);
	if (!slice_skips(&rest, "*"))
		return false;
	*coded = rest.n == 0;
	*section = -1;
	if (rest.n == 0)
		return true;
	if (rest.p[rest.n - 1] == '*') {
		*coded = true;
		rest.n--;
	}
	if (!slice_number(rest, &n) || n >= SECTIONS)
		return false;
	*section = (int)n;
	return true;
}

static void
add_section(struct text *text, struct slice value, bool coded, bool first)
{
	struct slice skipped;

	if (!coded) {
		add(text, value);
		return;
	}
	/* charset'language'text */
	if (first && slice_cut(&value, SLICE("'"), &skipped))
		(void)slice_cut(&value, SLICE("'"), &skipped);
	add_escaped(text, value, '%');
}

size_t
mime_extended(struct slice parameters, struct slice name, char out[MIME_VALUE])
{
	struct text text = { out, 0, MIME_VALUE };
	char buffer[MIME_VALUE];
	struct slice rest, parameter, value;
	int section, next = 0, before;
	bool coded;

	for (int look = 0; look < LOOKS; look++) {
		before = next;
		rest = parameters;
		while (mime_parameter(&rest, &parameter, buffer, &value)) {
			if (!is_section(parameter, name, &section, &coded))
				continue;
			if (section == -1)
				text.n = 0;
			else if (section != next)
				continue;
			add_section(&text, value, coded, section <= 0);
			if (section == -1)
				return text.n;
			next++;
		}
		if (next == before)
			break;
	}
	return text.n;
}
