/*
 * teller.h - which source tells of a mail system that has logs of its own
 *
 * Exim may log to its own files and to syslog at once, and what it refuses goes
 * to two files.  Of each host and such a format one source counts at a time:
 * the first that tells of it; what others say of a time that was told of is not
 * told again.  Of sources that are followed, the one that tells is waited for:
 * another takes its place when it was silent for TELLER_SECS.
 *
 * A log and its rotated siblings are one source, known by the path without what
 * rotation adds.  A log that only has copies ("reject" or "panic" stands in its
 * name, which Exim puts there: log_file_path) never takes another one's place;
 * nor does one in which the system only complains that it could not log.
 */
#ifndef COLLECTORS_TELLER_H
#define COLLECTORS_TELLER_H

#include "base/state.h"
#include "collectors/tracker.h"

#define TELLER_SPANS 8    /* of a host and format; then the oldest goes */
#define TELLER_SECS  3600 /* silent so long, it grows no more */

/* As whom a source tells; all zero: a test's, or standard input. */
struct teller_name {
	uint64_t origin; /* hash of the path */
	bool copies;     /* has copies of what another log has, and no more */
	bool followed;   /* while others grow */
	bool beside;     /* and the log that has all of it is followed too */
};

struct teller;

struct teller *teller_new(void);
void teller_free(struct teller *);

struct teller_name teller_name(const char *path, bool followed);
/* Has the second log all that the first has copies of?  In one directory. */
bool teller_is_beside(const char *copies, const char *path);

/*
 * Has another source told of that format, host and time?  Formats are numbered
 * among those that have logs of their own, from 0.
 */
bool teller_has_told(const struct teller *, const struct teller_name *,
    uint32_t host, unsigned format, int64_t when);
/* This one did: a line that meant something. */
void teller_note(struct teller *, const struct teller_name *, uint32_t host,
    unsigned format, int64_t when);

/*
 * The state's row, hosts and formats by name: false where nothing changed since
 * the last one, or where what is loaded is damaged.
 */
bool teller_save(
    struct teller *, const struct tracker *, struct state_writer *);
bool teller_load(struct teller *, struct tracker *, struct slice value);

#endif
