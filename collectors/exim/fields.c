/* fields.c - words, addresses and fields of Exim's lines */
#include "collectors/exim/exim.h"

#include "base/array.h"
#include "collectors/address.h"
#include "collectors/wrapped.h"

/* Where a word that begins at `from' ends: at a blank outside of quotes. */
static size_t
word_end(struct slice text, size_t from)
{
	bool quoted = false;
	size_t i;

	for (i = from; i < text.n && (quoted || text.p[i] != ' '); i++) {
		if (quoted && text.p[i] == '\\' && i + 1 < text.n)
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted;
	}
	return i;
}

struct slice
exim_cut_word(struct slice *text)
{
	ptrdiff_t blank = slice_find_char(*text, ' ');
	size_t n = blank == -1 ? text->n : (size_t)blank;
	struct slice word = { text->p, n };

	/* Most have no quotes. */
	if (slice_find_char(word, '"') != -1)
		word.n = word_end(*text, 0);
	*text = slice_from(*text, word.n);
	return word;
}

bool
exim_cut_angle(struct slice *text, struct slice *address)
{
	struct slice rest = *text;
	ptrdiff_t end;

	if (!slice_skips(&rest, "<") || (end = quoted_end(rest)) == -1)
		return false;
	*address = (struct slice){ rest.p, (size_t)end };
	*text = slice_from(rest, (size_t)end + 1);
	return true;
}

/* "[2001:db8::1]:25", "[192.0.2.1]*" (its retry time was overridden) */
static bool
cut_bracket(struct slice *text, struct addr *addr, uint64_t *port)
{
	struct slice rest = *text, literal, zone, address, digits;

	if (!slice_skips(&rest, "[") || !slice_cut(&rest, SLICE("]"), &literal))
		return false;
	zone = literal; /* "fe80::1%eth0" */
	if (slice_cut(&zone, SLICE("%"), &address))
		literal = address;
	if (!addr_parse(literal, addr))
		return false;
	(void)slice_skips(&rest, "*");
	if (rest.n > 1 && rest.p[0] == ':' && rest.p[1] >= '0' &&
	    rest.p[1] <= '9') {
		digits = rest = slice_from(rest, 1);
		while (rest.n > 0 && rest.p[0] >= '0' && rest.p[0] <= '9')
			rest = slice_from(rest, 1);
		digits.n -= rest.n;
		(void)slice_number(digits, port);
	}
	(void)slice_skips(&rest, "*");
	*text = rest;
	return true;
}

/* "(helo) ", before an address; a name that is junk may hold parentheses. */
static bool
cut_helo(struct slice *text, struct slice *helo)
{
	struct slice rest = *text, behind, before;
	struct addr addr;
	uint64_t port;

	while (slice_cut(&rest, SLICE(") "), &before)) {
		behind = rest;
		if (!cut_bracket(&behind, &addr, &port))
			continue;
		*helo = (struct slice){ text->p + 1,
			(size_t)(rest.p - text->p) - 3 };
		*text = rest;
		return true;
	}
	return false;
}

bool
exim_cut_peer(struct slice *text, struct exim_peer *peer)
{
	struct slice rest = *text;

	memset(peer, 0, sizeof(*peer));
	(void)slice_skips(&rest, "H="); /* where others write none */
	if (rest.n > 0 && rest.p[0] != '(' && rest.p[0] != '[') {
		peer->name = exim_cut_word(&rest);
		if (!slice_skips(&rest, " "))
			return false;
	}
	if (rest.n > 0 && rest.p[0] == '(' && !cut_helo(&rest, &peer->helo))
		return false;
	if (!cut_bracket(&rest, &peer->addr, &peer->port))
		return false;
	*text = rest;
	return true;
}

void
exim_unwrap(const struct entry *entry, struct exim_peer *peer)
{
	wrapped_client(entry->tracker, entry->line, &peer->addr, peer->port);
}

/* What stands alone among the fields. */
static bool
is_flag(struct slice word)
{
	static const struct slice flags[] = {
#define F(text) { text, sizeof(text) - 1 }
		F("DS"),
		F("DSN"),
		F("K"),
		F("K-"),
		F("L"),
		F("L*"),
		F("L-"),
		F("L.-"),
		F("PRDR"),
		F("TFO"),
		F("TFO*"),
#undef F
	};

	return word.n > 0 && word.n <= 4 &&
	       memchr("DKLPT", word.p[0], 5) != NULL &&
	       format_has(word, flags, NELEMS(flags));
}

static bool
in_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '*';
}

/* A value ends at a blank; the ':' of ": why" behind it is not its own. */
static void
cut_value(struct slice *rest, struct slice *value)
{
	if (rest->n > 0 && rest->p[0] == '<' && exim_cut_angle(rest, value))
		return;
	*value = exim_cut_word(rest);
	if (value->n > 0 && value->p[value->n - 1] == ':') {
		value->n--;
		*rest = (struct slice){ rest->p - 1, rest->n + 1 };
	}
	if (value->n == 0 || value->p[0] != '"')
		return;
	/* One that is cut says nothing. */
	if (value->n == 1 || value->p[value->n - 1] != '"')
		*value = SLICE("");
	else
		*value = (struct slice){ value->p + 1, value->n - 2 };
}

bool
exim_cut_field(struct slice *text, struct slice *name, struct slice *value)
{
	struct slice rest = *text;
	size_t n = 0;

	(void)slice_skips(&rest, " ");
	while (n < rest.n && n < 6 && in_name(rest.p[n]))
		n++;
	*value = SLICE("");
	if (n == 0 || n == rest.n || rest.p[n] != '=') {
		*name = exim_cut_word(&rest);
		if (name->n > 0 && name->p[name->n - 1] == ':') {
			name->n--;
			rest = (struct slice){ rest.p - 1, rest.n + 1 };
		}
		if (!is_flag(*name))
			return false;
		*text = rest;
		return true;
	}
	*name = (struct slice){ rest.p, n };
	rest = slice_from(rest, n + 1);
	if (!slice_is(*name, "H"))
		cut_value(&rest, value);
	*text = rest;
	return true;
}

static size_t
base62(struct slice text, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		if (i >= text.n || !((text.p[i] >= '0' && text.p[i] <= '9') ||
				       (text.p[i] >= 'A' && text.p[i] <= 'Z') ||
				       (text.p[i] >= 'a' && text.p[i] <= 'z')))
			return 0;
	return n;
}

/* 6-6-2 up to 4.96, 6-11-4 from 4.97 on. */
size_t
exim_id_length(struct slice text)
{
	size_t pid, n;

	if (text.n < 16 || text.p[6] != '-' || base62(text, 0, 6) == 0)
		return 0;
	pid = text.p[13] == '-' ? 6 : 11;
	n = pid == 6 ? 16 : 23;
	if (text.n < n || text.p[7 + pid] != '-' || !base62(text, 7, pid) ||
	    !base62(text, 8 + pid, n - 8 - pid))
		return 0;
	return text.n > n && text.p[n] != ' ' ? 0 : n;
}

static size_t
count_digits(struct slice text, size_t from)
{
	size_t n = 0;

	while (from + n < text.n && text.p[from + n] >= '0' &&
	       text.p[from + n] <= '9')
		n++;
	return n;
}

/* "4.7.1", its end seen */
static bool
cut_dsn(struct slice text, struct slice *dsn)
{
	size_t i = 1, n;

	if (text.n < 6 || text.p[0] < '2' || text.p[0] > '5' ||
	    text.p[1] != '.')
		return false;
	for (int part = 0; part < 2; part++) {
		n = count_digits(text, i + 1);
		if (n == 0 || n > 3 || text.p[i] != '.')
			return false;
		i += 1 + n;
		if (i >= text.n)
			return false;
	}
	if (text.p[i] != ' ')
		return false;
	*dsn = (struct slice){ text.p, i };
	return true;
}

uint16_t
exim_codes(struct slice text, struct slice *dsn)
{
	uint16_t code = 0;

	*dsn = SLICE("");
	if (count_digits(text, 0) == 3 && text.n > 3 && text.p[0] >= '2' &&
	    text.p[0] <= '5' && (text.p[3] == ' ' || text.p[3] == '-')) {
		code = (uint16_t)((text.p[0] - '0') * 100 +
				  (text.p[1] - '0') * 10 + text.p[2] - '0');
		text = slice_from(text, 4);
	}
	(void)cut_dsn(text, dsn);
	return code;
}
