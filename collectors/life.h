/*
 * life.h - the life of one message, told by any format
 *
 * What each step means for the account: received once, when first
 * active or put on hold; generated, when something proves that the mail system
 * made it; a retry is nothing new.
 */
#ifndef COLLECTORS_LIFE_H
#define COLLECTORS_LIFE_H

#include "collectors/inflight.h"

/* A client began to send it; `account' empty: not authenticated. */
struct message *life_from_client(struct tracker *, const struct log_line *,
    struct slice id, const struct addr *client, struct slice account);
/* It was submitted on this host. */
struct message *life_from_local(
    struct tracker *, const struct log_line *, struct slice id);
/* The same message under a new id. */
void life_renamed(struct tracker *, const struct log_line *, struct slice id,
    struct slice old_id);

/* It is in the queue, and has that Message-ID (without <>; may be empty). */
void life_queued(struct tracker *, const struct log_line *, struct slice id,
    struct slice message_id);
/* It became active, for the first time or again. */
void life_active(struct tracker *, const struct log_line *, struct slice id,
    struct slice sender, uint64_t bytes, uint32_t recipients);
/* A rule put it on hold, or threw it away; the mailer is its way in, `words'
   what the line says of the rule, if anything. */
void life_held(struct tracker *, const struct log_line *, struct message *,
    struct slice mailer, struct slice words);
void life_discarded(struct tracker *, const struct log_line *, struct message *,
    struct slice mailer, struct slice words);
/* It was refused at the end of data; true if that is news. */
bool life_refused(struct tracker *, struct message *);
/* Proof that the mail system itself made it. */
void life_generated(struct tracker *, const struct log_line *, struct slice id);
void life_expired(struct tracker *, const struct log_line *, struct slice id,
    struct slice sender);
void life_removed(struct tracker *, const struct log_line *, struct slice id);

/* A message that left for another host; texts borrowed. */
struct relaying {
	struct slice queue_id, account;
	struct slice recipient; /* as addressed */
	struct addr client, peer;
	int64_t arrived; /* Unix microseconds */
	bool authenticated;
	bool account_untold; /* the log may not say who authenticated */
};
/* If the recipient is not ours, say by what right it was taken; true: said. */
bool life_relayed(
    struct tracker *, const struct log_line *, const struct relaying *);

/* One attempt for one recipient; texts borrowed. */
struct attempt {
	enum event_kind kind; /* EVENT_SENT, _DEFERRED, _BOUNCED */
	struct slice mailer, recipient, addressed, relay, dsn, reply;
	struct addr peer;
	uint32_t delay_ms;   /* 0: unknown */
	bool is_pipe;        /* `relay' names a service of pipe(8) */
	bool is_outbound;    /* by an agent for other hosts' domains */
	bool is_discard;     /* by discard(8) */
	bool is_cut;         /* the end of the reply was not logged */
	bool account_untold; /* as in struct relaying */
};
void life_attempt(struct tracker *, const struct log_line *, struct slice id,
    const struct attempt *);

#endif
