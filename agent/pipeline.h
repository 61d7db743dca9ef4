/*
 * pipeline.h - where one event goes
 *
 * pipeline_take() is the only function that receives events, and its lines are
 * the architecture.
 */
#ifndef AGENT_PIPELINE_H
#define AGENT_PIPELINE_H

#include <stdio.h>

#include "base/stats.h"
#include "base/tally.h"

struct pipeline {
	struct stats *stats;
	struct tally *tally;
	FILE *events; /* replay --events; NULL: not wanted */
};

/* arg is the struct pipeline. */
void pipeline_take(void *arg, const struct mail_event *);

#endif
