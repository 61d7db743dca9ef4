/* fuzz_solidpop.c - what Solid POP3 logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_solidpop;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "solid-pop3d", "spop3d" };

	return rig_format(
	    &format_solidpop, programs, NELEMS(programs), data, size);
}
