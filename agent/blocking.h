/*
 * blocking.h - the list of blocks meets the loop, and what is said of it
 */
#ifndef AGENT_BLOCKING_H
#define AGENT_BLOCKING_H

#include "agent/privileges.h"
#include "base/addr.h"
#include "blocks/blocks.h"

struct agent;

/* What enforcing takes and this process lacks, in words, or NULL. */
const char *blocking_right(const struct block_config *);
/* For mailweir check: prints how blocks are set.  False: a right is missing. */
bool blocking_check(const struct block_config *);

/*
 * Start its helper; before privileges are dropped.  Without it everything else
 * goes on, and blocking_trouble() says so.
 */
void blocking_open(struct agent *, const struct privileges *);
void blocking_start(struct agent *);
/* The configuration that SIGHUP brought is in place. */
void blocking_reload(struct agent *);

/* What our networks are. */
void blocking_learnt(struct agent *, const struct prefix *networks, size_t n);

/* Each second: gauges, and troubles as incidents. */
void blocking_tick(struct agent *);
/* The same into the series, as the steps of a host are complete. */
void blocking_step(struct agent *, struct slice host, int64_t upto);
/* Why blocks are not as they should be, or NULL. */
const char *blocking_trouble(const struct agent *);

#endif
