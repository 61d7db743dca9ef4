/* fuzz_stunnel.c - what stunnel logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_stunnel;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "stunnel" };

	return rig_format(
	    &format_stunnel, programs, NELEMS(programs), data, size);
}
