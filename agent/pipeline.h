/*
 * pipeline.h - where one event goes
 *
 * pipeline_take() is the only function that receives events, and its lines are
 * the architecture.  What is no event comes beside it: counts of lines, and
 * complaints.
 */
#ifndef AGENT_PIPELINE_H
#define AGENT_PIPELINE_H

#include <stdio.h>

#include "agent/respond.h"
#include "base/digest.h"
#include "base/messages.h"
#include "base/pseudonym.h"
#include "base/stats.h"
#include "base/tally.h"
#include "web/web.h"

struct pipeline {
	struct pseudonyms *names; /* of people; NULL: those they have */
	struct stats *stats;
	struct tally *tally;
	struct tally *wire;      /* of what the wire showed; NULL: not wanted */
	struct digest *digest;   /* NULL: not wanted */
	struct respond *respond; /* the rules; NULL: not wanted */
	struct web *web;         /* its live events; NULL: not the present */
	struct messages *messages; /* of messages; NULL: not wanted */
	FILE *events;              /* replay --events; NULL: not wanted */
	bool logged; /* a log told of something, not the wire alone */
};

/* arg is the struct pipeline. */
void pipeline_take(void *arg, const struct mail_event *);
void pipeline_count(struct pipeline *, struct slice host, int64_t when,
    enum metric, uint64_t n);
/* How it is now; in the day's digest where `when' (Unix seconds) is not 0. */
void pipeline_gauge(struct pipeline *, struct slice host, int64_t when,
    enum metric, uint64_t value);
void pipeline_complain(struct pipeline *, const struct complaint *);

#endif
