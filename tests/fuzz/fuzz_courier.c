/* fuzz_courier.c - what Courier logs */
#include "tests/fuzz/rig.h"

extern const struct log_format format_courier;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const programs[] = { "courierd", "courieresmtpd",
		"courieresmtp", "courierlocal" };

	return rig_format(
	    &format_courier, programs, NELEMS(programs), data, size);
}
