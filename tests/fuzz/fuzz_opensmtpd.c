/* fuzz_opensmtpd.c - what smtpd(8) logs, in the words of any version */
#include "tests/fuzz/rig.h"

extern const struct log_format format_opensmtpd;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "smtpd", "opensmtpd" };

	return rig_format(
	    &format_opensmtpd, programs, NELEMS(programs), data, size);
}
