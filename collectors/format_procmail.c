/*
 * format_procmail.c - procmail's log: known, and of no account
 *
 * From eve@example.org  Thu Jun 29 22:16:14 2026
 *  Subject: any text
 *   Folder: /var/mail/kim					   4825
 * procmail: [512] Thu Jun 29 22:16:14 2026
 * procmail: Match on "^Subject:.*list"
 *
 * (procmail(1), procmailrc(5): LOGFILE, LOGABSTRACT, VERBOSE.)  Each is a
 * delivery that the mail system logged when it called procmail; what a recipe
 * did with it is the user's wish.  The subject cannot begin a line.
 *
 * It is not joined to its message, for nothing proves whose it is: the sender
 * and the second at which the mail system wrote "From " are all that a maillog
 * has of it.  No line names the user (a folder is no name, and "/dev/null" is
 * everybody's), its size is another one than the mail system's, and entries
 * come seconds late, in another order, and in pieces where two procmails write:
 * four messages of one sender within a second had four entries to choose from.
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

/* Behind "From eve@example.org  " or "procmail: [512] " */
static bool
read_stamp(struct stamp_clock *clock, struct slice line, int64_t *when)
{
	char wall[32];
	int month, day;
	struct slice stamp;

	if ((!slice_begins(line, "From ") &&
		!slice_begins(line, "procmail: [")) ||
	    line.n < STAMP + 6)
		return false;
	stamp = slice_from(line, line.n - STAMP);
	if (stamp.p[3] != ' ' || !stamp_day(slice_from(stamp, 4), &month, &day))
		return false;
	snprintf(wall, sizeof(wall), "%.4s-%02d-%02d %.8s ", stamp.p + 20,
	    month, day, stamp.p + 11);
	stamp = slice_of(wall);
	return stamp_read_wall(clock, &stamp, when);
}

/* What goes on with an entry, or a user had written, names no program. */
static bool
front(struct stamp_clock *clock, struct slice line, struct header *header)
{
	bool stamped = read_stamp(clock, line, &header->when);

	if (stamped)
		clock->last = header->when / 1000000;
	header->when = clock->last * 1000000;
	header->text = line;
	header->program = stamped || slice_begins(line, "procmail: ")
			      ? SLICE("procmail")
			      : SLICE("");
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
