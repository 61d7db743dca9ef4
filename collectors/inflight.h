/*
 * inflight.h - messages under way, by host and queue id
 *
 * One row a queue id.  A message that passes a content filter has several
 * queue ids: the later rows are returns of the first (hops.c).  A queue id is
 * used again soon after its message is gone, so a row ends with its message.
 */
#ifndef COLLECTORS_INFLIGHT_H
#define COLLECTORS_INFLIGHT_H

#include "collectors/tracker.h"

/* Where a message came from: the first line that says so. */
enum origin {
	ORIGIN_UNKNOWN,   /* no line yet, or the log began after it */
	ORIGIN_CLIENT,    /* smtpd's client= */
	ORIGIN_LOCAL,     /* pickup's uid= */
	ORIGIN_RETURN,    /* a filter brought it back: received before */
	ORIGIN_GENERATED, /* made by the mail system itself */
	ORIGIN_UNTOLD     /* its log never tells by which way */
};

struct message {
	struct table_row row;
	uint32_t host_index;
	uint8_t id_length;
	char id[QUEUE_ID_TEXT];
	enum origin origin;
	bool cleaned;  /* its cleanup line was seen */
	bool loopback; /* its client is on this host */
	bool renamed;  /* put back under this id by the operator */
	bool active;   /* was active: received, its size known */
	bool received; /* counted as received, or as generated */
	bool waiting;  /* received, but a return may still be proven */
	bool removed;  /* gone, kept while waiting */
	bool to_hold;  /* a rule will, once it is complete */
	bool to_discard;
	bool held;      /* a rule put it on hold */
	bool discarded; /* counted as discarded */
	bool rejected;  /* refused at the end of data */
	bool handed;    /* a filter has it, or brought it back */
	bool notified;  /* its filter's BOUNCE was joined to the notice */
	bool at_home;   /* delivered on this host, so no filter has it */
	bool relayed;   /* counted under relay.* */
	bool deferred;  /* an attempt of it failed */
	bool expired;   /* counted as expired */
	bool null_sender;
	bool indexed; /* the one that its Message-ID finds */
	bool proven;  /* the mail system made it: a line says so */
	bool esmtp;   /* its mail system calls the way in so, not "smtp" */
	bool dirty, saved;
	uint32_t account; /* number of its name; 0: none */
	uint32_t recipients;
	uint32_t finished; /* of them, where no line tells the message's end */
	uint64_t bytes;
	uint64_t message_id; /* hash; 0: none or unknown */
	int64_t since;       /* of its first line, Unix microseconds */
	struct addr client;
};

/* The row, or NULL.  An overlong id is nobody's. */
struct message *inflight_find(
    struct tracker *, uint32_t host_index, struct slice id);
/* The row, made if need be; never NULL. */
struct message *inflight_get(
    struct tracker *, const struct log_line *, struct slice id);
/* A new message under that id: what an earlier one left is forgotten. */
struct message *inflight_new(
    struct tracker *, const struct log_line *, struct slice id);
void inflight_remove(struct tracker *, struct message *);
/*
 * Where no line tells that a message is gone: a recipient of it is done with,
 * and now and then those messages are dropped of which all are, and which
 * began an hour ago: an alias makes more recipients than were counted.
 */
void inflight_done(struct tracker *, uint32_t host_index, struct slice id);
void inflight_sweep(struct tracker *, int64_t now);
/* Its Message-ID is known: others may be returns of it. */
void inflight_index(struct tracker *, struct message *);
/* Another message in flight that has this one's Message-ID, or NULL. */
struct message *inflight_original(struct tracker *, const struct message *);
/* Mark as changed since the last commit. */
void inflight_touch(struct tracker *, struct message *);

static inline struct slice
message_queue_id(const struct message *message)
{
	return (struct slice){ message->id, message->id_length };
}

/* Queue ids: 6 or more hexadecimal digits, or the long form. */
bool is_queue_id(struct slice id);
/* How much at the beginning of the text is one; 0: none. */
size_t queue_id_length(struct slice text);

/* Accounts of messages are kept as numbers. */
uint32_t account_number(struct tracker *, struct slice name);
struct slice account_name(const struct tracker *, uint32_t number);

#endif
