/*
 * digest.h - what a day's report needs beyond the running totals
 *
 * Per host and local day: counts per hour of the clock, and tables of who and
 * why.  The caller tells the zone, for nothing here asks the environment; an
 * hour that the clock shows twice is one row, one that it skips stays 0.
 *
 * The tables of all hosts and open days share DIGEST_NAMES rows (DIGEST_TEXTS
 * for texts) a kind.  Until a table is full all of it is exact.  Then the half
 * that weighs least makes room, and from then on a new name must come twice
 * to get in; so what is frequent stays, and what was not listed is counted.
 *
 * A day that is over by an hour is packed: its DIGEST_KEPT first rows in the
 * order of each column.  What comes later opens it again.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/complaint.h"
#include "base/event.h"
#include "base/metric.h"
#include "base/state.h"

#define DIGEST_HOSTS        32      /* then they are "other" */
#define DIGEST_DAYS         16      /* of a host; then the oldest goes */
#define DIGEST_PACKED       8388608 /* bytes of packed days; then the oldest goes */
#define DIGEST_NAMES        4096
#define DIGEST_CLIENTS_MOST 2048 /* of clients */
#define DIGEST_TEXTS        1024
#define DIGEST_KEPT         50

/* Counted per hour. */
#define DIGEST_COUNT_TABLE(X)                                                  \
	X(RECEIVED, "received")                                                \
	X(RECEIVED_BYTES, "received_bytes")                                    \
	X(RECEIVED_RECIPIENTS, "received_recipients")                          \
	X(GENERATED, "generated")                                              \
	X(SENT, "sent")                                                        \
	X(SENT_BYTES, "sent_bytes")                                            \
	X(FORWARDED, "forwarded") /* of the sent, by local(8) */               \
	X(DEFERRED, "deferred")                                                \
	X(DEFERRED_MESSAGES, "deferred_messages")                              \
	X(BOUNCED, "bounced")                                                  \
	X(EXPIRED, "expired")                                                  \
	X(DISCARDED, "discarded")                                              \
	X(QUARANTINED, "quarantined")                                          \
	X(REJECTED, "rejected")                                                \
	X(REJECTED_TEMPORARY, "rejected_temporary")                            \
	X(RELAY_DENIED, "relay_denied")                                        \
	X(RELAY_OPEN, "relay_open")                                            \
	X(RELAY_UNSURE, "relay_unsure")                                        \
	X(CONNECTED, "connected")                                              \
	X(AUTH_OK, "auth_ok")                                                  \
	X(AUTH_FAILED, "auth_failed")                                          \
	X(LOGINS_OK, "logins_ok")                                              \
	X(LOGINS_FAILED, "logins_failed")                                      \
	X(WARNINGS, "warnings")                                                \
	X(ERRORS, "errors")                                                    \
	X(FATALS, "fatal")                                                     \
	X(PANICS, "panics")                                                    \
	X(STARTS, "starts_stops")                                              \
	X(LINES, "lines")                                                      \
	X(LINES_RECOGNISED, "lines_recognised")                                \
	X(LINES_IGNORED, "lines_ignored")                                      \
	X(LINES_UNRECOGNISED, "lines_unrecognised")                            \
	X(LINES_LOST, "lines_lost")

/* How the queue was, of the source `queue'. */
struct digest_queue {
	bool known;
	uint64_t first, last, highest; /* messages */
	uint64_t oldest_seconds;       /* the highest */
};

enum digest_count {
#define DIGEST_COUNT_ENUM(name, word) DIGEST_##name,
	DIGEST_COUNT_TABLE(DIGEST_COUNT_ENUM)
#undef DIGEST_COUNT_ENUM
	    DIGEST_COUNTS
};

const char *digest_count_name(enum digest_count);

struct digest_config {
	/* Seconds east of UTC in force then. */
	int64_t (*offset)(void *arg, int64_t unix_time);
	void *arg;
	/* For a report over finished logs, of at most 4,000 days: */
	bool whole;   /* one set of tables for all of them */
	bool one_day; /* tables of the day `day' only */
	int64_t day;  /* days since 1970-01-01, of the local calendar */
};

struct digest;

struct digest *digest_new(const struct digest_config *);
void digest_free(struct digest *);

/* The clock, where logs are live: what is dated more than a day ahead of it
   is not taken. */
void digest_clock(struct digest *, int64_t now);

void digest_add(struct digest *, const struct mail_event *);
void digest_complaint(struct digest *, const struct complaint *);
/* Count what is not an event: lines. */
void digest_count(
    struct digest *, struct slice host, int64_t when, enum metric, uint64_t n);

/* So many messages wait, the oldest since so many seconds. */
void digest_queue(struct digest *, struct slice host, int64_t when,
    uint64_t messages, uint64_t oldest_seconds);

/* Pack all days: little is then to be saved. */
void digest_pack(struct digest *);
/* Events that had no day: too old, too far ahead. */
uint64_t digest_dropped(const struct digest *);

struct state_part digest_part(struct digest *);

#endif
