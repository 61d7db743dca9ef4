/*
 * format.h - what a log format provides
 *
 * A format is one file (or folder) and one row in formats.c.  The program's
 * name decides whose line it is, never the text; `kind' is whatever the format
 * wants to remember of a name it owns, so that the name is looked at once and
 * not for every line.
 */
#ifndef COLLECTORS_FORMAT_H
#define COLLECTORS_FORMAT_H

#include "collectors/header.h"
#include "collectors/line.h"
#include "collectors/tracker.h"

struct log_format {
	const char *name;
	const char *systems; /* for people: systems and versions */
	const char *reads;   /* for people: what is read of each */
	bool (*owns)(struct slice program, unsigned *kind);
	enum meaning (*parse)(
	    struct tracker *, const struct log_line *, unsigned kind);
	/*
	 * Programs whose name a logger may have cut (RFC 5424 files keep
	 * "postfix" of "postfix/smtpd"): true if the text can only be ours.
	 * NULL: names of this format are never cut.
	 */
	bool (*knows)(struct slice text, unsigned *kind);
	/*
	 * Programs that go by any name: true if the line bears the mark of
	 * the process that wrote it, which is proof enough where the form does
	 * not tell the facility.  NULL: there is none.
	 */
	bool (*signs)(struct slice text, uint64_t pid, unsigned *kind);
	/*
	 * Logs of our own, whose lines name no program (collectors/ownlog.h):
	 * read the front of a line and name the program, one that we own; the
	 * host is not ours to fill in.  An empty name: a line that goes on with
	 * the one before, at the clock's time.  False: it is not of our form.
	 * NULL: all our lines name their program.
	 */
	bool (*front)(struct stamp_clock *, struct slice line, struct header *);
	/* Can a line with that front only be ours?  Where there is a front(). */
	bool (*claims)(const struct header *);
	/* Its lines could be taken for syslog's, so they are looked at before
	   those; claims() is to be strict. */
	bool like_syslog;
	/* Each of those logs has a part, as a directory of multilog's for each
	   service, and none has what another has. */
	bool in_parts;
	/* What one log has, none else has, whoever keeps it: each tells. */
	bool apart;
	bool beside; /* it tells what the wire would: it is not the log */
};

/* For formats that own a few programs by their whole names. */
static inline bool
format_has(struct slice program, const struct slice *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(program, names[i]))
			return true;
	return false;
}

/* A parse() for formats whose lines all mean nothing. */
enum meaning format_ignores(
    struct tracker *, const struct log_line *, unsigned kind);

extern const struct log_format *const formats[];
extern const size_t format_count;

/* How many of the first n rows have logs of their own. */
unsigned formats_own(size_t n);

#endif
