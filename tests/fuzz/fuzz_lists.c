/* fuzz_lists.c - the fronts of logs that Mailman and procmail keep */
#include "tests/fuzz/rig.h"

extern const struct log_format format_lists, format_procmail;

static void
read_front(const struct log_format *format, struct slice line)
{
	static struct zone *zone;
	struct stamp_clock clock = { .hint = 1795338001 };
	struct header header = { 0 };
	struct err err;

	if (zone == NULL)
		zone = zone_new("UTC", &err);
	clock.zone = zone;
	if (!format->front(&clock, line, &header) || header.text.p < line.p ||
	    header.text.n > line.n)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice line = { (const char *)data, size };

	read_front(&format_lists, line);
	read_front(&format_procmail, line);
	return 0;
}
