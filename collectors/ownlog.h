/*
 * ownlog.h - logs whose lines name no program: whose are they?
 *
 * A line that came by syslog names its program, and that decides.  A log that
 * a mail system writes itself (Exim's mainlog, multilog's files) has no name in
 * it: the first line that can only be of one format decides for the source,
 * its rotated siblings too, and is kept in the state, so that nothing is
 * guessed twice.  The configuration may decide instead.
 *
 * A stranger cannot: what is looked at is the front of a line, the time stamp
 * and the words behind it, and the mail system writes that itself; the lines
 * that he fills (a header's, in Exim's rejectlog) follow one of its own and
 * begin with no stamp.  What is decided stays so, whatever comes later.
 */
#ifndef COLLECTORS_OWNLOG_H
#define COLLECTORS_OWNLOG_H

#include <stdbool.h>

#include "base/slice.h"
#include "collectors/stamp.h"

struct log_format;

/* What a source's lines are. */
struct ownlog {
	bool decided;
	const struct log_format *format; /* NULL: lines that name a program */
};

/* "exim", "syslog"; false: no format with that name has logs of its own. */
bool ownlog_named(struct ownlog *, struct slice name);
/* The same name; NULL: not decided yet. */
const char *ownlog_name(const struct ownlog *);

/* Does this line decide?  The clock is the source's, and is not moved. */
void ownlog_decide(
    struct ownlog *, const struct stamp_clock *, struct slice line);

#endif
