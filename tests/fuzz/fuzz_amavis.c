/* fuzz_amavis.c - what amavis logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_amavis;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "amavis", "amavisd" };

	return rig_format(
	    &format_amavis, programs, NELEMS(programs), data, size);
}
