/*
 * fuzz_mime.c - a message may be anything, and its bytes cut anywhere
 *
 * What it tells is the same however they were cut: the first byte says how.
 */
#include <stdlib.h>

#include "collectors/wire/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char exe[] = "exe", pif[] = "pif", scr[] = "scr", vbs[] = "vbs";
static char *const extensions[] = { exe, pif, scr, vbs };
static const struct mime_list list = { extensions, 4 };

/* In parts of so many bytes, each on a heap of its own size. */
static struct mime_facts
facts_of(struct slice bytes, size_t part)
{
	struct mime *mime = mime_new(&list);
	struct mime_facts facts;

	while (bytes.n > 0) {
		size_t n = bytes.n < part ? bytes.n : part;
		char *exact = malloc(n);

		memcpy(exact, bytes.p, n);
		mime_take(mime, (struct slice){ exact, n });
		free(exact);
		bytes = slice_from(bytes, n);
	}
	facts = *mime_end(mime);
	mime_free(mime);
	return facts;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = { (const char *)data, size };
	struct mime_facts whole, cut;

	if (size < 2)
		return 0;
	whole = facts_of(slice_from(bytes, 1), size);
	cut = facts_of(slice_from(bytes, 1), 1 + data[0]);
	if (memcmp(&whole, &cut, sizeof(whole)) != 0)
		abort();
	if (whole.listed > whole.attachments ||
	    strlen(whole.subject) >= MIME_SUBJECT ||
	    strlen(whole.extension) >= MIME_EXTENSION ||
	    (whole.subject[0] != '\0') != (whole.subject_key != 0))
		abort();
	return 0;
}
