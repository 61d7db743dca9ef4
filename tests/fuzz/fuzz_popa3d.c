/* fuzz_popa3d.c - what popa3d logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_popa3d;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "popa3d" };

	return rig_format(
	    &format_popa3d, programs, NELEMS(programs), data, size);
}
