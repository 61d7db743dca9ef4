/* fuzz_ownlog.c - what is read as each of the logs that name no program */
#include "tests/fuzz/rig.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "exim", "dovecot", "qmail",
		"nullmailer", "mailman", "procmail", "zmailer" };
	struct tracker *tracker;
	struct ownlog own;

	for (size_t i = 0; i < NELEMS(names); i++) {
		if (!ownlog_named(&own, slice_of(names[i])))
			abort();
		tracker = rig_tracker();
		rig_read_as(tracker, own, data, size);
		tracker_finish(tracker);
		tracker_free(tracker);
	}
	return 0;
}
