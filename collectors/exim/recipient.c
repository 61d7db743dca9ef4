/*
 * recipient.c - to whom a line of a delivery is, as string_log_address() in
 * deliver.c writes it
 *
 *  ann@example.org, ann <ann@example.com>, ann@example.org (staff) <list@...>
 *  odd name <"odd name"@example.com>
 *  |/usr/bin/program -f x <tickets@example.com>, /var/mail/ann <ann@...>
 */
#include "collectors/exim/exim.h"

/* What follows the address in <>: fields, why, or nothing. */
static bool
is_behind(struct slice text)
{
	struct slice name, value;

	return text.n == 0 || text.p[0] == ':' ||
	       slice_begins(text, " defer (") ||
	       exim_cut_field(&text, &name, &value);
}

/*
 * A command or file as an alias or .forward has it, blanks and all: up to the
 * address in <>, which such a recipient always has.
 */
static bool
cut_command(struct slice *text, struct slice *command)
{
	struct slice rest, behind, address;
	ptrdiff_t at;

	for (size_t from = 0;; from += (size_t)at + 1) {
		at = slice_find(slice_from(*text, from), SLICE(" <"));
		if (at == -1)
			return false;
		rest = slice_from(*text, from + (size_t)at);
		behind = slice_from(rest, 1);
		if (exim_cut_angle(&behind, &address) && is_behind(behind))
			break;
	}
	*command = (struct slice){ text->p, (size_t)(rest.p - text->p) };
	*text = rest;
	return true;
}

/* "odd name@example.com" is ""odd name"@example.com" without its quotes. */
static bool
is_unquoted(struct slice plain, struct slice address)
{
	size_t i = 0, j = 1;

	while (i < plain.n && j < address.n && address.p[j] != '"') {
		j += address.p[j] == '\\' && j + 1 < address.n;
		if (plain.p[i++] != address.p[j++])
			return false;
	}
	if (j >= address.n || address.p[j] != '"')
		return false;
	return i == plain.n ||
	       slice_eq(slice_from(plain, i), slice_from(address, j + 1));
}

/*
 * A local part is written without its quotes, whatever is in it; the address
 * behind it has them.
 */
static bool
cut_unquoted(struct slice *text, struct slice *recipient)
{
	struct slice rest, address;
	ptrdiff_t at;

	for (size_t from = 0;; from += (size_t)at + 1) {
		at = slice_find(slice_from(*text, from), SLICE(" <\""));
		if (at == -1)
			return false;
		*recipient = (struct slice){ text->p, from + (size_t)at };
		rest = slice_from(*text, recipient->n + 1);
		if (exim_cut_angle(&rest, &address) &&
		    is_unquoted(*recipient, address))
			break;
	}
	*text = slice_from(*text, recipient->n);
	return true;
}

/* " (parent)", each a pipe or address */
static void
skip_parents(struct slice *text)
{
	struct slice rest = *text, word;

	while (slice_skips(&rest, " (")) {
		do {
			word = exim_cut_word(&rest);
			if (word.n > 0 && word.p[word.n - 1] == ')')
				break;
		} while (slice_skips(&rest, " "));
		if (word.n == 0 || word.p[word.n - 1] != ')')
			return;
		*text = rest;
	}
}

bool
exim_cut_recipient(
    struct slice *text, struct slice *recipient, struct slice *addressed)
{
	struct slice rest;

	if (text->n > 0 && (text->p[0] == '|' || text->p[0] == '/')) {
		if (!cut_command(text, recipient))
			return false;
	} else if (!cut_unquoted(text, recipient)) {
		*recipient = exim_cut_word(text);
		/* The ':' before the words is not its own. */
		if (recipient->n > 1 && text->n > 0 &&
		    recipient->p[recipient->n - 1] == ':' &&
		    recipient->p[0] != ':') {
			recipient->n--;
			*text = (struct slice){ text->p - 1, text->n + 1 };
		}
	}
	skip_parents(text);
	*addressed = *recipient;
	rest = *text;
	if (slice_skips(&rest, " ") && exim_cut_angle(&rest, addressed))
		*text = rest;
	return recipient->n != 0;
}
