/* envelope_impl.h - what envelopes are made of; for their own files alone */
#ifndef SENDMAIL_ENVELOPE_IMPL_H
#define SENDMAIL_ENVELOPE_IMPL_H

#include "collectors/sendmail/domains.h"
#include "collectors/sendmail/envelope.h"
#include "collectors/sendmail/waiting.h"
#include "collectors/tracker_impl.h"

#define WAITING_TEXT 512

enum wait_kind {
	WAIT_DECISION, /* a message: does it live? */
	WAIT_SIZE,     /* a generated one: how long is it? */
	WAIT_CLIENT,   /* an event: whose session is it? */
	WAIT_MAILER,   /* a column: whose sender is it? */
	WAIT_KINDS
};

/* The message of a process that is not decided yet. */
struct process_row {
	struct table_row row;
	uint32_t host_index;
	uint64_t pid;
	struct envelope *envelope;
};

/* In the order of their lines; texts of the event in `text'. */
struct waiting {
	struct waiting *prev, *next;     /* of all */
	struct waiting *before, *behind; /* of its envelope's */
	enum wait_kind kind;
	int64_t when; /* Unix microseconds */
	uint64_t pid;
	struct envelope *envelope;
	struct process_row *process; /* WAIT_DECISION; or NULL */
	struct mail_event event;
	char text[WAITING_TEXT];
};

/* Addresses of the domain are delivered on the host by that mailer. */
struct local_domain {
	struct table_row row;
	uint32_t host_index;
	uint64_t hash;
	char mailer[MAILER_TEXT];
	bool saved;
};

/* The first message in flight with that Message-ID. */
struct arrival_row {
	struct table_row row;
	uint32_t host_index;
	uint64_t message_id;
	struct envelope *envelope;
};

struct envelopes {
	struct table rows, message_ids, domains, processes;
	/* What waits, the oldest first: messages, and all else.  A client may
	   keep its own waiting for long, and must not hold up others. */
	struct waiting *waiting[2];
	size_t waiting_count;
	size_t deferred_count; /* of all rows */
	uint32_t host_waits[TRACKER_HOSTS];
	struct waiting *spare; /* kept for the next, or NULL */
	bool waiting_dirty, milters_dirty;
	bool milters[TRACKER_HOSTS]; /* it has some: their word may come late */
	/* Of each host, event time as last told, and of its last sweep. */
	int64_t now[TRACKER_HOSTS], swept[TRACKER_HOSTS];
	char local[TRACKER_HOSTS][MAILER_TEXT]; /* its local mailer; "" none */
};

struct envelopes *envelopes_of(struct tracker *);

struct waiting *waiting_add(struct tracker *, const struct log_line *,
    struct envelope *, enum wait_kind, const struct mail_event *);
void waiting_remove(struct tracker *, struct waiting *);
/* The one that has waited the longest; NULL: nothing waits. */
struct waiting *waiting_oldest(const struct envelopes *);
/* Until when it waits. */
int64_t waiting_until(const struct envelopes *, const struct waiting *);
/* It has waited long enough. */
void waiting_decide(struct tracker *, struct waiting *);

/* The mailer of its sender; empty: it may yet be told. */
struct slice sender_mailer(
    const struct tracker *, const struct envelope *, bool at_last);

/* One of the recipients whose last attempt was deferred; there is room. */
void envelope_add_deferred(struct tracker *, struct envelope *, uint64_t hash);

/* What a host's number adds to the hash of a domain. */
static inline uint64_t
domain_salt(uint32_t host_index)
{
	return host_index * 0x9e3779b97f4a7c15u;
}

/* A domain out of the state. */
void domain_add(
    struct tracker *, uint32_t host_index, uint64_t hash, struct slice mailer);

/* The saved row must go from the state. */
void envelope_forget(struct tracker *, const struct envelope *);

void envelope_remove(struct tracker *, struct envelope *);

#endif
