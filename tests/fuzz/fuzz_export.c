/* fuzz_export.c - the journal's entries as JSON, also broken ones */
#include <stdlib.h>

#include "collectors/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice line = { (const char *)data, size };
	struct header header;
	char buffer[256];

	if (export_read(line, &header, buffer, sizeof(buffer)) &&
	    (header.when < 0 || header.text.n > sizeof(buffer) ||
		header.host.n > sizeof(buffer)))
		abort();
	return 0;
}
