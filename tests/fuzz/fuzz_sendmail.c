/* fuzz_sendmail.c - what Sendmail logs, by any of its names */
#include "tests/fuzz/rig.h"

extern const struct log_format format_sendmail;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "sendmail", "sm-mta",
		"sm-msp-queue", "mail.local" };

	return rig_format(
	    &format_sendmail, programs, NELEMS(programs), data, size);
}
