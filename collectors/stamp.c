/* stamp.c - what time a log line says it is */
#include "collectors/stamp.h"

#define TAI64_UNIX  ((1ull << 62) + 10) /* the label of 1970 */
#define DAY         86400
#define FUTURE_SECS DAY /* a clock may run ahead, a file be touched late */
#define SLACK       2   /* days */
#define OLDEST      946684800 /* 2000-01-01: of a hint that may be one */

int64_t
days_from_civil(int64_t year, int month, int day)
{
	/* Years begin in March, so that the odd day comes last. */
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year =
	    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

bool
stamp_is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool
is_day(int64_t year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (month == 2 && stamp_is_leap(year));
}

/* Exactly n digits. */
static bool
digits(const char *p, size_t n, int *value)
{
	*value = 0;
	while (n-- > 0) {
		if (*p < '0' || *p > '9')
			return false;
		*value = *value * 10 + (*p++ - '0');
	}
	return true;
}

/* "09:00:01"; 60 is a leap second. */
static bool
read_clock(const char *p, int64_t *seconds)
{
	int h, m, s;

	if (!digits(p, 2, &h) || p[2] != ':' || !digits(p + 3, 2, &m) ||
	    p[5] != ':' || !digits(p + 6, 2, &s) || h > 23 || m > 59 || s > 60)
		return false;
	*seconds = h * 3600 + m * 60 + s;
	return true;
}

static bool
read_month(const char *p, int *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (*month = 1; *month <= 12; ++*month)
		if (memcmp(p, names + 3 * (*month - 1), 3) == 0)
			return true;
	return false;
}

static int
year_of(int64_t unix_time)
{
	int year = 1970 + (int)(unix_time / (365 * DAY + DAY / 4));

	while (days_from_civil(year, 1, 1) * DAY > unix_time)
		year--;
	while (days_from_civil(year + 1, 1, 1) * DAY <= unix_time)
		year++;
	return year;
}

int
stamp_year(int64_t hint, int month, int day)
{
	int year = year_of(hint + FUTURE_SECS);

	for (int tries = 0; tries < 9; tries++, year--) {
		if (month == 2 && day == 29 && !stamp_is_leap(year))
			continue;
		if (days_from_civil(year, month, day) * DAY <=
		    hint + FUTURE_SECS)
			break;
	}
	return year;
}

/*
 * Lines come in order, give or take SLACK days.  A day well before the last
 * line's is of the next year, unless that is still to come (then the clock was
 * set back); a day that would be just before the last line's in the year
 * before is one that came late over the turn of the year; nor is a day after
 * the file was written of this year.
 */
static int
year_of_next(const struct stamp_clock *clock, int month, int day)
{
	int64_t last = clock->last / DAY, latest = clock->hint / DAY + 1;
	int64_t before = days_from_civil(clock->year - 1, month, day);
	int64_t same = days_from_civil(clock->year, month, day);
	int64_t after = days_from_civil(clock->year + 1, month, day);

	if (clock->last == 0)
		return clock->year;
	if (same < last - SLACK && after <= latest)
		return clock->year + 1;
	if (same > last + SLACK && (before >= last - SLACK || same > latest))
		return clock->year - 1;
	return clock->year;
}

/* A 29 February is of a leap year, whatever time has gone by. */
static int
year_from_order(const struct stamp_clock *clock, int month, int day)
{
	int year = year_of_next(clock, month, day), leap = year;

	if (month != 2 || day != 29)
		return year;
	while (!stamp_is_leap(leap))
		leap++;
	if (leap != year && clock->hint < INT64_MAX / 2 &&
	    days_from_civil(leap, 2, 29) > clock->hint / DAY + 1)
		for (leap = year; !stamp_is_leap(leap);)
			leap--;
	return leap;
}

/* "Nov  2 09:00:01 " */
static bool
read_day(const char *p, int *month, int *day, int64_t *seconds)
{
	return p[3] == ' ' && p[6] == ' ' && p[15] == ' ' &&
	       read_month(p, month) &&
	       digits(p[4] == ' ' ? p + 5 : p + 4, p[4] == ' ' ? 1 : 2, day) &&
	       is_day(2000, *month, *day) && read_clock(p + 7, seconds);
}

bool
stamp_day(struct slice text, int *month, int *day)
{
	int64_t seconds;

	return text.n >= 16 && read_day(text.p, month, day, &seconds);
}

int64_t
stamp_hint(int64_t mtime, int64_t now)
{
	return mtime < OLDEST || mtime > now + FUTURE_SECS ? now : mtime;
}

static bool
read_traditional(struct stamp_clock *clock, const char *p, int64_t *when)
{
	int month, day, year;
	int64_t seconds, wall;

	if (!read_day(p, &month, &day, &seconds))
		return false;
	if (clock->year == 0 || memcmp(p, clock->cached, 7) != 0) {
		year = clock->year != 0 ? year_from_order(clock, month, day)
					: stamp_year(clock->hint, month, day);
		clock->midnight = days_from_civil(year, month, day) * DAY;
		clock->year = year;
	}
	wall = clock->midnight + seconds;
	*when = zone_to_unix(clock->zone, wall, clock->last - 60);
	clock->last = *when;
	memcpy(clock->cached, p, sizeof(clock->cached));
	clock->cached_time = *when;
	return true;
}

static bool
read_fraction(struct slice *text, int64_t *micros)
{
	int64_t unit = 100000;

	*micros = 0;
	if (!slice_skips(text, "."))
		return true;
	while (text->n > 0 && text->p[0] >= '0' && text->p[0] <= '9') {
		*micros += (text->p[0] - '0') * unit;
		unit /= 10;
		*text = slice_from(*text, 1);
	}
	return true;
}

/* "Z" or "+02:00". */
static bool
read_offset(struct slice *text, int64_t *offset)
{
	int h, m;

	*offset = 0;
	if (slice_skips(text, "Z"))
		return true;
	if (text->n < 6 || (text->p[0] != '+' && text->p[0] != '-') ||
	    !digits(text->p + 1, 2, &h) || text->p[3] != ':' ||
	    !digits(text->p + 4, 2, &m) || h > 23 || m > 59)
		return false;
	*offset = (text->p[0] == '-' ? -1 : 1) * (h * 3600 + m * 60);
	*text = slice_from(*text, 6);
	return true;
}

/* "2026-11-22T09:00:01.123456", the wall's seconds and what is less. */
static bool
read_wall(struct slice *text, int64_t *wall, int64_t *micros)
{
	int year, month, day;
	int64_t seconds;
	const char *p = text->p;

	if (text->n < 20 || !digits(p, 4, &year) || p[4] != '-' ||
	    !digits(p + 5, 2, &month) || p[7] != '-' ||
	    !digits(p + 8, 2, &day) || (p[10] != 'T' && p[10] != ' ') ||
	    !read_clock(p + 11, &seconds) || !is_day(year, month, day))
		return false;
	*text = slice_from(*text, 19);
	*wall = days_from_civil(year, month, day) * DAY + seconds;
	return read_fraction(text, micros);
}

bool
stamp_read_rfc3339(struct slice *text, int64_t *when)
{
	struct slice rest = *text;
	int64_t wall, micros, offset;

	if (!read_wall(&rest, &wall, &micros) || !read_offset(&rest, &offset))
		return false;
	*when = (wall - offset) * 1000000 + micros;
	*text = rest;
	return true;
}

/* So many digits in lower case, as multilog writes them. */
static bool
read_hex(struct slice *text, size_t n, uint64_t *number)
{
	*number = 0;
	if (text->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = text->p[i];

		if (c >= '0' && c <= '9')
			*number = *number << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*number = *number << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*text = slice_from(*text, n);
	return true;
}

bool
stamp_read_tai64n(struct stamp_clock *clock, struct slice *text, int64_t *when)
{
	struct slice rest = *text;
	uint64_t label, nanoseconds;

	if (!slice_skips(&rest, "@") || !read_hex(&rest, 16, &label) ||
	    !read_hex(&rest, 8, &nanoseconds) || !slice_skips(&rest, " ") ||
	    label < TAI64_UNIX || label - TAI64_UNIX > UINT32_MAX * 4ull ||
	    nanoseconds > 999999999)
		return false;
	clock->last = (int64_t)(label - TAI64_UNIX);
	*when = clock->last * 1000000 + (int64_t)(nanoseconds / 1000);
	*text = rest;
	return true;
}

/* "+0100 " */
static bool
read_short_offset(struct slice *text, int64_t *offset)
{
	int h, m;

	if (text->n < 6 || (text->p[0] != '+' && text->p[0] != '-') ||
	    !digits(text->p + 1, 2, &h) || !digits(text->p + 3, 2, &m) ||
	    text->p[5] != ' ' || h > 23 || m > 59)
		return false;
	*offset = (text->p[0] == '-' ? -1 : 1) * (h * 3600 + m * 60);
	*text = slice_from(*text, 6);
	return true;
}

/* A minute has one offset: within it only the seconds are read. */
static bool
read_cached_wall(struct stamp_clock *clock, struct slice *text, int64_t *when)
{
	struct slice rest = *text;
	int64_t micros;
	int seconds;

	if (rest.n < 20 ||
	    memcmp(rest.p, clock->cached_minute,
		sizeof(clock->cached_minute)) != 0 ||
	    rest.p[16] != ':' || !digits(rest.p + 17, 2, &seconds) ||
	    seconds > 60)
		return false;
	rest = slice_from(rest, 19);
	(void)read_fraction(&rest, &micros);
	if (rest.n < 2 || rest.p[0] != ' ' || rest.p[1] == '+' ||
	    rest.p[1] == '-')
		return false;
	clock->last = clock->minute_time + seconds;
	*when = clock->last * 1000000 + micros;
	*text = slice_from(rest, 1);
	return true;
}

bool
stamp_read_wall(struct stamp_clock *clock, struct slice *text, int64_t *when)
{
	struct slice rest = *text;
	int64_t wall, micros, offset;
	int seconds;

	if (read_cached_wall(clock, text, when))
		return true;
	if (!read_wall(&rest, &wall, &micros) || !slice_skips(&rest, " "))
		return false;
	if (read_short_offset(&rest, &offset)) {
		clock->last = wall - offset;
	} else {
		clock->last = zone_to_unix(clock->zone, wall, clock->last - 60);
		memcpy(clock->cached_minute, text->p,
		    sizeof(clock->cached_minute));
		(void)digits(text->p + 17, 2, &seconds);
		clock->minute_time = clock->last - seconds;
	}
	*when = clock->last * 1000000 + micros;
	*text = rest;
	return true;
}

bool
stamp_skip_wall(struct slice *text)
{
	struct slice rest = *text;
	int64_t ignored;

	if (!read_wall(&rest, &ignored, &ignored) || !slice_skips(&rest, " "))
		return false;
	(void)read_short_offset(&rest, &ignored);
	*text = rest;
	return true;
}

bool
stamp_read(struct stamp_clock *clock, struct slice *text, int64_t *when)
{
	if (text->n < 16)
		return false;
	if (text->p[15] == ' ' && clock->year != 0 &&
	    memcmp(text->p, clock->cached, sizeof(clock->cached)) == 0) {
		*when = clock->cached_time * 1000000;
		*text = slice_from(*text, 16);
		return true;
	}
	if (text->p[0] >= '0' && text->p[0] <= '9') {
		if (!stamp_read_rfc3339(text, when))
			return false;
		clock->last = *when / 1000000;
		return slice_skips(text, " ");
	}
	if (!read_traditional(clock, text->p, when))
		return false;
	*when *= 1000000;
	*text = slice_from(*text, 16);
	return true;
}
