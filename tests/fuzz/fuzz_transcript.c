/* fuzz_transcript.c - what Sendmail writes with -X */
#include "tests/fuzz/rig.h"

extern const struct log_format format_transcript;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "transcript" };

	return rig_format(
	    &format_transcript, programs, NELEMS(programs), data, size);
}
