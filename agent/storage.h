/*
 * storage.h - what survives: the state, the series, and the threads that write
 * them
 *
 * One commit takes the places in the logs and all that follows from them; the
 * steps it holds are then written to the series.  A commit may take long, so
 * it has a thread of its own: whoever asks for history does not wait for it.
 */
#ifndef AGENT_STORAGE_H
#define AGENT_STORAGE_H

#include "agent/respond.h"
#include "base/digest.h"
#include "base/messages.h"
#include "base/state.h"
#include "base/stats.h"
#include "base/tally.h"
#include "base/worker.h"
#include "collectors/collectors.h"
#include "rrd/series.h"

struct storage {
	struct worker *worker;  /* writes and reads the series */
	struct worker *commits; /* writes the state */
	struct series *series;
	struct state *state;
	struct messages *messages; /* NULL: not kept */
};

/*
 * Open DATA and give the stored rows to their parts.  Without a digest,
 * collectors, respond or mailout (NULL), what is theirs is not kept.  On
 * failure nothing is left open.
 */
int storage_open(struct storage *, const char *data, struct stats *,
    struct tally *, struct digest *, struct collectors *, struct respond *,
    struct mailout *, struct err *);
/* The history of messages is kept as well, if it is enabled; `patient' as
   messages_open() has it. */
void storage_keep_history(struct storage *, const char *data,
    const struct messages_config *, bool patient);
/* Commit and write what is due, in the workers. */
void storage_commit(struct storage *);
/* Call when one of the workers' descriptors is readable, and now and then. */
void storage_ready(struct storage *);
/* Wait until all that was begun is written. */
void storage_drain(struct storage *);
/* Called now and then: false if a worker stands still. */
bool storage_moves(struct storage *);
/* The last commit, everything written, everything closed. */
int storage_close(struct storage *, struct err *);
/* Why the last commit or write failed, or NULL. */
const char *storage_trouble(const struct storage *);

#endif
