/*
 * alerts.h - what is the matter: rules, windows, incidents
 *
 * The public header of alerts/.  Each event is judged as it comes, by every
 * rule that wants its kind; each rule counts over a sliding window of event
 * time, for a key: a client, an account or the host.  Events at most `within'
 * apart are in one window, to the microsecond.  When a level is crossed an
 * incident opens; it gathers what follows, grows at the next level and closes
 * when it was calm for its window.  What is done about it the sinks decide.
 *
 * What the log tells and what the wire shows of the same mail is never added:
 * each has windows of its own.
 *
 * Bounds.  Each condition watches ALERTS_KEYS keys.  When there are more, the
 * half that matters least makes room: who has nothing left in the window, then
 * who has the fewest offences, then the longest quiet.  That is counted
 * (alerts_evicted), and costs this: who offended less than 8,192 others in the
 * same window starts again at none.  A window keeps ALERTS_MOMENTS moments of
 * a key, ALERTS_ALL of all; events of the same microsecond are one.  When there
 * are more, those of a 512th of the window become one moment, which blurs its
 * edge by as much; counts stay exact.  Of different members (a rule of kind
 * `distinct') the oldest goes.  A flood of a million clients takes 25 MiB.
 */
#ifndef ALERTS_ALERTS_H
#define ALERTS_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/event.h"
#include "base/metric.h"
#include "base/state.h"

#define ALERTS_KEYS      16384 /* of one condition */
#define ALERTS_MOMENTS   1024  /* of one key; also the most members */
#define ALERTS_ALL       196608
#define ALERTS_INCIDENTS 16384 /* then the oldest goes, closed ones first */
#define ALERTS_RECENT    2000  /* of them, closed */
#define ALERTS_HOSTS     32    /* then they are "other" */
#define ALERTS_KEY       96    /* longer names are cut, and are one */
#define ALERTS_LINES     20    /* of evidence */
#define ALERTS_LINE      480   /* bytes of each that are kept */
#define ALERTS_TOP       10    /* clients, remote replies */
#define ALERTS_PARTS     2

enum alert_level { LEVEL_WARN, LEVEL_ACT, ALERT_LEVELS };
const char *alert_level_name(enum alert_level);

enum alert_key { KEY_HOST, KEY_CLIENT, KEY_ACCOUNT, KEY_AGENT };
const char *alert_key_name(enum alert_key);

/* What was done.  Also in JSON, by these names in small letters. */
enum incident_action {
	ACTION_ALERT,    /* said, no more: it is all there is to do */
	ACTION_BLOCK,    /* the client is blocked */
	ACTION_SPARED,   /* it would be, but has delivered good mail */
	ACTION_OBSERVED, /* it would be, but blocks only observes */
	ACTION_NONE      /* nothing: it is past */
};
const char *incident_action_name(enum incident_action);

/* A list of who or what, by how often. */
struct evidence_row {
	char *text; /* an address, a remote's reply */
	uint64_t count;
};

struct evidence {
	size_t line_count, client_count, reply_count;
	char *lines[ALERTS_LINES]; /* raw, may be any bytes but NUL */
	struct evidence_row clients[ALERTS_TOP], replies[ALERTS_TOP];
};

/*
 * Everything about an incident; alert mails, /api/v1/alerts and replay --rules
 * show nothing else.  Texts of the key and in the evidence came from
 * strangers: any bytes.  Borrowed: it holds until the next call.
 */
struct incident {
	uint64_t number;  /* stays over restarts */
	const char *rule; /* "relay-abuse"; "agent": our own troubles */
	char host[64];
	enum alert_key kind;
	char key[ALERTS_KEY]; /* the client, account, host; of "agent" what */
	struct addr client;   /* the key, or none */
	enum alert_level level;
	bool open;
	bool past;     /* read back from a log: nothing was sent or blocked */
	bool critical; /* the server itself is abused */
	bool mails;    /* has mails of its own, beside the daily report */
	/* Unix microseconds: its first offence, when it crossed the level it
	   has, its last offence. */
	int64_t first, crossed, last;
	uint64_t count;      /* offences, from the first to the last */
	double value, usual; /* at the crossing, by the rule's `unit'; usual
				is negative where nothing is usual */
	uint32_t within;     /* seconds of the window that was crossed */
	enum incident_action action;
	uint32_t block_seconds; /* 0: not blocked */
	const char *what;       /* "refused to relay", for a sentence */
	const char *unit;       /* of value: "times", "%", "s", "x" */
	const char *words;      /* of "agent": its trouble, else "" */
	const struct evidence *evidence; /* NULL: none is kept any more */
};

#define INCIDENT_TEXT 400
/* "203.0.113.7 refused 3 times in 10 min": any bytes of strangers. */
void incident_sentence(const struct incident *, char text[INCIDENT_TEXT]);

/*
 * What a level is made of: the word of the configuration, and its unit.  A rule
 * knows some of these; an event crosses the level if all hold, and where a rule
 * has another condition ("or"), if that holds.
 */
#define ALERT_OPTION_TABLE(X)                                                  \
	X(COUNT, "count", TIMES)   /* so many; 0: there is no such level */    \
	X(WITHIN, "within", SPAN)  /* of each other; the calm that closes */   \
	X(SHARE, "share", PERCENT) /* and that part of the whole */            \
	X(FACTOR, "times", TIMES)  /* the usual */                             \
	X(AGE, "age", SPAN)                                                    \
	X(OR_COUNT, "or_count", TIMES)                                         \
	X(OR_WITHIN, "or_within", SPAN)                                        \
	X(COVERAGE, "coverage", PERCENT) /* below that, lines are not known */ \
	X(LAG, "lag", SPAN)                                                    \
	X(DROPPED, "dropped", PERCENT) /* of the packets */

enum alert_unit { IN_TIMES, IN_SPAN /* seconds */, IN_PERCENT };

enum alert_option {
#define ALERT_OPTION_ENUM(name, word, unit) OPTION_##name,
	ALERT_OPTION_TABLE(ALERT_OPTION_ENUM)
#undef ALERT_OPTION_ENUM
	    ALERT_OPTIONS
};

const char *alert_option_name(enum alert_option);
enum alert_unit alert_option_unit(enum alert_option);

#define ALERT_RULES 18 /* the rows of rules.c */

struct rule_config {
	bool enabled;
	bool mail;      /* incidents have mails of their own */
	uint32_t block; /* seconds; 0: only alert */
	uint32_t levels[ALERT_LEVELS][ALERT_OPTIONS]; /* 0: not used */
};

struct alert_config {
	char *host; /* this one, for the agent's own troubles */
	struct rule_config rules[ALERT_RULES];
};

/* The defaults, in the order of the table; host is NULL. */
void alerts_defaults(struct alert_config *);
/* Index of the rule of that name; -1: there is none. */
int alerts_find_rule(struct slice name);
const char *alerts_rule_name(size_t rule);
enum alert_key alerts_rule_key(size_t rule);
/* Does the rule know it? */
bool alerts_rule_knows(size_t rule, enum alert_option);

enum notice { NOTICE_OPEN, NOTICE_GROW, NOTICE_OVER };

/* Any may be NULL. */
struct alert_sinks {
	/*
	 * Its client is to be blocked for *seconds, for what it did then (Unix
	 * microseconds): what became of that, and for how long it is.  Called
	 * at the crossing, and again where the client goes on when the block
	 * is over.
	 */
	enum incident_action (*block)(void *arg, const struct incident *,
	    int64_t when, uint32_t *seconds);
	/* Never of a past one. */
	void (*notice)(void *arg, const struct incident *, enum notice);
	void *arg;
};

struct alerts;

/* The configuration is copied. */
struct alerts *alerts_new(
    const struct alert_config *, const struct alert_sinks *);
void alerts_free(struct alerts *);
/* Other thresholds: what the windows hold stays. */
void alerts_reconfigure(struct alerts *, const struct alert_config *);

/*
 * While a backlog is read (false) incidents are past.  After a restart what
 * came since the last commit, and is still in its rule's window, is not.
 */
void alerts_live(struct alerts *, bool);

void alerts_judge(struct alerts *, const struct mail_event *);
/* How it is now; `when' is Unix seconds. */
void alerts_gauge(struct alerts *, struct slice host, int64_t when, enum metric,
    uint64_t value);
/* Lines read, understood: what is not an event. */
void alerts_count(
    struct alerts *, struct slice host, int64_t when, enum metric, uint64_t n);
/* The clock, Unix microseconds; on every host it is now that, less its lag, but
   while a backlog is read.  Not to be called where logs are finished. */
void alerts_tick(struct alerts *, int64_t now);

/* Our own message, by its Message-ID without <>: no rule judges it. */
void alerts_own_message(struct alerts *, struct slice message_id);

/*
 * The agent's own trouble with `what' ("firewall", "smarthost", "disk"): an
 * incident of the rule "agent".  NULL closes it.  The clock in microseconds.
 */
void alerts_trouble(
    struct alerts *, const char *what, const char *words, int64_t now);

/* Open and recent incidents, in the order in which they opened. */
size_t alerts_incident_count(struct alerts *);
const struct incident *alerts_incident(struct alerts *, size_t i);
/* NULL: there is none of that number. */
const struct incident *alerts_incident_find(struct alerts *, uint64_t number);

/* For /api/v1/rules: rows of the table, in its order. */
struct alert_rule {
	const char *name, *kind, *help;
	enum alert_key key;
	struct rule_config config;
	size_t keys, open;
	bool silenced; /* the agent is too blind to judge by it */
};
size_t alerts_rule_count(void);
struct alert_rule alerts_rule(const struct alerts *, size_t i);

/* Keys, incidents and hosts that had no room. */
uint64_t alerts_evicted(const struct alerts *);

/* What is kept in the state; the alerts must outlive it. */
void alerts_parts(struct alerts *, struct state_part parts[ALERTS_PARTS]);

/* Incidents told to people. */
#include "alerts/mail.h"

#endif
