/* years.c - in which year a log begins whose stamps do not say it */
#include "collectors/years.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "collectors/stamp.h"

#define LEAP_DAY (2 * YEARS_MONTH + 29)
#define SAMPLES  4096  /* at most */
#define PART     65536 /* between two, at least */
#define SAMPLE   4096  /* bytes, in which a whole line is likely */

/*
 * A clock that is set back by less than a month is no turn of the year; nor is
 * one that began at 1 January, as without a battery, and then was set.
 */
bool
years_see(struct years *years, struct slice line)
{
	struct slice priority;
	int month, day, at;

	if (slice_skips(&line, "<"))
		(void)slice_cut(&line, SLICE(">"), &priority);
	if (!stamp_day(line, &month, &day))
		return false;
	at = month * YEARS_MONTH + day;
	if (years->first == 0)
		years->first = years->last = at;
	if (at < years->last - YEARS_MONTH) {
		years->turns++;
		years->turned_at = years->last;
		years->last = at;
	} else if (at > years->last) {
		if (years->turns > 0 && at > years->last + YEARS_MONTH &&
		    at >= years->turned_at &&
		    years->last < 1 * YEARS_MONTH + YEARS_MONTH)
			years->turns--;
		years->last = at;
	}
	if (at == LEAP_DAY && years->leap == 0)
		years->leap = years->turns + 1;
	return true;
}

/* A part of the file: its first stamp, or all of them. */
static void
see_part(struct years *years, int fd, off_t at, size_t n, bool all)
{
	char *bytes = mem_grow(NULL, n, 1);
	ssize_t got = pread(fd, bytes, n, at);
	struct slice text = { bytes, got > 0 ? (size_t)got : 0 }, line;

	if (at == 0 || slice_cut(&text, SLICE("\n"), &line))
		while (slice_cut(&text, SLICE("\n"), &line))
			if (years_see(years, line) && !all)
				break;
	free(bytes);
}

/* Every line counts where the year may turn or a 29 February be passed. */
void
years_look(struct years *years, int fd)
{
	struct stat st;
	off_t part;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return;
	part = st.st_size / SAMPLES > PART ? st.st_size / SAMPLES : PART;
	for (off_t at = 0; at < st.st_size; at += part) {
		struct years before = *years, next;

		see_part(years, fd, at, SAMPLE, false);
		next = *years;
		if (at + part < st.st_size)
			see_part(&next, fd, at + part, SAMPLE, false);
		if (at + part >= st.st_size || next.turns != years->turns ||
		    (years->last < LEAP_DAY && next.last >= LEAP_DAY)) {
			*years = before;
			see_part(years, fd, at, (size_t)part + SAMPLE, true);
		}
	}
}

int
years_begin(const struct years *years, int64_t hint)
{
	int year;

	if (years->first == 0)
		return 0;
	year = stamp_year(
		   hint, years->last / YEARS_MONTH, years->last % YEARS_MONTH) -
	       years->turns;
	while (years->leap != 0 && !stamp_is_leap(year + years->leap - 1))
		year--;
	return year;
}
