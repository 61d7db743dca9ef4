/* enforce_impl.h - what the enforcer is made of; for enforce*.c alone */
#ifndef BLOCKS_ENFORCE_IMPL_H
#define BLOCKS_ENFORCE_IMPL_H

#include "base/helper.h"
#include "blocks/backend.h"
#include "blocks/blocks_impl.h"
#include "blocks/enforce.h"

#define NOTHING SIZE_MAX

struct enforcer {
	struct blocks *blocks;
	const struct block_backend *backend;
	struct helper *helper; /* NULL: it has ended */
	struct own *own;       /* NULL: not known */

	bool born;    /* the helper can be asked */
	bool open;    /* so is the backend */
	bool made;    /* we may have left something in it */
	bool cleared; /* observing: what a former run left is gone */
	bool adopt;   /* what the list lacks came from a run that was killed */
	bool opened;  /* it was, once */
	bool compare; /* the difference is wanted */
	bool changed; /* a map is to be written */
	bool uncounted; /* by the backend: what it refused of each */

	bool asked; /* a request is under way */
	uint32_t number;
	struct block_request request;

	struct prefix *queue; /* from queue_at to queue_end: to be told */
	size_t queue_at, queue_end, queue_size;
	size_t resend_at;      /* row of the list; NOTHING: not resending */
	struct prefix *unsaid; /* the helper is to forget them */
	size_t unsaid_count;
	size_t never_set, never_at; /* of the exempt sets, to be told */
	size_t batch;               /* elements a request may have now */
	bool anew;         /* what is being sent again is not there at all */
	size_t skipped;    /* that failed, since all were sent */
	int64_t retry_at;  /* to send all again, as some were left out */
	unsigned failures; /* in a row */

	int64_t looked_at; /* for addresses of our own */
	int64_t try_at;    /* not before that, after a failure */
	int64_t check_at, compare_at, write_at, count_at;
	int64_t sent_at;    /* a map's list, that is being written */
	size_t differences; /* of the last comparison */
	uint64_t refused, repaired;
	struct err trouble, repair;
	bool in_trouble;
	int64_t repaired_at;
};

/* The next request, if there is anything to ask. */
void enforcer_pump(struct enforcer *);
/* Up to `batch' changes into the request; how many. */
size_t enforcer_gather(struct enforcer *);
/* Is everything told? */
bool enforcer_idle(const struct enforcer *);
void enforcer_requeue(struct enforcer *);
/* The list in force, in memory; with senders where the backend knows them. */
int enforcer_list(const struct enforcer *, struct err *);
/* NULL: it is over. */
void enforcer_trouble(struct enforcer *, const struct err *);
void enforcer_answered(struct enforcer *, const struct block_answer *);
/* Unasked; fd is borrowed. */
void enforcer_told(struct enforcer *, const struct block_answer *, int fd);

/* That of the element, or NULL. */
struct entry *enforcer_entry(
    const struct enforcer *, const struct block_element *);
/* What somebody else undid is being made anew. */
void enforcer_repaired(struct enforcer *);
/* fd is borrowed: the difference and the counts. */
void enforcer_compared(struct enforcer *, const struct block_answer *, int fd);

#endif
