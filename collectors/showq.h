/*
 * showq.h - Postfix's list of its queues, by the socket of its showq(8)
 *
 * For an agent that may not read the queue directories: the group postdrop may
 * connect.  Since Postfix 3.1 showq answers in attributes (util/attr_print0.c):
 * name NUL value NUL ..., an empty name ends a message of the list, a message
 * without attributes ends the list.  Of a message the attributes queue_name
 * and time are used.
 */
#ifndef COLLECTORS_SHOWQ_H
#define COLLECTORS_SHOWQ_H

#include <stddef.h>

#include "base/err.h"
#include "collectors/spool.h"

/* What was read of an answer so far; zeros to begin with. */
struct showq_answer {
	struct spool_count count;
	bool ended; /* the list is whole */

	struct spool_message message;
	bool in_value, has_any, has_queue;
	char name[32], token[64];
	size_t n; /* bytes of the token, which is cut */
};

/* Any bytes of it.  False: it is no such answer. */
bool showq_take(struct showq_answer *, struct slice bytes);

struct showq;

/* The socket is public/showq below the spool, or is what `path' names. */
struct showq *showq_new(const char *path);
void showq_free(struct showq *);
/* Begin anew with the next step. */
void showq_hang_up(struct showq *);

/*
 * Connect if need be, and read what is there.  SPOOL_FAILED: errno and err.
 */
enum spool_result showq_step(
    struct showq *, struct spool_count *, struct err *);

#endif
