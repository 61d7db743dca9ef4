/*
 * envelope.h - Sendmail's messages under way, by host and queue id
 *
 * Bounds: ENVELOPES rows (the longest untouched goes), ENVELOPE_DEFERRED
 * recipients of a message, ENVELOPES_DEFERRED of all, whose last attempt is
 * remembered.  What is evicted is counted.
 */
#ifndef SENDMAIL_ENVELOPE_H
#define SENDMAIL_ENVELOPE_H

#include "collectors/entry.h"
#include "collectors/inflight.h"

#define ENVELOPES          TRACKER_MESSAGES
#define ENVELOPE_DEFERRED  4096
#define ENVELOPES_DEFERRED 1048576
#define MAILER_TEXT        16

struct waiting;

struct envelope {
	struct table_row row;
	uint32_t host_index;
	uint8_t id_length;
	char id[QUEUE_ID_TEXT];
	bool from_seen; /* its from= line was read */
	bool submitted; /* by the submission program: the daemon has it next */
	bool arrived;   /* the data are complete, there are recipients */
	bool decided;   /* it lives: received, generated, or come back */
	bool back;      /* it came back on loopback: received before */
	bool generated; /* made by Sendmail itself */
	bool handed;    /* a copy of it came back: no delivery */
	bool authenticated;
	bool was_deferred; /* an attempt of it failed */
	bool refused;      /* at the end of data */
	bool condemned;    /* a rule said discard; a line will say it is done */
	bool discarded;    /* counted as discarded */
	bool held;         /* counted as quarantined */
	bool counted;      /* for its mailer's messages from */
	bool relayed;      /* counted under relay.* */
	bool talked;       /* pre-greeting talk was counted */
	bool dirty, saved;
	struct waiting *waiting; /* what waits to be decided; first to last */
	uint32_t account;        /* number of its name; 0: none */
	uint32_t recipients;     /* nrcpts */
	uint32_t finished;       /* recipients delivered or given up */
	uint64_t bytes;          /* as received */
	uint64_t sent_bytes;     /* as delivered: with what milters added */
	uint32_t added;          /* headers of milters, bytes */
	bool weighed;            /* sent_bytes is known */
	uint32_t refused_to;     /* hash of who was refused last; 0: none */
	uint64_t about_bytes;    /* generated: of the message it is about */
	uint64_t message_id;     /* hash; 0: none */
	uint64_t pid;            /* of the process that took it */
	int64_t since;           /* of its from= line, Unix microseconds */
	int64_t last;            /* of its last line */
	struct addr client;
	char *sender; /* without <>; "" is the null sender, NULL unknown */
	uint64_t *deferred; /* hashes of recipients, sorted */
	uint32_t deferred_count;
};

struct envelopes;

struct envelopes *envelopes_new(void);
void envelopes_free(struct envelopes *);

/* The row, or NULL. */
struct envelope *envelope_find(
    struct tracker *, uint32_t host_index, struct slice id);
/* The row, made if need be; touched; never NULL. */
struct envelope *envelope_get(
    struct tracker *, const struct log_line *, struct slice id);
/* A new one: what an earlier message of that id left is decided first. */
struct envelope *envelope_new(
    struct tracker *, const struct log_line *, struct slice id);
/* Its Message-ID is known: a copy that comes back will be told by it. */
void envelope_index(struct tracker *, struct envelope *);
/* The message that this one, come from loopback, is; NULL: a new one. */
struct envelope *envelope_original(
    struct tracker *, uint32_t host_index, uint64_t message_id);

static inline struct slice
envelope_id(const struct envelope *envelope)
{
	return (struct slice){ envelope->id, envelope->id_length };
}

/* An event of it: id, client, account filled; at the time of the line. */
struct mail_event envelope_event(struct tracker *, const struct log_line *,
    const struct envelope *, enum event_kind);

/* What one recipient's last attempt came to. */
void envelope_deferred(
    struct tracker *, struct envelope *, struct slice recipient);
void envelope_finished(
    struct tracker *, struct envelope *, struct slice recipient);
/* All that were deferred are given up: how many. */
uint32_t envelope_expired(struct tracker *, struct envelope *);

/* Rows of the state, their keys behind "S". */
void envelopes_save(struct tracker *, struct state_rows *);
bool envelopes_load(struct tracker *, struct slice key, struct slice value);

/*
 * It is that time on the host: decide what has waited too long there.  Each
 * host goes by its own clock, or the one that is ahead would hurry the others.
 */
void envelopes_time(struct tracker *, uint32_t host_index, int64_t now);
/* Decide all that waits. */
void envelopes_finish(struct tracker *);

#endif
