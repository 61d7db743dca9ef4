/* when.c - a time, and a span of time, as a person writes it */
#include "agent/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/array.h"

#define LONGEST INT64_C(3155760000) /* a hundred years of seconds */

static const struct {
	const char *word;
	int64_t seconds;
} units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 },
	{ "w", 604800 } };

bool
span_parse(struct slice text, int64_t *seconds)
{
	uint64_t number;

	for (size_t i = 0; i < NELEMS(units); i++) {
		struct slice unit = slice_of(units[i].word);

		if (!slice_ends(text, unit) ||
		    !slice_number(
			(struct slice){ text.p, text.n - unit.n }, &number))
			continue;
		if (number > (uint64_t)(LONGEST / units[i].seconds))
			return false;
		*seconds = (int64_t)number * units[i].seconds;
		return true;
	}
	return false;
}

void
span_print(uint64_t seconds, char text[SPAN_TEXT])
{
	size_t i = NELEMS(units) - 2; /* a person says 7 d, not 1 w */

	while (i > 0 &&
	       (seconds == 0 || seconds % (uint64_t)units[i].seconds != 0))
		i--;
	snprintf(text, SPAN_TEXT, "%" PRIu64 " %s",
	    seconds / (uint64_t)units[i].seconds, units[i].word);
}

static bool
parse_calendar(const char *text, int64_t *when)
{
	static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%d %H:%M",
		"%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S" };

	for (size_t i = 0; i < NELEMS(forms); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, forms[i], &tm);
		int day = tm.tm_mday;

		if (end == NULL || (*end != '\0' && strcmp(end, "Z") != 0))
			continue;
		*when = (int64_t)(*end == 'Z' ? timegm(&tm) : mktime(&tm));
		/* 30 February was made a day of March. */
		return tm.tm_mday == day && *when >= 0;
	}
	return false;
}

int
when_parse(const char *text, int64_t now, int64_t *when, struct err *err)
{
	int64_t ago;

	if (span_parse(slice_of(text), &ago)) {
		*when = now > ago ? now - ago : 0;
		return 0;
	}
	if (parse_calendar(text, when))
		return 0;
	return err_set(err,
	    "\"%s\": expected a time such as 2026-11-20, \"2026-11-20 06:00\", "
	    "24h or 7d",
	    text);
}
