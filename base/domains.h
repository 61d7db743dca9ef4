/*
 * domains.h - whose mail it is: the domains of senders and of recipients
 *
 * What each brought or was sent since the beginning.  A sender's domain is what
 * the sender claims.  A refusal counts for the sender's where one was told of,
 * and for the recipient's but where relaying was refused: those are nobody's
 * domains here.  Mail that the server makes itself is not counted.
 */
#ifndef BASE_DOMAINS_H
#define BASE_DOMAINS_H

#include "base/event.h"
#include "base/listing.h"
#include "base/roster.h"

#define DOMAINS_MOST 4096 /* of each side; then roster.h tells who goes */

enum domain_side { SENDERS, RECIPIENTS, DOMAIN_SIDES };

#define SENDER_TABLE(X)                                                        \
	X(MESSAGES, "messages")                                                \
	X(BYTES, "bytes")                                                      \
	X(REJECTED, "rejected")                                                \
	X(SPAM, "spam") /* or virus, or banned, where the scanner says whose */
#define RECIPIENT_TABLE(X)                                                     \
	X(SENT, "sent")                                                        \
	X(BYTES, "bytes")                                                      \
	X(DEFERRED, "deferred")                                                \
	X(BOUNCED, "bounced")                                                  \
	X(REJECTED, "rejected")

enum sender_column {
#define SENDER_ENUM(name, word) SENDER_##name,
	SENDER_TABLE(SENDER_ENUM)
#undef SENDER_ENUM
	    SENDER_COLUMNS
};
enum recipient_column {
#define RECIPIENT_ENUM(name, word) RECIPIENT_##name,
	RECIPIENT_TABLE(RECIPIENT_ENUM)
#undef RECIPIENT_ENUM
	    RECIPIENT_COLUMNS
};
#define DOMAIN_COLUMNS 5 /* at most */

/* Orders of a listing: a column, or */
enum { DOMAINS_BY_LAST = DOMAIN_COLUMNS, DOMAINS_BY_NAME };

struct domain_row {
	struct roster_row name;
	uint64_t counts[DOMAIN_COLUMNS];
	int64_t last; /* Unix seconds */
};

/* The word of a column; NULL behind the last. */
const char *domains_column(enum domain_side, unsigned column);

struct domains;

struct domains *domains_new(void);
void domains_free(struct domains *);
void domains_add(struct domains *, const struct mail_event *);
/* Rows are struct domain_row. */
void domains_list(const struct domains *, enum domain_side, struct listing *);
uint64_t domains_evicted(const struct domains *, enum domain_side);

/* Their keys in the state begin with 's' or 'r'.  False: a damaged row. */
void domains_save(struct domains *, struct state_rows *);
bool domains_load(struct domains *, struct slice key, struct slice value);

#endif
