/*
 * collectors.h - every source of facts; each event goes to one sink
 *
 * The public header of collectors/.  Sources are followed or, for finished
 * files, read to their end; several are read in the order of their times, so
 * that what one host logs in two places comes in order.
 */
#ifndef COLLECTORS_COLLECTORS_H
#define COLLECTORS_COLLECTORS_H

#include <sys/types.h>

#include <stdio.h>

#include "base/complaint.h"
#include "base/event.h"
#include "base/metric.h"
#include "base/state.h"
#include "base/statfile.h"

enum source_type {
	SOURCE_TYPE_FILE,       /* a growing log */
	SOURCE_TYPE_JOURNAL,    /* systemd's */
	SOURCE_TYPE_STATISTICS, /* Sendmail's statistics file, polled */
	SOURCE_TYPE_QUEUE,      /* a mail system's queue, polled */
	SOURCE_TYPE_CAPTURE,    /* packets off an interface */
	SOURCE_TYPES
};

struct source_config {
	char *title;
	enum source_type type;
	char *path; /* of a journal: its directory; NULL is this host's */
	char *zone; /* "local", "UTC", "Europe/Berlin" */
	/* Of a log: "syslog", or whose own; NULL: its first lines tell. */
	char *format;
	/* Of a journal: its entries from these units or of these programs;
	   none of both: the mail system's. */
	char **units, **identifiers;
	size_t unit_count, identifier_count;
	char *system;   /* of a queue: whose spool it is */
	char *host;     /* of what is polled, and of logs that name none;
			   NULL: this one */
	char **mailers; /* of a statistics file: names, by number */
	size_t mailer_count;
	unsigned interval; /* seconds between looks; 0: the usual one */
	char *interface;   /* of a capture; "any" is all */
	uint16_t *ports;   /* of a capture */
	size_t port_count;
	bool promiscuous; /* of a capture: also what is for others */
	/* Of a capture: who else may send mail, as in senders.h. */
	char **senders;
	size_t sender_count;
	unsigned tolerance; /* of a capture: seconds, as in compare.h; 0: the
			       usual ones */
};

/* May an address relay for a while after a login by POP or IMAP? */
enum login_relay {
	LOGIN_RELAY_AUTO, /* where a daemon's lines say so (grants.h) */
	LOGIN_RELAY_ALWAYS,
	LOGIN_RELAY_NEVER
};

struct collect_config {
	struct source_config *sources;
	size_t source_count;
	struct prefix *networks; /* ours */
	size_t network_count;
	char **extensions; /* of files, that a capture counts: "exe" */
	size_t extension_count;
	char **domains; /* ours, delivered here; ".example.org" is all below */
	size_t domain_count;
	char **relay_domains; /* ours, relayed to where they live */
	size_t relay_domain_count;
	bool incomplete; /* more is ours than could be listed */
	bool detected;   /* the sources were found, not configured */
	enum login_relay login_relay;
	unsigned login_seconds; /* so long; 0: the usual half hour */
};

struct collect_sinks {
	struct event_sink events;
	/* Lines read, understood, lost: what is not an event. */
	void (*count)(void *arg, struct slice host, int64_t when, enum metric,
	    uint64_t n);
	/* No event before `upto' (Unix seconds) is to come from this host. */
	void (*complete)(void *arg, struct slice host, int64_t upto);
	void *arg; /* of all but events */
	/* What mail programs complain of; NULL: not wanted. */
	void (*complain)(void *arg, const struct complaint *);
	/*
	 * How it is now; in a series too where `when' is not 0.
	 * GAUGE_UNKNOWN: it is not known any more.
	 */
	void (*gauge)(void *arg, struct slice host, int64_t when, enum metric,
	    uint64_t value);
	/* What the logs have told of a mailer so far.  NULL: nobody knows. */
	uint64_t (*mailer)(void *arg, struct slice host, struct slice mailer,
	    enum mailer_metric);
};

#define GAUGE_UNKNOWN UINT64_MAX

struct coverage_counts {
	uint64_t lines, recognised, ignored, unrecognised;
	int64_t first, last; /* Unix microseconds; 0: no line with a time */
};

struct collectors;
struct pseudonyms;

/*
 * No source is read yet.  With `helper', the logs are opened by a process that
 * keeps the right to (collectors/opener.h) and runs as that user; without, by
 * this one.  The configuration is borrowed.
 */
struct collectors *collectors_open(const struct collect_config *, bool helper,
    uid_t, gid_t, const struct collect_sinks *, struct err *);
void collectors_close(struct collectors *);

/*
 * In the state, and in shapes of lines, people have these names; borrowed.
 * Events have those of their lines all the same.
 */
void collectors_pseudonyms(struct collectors *, struct pseudonyms *);

/* Other networks and domains; they are copied. */
void collectors_reconfigure(struct collectors *, const struct collect_config *);

/* Descriptors to watch; a source's may change after each call: -1 is none. */
size_t collectors_fds(const struct collectors *);
int collectors_fd(const struct collectors *, size_t i);
/* The i-th stirred: is it a capture?  Then some of its packets were read; it
   stirs again until there are none. */
bool collectors_captured(struct collectors *, size_t i);
/* Something else stirred, or it is due (Unix milliseconds). */
void collectors_ready(struct collectors *, int64_t now_ms);
int64_t collectors_due(const struct collectors *);
/* Read about that many bytes; 0: every source is at its end for now. */
size_t collectors_read(struct collectors *, size_t most, int64_t now_ms);
/* Call it each second: hosts whose sources are idle have their time pass. */
void collectors_tick(struct collectors *, int64_t now_ms);

/* How finished files are to be read. */
struct finished_options {
	int year;              /* of the first line; 0: from the files' times */
	const char *zone;      /* NULL: "local" */
	int64_t now;           /* Unix seconds: the time of standard input */
	const uint16_t *ports; /* of mail, in captures */
	size_t port_count;     /* 0: the usual ones */
	/* Bytes read so far of the file, for a progress line; may be NULL. */
	void (*progress)(
	    void *arg, const char *path, uint64_t done, uint64_t all);
	void *arg;
	const char *host; /* of lines that name none; NULL: this one */
};

/*
 * Put files in the order in which they are to be read: captures, for logs are
 * held against them; logs whose lines name their host before those that do not,
 * and last those that only have copies of what others have, such as Exim's
 * rejectlog.
 */
void collectors_sort(const char **paths, size_t n);
/* Read a finished file, or "-", to its end. */
int collectors_finished(struct collectors *, const char *path,
    const struct finished_options *, struct err *);
/* No line will follow: what waits is decided, all steps are complete. */
void collectors_finish(struct collectors *);

struct coverage_counts collectors_coverage(const struct collectors *);
void collectors_print_shapes(const struct collectors *, FILE *);
/* What the lines that are not understood look like, the most frequent first;
   how many there are.  *others: lines of all other shapes. */
struct line_shape {
	const char *text; /* "postfix/smtpd: strange N"; any bytes; borrowed */
	uint64_t count;
};
size_t collectors_shapes(const struct collectors *, struct line_shape *rows,
    size_t most, uint64_t *others);

/*
 * The lines of each mail program since the beginning, the most first; how many
 * programs there are.  *others: of all other programs, and of none.  Names can
 * be forged.
 */
struct program_share {
	const char *program; /* "postfix/smtpd"; any bytes; borrowed */
	uint64_t recognised, ignored, unrecognised;
};
size_t collectors_programs(const struct collectors *,
    struct program_share *rows, size_t most, struct program_share *others);
void collectors_print_programs(const struct collectors *, FILE *);

/* Per cent of what was there at the start; -1: all of it is read. */
int collectors_progress(struct collectors *);
/* All of it is read: what comes now happens now. */
bool collectors_live(struct collectors *);

struct source_status {
	const char *title, *path;
	const char *state;   /* "reading", "catching up", "missing", ... */
	const char *trouble; /* NULL: none */
	uint64_t lines;
	int64_t last; /* event time of its last line, Unix seconds */
	bool polled;  /* it has no lines; `last' is when it was looked at */
	const char *format; /* "syslog", "exim"; NULL: not known, or no log */
};

size_t collectors_source_count(const struct collectors *);
struct source_status collectors_source(const struct collectors *, size_t i);

/* May a log be of that format; "syslog" is one. */
bool collectors_is_format(const char *name);
/* Which are there, by number: "syslog", "exim"; NULL: no more. */
const char *collectors_format_name(size_t i);
/* What the first lines of the log say; NULL: nothing, or it is not there. */
const char *collectors_guess_format(const char *path);

/* Sendmail's statistics file beside its log, since both are looked at. */
struct statistics_status {
	const char *path, *host;
	int64_t since; /* of the comparison, Unix seconds; 0: none yet */
	uint64_t resets;
	bool agrees;
	const char *words; /* the same for people; "": nothing yet */
	size_t row_count;
	struct statistics_row {
		const char *mailer;
		uint64_t file[STATFILE_COLUMNS], log[STATFILE_COLUMNS];
	} rows[STATFILE_MAILERS];
};

/* Of the i-th source; false: it is no statistics file. */
bool collectors_statistics(
    const struct collectors *, size_t i, struct statistics_status *);

/*
 * The same words as they were committed last, for another process: a part to
 * be read, whose load() is given rows by their paths, and what is in a row.
 */
struct state_part collectors_statistics_reader(void *arg,
    int (*load)(void *arg, struct slice key, struct slice value, struct err *));
bool collectors_statistics_words(struct slice row, struct slice *words);

/* Whose spool is it, "postfix" and so on; NULL: it cannot be told. */
const char *collectors_spool_of(const char *path);
bool collectors_is_spool(const char *system);
/* The i-th place where a mail system has its spool; NULL: no more. */
const char *collectors_spool_place(size_t i);

/* What of a journal is there, without following it. */
struct journal_survey {
	size_t files, denied; /* of them, those that may not be read */
	int64_t newest;       /* its last entry for us, Unix seconds; 0: none */
};
void collectors_survey_journal(
    const struct source_config *, struct journal_survey *);

/* The directories that it is read from, now or later; how many. */
#define JOURNAL_PLACES 2
size_t collectors_journal_places(
    const struct source_config *, const char *places[JOURNAL_PLACES]);

/* Would it do as a source's zone? */
int collectors_check_zone(const char *name, struct err *);

/* What the sources keep in the state: places, what is under way, what was
   looked at. */
#define COLLECTORS_PARTS 3
void collectors_parts(
    struct collectors *, struct state_part parts[COLLECTORS_PARTS]);

/* May a capture's `senders' name it so? */
bool collectors_is_sender(const char *text);
/* Could it be captured, by this process? */
int collectors_check_capture(const struct source_config *, struct err *);
/* The interfaces that are up, with blanks between them. */
int collectors_interfaces(char *text, size_t size, struct err *);

/* "libarchive 3.6.2", "libpcap 1.10.3", for mailweir version. */
const char *collectors_library(void);
const char *collectors_capture_library(void);

/* For mailweir formats. */
struct format_row {
	const char *name, *systems, *reads;
};
size_t collectors_formats(void);
struct format_row collectors_format(size_t i);

#endif
