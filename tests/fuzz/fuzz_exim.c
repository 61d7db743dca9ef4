/* fuzz_exim.c - what Exim logs, by syslog and to its own files */
#include "tests/fuzz/rig.h"

extern const struct log_format format_exim;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "exim", "exim4",
		"exim-mainlog" };

	return rig_format(&format_exim, programs, NELEMS(programs), data, size);
}
