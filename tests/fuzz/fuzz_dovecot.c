/* fuzz_dovecot.c - what Dovecot logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_dovecot;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "dovecot" };

	return rig_format(
	    &format_dovecot, programs, NELEMS(programs), data, size);
}
