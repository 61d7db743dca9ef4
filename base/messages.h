/*
 * messages.h - the life of each message, to be found again
 *
 * Events of messages, and refusals of clients, are packed into blocks, one a
 * minute or one when it is full, and the worker writes them to
 * DATA/messages.db: within a bound of age and size, what is oldest goes first.
 *
 * Nothing is ever changed in a block, and there is no transaction in common
 * with the state: after a crash some lines are read once more, and their
 * events are written once more.  An event is known by all that it is (host,
 * queue id, time, recipient, answer, ...), so the search takes what two blocks
 * hold for one.  The line's place in its file would be no better key: an
 * event may come of no line at all, or be made when a later one decides.
 *
 * In memory there are at most MESSAGES_BLOCKS blocks that are not written yet;
 * what comes while a disk stalls longer is dropped and counted.
 */
#ifndef BASE_MESSAGES_H
#define BASE_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/event.h"
#include "base/worker.h"

#define MESSAGES_BLOCKS      32
#define MESSAGES_BLOCK_BYTES (64 * 1024)
#define MESSAGES_LIMIT       200 /* messages of one answer */
#define MESSAGES_HOST        64
#define MESSAGES_TEXT        402 /* a filter's text and its NUL */

struct messages_config {
	bool enabled;
	unsigned days;  /* what is older goes; 0: nothing is too old */
	uint64_t bytes; /* of the file */
};

struct messages;

/*
 * The worker is borrowed.  `patient': who adds waits for the disk instead of
 * losing events (replay).  The file is opened in the worker, when it is first
 * needed; that it cannot be is messages_trouble().
 */
struct messages *messages_open(const char *data, const struct messages_config *,
    struct worker *, bool patient);
/* Waits until everything is written.  -1: it cannot be, and is lost. */
int messages_close(struct messages *, struct err *);
void messages_reconfigure(struct messages *, const struct messages_config *);

void messages_add(struct messages *, const struct mail_event *);
/* Now and then; Unix seconds. */
void messages_tick(struct messages *, int64_t now);
/* So many blocks wait that a reader who can wait should. */
bool messages_is_behind(const struct messages *);

/* Why the last write failed, or NULL; events dropped so far. */
const char *messages_trouble(const struct messages *);
uint64_t messages_dropped(const struct messages *);

/* What is asked for. */
struct messages_question {
	char text[MESSAGES_TEXT]; /* an address of a person or of a client, a
				    domain, a queue id, a Message-ID */
	char host[MESSAGES_HOST]; /* empty: any */
	int64_t from, to;         /* Unix seconds; an event of it is within */
	size_t limit;             /* 1 to MESSAGES_LIMIT messages */
};

/* One message, or one refusal of a client that was of none. */
struct messages_message {
	size_t first, count; /* its events, in the order of their time */
	bool cut;            /* it has more */
};

/* The newest first. */
struct messages_found {
	struct messages_message *messages;
	size_t count;
	struct mail_event *events;
	size_t event_count;
	bool more;      /* there may be others, older */
	bool failed;    /* then err says why */
	struct err err; /* of the file */
	void *memory;   /* where the texts are */
};

/* -1: err says what the text should have been. */
int messages_check(const struct messages_question *, struct err *);
/*
 * What was added before is seen.  `take' is called once, in the owner's
 * thread; `found' is freed after it.  False: too many reads wait.
 */
bool messages_find(struct messages *, const struct messages_question *,
    void (*take)(void *arg, const struct messages_found *), void *arg);

/*
 * The same by another process, while an agent may be writing.  To be freed.
 */
struct messages_found *messages_look(
    const char *data, const struct messages_question *, struct err *);
void messages_found_free(struct messages_found *);

#endif
