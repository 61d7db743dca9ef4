/*
 * tag.c - the front of a line of smtpserver's own log
 *
 * It has no month.  The first line of a file is of the latest that is not after
 * its last change, any other of the first that is not before the line before.
 */
#include "collectors/zmailer/zmailer.h"

#include <time.h>

#define LETTERS 4 /* of the time, and then those of the process id */
#define TAG     7
#define DAY     86400
#define SLACK   DAY          /* lines of two sessions may change places */
#define LATEST  253402300799 /* 9999-12-31 */

/* The value of a digit, or -1 (libsh's taspoolid.c: 0 has two). */
static int
digit(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123"
				       "abcdefghijklmnopqrstuvwxyz4567890-=";

	for (int i = 0; alphabet[i] != '\0'; i++)
		if (alphabet[i] == c)
			return i;
	return -1;
}

/* "0002": with fewer than four digits, or none, it is not there. */
static bool
cut_offset(struct slice *text, uint64_t *offset)
{
	size_t n = 0;

	while (n < text->n && text->p[n] >= '0' && text->p[n] <= '9')
		n++;
	if (n < 4 || !slice_number((struct slice){ text->p, n }, offset) ||
	    *offset > 30 * DAY)
		return false;
	*text = slice_from(*text, n);
	return true;
}

bool
zmailer_cut_tag(struct slice *text, struct zmailer_tag *tag)
{
	struct slice rest = *text;
	int value[TAG];

	if (rest.n < TAG)
		return false;
	for (int i = 0; i < TAG; i++)
		if ((value[i] = digit(rest.p[i])) == -1)
			return false;
	*tag = (struct zmailer_tag){ value[0] + 1, value[1], value[2], value[3],
		.pid = (uint64_t)((value[4] & 63) << 12 | (value[5] & 63) << 6 |
				  (value[6] & 63)) };
	rest = slice_from(rest, TAG);
	tag->counts = cut_offset(&rest, &tag->offset);
	(void)slice_skips(&rest, " ");
	if (tag->day > 31 || tag->hour > 23 || tag->minute > 59 ||
	    tag->second > 59 || rest.n < 2 ||
	    (rest.p[0] != 'r' && rest.p[0] != 'w' && rest.p[0] != '#') ||
	    (rest.p[1] != '\t' && rest.p[1] != ' '))
		return false;
	tag->side = rest.p[0];
	*text = slice_from(rest, 2);
	return true;
}

/* The tag's time in that month (0 is January 1970), or -1: it has no such
   day. */
static int64_t
in_month(const struct zmailer_tag *tag, int64_t month)
{
	int64_t year = 1970 + month / 12, first, next;

	first = days_from_civil(year, (int)(month % 12) + 1, 1);
	month++;
	next = days_from_civil(1970 + month / 12, (int)(month % 12) + 1, 1);
	if (tag->day > next - first)
		return -1;
	return (first + tag->day - 1) * DAY + tag->hour * 3600 +
	       tag->minute * 60 + tag->second + (int64_t)tag->offset;
}

static int64_t
month_of(int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	return (tm.tm_year - 70) * 12 + tm.tm_mon;
}

static int64_t
resolve(const struct stamp_clock *clock, const struct zmailer_tag *tag)
{
	int64_t when, limit = clock->hint, month;

	if (clock->last > 0) {
		month = month_of(clock->last - SLACK);
		while ((when = in_month(tag, month)) < clock->last - SLACK)
			month++;
		return when;
	}
	if (clock->year != 0)
		limit = days_from_civil(clock->year + 1, 1, 1) * DAY - 1;
	if (limit < 62 * DAY || limit > LATEST)
		limit = limit < 62 * DAY ? 62 * DAY : LATEST;
	month = month_of(limit);
	while ((when = in_month(tag, month)) > limit || when == -1)
		month--;
	return when;
}

bool
zmailer_front(
    struct stamp_clock *clock, struct slice line, struct header *header)
{
	struct slice text = line;
	struct zmailer_tag tag;

	header->text = line;
	if (slice_begins(line, "0000000")) { /* of the server, not a session */
		header->when = clock->last * 1000000;
		header->program = SLICE("");
		return true;
	}
	if (!zmailer_cut_tag(&text, &tag) ||
	    line.p[line.n - text.n - 1] != '\t')
		return false;
	clock->last = resolve(clock, &tag);
	header->when = clock->last * 1000000;
	header->program = SLICE("smtpserver");
	return true;
}

bool
zmailer_claims(const struct header *header)
{
	struct slice text = header->text;
	struct zmailer_tag tag;

	return zmailer_cut_tag(&text, &tag) && tag.counts;
}
