/* sender.c - a sender as an administrator writes it into a map */
#include "blocks/blocks.h"

#include <string.h>

#include "base/pseudonym.h"

/* RFC 5322's atext and the dot; others would need quotes in a map. */
static bool
local_part(struct slice text)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~.";

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr(others, c) == NULL))
			return false;
	}
	return text.n > 0 && text.n <= 64;
}

/* Labels of letters, digits and inner hyphens; the last is no number. */
static bool
domain(struct slice text)
{
	struct slice label;
	size_t labels = 0;
	bool more = true, letters = false;

	while (more) {
		more = slice_cut(&text, SLICE("."), &label);
		if (!more)
			label = text;
		if (label.n == 0 || label.n > 63 || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-')
			return false;
		letters = false;
		for (size_t i = 0; i < label.n; i++) {
			char c = label.p[i];
			bool letter = c >= 'a' && c <= 'z';

			letters |= letter;
			if (!letter && !(c >= '0' && c <= '9') && c != '-')
				return false;
		}
		labels++;
	}
	return labels >= 2 && letters;
}

int
block_sender(struct slice text, char sender[BLOCK_SENDER + 1], struct err *err)
{
	struct slice local, rest;
	char shown[80];

	slice_escape(text, shown, sizeof(shown));
	sender[0] = '\0';
	if (pseudonym_is(text))
		return err_set(err,
		    "%s: a pseudonym; expected the sender's own address, as "
		    "the log has it",
		    shown);
	if (text.n > BLOCK_SENDER)
		return err_set(
		    err, "%s...: longer than a sender can be", shown);
	for (size_t i = 0; i < text.n; i++)
		sender[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'Z'
				       ? text.p[i] + ('a' - 'A')
				       : text.p[i]);
	sender[text.n] = '\0';
	rest = (struct slice){ sender, text.n };
	if ((!slice_cut(&rest, SLICE("@"), &local) || local_part(local)) &&
	    domain(rest))
		return 0;
	sender[0] = '\0';
	return err_set(err,
	    "%s: neither an address, a prefix, nor a sender as "
	    "someone@example.org or example.org",
	    shown);
}
