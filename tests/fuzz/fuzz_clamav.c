/* fuzz_clamav.c - what clamav-milter and clamsmtpd log */
#include "tests/fuzz/rig.h"

extern const struct log_format format_clamav;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "clamav-milter", "clamsmtpd" };

	return rig_format(
	    &format_clamav, programs, NELEMS(programs), data, size);
}
