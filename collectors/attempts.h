/*
 * attempts.h - deliveries that have begun, by number
 *
 * Systems that tell of a delivery in two lines join them by a number, which is
 * used again when the system starts anew; nullmailer, which has one at a time,
 * by none.  A row ends with its delivery, or with the next of its number.
 */
#ifndef COLLECTORS_ATTEMPTS_H
#define COLLECTORS_ATTEMPTS_H

#include "collectors/tracker.h"

#define RECIPIENT_TEXT                                                         \
	320 /* RFC 5321 has 64 + 1 + 255; what is longer is cut */

struct begun {
	struct table_row row;
	uint64_t number;
	uint32_t host_index;
	bool outbound; /* to another host */
	bool dirty, saved;
	uint8_t id_length;
	uint16_t length;
	char id[QUEUE_ID_TEXT]; /* of its message */
	char recipient[RECIPIENT_TEXT];
	/* Where more lines tell of it before it is over. */
	uint8_t failed; /* 1: for now, 2: for good */
	char mailer[16], relay[96], reply[256];
};

/* Never NULL; what had that number is over. */
struct begun *attempt_begin(struct tracker *, const struct log_line *,
    uint64_t number, struct slice id, struct slice recipient, bool outbound);
/* NULL if there is none, as where the log began in its middle. */
struct begun *attempt_find(
    struct tracker *, uint32_t host_index, uint64_t number);
void attempt_end(struct tracker *, struct begun *);

static inline struct slice
begun_id(const struct begun *begun)
{
	return (struct slice){ begun->id, begun->id_length };
}

static inline struct slice
begun_recipient(const struct begun *begun)
{
	return (struct slice){ begun->recipient, begun->length };
}

void attempts_save(struct tracker *, struct state_rows *);
bool attempts_load(struct tracker *, struct slice key, struct slice value);

#endif
