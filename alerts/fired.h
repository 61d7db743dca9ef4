/*
 * fired.h - how often a rule fired, by day (UTC); for alerts/ alone
 *
 * Past incidents count like present ones: after the logs were read back a month
 * is known.
 */
#ifndef ALERTS_FIRED_H
#define ALERTS_FIRED_H

#include "alerts/alerts.h"

#define FIRED_SLOTS 32 /* a day is in slot day % FIRED_SLOTS */

enum fired_what {
	FIRED_WARN,    /* an incident reached it, or more */
	FIRED_ACT,     /* the same */
	FIRED_BLOCKED, /* a client was blocked, or would have been */
	FIRED_WHATS    /* keep last: how many there are */
};

struct fired {
	struct fired_day {
		uint32_t day; /* since 1970; 0: none */
		uint32_t n[FIRED_WHATS];
		bool dirty;
	} days[FIRED_SLOTS];
};

/* At that time (Unix microseconds); what is too old is not counted. */
void fired_add(struct fired *, int64_t when, enum fired_what);
/* Levels that an incident reached, having been at `before' (-1: none). */
void fired_levels(struct fired *, int64_t when, int before, int level);

/* Rows of the state, their keys begin as given. */
void fired_save(struct fired *, struct state_rows *, struct slice key);
bool fired_load(struct fired *, struct slice key, struct slice value);

#endif
