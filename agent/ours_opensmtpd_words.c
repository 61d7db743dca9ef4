/*
 * ours_opensmtpd_words.c - the statements of an smtpd.conf
 *
 * smtpd.conf(5): "#" begins a comment, which goes on where its line does; a
 * macro is read again where it is used, but not within quotes, and what it has
 * of "$" is no macro; "include" puts a file in its place.
 */
#include "agent/ours_opensmtpd.h"

#include <stdlib.h>

#include "base/mem.h"

static bool
is_mark(char c)
{
	return c != '\0' && strchr("{}<>(),=!", c) != NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* How long is the backslash with its line end that stands here; or 0. */
static size_t
continued(struct slice text)
{
	return slice_begins(text, "\\\n")     ? 2
	       : slice_begins(text, "\\\r\n") ? 3
					      : 0;
}

static void
put(struct opensmtpd_words *words, char c)
{
	if (words->n == words->room) {
		words->room = words->room == 0 ? 256 : words->room * 2;
		words->bytes = mem_grow(words->bytes, words->room, 1);
	}
	words->bytes[words->n++] = c;
}

static void
put_word(struct opensmtpd_words *words, char kind, struct slice text)
{
	put(words, kind);
	for (size_t i = 0; i < text.n; i++)
		put(words, text.p[i]);
	put(words, '\0');
}

bool
opensmtpd_word(struct slice *words, struct opensmtpd_word *word)
{
	if (words->n == 0)
		return false;
	word->kind = words->p[0];
	*words = slice_from(*words, 1);
	return slice_cut(words, (struct slice){ "", 1 }, &word->text);
}

bool
opensmtpd_skips(struct slice *words, const char *text)
{
	struct slice rest = *words;
	struct opensmtpd_word word;

	if (!opensmtpd_word(&rest, &word) || word.kind == OPENSMTPD_QUOTED ||
	    !slice_eq(word.text, slice_of(text)))
		return false;
	*words = rest;
	return true;
}

struct key {
	char kind;
	struct slice name;
};

static bool
same_name(const void *row, const void *key)
{
	const struct opensmtpd_name *have = row;
	const struct key *wanted = key;

	return have->kind == wanted->kind &&
	       slice_eq(slice_of(have->name), wanted->name);
}

struct opensmtpd_name *
opensmtpd_find(const struct opensmtpd *smtpd, char kind, struct slice name)
{
	const struct key key = { kind, name };

	return table_find(&smtpd->names, slice_hash(name), same_name, &key);
}

struct opensmtpd_name *
opensmtpd_name(
    struct opensmtpd *smtpd, char kind, struct slice name, struct slice bytes)
{
	struct opensmtpd_name *row = opensmtpd_find(smtpd, kind, name);

	if (row == NULL) {
		row = table_add(&smtpd->names, slice_hash(name));
		if (row == NULL) {
			for (unsigned i = 0; i < 2; i++)
				ours_gap(smtpd->ours, i == 0,
				    "%s: more than %d names", smtpd->path,
				    OPENSMTPD_NAMES);
			return NULL;
		}
		row->kind = kind;
		row->name = mem_slice(name);
	}
	free(row->bytes);
	row->bytes = mem_copy(bytes.p, bytes.n);
	row->n = bytes.n;
	return row;
}

static struct slice
plain_word(struct slice *text)
{
	struct slice word = { text->p, 0 };

	while (text->n > 0 && !is_blank(text->p[0]) && !is_mark(text->p[0]) &&
	       text->p[0] != '#' && continued(*text) == 0) {
		*text = slice_from(*text, 1);
		word.n++;
	}
	return word;
}

/* Behind a quote's beginning; what is escaped is the quote, and blanks. */
static void
put_quoted(struct opensmtpd_words *words, char quote, struct slice *text)
{
	put(words, OPENSMTPD_QUOTED);
	for (; text->n > 0 && text->p[0] != quote;
	     *text = slice_from(*text, 1)) {
		if (text->p[0] == '\\' && text->n > 1 &&
		    (text->p[1] == quote || is_blank(text->p[1])))
			*text = slice_from(*text, 1);
		if (text->p[0] != '\n' && text->p[0] != '\0')
			put(words, text->p[0]);
	}
	put(words, '\0');
	if (text->n > 0)
		*text = slice_from(*text, 1);
}

static void
skip_comment(struct slice *text)
{
	while (text->n > 0 && text->p[0] != '\n')
		*text = slice_from(
		    *text, continued(*text) == 0 ? 1 : continued(*text));
}

/* What it does may be to read another file, with statements of its own. */
static void
end_statement(struct opensmtpd *smtpd)
{
	struct opensmtpd_words words = smtpd->words;

	memset(&smtpd->words, 0, sizeof(smtpd->words));
	if (words.n != 0)
		opensmtpd_statement(
		    smtpd, (struct slice){ words.bytes, words.n });
	free(words.bytes);
}

bool
opensmtpd_may_read(struct opensmtpd *smtpd, size_t bytes)
{
	if (bytes <= smtpd->left) {
		smtpd->left -= bytes;
		return true;
	}
	smtpd->left = 0;
	for (unsigned i = 0; i < 2; i++)
		ours_gap(smtpd->ours, i == 0, "%s: more than %u bytes in all",
		    smtpd->path, OPENSMTPD_BYTES);
	return false;
}

static void
take_mark(struct opensmtpd *smtpd, struct slice *text)
{
	char c = text->p[0];

	if (c == '{')
		smtpd->braces++;
	else if (c == '}' && smtpd->braces > 0)
		smtpd->braces--;
	put_word(&smtpd->words, c, (struct slice){ text->p, 1 });
	*text = slice_from(*text, 1);
}

static void read_words(struct opensmtpd *, struct slice, bool expanding);

static void
take_macro(struct opensmtpd *smtpd, struct slice *text)
{
	struct opensmtpd_name *macro;
	size_t n = 1;

	while (n < text->n && is_name(text->p[n]))
		n++;
	macro =
	    opensmtpd_find(smtpd, 'm', (struct slice){ text->p + 1, n - 1 });
	if (macro != NULL)
		read_words(
		    smtpd, (struct slice){ macro->bytes, macro->n }, true);
	else
		put_word(&smtpd->words, OPENSMTPD_PLAIN,
		    (struct slice){ text->p, n });
	*text = slice_from(*text, n);
}

static void
read_words(struct opensmtpd *smtpd, struct slice text, bool expanding)
{
	if (!opensmtpd_may_read(smtpd, text.n))
		return;
	while (text.n > 0) {
		char c = text.p[0];

		if (continued(text) != 0) {
			text = slice_from(text, continued(text));
		} else if (c == '#') {
			skip_comment(&text);
		} else if (is_blank(c)) {
			text = slice_from(text, 1);
			if (c == '\n' && !expanding && smtpd->braces == 0)
				end_statement(smtpd);
		} else if (c == '"' || c == '\'') {
			text = slice_from(text, 1);
			put_quoted(&smtpd->words, c, &text);
		} else if (is_mark(c)) {
			take_mark(smtpd, &text);
		} else if (c == '$' && !expanding) {
			take_macro(smtpd, &text);
		} else {
			put_word(
			    &smtpd->words, OPENSMTPD_PLAIN, plain_word(&text));
		}
	}
}

void
opensmtpd_text(struct opensmtpd *smtpd, struct slice text)
{
	read_words(smtpd, text, false);
	smtpd->braces = 0;
	end_statement(smtpd);
}
