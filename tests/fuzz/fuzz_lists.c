/* fuzz_lists.c - what list managers log, and the fronts of Mailman's own */
#include "tests/fuzz/rig.h"

extern const struct log_format format_lists;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stamp_clock clock = { .hint = 1795338001 };
	struct slice line = { (const char *)data, size };
	struct header header = { 0 };
	struct err err;

	clock.zone = zone_new("UTC", &err);
	if (format_lists.front(&clock, line, &header) &&
	    header.program.n != 0 && header.text.p < line.p)
		abort();
	zone_free((struct zone *)clock.zone);
	return 0;
}
