/*
 * verdicts.h - what the rules would have done over finished logs
 *
 * Every incident and every block, in the order in which they came; more than
 * VERDICTS of either are only counted.
 */
#ifndef AGENT_VERDICTS_H
#define AGENT_VERDICTS_H

#include <jansson.h>
#include <stdio.h>

#include "agent/respond.h"

#define VERDICTS 200000

struct verdicts {
	struct respond respond;
	struct verdict_incident *incidents;
	struct verdict_block *blocks;
	size_t incident_count, block_count;
	uint64_t more; /* that had no room */
};

void verdicts_open(struct verdicts *, const struct alert_config *,
    const struct block_config *);
void verdicts_close(struct verdicts *);
/* Nothing follows: what is open is as it is. */
void verdicts_finish(struct verdicts *);

/* "incidents" and "blocks" of the object. */
void verdicts_json(const struct verdicts *, json_t *);
void verdicts_print(FILE *, const struct verdicts *);

#endif
