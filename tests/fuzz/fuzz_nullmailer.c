/* fuzz_nullmailer.c - what nullmailer-send writes */
#include "tests/fuzz/rig.h"

extern const struct log_format format_nullmailer;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "nullmailer" };

	return rig_format(
	    &format_nullmailer, programs, NELEMS(programs), data, size);
}
