/*
 * tracker.h - what is under way: messages, hand-overs, sessions
 *
 * Formats read lines; what a line means often depends on earlier ones (whose
 * message, which session, a retry or the first time, a return from a filter).
 * The tracker remembers that, bounded, and makes the events.
 */
#ifndef COLLECTORS_TRACKER_H
#define COLLECTORS_TRACKER_H

#include "base/event.h"
#include "base/state.h"
#include "base/table.h"
#include "collectors/line.h"

#define TRACKER_HOSTS    64     /* hosts whose names are kept apart */
#define TRACKER_MESSAGES 200000 /* in flight; then the longest untouched goes */
#define TRACKER_SESSIONS 20000  /* the same */
#define TRACKER_PENDING  4096   /* then the oldest is decided at once */
#define TRACKER_NAMES    16384  /* accounts of messages in flight */
#define TRACKER_FILTERS  64     /* pipe services known to be filters */
#define TRACKER_ATTEMPTS 8192   /* begun, by number; the same */
#define QUEUE_ID_TEXT    24

/* What is ours (collectors/home.h); copied. */
struct tracker_config {
	const struct prefix *networks;
	size_t network_count;
	char *const *domains; /* delivered here */
	size_t domain_count;
	char *const *relay_domains; /* relayed to where they live */
	size_t relay_domain_count;
	bool incomplete; /* there are others, that could not be listed */
	/* Whether a login by POP or IMAP lets its address relay (grants.h):
	   it does; it never does; none of both: a daemon's lines tell. */
	bool login_relays, login_never;
	unsigned login_seconds; /* so long; 0: GRANT_WINDOW */
};

/* Numbers that lines add to beside events; the reader collects them. */
struct tracker_counts {
	uint64_t ambiguous; /* lines whose quoting could be read in two ways */
	uint64_t lost;      /* lines that the logger admits to have lost */
	uint64_t dropped;   /* rows evicted from full tables */
};

struct pseudonyms;
struct tracker;

struct tracker *tracker_new(const struct tracker_config *, struct event_sink);
void tracker_free(struct tracker *);
void tracker_reconfigure(struct tracker *, const struct tracker_config *);

struct tracker_counts *tracker_counts(struct tracker *);

/* The name in lower case, kept, and its small number. */
struct slice tracker_host(struct tracker *, struct slice name, uint32_t *index);

/*
 * The host's time is now that: what waited long enough is decided.  Called
 * for each line, before it is parsed.
 */
void tracker_time(struct tracker *, const struct log_line *);
/* All lines were read, and now it is that time on every host. */
void tracker_clock(struct tracker *, int64_t when);
/* Lines come from several logs, not all of them read equally far; and now all
   were read up to that time (Unix microseconds; INT64_MAX: to their ends). */
void tracker_several(struct tracker *, bool several);
void tracker_read(struct tracker *, int64_t upto);
/* No line will follow: everything that waits is decided. */
void tracker_finish(struct tracker *);
/*
 * No event earlier than that (Unix microseconds) is still to come from this
 * host but by late lines; INT64_MAX if nothing waits.
 */
int64_t tracker_floor(const struct tracker *, uint32_t host_index);

/*
 * Of an address or a domain: is the domain ours, to deliver here or to relay
 * for; is it delivered here.
 */
bool tracker_is_our_domain(const struct tracker *, struct slice);
bool tracker_is_local_domain(const struct tracker *, struct slice);
/* Is any domain known to be ours?  Without, the answers mean nothing. */
bool tracker_domains_known(const struct tracker *);

/* An event of this line: the head filled, the rest zero. */
static inline struct mail_event
event_from(const struct log_line *line, enum event_kind kind)
{
	return (struct mail_event){ .when = line->when,
		.kind = kind,
		.host = line->host,
		.count = line->count };
}

/* The raw line that tells of what is emitted next; borrowed until it is set
   to an empty one. */
void tracker_line(struct tracker *, struct slice line);
/* The line's count multiplies the event's. */
void tracker_emit(struct tracker *, struct mail_event *);

/* In the state people have these names; borrowed. */
void tracker_pseudonyms(struct tracker *, struct pseudonyms *);
/* What is under way, in the state. */
struct state_part tracker_part(struct tracker *);

#endif
