/* fuzz_header.c - the front of a line, in any form, and its time */
#include <stdlib.h>

#include "collectors/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zone *zone;
	struct stamp_clock clock = { .hint = 1795338001 };
	struct slice rest = { (const char *)data, size }, line;
	struct header header;
	struct err err;

	if (zone == NULL)
		zone = zone_new("America/St_Johns", &err);
	clock.zone = zone;
	while (slice_cut(&rest, SLICE("\n"), &line))
		if (header_read(&clock, line, &header) &&
		    (header.host.n == 0 || header.facility > 23 ||
			header.text.n > line.n))
			abort();
	return 0;
}
