/* local.c - the local time zone, for what nothing below may ask */
#include "agent/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/collectors.h"

#define DAY_SECS 86400

int
local_zone(const char *name, struct err *err)
{
	if (name == NULL || strcmp(name, "local") == 0)
		return 0;
	if (collectors_check_zone(name, err) == -1)
		return -1;
	setenv("TZ", name, 1);
	tzset();
	return 0;
}

int64_t
local_offset(void *unused, int64_t unix_time)
{
	time_t when = (time_t)unix_time;
	struct tm tm;

	(void)unused;
	return localtime_r(&when, &tm) == NULL ? 0 : tm.tm_gmtoff;
}

int64_t
local_day(int64_t unix_time)
{
	return (unix_time + local_offset(NULL, unix_time)) / DAY_SECS;
}

void
day_print(int64_t day, bool weekday, char text[DAY_TEXT])
{
	time_t when = (time_t)(day * DAY_SECS);
	struct tm tm = { 0 };

	gmtime_r(&when, &tm);
	strftime(text, DAY_TEXT, weekday ? "%a %Y-%m-%d" : "%Y-%m-%d", &tm);
}

bool
day_read(struct slice text, int64_t *day)
{
	char given[DAY_TEXT], back[DAY_TEXT];
	struct tm tm = { 0 };

	if (text.n != 10)
		return false;
	slice_copy(text, given, sizeof(given));
	if (sscanf(given, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon,
		&tm.tm_mday) != 3)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*day = timegm(&tm) / DAY_SECS;
	day_print(*day, false, back);
	return *day >= 0 && strcmp(given, back) == 0;
}
