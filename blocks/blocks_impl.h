/* blocks_impl.h - what the list is made of; for blocks*.c and enforce*.c */
#ifndef BLOCKS_BLOCKS_IMPL_H
#define BLOCKS_BLOCKS_IMPL_H

#include "base/table.h"
#include "blocks/blocks.h"
#include "blocks/known.h"
#include "blocks/never.h"
#include "blocks/rows_gone.h"

#define BLOCK_RULES 64 /* names of rules; what comes then is "other" */
#define PACE_SECS   60
#define SECOND      INT64_C(1000000) /* in microseconds */

/*
 * In force, or over and remembered.  Whatever changes is touched, so that what
 * the state does not yet have stands at the newest end.
 */
struct entry {
	struct table_row row;
	struct block block;
	bool over;  /* was seen to be */
	bool saved; /* the state has a row of it */
	bool dirty;
	uint64_t counter; /* the backend's, as it told last */
};

struct blocks {
	const struct block_config *config;
	struct table entries;
	size_t over;     /* of them */
	size_t enforced; /* of them */
	char *rules[BLOCK_RULES];
	size_t rule_count;
	struct exempt exempt;
	struct known known;
	struct nevers nevers;
	int64_t now, next_over, last_look;
	struct rows_gone gone;
	bool loaded; /* rows of the state; the order is to be made */
	uint32_t made[PACE_SECS]; /* blocks in each second, up to made_second */
	int64_t made_second;
	uint64_t over_cap;
	struct enforcer *enforcer; /* NULL: only a list */
};

/* What to look for: a prefix, or with it none a sender. */
struct block_key {
	struct prefix what;
	struct slice sender;
};

struct entry *blocks_entry(const struct blocks *, const struct block_key *);
/* Made or found; NULL: there is no room. */
struct entry *blocks_make(struct blocks *, const struct block_key *);
void blocks_drop(struct blocks *, struct entry *);
void blocks_set_enforced(struct blocks *, struct entry *, bool enforced);
/* What is now exempt is blocked no longer. */
void blocks_lift(struct blocks *);
bool blocks_in_force(const struct block *, int64_t now);
/* At the next commit the state drops its row. */
void blocks_gone(struct blocks *, const struct entry *);
/* The one copy of a rule's name. */
const char *blocks_rule(struct blocks *, struct slice name);

struct state_part blocks_never_part(struct blocks *);

bool policy_is_never(
    const struct blocks *, const struct prefix *, int64_t seconds);
/* What the policy says of a wish; *key is what is to be blocked. */
enum block_outcome policy_judge(const struct blocks *,
    const struct block_wish *, int64_t at, struct block_key *key);
/* How long, the `times'-th time. */
uint32_t policy_seconds(uint32_t first, uint32_t times);
/* May one more be made at that second?  Counts it if so. */
bool policy_pace(struct blocks *, int64_t second);

#endif
