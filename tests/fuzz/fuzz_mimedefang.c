/* fuzz_mimedefang.c - what MIMEDefang's filter logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_mimedefang;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "mimedefang.pl",
		"mimedefang-filter", "mimedefang" };

	return rig_format(
	    &format_mimedefang, programs, NELEMS(programs), data, size);
}
