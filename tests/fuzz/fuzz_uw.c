/* fuzz_uw.c - what UW imapd and ipop3d log, and their namesakes */
#include "tests/fuzz/rig.h"

extern const struct log_format format_uw, format_imapd;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const pop[] = { "ipop3d", "ipop2d" };
	static const char *const imap[] = { "imapd", "pop3d" };

	(void)rig_format(&format_imapd, imap, NELEMS(imap), data, size);
	return rig_format(&format_uw, pop, NELEMS(pop), data, size);
}
