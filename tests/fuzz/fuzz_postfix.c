/* fuzz_postfix.c - what the daemons of Postfix log */
#include "tests/fuzz/rig.h"

extern const struct log_format format_postfix;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "postfix/smtpd", "postfix/qmgr",
		"postfix/cleanup", "postfix/smtp", "postfix/local",
		"postfix/postscreen", "postfix/lmtp", "postfix/pipe",
		"postfix/error", "postfix/discard", "postfix/bounce",
		"postfix/pickup", "postfix/postsuper", "postfix/master",
		"postfix/tlsproxy", "postfix" };

	return rig_format(
	    &format_postfix, programs, NELEMS(programs), data, size);
}
