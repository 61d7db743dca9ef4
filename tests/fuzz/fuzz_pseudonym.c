/*
 * fuzz_pseudonym.c - whatever the text, nobody stands before an '@' in it
 *
 * The first line is who it is about.
 */
#include <stdlib.h>

#include "base/pseudonym.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Behind such a byte there is nobody: "to=@example.org". */
static bool
ends_no_word(char c)
{
	return (unsigned char)c <= ' ' || c == '\177' ||
	       strchr("<>()[]{},;:\"|'@=", c) != NULL;
}

static bool
is_office(struct slice text)
{
	static const char *const ends[] = { "postmaster", "abuse",
		"mailer-daemon" };

	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(ends[i]);

		if (text.n >= n && slice_same_word(slice_from(text, text.n - n),
				       slice_of(ends[i])))
			return true;
	}
	return false;
}

static void
check(struct slice text)
{
	for (size_t i = 1; i < text.n; i++) {
		struct slice before = { text.p, i };

		if (text.p[i] != '@' || ends_no_word(text.p[i - 1]) ||
		    is_office(before))
			continue;
		if (i < PSEUDONYM_LENGTH ||
		    !pseudonym_is(slice_from(before, i - PSEUDONYM_LENGTH)))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pseudonyms *names;
	struct slice text = { (const char *)data, size };
	struct mail_event event = { .kind = EVENT_REJECTED, .line = text };

	if (names == NULL)
		names = pseudonyms_new(SLICE("Jefe"));
	check(pseudonyms_text(names, text));
	event.reject.helo = event.reject.text = text;
	(void)slice_cut(&event.reject.text, SLICE("\n"), &event.account);
	event.reject.sender = event.account;
	(void)pseudonyms_event(names, &event);
	return 0;
}
