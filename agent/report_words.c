/* report_words.c - how things are written in a report */
#include <time.h>

#include "agent/local.h"
#include "agent/report.h"
#include "base/array.h"

void
report_bytes(uint64_t bytes, char text[NUMBER_TEXT])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB",
		"PB" };
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 999.5 && unit + 1 < NELEMS(units); unit++)
		value /= 1000;
	snprintf(text, NUMBER_TEXT, "%.*f %s", unit != 0 && value < 99.95,
	    value, units[unit]);
}

void
report_delay(double seconds, char text[NUMBER_TEXT])
{
	if (seconds < 59.95)
		snprintf(text, NUMBER_TEXT, "%.1f s", seconds);
	else if (seconds < 3600)
		snprintf(text, NUMBER_TEXT, "%.1f min", seconds / 60);
	else if (seconds < 2 * 86400)
		snprintf(text, NUMBER_TEXT, "%.1f h", seconds / 3600);
	else
		snprintf(text, NUMBER_TEXT, "%.1f d", seconds / 86400);
}

void
report_clock(const struct report *report, int64_t when, char text[NUMBER_TEXT])
{
	time_t local = (time_t)(when + local_offset(NULL, when));
	struct tm tm = { 0 };

	gmtime_r(&local, &tm);
	strftime(text, NUMBER_TEXT,
	    report->from == report->to ? "%H:%M" : "%m-%d %H:%M", &tm);
}

void
report_halves(struct slice name, struct slice *first, struct slice *second)
{
	*second = name;
	if (!slice_cut(second, SLICE("\n"), first)) {
		*first = name;
		*second = SLICE("");
	}
}

unsigned
report_percent(uint64_t a, uint64_t b)
{
	return b == 0 ? 0 : (unsigned)((double)a * 100 / (double)b + 0.5);
}
