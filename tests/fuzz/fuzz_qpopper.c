/* fuzz_qpopper.c - what Qpopper logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_qpopper;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "qpopper", "popper" };

	return rig_format(
	    &format_qpopper, programs, NELEMS(programs), data, size);
}
