/*
 * complaint.h - a mail program's warning or error, as a log line tells it
 *
 * No fact about mail, so no event: it is told beside the events.  The slices
 * are borrowed until the taker returns.
 */
#ifndef BASE_COMPLAINT_H
#define BASE_COMPLAINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum severity {
	SEVERITY_WARNING,
	SEVERITY_ERROR, /* the program goes on */
	SEVERITY_FATAL, /* the process ends */
	SEVERITY_PANIC, /* it found itself broken */
	SEVERITIES
};

struct complaint {
	int64_t when; /* Unix time, microseconds */
	struct slice host, program;
	enum severity severity;
	struct slice words;
	uint32_t count;
	bool fact; /* an event tells of it as well */
};

static inline const char *
severity_name(enum severity severity)
{
	static const char *const names[SEVERITIES] = { "warning", "error",
		"fatal", "panic" };

	return names[severity];
}

#endif
