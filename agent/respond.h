/*
 * respond.h - what follows from a verdict
 *
 * alerts/ says what is the matter, blocks/ what may be done about it; here the
 * one is told to the other.  Notices go on to whoever wants them.
 */
#ifndef AGENT_RESPOND_H
#define AGENT_RESPOND_H

#include "alerts/alerts.h"
#include "blocks/blocks.h"

struct respond {
	struct alerts *alerts;
	struct blocks *blocks;
	bool finished; /* logs: what would be blocked counts as blocked */
	int64_t now;   /* Unix microseconds; 0: that of the events */
	/* An incident opens, grows or is over; a client is blocked, or would
	   be.  Any may be NULL. */
	void (*noticed)(void *arg, const struct incident *, enum notice);
	void (*blocked)(void *arg, const struct incident *, int64_t when,
	    const struct block *);
	void *arg;
};

/* Both configurations are borrowed. */
void respond_open(
    struct respond *, const struct alert_config *, const struct block_config *);
void respond_close(struct respond *);

/* Each event, for both. */
void respond_judge(struct respond *, const struct mail_event *);
/* The clock, Unix microseconds; not where logs are finished. */
void respond_tick(struct respond *, int64_t now, bool live);

#endif
