/*
 * maillog.h - a log line's header, and on to its format
 *
 * Reads traditional syslog (also busybox' with facility and level, and with a
 * <PRI> in front), RFC 3339 stamps, RFC 5424 and journald's JSON export, each
 * line by its own form.  Counts what is understood.
 */
#ifndef COLLECTORS_MAILLOG_H
#define COLLECTORS_MAILLOG_H

#include "base/complaint.h"
#include "base/metric.h"
#include "collectors/line.h"
#include "collectors/ownlog.h"
#include "collectors/stamp.h"
#include "collectors/teller.h"
#include "collectors/tracker.h"

struct header;
struct maillog;
struct shapes;
struct shares;

/* Where counts of lines go, per host and minute, and complaints. */
struct line_counter {
	void (*count)(void *arg, struct slice host, int64_t when, enum metric,
	    uint64_t n);
	void *arg;
	/* What programs complain of; NULL: not wanted. */
	void (*complain)(void *arg, const struct complaint *);
};

/* What is remembered of a source between its lines. */
struct maillog_source {
	struct stamp_clock clock;
	struct ownlog own;
	struct slice here; /* the host of lines that name none; borrowed */
	struct teller_name name;
	bool retold;       /* another source has told what it said last */
	uint64_t overlong; /* lines so far that were too long to be read */
	uint64_t overlong_told;
	size_t last_length;
	char last[8192]; /* the line before, which may be said again */
	/* Up to when other sources told of each host, Unix seconds: nothing
	   up to then is told again.  NULL: there were none. */
	const int64_t *told;
};

struct coverage {
	uint64_t lines, recognised, ignored, unrecognised;
	int64_t first, last; /* Unix microseconds; 0: no line with a time */
};

struct maillog *maillog_new(struct tracker *, struct line_counter);
void maillog_free(struct maillog *);

/* One line, without its newline. */
enum meaning maillog_read(
    struct maillog *, struct maillog_source *, struct slice line);
/* The same of what is not a line: its header was read elsewhere. */
enum meaning maillog_entry(
    struct maillog *, struct maillog_source *, const struct header *);
/* Hand on the counts gathered so far. */
void maillog_flush(struct maillog *);

const struct coverage *maillog_coverage(const struct maillog *);
/* Event time of the line read last, Unix microseconds, and its host. */
int64_t maillog_time(const struct maillog *);
struct slice maillog_host(const struct maillog *, uint32_t *index);

/* In what is kept and shown people have these names; borrowed. */
void maillog_pseudonyms(struct maillog *, struct pseudonyms *);

/*
 * Names of programs that were learnt, for the state, each with the line that
 * proved it.  save() is true if there are new ones since the last call, load()
 * false if what it is given is damaged.
 */
bool maillog_save(struct maillog *, struct state_writer *);
bool maillog_load(struct maillog *, struct slice value);

/* Who told of what; the same. */
bool maillog_save_tellers(struct maillog *, struct state_writer *);
bool maillog_load_tellers(struct maillog *, struct slice value);

/* Shapes of lines not understood, most frequent first; bounded. */
const struct shapes *maillog_shapes(const struct maillog *);
/* Each program's lines; its own. */
struct shares *maillog_shares(struct maillog *);

#endif
