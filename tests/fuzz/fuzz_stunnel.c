/* fuzz_stunnel.c - what stunnel logs, and servers behind it */
#include "tests/fuzz/rig.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tracker *tracker = rig_tracker();

	rig_read(tracker, data, size);
	tracker_finish(tracker);
	tracker_free(tracker);
	return 0;
}
