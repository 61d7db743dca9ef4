/*
 * learn.h - what is ours: asked of the mail system, told to the collectors
 *
 * Asked at start and on SIGHUP, by the helper (agent/programs.h).  At start no
 * line is read before the answer, or before it is given up: wrong knowledge
 * would stay in the account.
 */
#ifndef AGENT_LEARN_H
#define AGENT_LEARN_H

#include "agent/config.h"
#include "agent/ours.h"
#include "agent/privileges.h"

struct agent;

/* Start the helper; before privileges are dropped. */
int learn_open(struct agent *, const struct privileges *, struct err *);
void learn_close(struct agent *);

/* Watch the helper, and ask it for the first time. */
void learn_start(struct agent *);
/* Ask again: the configuration may have changed, or the mail system's. */
void learn_again(struct agent *);
/* Is it too early to read lines? */
bool learn_pending(const struct agent *);

/*
 * Networks and domains as configured, else as found (a list that is set is
 * whole).  The lists are for free(), what they point to is borrowed.
 */
struct collect_config learn_merge(
    const struct collect_config *set, const struct ours *found);
void learn_merged_free(
    struct collect_config *, const struct collect_config *set);

#endif
