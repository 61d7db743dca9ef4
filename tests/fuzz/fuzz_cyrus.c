/* fuzz_cyrus.c - what Cyrus IMAP logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_cyrus;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "imap", "pop3" };

	return rig_format(
	    &format_cyrus, programs, NELEMS(programs), data, size);
}
