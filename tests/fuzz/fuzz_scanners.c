/* fuzz_scanners.c - what spam filters log, and the loggers themselves */
#include "tests/fuzz/rig.h"

extern const struct log_format format_scanners, format_logger;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const scanners[] = { "spamd", "rspamd", "spampd" };
	static const char *const loggers[] = { "rsyslogd", "journal" };

	(void)rig_format(&format_logger, loggers, NELEMS(loggers), data, size);
	return rig_format(
	    &format_scanners, scanners, NELEMS(scanners), data, size);
}
