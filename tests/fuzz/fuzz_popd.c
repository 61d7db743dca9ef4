/* fuzz_popd.c - what Teapop, tpop3d and Cucipop log */
#include "tests/fuzz/rig.h"

extern const struct log_format format_popd;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "teapop", "tpop3d", "cucipop" };

	return rig_format(&format_popd, programs, NELEMS(programs), data, size);
}
