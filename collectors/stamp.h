/*
 * stamp.h - what time a log line says it is
 *
 * Traditional stamps ("Nov  2 09:00:01", RFC 3164 4.1.2) have no year and no
 * zone: the zone is the source's, the year follows from a hint (when the file
 * was last written) and from the order of lines, a December line standing
 * before a January one.  RFC 3339 stamps are taken as they stand.
 */
#ifndef COLLECTORS_STAMP_H
#define COLLECTORS_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "collectors/zone.h"

/* The time of one source, between its lines. */
struct stamp_clock {
	const struct zone *zone;
	int64_t last; /* Unix seconds of the last line; 0: none yet */
	int year;     /* of the last line; 0: to be found from the hint */
	int64_t hint; /* no line is later: the file's modification time */
	/* The stamp read last: most lines share it. */
	char cached[15];
	int64_t cached_time;
	int64_t midnight; /* of its day, by the wall clock */
	/* The same of a wall's stamp, to the minute: "2026-11-22 09:00". */
	char cached_minute[16];
	int64_t minute_time;
};

/*
 * Step over a stamp and the blank behind it.  False: *text does not begin with
 * one.  *when is Unix time in microseconds.
 */
bool stamp_read(struct stamp_clock *, struct slice *text, int64_t *when);

/* "2026-11-22T09:00:01.123456+00:00" alone: RFC 3339, as RFC 5424 narrows it */
bool stamp_read_rfc3339(struct slice *text, int64_t *when);

/*
 * "2026-11-22 09:00:01.123 +0100 ", as programs write it that keep logs of
 * their own; the fraction and the offset may be missing, and then the zone is
 * the source's.
 */
bool stamp_read_wall(struct stamp_clock *, struct slice *text, int64_t *when);
/* Step over one, whatever it says. */
bool stamp_skip_wall(struct slice *text);

/*
 * "@400000006b02447727e8647c ": TAI64N, of which the label is 2^62 + 10 more
 * than Unix seconds (tai64n(8); libtai's tai_now() knows no leap seconds).
 */
bool stamp_read_tai64n(struct stamp_clock *, struct slice *text, int64_t *when);

/* The day of a stamp that has no year.  False: the text begins with none. */
bool stamp_day(struct slice text, int *month, int *day);
/* The latest year in which that day exists and is not after the hint. */
int stamp_year(int64_t hint, int month, int day);
bool stamp_is_leap(int64_t year);

/*
 * When a file was last written, as a hint of its years: one that is after now,
 * or from before there were such logs, says nothing, and is taken for now.
 */
int64_t stamp_hint(int64_t mtime, int64_t now);

/* Days from 1970-01-01 in the Gregorian calendar; month 1 to 12. */
int64_t days_from_civil(int64_t year, int month, int day);

#endif
