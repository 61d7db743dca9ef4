/*
 * format_procmail.c - procmail's log: known, and of no account
 *
 * From eve@example.org  Thu Jun 29 22:16:14 2026
 *  Subject: any text
 *   Folder: /var/mail/kim					   4825
 *
 * (procmail(1), procmailrc(5): LOGFILE, LOGABSTRACT.)  Each is a delivery that
 * the mail system logged when it called procmail, and none says of which
 * message; what a recipe did with it is the user's wish.  The subject cannot
 * begin a line.
 */
#include <stdio.h>

#include "base/array.h"
#include "collectors/format.h"

#define STAMP 24 /* "Thu Jun 29 22:16:14 2026" */

static bool
owns(struct slice program, unsigned *kind)
{
	*kind = 0;
	return slice_is(program, "procmail");
}

/* "From eve@example.org  Thu Jun 29 22:16:14 2026" */
static bool
read_stamp(struct stamp_clock *clock, struct slice line, int64_t *when)
{
	char wall[32];
	int month, day;
	struct slice stamp;

	if (!slice_begins(line, "From ") || line.n < STAMP + 6)
		return false;
	stamp = slice_from(line, line.n - STAMP);
	if (stamp.p[3] != ' ' || !stamp_day(slice_from(stamp, 4), &month, &day))
		return false;
	snprintf(wall, sizeof(wall), "%.4s-%02d-%02d %.8s ", stamp.p + 20,
	    month, day, stamp.p + 11);
	stamp = slice_of(wall);
	return stamp_read_wall(clock, &stamp, when);
}

static bool
front(struct stamp_clock *clock, struct slice line, struct header *header)
{
	header->text = line;
	header->program = SLICE("procmail");
	if (read_stamp(clock, line, &header->when)) {
		clock->last = header->when / 1000000;
		return true;
	}
	header->when = clock->last * 1000000;
	header->program = SLICE("");
	return true;
}

static bool
claims(const struct header *header)
{
	(void)header;
	return true;
}

const struct log_format format_procmail = {
	.name = "procmail",
	.systems = "procmail 3",
	.reads = "nothing twice: each is a delivery that the mail system logs",
	.owns = owns,
	.parse = format_ignores,
	.front = front,
	.claims = claims,
};
