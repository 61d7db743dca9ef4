/*
 * verdict.h - what a scanner found, given to its message
 *
 * The message itself is counted where the mail system speaks of it.
 */
#ifndef COLLECTORS_VERDICT_H
#define COLLECTORS_VERDICT_H

#include "collectors/tracker.h"

/* What the scanner's line says of the message; each may be empty. */
struct verdict_of {
	struct slice queue_id, message_id, author;
	struct addr client; /* none: that of the message with that queue id */
};

enum meaning verdict_give(struct tracker *, const struct log_line *,
    enum verdict_kind, const struct verdict_of *);

#endif
