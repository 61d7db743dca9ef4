/*
 * pseudonym_text.c - people in a text that anybody may have written
 *
 * One walk.  Where a word begins: is it somebody whom the event names, the
 * value of a field that holds accounts, an address in <>, a word with '@'?
 * Quotes hold blanks as RFC 5321 (4.1.2) says, where they are closed within
 * ENCLOSED bytes; where they are not they are bytes like others.
 */
#include "base/pseudonym_impl.h"

#include "base/array.h"

#define ENCLOSED 1024 /* in quotes or <>; an address has at most 320 */

struct scrub {
	const struct pseudonyms *names;
	const struct own_names *own;
	struct slice text;
	size_t at; /* what is before it is done with */
	char *out;
	size_t n;
};

#define TEXT(literal)                                                          \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

/* What stands before an account: of Postfix, Sendmail, Dovecot, PAM. */
static const struct slice fields[] = { TEXT("to="), TEXT("from="),
	TEXT("orig_to="), TEXT("addr="), TEXT("ctladdr="), TEXT("user="),
	TEXT("ruser="), TEXT("logname="), TEXT("username="), TEXT("authid="),
	TEXT("sasl_username="), TEXT("sasl_sender="), TEXT("imap("),
	TEXT("pop3("), TEXT("lmtp("), TEXT("lda("), TEXT("managesieve("),
	TEXT("submission("), TEXT("pam("), TEXT("sql("), TEXT("ldap("),
	TEXT("passwd("), TEXT("passwd-file("), TEXT("shadow(") };

/* What stands before an address, or something else; it is read again. */
static const struct slice labels[] = { TEXT("id="), TEXT("msgid="),
	TEXT("message-id="), TEXT("arg1="), TEXT("F="), TEXT("f="),
	TEXT("mailfrom="), TEXT("envelope-from="), TEXT("smtp.mailfrom="),
	TEXT("header.from="), TEXT("email="), TEXT("address="), TEXT("rcpt="),
	TEXT("sender="), TEXT("recipient=") };

static const bool breaks[256] = {
	['<'] = true,
	['>'] = true,
	['('] = true,
	[')'] = true,
	['['] = true,
	[']'] = true,
	['{'] = true,
	['}'] = true,
	[','] = true,
	[';'] = true,
	[':'] = true,
	['"'] = true,
	['|'] = true,
	['\177'] = true,
};

static bool
is_break(char c)
{
	return (unsigned char)c <= ' ' || breaks[(unsigned char)c];
}

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

/* "kim" is not in "kim-list" or "mail.kim.example.org". */
static bool
is_joined(struct slice text, size_t at, size_t beyond)
{
	return at < text.n &&
	       (is_word(text.p[at]) ||
		   ((text.p[at] == '.' || text.p[at] == '-') &&
		       beyond < text.n && is_word(text.p[beyond])));
}

static struct slice
part(struct slice text, size_t from, size_t to)
{
	return (struct slice){ text.p + from, to - from };
}

/* As it is, up to there. */
static void
copy(struct scrub *scrub, size_t to)
{
	memcpy(
	    scrub->out + scrub->n, scrub->text.p + scrub->at, to - scrub->at);
	scrub->n += to - scrub->at;
	scrub->at = to;
}

static void
hide(struct scrub *scrub, size_t to)
{
	scrub->n += pseudonym_put(scrub->names,
	    part(scrub->text, scrub->at, to), scrub->out + scrub->n);
	scrub->at = to;
}

/* Behind the closing mark; `from' if there is none near. */
static size_t
enclosed_end(struct slice text, size_t from, char close)
{
	size_t most = text.n - from < ENCLOSED ? text.n : from + ENCLOSED;
	bool quoted = false;

	for (size_t i = from + 1; i < most; i++) {
		if (text.p[i] == '\\' && (quoted || close == '"'))
			i++;
		else if (text.p[i] == close && !quoted)
			return i + 1;
		else if (text.p[i] == '"')
			quoted = !quoted;
	}
	return from;
}

/* The end of <...>; one '"' alone, as older logs have it, is no quote. */
static size_t
bracket_end(struct slice text, size_t from)
{
	size_t end = enclosed_end(text, from, '>');
	struct slice rest = slice_from(text, from);
	ptrdiff_t at;

	if (end != from)
		return end;
	rest.n = rest.n < ENCLOSED ? rest.n : ENCLOSED;
	at = slice_find_char(rest, '>');
	return at == -1 ? from : from + (size_t)at + 1;
}

/* Where the word ends that begins there; quotes in it may hold anything. */
static size_t
word_end(struct slice text, size_t from, bool *has_at)
{
	size_t i = from, end;

	*has_at = false;
	while (i < text.n) {
		end = text.p[i] != '"' ? i : enclosed_end(text, i, '"');
		if (end != i) {
			if (end < text.n && is_break(text.p[end]))
				break;
			i = end;
			continue;
		}
		if (is_break(text.p[i]))
			break;
		*has_at |= text.p[i] == '@' && i > from;
		i++;
	}
	return i;
}

/* The longest of them that stands there, as a word; its length, or 0. */
static size_t
own_at(const struct scrub *scrub)
{
	struct slice text = scrub->text, name;
	size_t at = scrub->at, longest = 0;

	if (at > 0 && is_word(text.p[at - 1]))
		return 0;
	for (size_t i = 0; i < scrub->own->count; i++) {
		name = scrub->own->names[i];
		if (name.n > longest && name.n <= text.n - at &&
		    slice_same_word(part(text, at, at + name.n), name) &&
		    !is_joined(text, at + name.n, at + name.n + 1) &&
		    !(at > 1 &&
			(text.p[at - 1] == '.' || text.p[at - 1] == '-') &&
			is_word(text.p[at - 2])))
			longest = name.n;
	}
	return longest;
}

/* How much of what stands there is one of these. */
static size_t
one_at(const struct scrub *scrub, const struct slice *these, size_t n)
{
	struct slice rest = slice_from(scrub->text, scrub->at);

	for (size_t i = 0; i < n; i++)
		if (slice_starts(rest, these[i]))
			return these[i].n;
	return 0;
}

/* In <>: to the last '>' that closes it, whatever it holds. */
static bool
hide_bracket(struct scrub *scrub, bool account)
{
	size_t from = scrub->at, end = bracket_end(scrub->text, from);
	struct slice within;

	if (end == from)
		return false;
	within = part(scrub->text, from + 1, end - 1);
	if (slice_find_char(within, '@') < 1 && !account)
		return false;
	/* "a < b, from=<kim@example.org>": the inner one is an address. */
	if (slice_find_char(within, '<') != -1 &&
	    slice_find_char(within, '"') == -1)
		return false;
	copy(scrub, from + 1);
	hide(scrub, end - 1);
	copy(scrub, end);
	return true;
}

/* The end of what is all in quotes: no local part; `from' if it is none. */
static size_t
enclosed_word(struct slice text, size_t from)
{
	size_t end = text.p[from] == '"' ? enclosed_end(text, from, '"') : from;

	return end < text.n && !is_break(text.p[end]) ? from : end;
}

/* The value of such a field: in <>, in quotes, or a word. */
static void
hide_value(struct scrub *scrub)
{
	size_t end, own;
	bool has_at;

	if (scrub->at == scrub->text.n)
		return;
	if (scrub->text.p[scrub->at] == '<' && hide_bracket(scrub, true))
		return;
	end = enclosed_word(scrub->text, scrub->at);
	if (end != scrub->at) {
		copy(scrub, scrub->at + 1);
		hide(scrub, end - 1);
		copy(scrub, end);
		return;
	}
	end = word_end(scrub->text, scrub->at, &has_at);
	own = scrub->at + own_at(scrub); /* it may have blanks */
	end = own > end ? own : end;
	if (end != scrub->at)
		hide(scrub, end);
}

/* At the beginning of a word. */
static void
begin(struct scrub *scrub)
{
	size_t n = own_at(scrub), end;
	bool has_at;

	if (n != 0 &&
	    slice_find_char(part(scrub->text, scrub->at, scrub->at + n), '@') !=
		-1) {
		hide(scrub, scrub->at + n);
		return;
	}
	n = one_at(scrub, fields, NELEMS(fields));
	if (n != 0) {
		copy(scrub, scrub->at + n);
		hide_value(scrub);
		return;
	}
	copy(scrub, scrub->at + one_at(scrub, labels, NELEMS(labels)));
	if (scrub->at < scrub->text.n && scrub->text.p[scrub->at] == '<' &&
	    hide_bracket(scrub, false))
		return;
	while (scrub->at < scrub->text.n && scrub->text.p[scrub->at] == '\'')
		copy(scrub, scrub->at + 1);
	end = word_end(scrub->text, scrub->at, &has_at);
	if (has_at)
		hide(scrub, end);
}

size_t
pseudonym_scrub(const struct pseudonyms *names, struct slice text,
    const struct own_names *own, char *out)
{
	struct scrub scrub = { names, own, text, 0, out, 0 };
	size_t before, n;

	while (scrub.at < text.n) {
		before = scrub.at;
		if (before == 0 || is_break(text.p[before - 1]))
			begin(&scrub);
		if (scrub.at != before)
			continue;
		n = own_at(&scrub);
		if (n != 0)
			hide(&scrub, scrub.at + n);
		else
			copy(&scrub, scrub.at + 1);
	}
	return scrub.n;
}
