/*
 * gist.c - what a message says, without whom and which it says it of
 *
 * One walk, a word at a time: there is a text for every refusal.
 */
#include "base/gist.h"

/* What a byte is; a word's are or-ed. */
enum { IN_WORD = 0, DIGIT = 1, AT = 2, DOT = 4, BREAK = 8, OPEN = 16 };

static const unsigned char kinds[256] = {
	[' '] = BREAK,
	['\t'] = BREAK,
	['\n'] = BREAK,
	[','] = BREAK,
	[';'] = BREAK,
	[':'] = BREAK,
	['='] = BREAK,
	['('] = BREAK,
	[')'] = BREAK,
	['\''] = BREAK,
	['<'] = OPEN,
	['['] = OPEN,
	['"'] = OPEN,
	['@'] = AT,
	['.'] = DOT,
	['0'] = DIGIT,
	['1'] = DIGIT,
	['2'] = DIGIT,
	['3'] = DIGIT,
	['4'] = DIGIT,
	['5'] = DIGIT,
	['6'] = DIGIT,
	['7'] = DIGIT,
	['8'] = DIGIT,
	['9'] = DIGIT,
};

static unsigned
kind_of(char c)
{
	return kinds[(unsigned char)c];
}

/* "450", "25", "4.7.1": short numbers say something. */
static bool
is_code(struct slice word)
{
	unsigned digits = 0, dots = 0;

	if (word.n > 7)
		return false;
	for (size_t i = 0; i < word.n; i++) {
		digits += kind_of(word.p[i]) == DIGIT;
		dots += kind_of(word.p[i]) == DOT;
	}
	if (digits + dots != word.n)
		return false;
	return dots == 0 ? word.n <= 3
			 : dots == 2 && strchr("245", word.p[0]) != NULL &&
			       word.p[1] == '.';
}

/* Behind what is enclosed; what is not closed goes to the end. */
static const char *
enclosed_end(const char *p, const char *end)
{
	char close = *p == '<' ? '>' : *p == '[' ? ']' : '"';
	const char *at = memchr(p + 1, close, (size_t)(end - p - 1));

	return at == NULL ? end : at + 1;
}

static const char *
emptied(char c)
{
	return c == '<' ? "<>" : c == '[' ? "[]" : "\"\"";
}

size_t
gist(struct slice text, char *out, size_t size)
{
	const char *p = text.p, *end = text.n == 0 ? p : p + text.n;
	size_t used = 0, word;
	unsigned seen, kind;

	/* Room for what is enclosed, or a star, at each turn. */
	while (p < end && used + 2 <= size) {
		kind = seen = 0;
		for (word = used; p < end && used < size; p++) {
			kind = kind_of(*p);
			if (kind >= BREAK)
				break;
			seen |= kind;
			out[used++] = *p;
		}
		/* A star for one that names somebody or something. */
		if (seen & AT ||
		    (seen & DIGIT &&
			!is_code((struct slice){ out + word, used - word }))) {
			used = word;
			out[used++] = '*';
		}
		if (kind < BREAK || used + 2 > size)
			continue;
		if (kind == OPEN) {
			memcpy(out + used, emptied(*p), 2);
			used += 2;
			p = enclosed_end(p, end);
		} else {
			if (*p != ' ' || used == 0 || out[used - 1] != ' ')
				out[used++] = *p;
			p++;
		}
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	return used;
}

/* Where the next enclosed begins; `end': nowhere. */
static const char *
next_open(const char *p, const char *end)
{
	static const char opens[] = { '<', '[', '"' };
	const char *at;

	for (size_t i = 0; i < sizeof(opens); i++) {
		at = memchr(p, opens[i], (size_t)(end - p));
		if (at != NULL)
			end = at;
	}
	return end;
}

/* All but what is enclosed, with its first mark; false: it has no room. */
static bool
copy_outside(struct slice text, char *out, size_t size, size_t *used)
{
	const char *p = text.p, *end = p + text.n, *open;
	size_t n;

	*used = 0;
	while (p < end) {
		open = next_open(p, end);
		n = (size_t)(open - p) + (open < end);
		if (*used + n > size)
			return false;
		memcpy(out + *used, p, n);
		*used += n;
		p = open < end ? enclosed_end(open, end) : end;
	}
	return true;
}

struct slice
gist_again(struct gist_memo memos[GIST_MEMOS], struct slice text)
{
	char outside[sizeof(memos->text)];
	struct gist_memo *memo = &memos[0];
	struct slice key = { outside, 0 };
	uint64_t hash = 0;

	if (text.n != 0 &&
	    copy_outside(text, outside, sizeof(outside), &key.n)) {
		hash = slice_hash(key);
		memo = &memos[hash % GIST_MEMOS];
		if (memo->hash == hash && slice_eq(memo->outside, key))
			return (struct slice){ memo->gist, memo->n };
	}
	memo->hash = hash;
	memo->outside = (struct slice){ memo->text, key.n };
	memcpy(memo->text, outside, key.n);
	memo->n = gist(text, memo->gist, sizeof(memo->gist));
	return (struct slice){ memo->gist, memo->n };
}
