/* fuzz_zmailer.c - what ZMailer logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_zmailer;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "smtpserver", "router",
		"scheduler", "smtp", "expirer" };

	return rig_format(
	    &format_zmailer, programs, NELEMS(programs), data, size);
}
