/* fuzz_qmail.c - what qmail and its servers write, as splogger hands it on */
#include "tests/fuzz/rig.h"

extern const struct log_format format_qmail;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "qmail", "spamdyke" };

	return rig_format(
	    &format_qmail, programs, NELEMS(programs), data, size);
}
