/*
 * rule.h - what a rule is made of, and what a kind of rule provides
 *
 * A rule is one row in rules.c: its key, and one condition or several, each
 * with the kind that judges it.  A condition's `measure' says what an event
 * counts; the kind says over what, and when that is too much.
 */
#ifndef ALERTS_RULE_H
#define ALERTS_RULE_H

#include "alerts/alerts.h"

#define CONDITIONS 3 /* of one rule */

/* A mail server, and how well the agent sees it. */
struct alert_host {
	char name[64];
	size_t length;
	uint64_t hash; /* of the name: the same in every run */
	unsigned index;
	int64_t now; /* its time, Unix microseconds */
	int64_t due; /* an open incident may be over then */
};

/* What an event is to a rule. */
struct mark {
	int64_t when; /* Unix microseconds */
	struct alert_host *host;
	bool wire;
	uint64_t hash;        /* of host, source and key */
	struct addr client;   /* the key of a rule on clients */
	struct slice account; /* the same on accounts, cut to ALERTS_KEY */
	struct slice subject; /* the same on subjects, which go by: */
	uint64_t subject_key; /* 0: it has none */
	/* Offences, and what they are a part of; `other' is another reading
	   of the whole: the larger one counts. */
	uint32_t part, whole, other;
	uint64_t member; /* of what is to be different; a hash */
	uint64_t value;  /* of a gauge */
};

/* What came of it. */
struct verdict {
	int level;      /* that holds now; -1: none */
	int64_t first;  /* when what was counted began */
	int64_t at;     /* when the level was crossed */
	uint64_t count; /* offences, also where no level holds */
	uint32_t within;
	double value, usual;
};

/* Where the value of a condition without `wants' comes from. */
enum gauge { GAUGE_NONE, GAUGE_OLDEST, GAUGE_COVERAGE, GAUGE_LAG, GAUGE_DROPS };

struct condition {
	const struct rule_kind *kind;
	uint32_t wants; /* bits, 1 << enum event_kind */
	/* False: the event is nothing to it.  Fills the last group of fields,
	   which are 0. */
	bool (*measure)(const struct mail_event *, struct mark *);
	enum gauge gauge;
	enum alert_option limit, within; /* which options are its own */
	bool below;                      /* of a gauge: too low */
};

struct rule {
	const char *name, *help, *what, *unit;
	enum alert_key key;
	bool critical;
	uint32_t knows; /* bits, 1 << enum alert_option */
	struct rule_config defaults;
	struct condition conditions[CONDITIONS];
};

extern const struct rule rules[ALERT_RULES];

struct rule_kind {
	const char *name;
	/* What one condition counts in; windows[] have no limit there yet. */
	void *(*make)(const struct rule *, const struct condition *);
	void (*free)(void *);
	/* Other thresholds; called before the first event, too. */
	void (*configure)(void *, const struct rule_config *);
	/* Count the mark.  False: it is no offence, whatever holds. */
	bool (*judge)(void *, const struct mark *, struct verdict *);
	/*
	 * The host's time comes to `now', Unix microseconds, and nothing was
	 * heard of it before.  True: that is an offence.  NULL: it is nothing
	 * to this kind.
	 */
	bool (*pass)(
	    void *, const struct alert_host *, int64_t now, struct verdict *);
	/* Rows of the state, keys begin as given; NULL: nothing is kept. */
	void (*save)(void *, struct state_rows *, struct slice key);
	bool (*load)(void *, struct slice key, struct slice value);
	size_t (*keys)(const void *);
	uint64_t (*evicted)(const void *);
};

extern const struct rule_kind rule_rate, rule_distinct, rule_share;
extern const struct rule_kind rule_surge, rule_silence, rule_level;

static inline struct verdict
verdict_none(void)
{
	return (struct verdict){ .level = -1, .usual = -1 };
}

#endif
