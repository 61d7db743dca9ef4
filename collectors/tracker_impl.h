/* tracker_impl.h - what the tracker is made of; for its own files alone */
#ifndef COLLECTORS_TRACKER_IMPL_H
#define COLLECTORS_TRACKER_IMPL_H

#include "base/pseudonym.h"
#include "collectors/home.h"
#include "collectors/hops.h"
#include "collectors/inflight.h"
#include "collectors/sessions.h"
#include "collectors/tracker.h"

#define ACCOUNT_TEXT 96
#define SERVICE_TEXT 48
#define NOT_A_FILTER 3 /* so many deliveries without a return decide it */

struct tracked_host {
	char name[64];
	size_t length;
	bool filter_seen;   /* a loopback relay of its took mail */
	bool tells_account; /* Courier says who authenticated */
	bool dialog_seen;   /* its log has who brings which message */
	bool tells_logins;  /* UW imapd or Qpopper said it of one, at once */
	bool returns_named; /* each return of its filters is told by its id */
	bool tells_dialog;  /* Courier logs commands as they came */
	uint32_t begun;     /* attempts on the host itself, under way */
	/* When a daemon last spoke that lets addresses relay, and when
	   somebody last logged in, about to the hour; 0: never. */
	int64_t granting, logging_in;
	bool grants_dirty;
};

/* What the state has of it. */
static inline uint8_t
host_flags(const struct tracked_host *host)
{
	return (uint8_t)(host->filter_seen | host->tells_account << 1 |
			 host->dialog_seen << 2 | host->tells_logins << 3 |
			 host->returns_named << 4 | host->tells_dialog << 5);
}

static inline void
host_set_flags(struct tracked_host *host, uint8_t flags)
{
	host->filter_seen = flags & 1;
	host->tells_account = flags >> 1 & 1;
	host->dialog_seen = flags >> 2 & 1;
	host->tells_logins = flags >> 3 & 1;
	host->returns_named = flags >> 4 & 1;
	host->tells_dialog = flags >> 5 & 1;
}

/* An account's name; never evicted, so that numbers stay. */
struct account_text {
	struct table_row row;
	uint32_t number;
	char text[ACCOUNT_TEXT];
};

/* The first message in flight with that Message-ID. */
struct message_id_row {
	struct table_row row;
	uint32_t host_index;
	uint64_t message_id;
	struct message *message;
};

/* A service of pipe(8). */
struct service {
	char name[SERVICE_TEXT];
	bool is_filter;
	unsigned misses; /* deliveries after which nothing came back */
};

enum pending_kind {
	PENDING_MESSAGE, /* received, unless it is a return */
	PENDING_PIPED,   /* sent, unless the service is a filter */
	PENDING_HANDED,  /* settled: a filter has it; returns may follow */
	PENDING_REFUSED  /* its reason is not known yet: undecided.h */
};

/* What waits for a proof, in the order of its lines. */
struct pending {
	struct pending *prev, *next;
	enum pending_kind kind;
	uint32_t host_index;
	int64_t when; /* of the line, Unix microseconds */
	uint8_t id_length;
	char id[QUEUE_ID_TEXT];
	uint64_t message_id;
	struct service *service;
	struct addr client;
	uint32_t account;
	struct mail_event event; /* PENDING_PIPED; texts in `text' */
	size_t text_length;      /* else; PENDING_MESSAGE: the sender */
	char text[1024];
};

struct envelopes;
struct logins;
struct relays;
struct exim_state;
struct transcripts;
struct wrapped;

struct tracker {
	struct home home;
	struct event_sink sink;
	struct pseudonyms *names; /* of people in the state; or NULL */
	struct slice line;        /* being read, raw; may be empty */
	struct tracker_counts counts;
	struct tracked_host hosts[TRACKER_HOSTS];
	uint32_t host_count;
	struct table messages, message_ids, sessions, accounts, attempts;
	struct table grants;   /* by recent logins */
	struct relays *relays; /* that wait; NULL before the first */
	bool several;          /* logs are read */
	bool login_relays, login_never;
	unsigned login_seconds;
	struct account_text *account_texts[TRACKER_NAMES + 1];
	uint32_t account_count;
	struct service services[TRACKER_FILTERS];
	size_t service_count;
	struct pending *pending; /* a list; the oldest first */
	size_t pending_count, undecided;
	struct exim_state *exim;         /* NULL until Exim speaks */
	struct envelopes *envelopes;     /* Sendmail's; NULL until it speaks */
	struct logins *logins;           /* that wait; NULL before the first */
	struct transcripts *transcripts; /* NULL before the first line */
	struct wrapped *wrapped;         /* NULL until a wrapper speaks */
	/* Each host's event time to look after them. */
	int64_t envelopes_due[TRACKER_HOSTS];
	bool services_dirty, pending_dirty;
	/* Rows of the state whose message or session is gone. */
	struct state_writer gone;
};

/* The event of a message that counts as received now. */
void emit_received(struct tracker *, const struct log_line *, struct message *,
    enum event_kind, struct slice sender);

static inline struct slice
pending_text(const struct pending *pending)
{
	return (struct slice){ pending->text, pending->text_length };
}

/* What waits, of nothing that has an id; and that it waits no longer. */
struct pending *hops_add(
    struct tracker *, uint32_t host_index, int64_t when, enum pending_kind);
void pending_drop(struct tracker *, struct pending *);

void pending_save(struct tracker *, struct state_rows *);
bool pending_load(struct tracker *, struct slice value);
/* A loopback relay of that host's took mail: it has a filter. */
void hops_note_filter(struct tracker *, uint32_t host_index);

/* Copy the event and its texts into what waits. */
void pending_keep_event(
    struct tracker *, struct pending *, const struct mail_event *);

/* In rows of the state hosts go by name. */
struct slice tracker_host_name(const struct tracker *, uint32_t index);
void put_addr(struct state_writer *, const struct addr *);
bool get_addr(struct slice *at, struct addr *);

/* Remember that a saved row must be dropped from the state; takes the key. */
void state_forget(struct tracker *, struct state_writer *key);
void state_forget_message(struct tracker *, const struct message *);
void state_forget_session(struct tracker *, const struct session *);

#endif
