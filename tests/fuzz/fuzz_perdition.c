/* fuzz_perdition.c - what Perdition logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_perdition;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "perdition" };

	return rig_format(
	    &format_perdition, programs, NELEMS(programs), data, size);
}
