/* alerts_impl.h - what the alerts are made of; for alerts/ alone */
#ifndef ALERTS_ALERTS_IMPL_H
#define ALERTS_ALERTS_IMPL_H

#include "alerts/evidence.h"
#include "alerts/fired.h"
#include "alerts/rule.h"
#include "base/table.h"

#define OWN_MESSAGES 256 /* then the oldest is forgotten */
#define SECOND       1000000

/* A rule at work. */
struct watch {
	const struct rule *rule;
	struct rule_config config;
	void *conditions[CONDITIONS];
	unsigned index; /* in rules[] */
	size_t open;    /* incidents */
	struct fired fired;
};

struct incident_row {
	struct table_row row;
	struct incident public;
	struct incident_row *before, *behind; /* open ones of the host */
	struct watch *watch;                  /* NULL: of the rule "agent" */
	struct alert_host *of_host;           /* NULL: the same */
	uint64_t hash;                        /* of the key, as in a mark */
	bool wire;
	bool dirty, saved;
	int64_t blocked_until; /* 0: it is not */
	char *words;           /* of "agent" */
	struct evidence *evidence;
};

/* What part of the log, or of the wire, was seen: by minutes. */
#define SIGHT_MINUTES 10
struct sight {
	int64_t minute;
	uint64_t all[SIGHT_MINUTES], missed[SIGHT_MINUTES];
};

struct host {
	struct alert_host public;
	struct incident_row *open; /* a list; the newest first */
	struct sight lines, packets;
	int64_t lag;                 /* of the agent behind its log, seconds */
	bool blind[GAUGE_DROPS + 1]; /* by enum gauge */
	bool dirty;
};

struct alerts {
	struct alert_sinks sinks;
	char name[64]; /* of this host */
	struct watch watches[ALERT_RULES];
	/* Rules that want an event of that kind; ends with -1. */
	signed char wanting[EVENT_KINDS][ALERT_RULES + 1];
	struct host hosts[ALERTS_HOSTS + 1];
	size_t host_count;
	struct host *last_host;
	bool live;
	int64_t clock; /* Unix microseconds; 0: not told */
	int64_t first; /* event, by its own time; 0: none */
	int64_t saved; /* it, when last live before a restart; 0: never */
	enum metric packets, dropped; /* METRICS: not counted here */

	struct table incidents;
	uint64_t number;                            /* of the last one */
	struct incident_row *closed[ALERTS_RECENT]; /* a ring */
	size_t closed_first, closed_count;
	size_t bare_count; /* of the first ones, that have no evidence */
	struct incident_row **list; /* in order; NULL: to be made */
	size_t evidence_count;
	struct lines *lines; /* recent offences */
	uint64_t number_saved;
	int64_t lived_saved, first_saved;
	struct state_writer gone; /* keys of saved rows that are gone */
	uint64_t evicted;

	uint64_t own[OWN_MESSAGES]; /* hashes of Message-IDs; a ring */
	size_t own_next;
	bool own_dirty;
};

static inline struct host *
host_of(struct alert_host *host)
{
	return (struct host *)(void *)host;
}

/* hosts.c */
struct host *hosts_get(struct alerts *, struct slice name);
/* Its time comes to that; what is over by then is closed. */
void hosts_time(struct alerts *, struct host *, int64_t now);

/* incidents.c */
/* An offence: `event' NULL where a gauge or the time tells of it. */
void incidents_offence(struct alerts *, struct watch *, const struct mark *,
    const struct mail_event *, const struct verdict *);
void incidents_close(struct alerts *, struct incident_row *);
void incidents_close_due(struct alerts *, struct host *);
void incidents_notice(struct alerts *, struct incident_row *, enum notice);
/* What follows from its rule; the rest is as it is. */
void incident_describe(struct alerts *, struct incident_row *,
    struct slice host, struct slice words);
void incidents_free(struct alerts *);
/* The agent is too blind for it. */
bool incident_is_silenced(const struct watch *, const struct host *, bool wire);

/* incident_table.c */
struct incident_row *incident_find(
    struct alerts *, const struct watch *, const struct mark *);
struct incident_row *incident_find_trouble(struct alerts *, const char *what);
struct incident_row *incident_add(
    struct alerts *, struct watch *, uint64_t hash, bool wire, const char *key);
void incident_is_closed(struct alerts *, struct incident_row *);
void incident_remove(struct alerts *, struct incident_row *);
void incident_evidence(struct alerts *, struct incident_row *);

/* incident_state.c: as struct state_part wants them. */
void incidents_save(void *, struct state_rows *);
int incidents_load(void *, struct slice key, struct slice value, struct err *);

static inline struct slice
writer_slice(const struct state_writer *w)
{
	return (struct slice){ w->p, w->n };
}

#endif
