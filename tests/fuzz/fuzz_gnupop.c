/* fuzz_gnupop.c - what GNU pop3d and its kin log */
#include "tests/fuzz/rig.h"

extern const struct log_format format_gnupop;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "gnu-pop3d", "vm-pop3d",
		"imap4d" };

	return rig_format(
	    &format_gnupop, programs, NELEMS(programs), data, size);
}
