/*
 * mail.h - incidents told to people: alert mails, the daily report, webhooks
 *
 * The part of alerts.h that is about mail; included by it.  Mails are composed
 * here and kept, as a part of the state, until a way took them.
 *
 * A mail is of a host and a rule, whatever number of keys its incidents have:
 * the first when they open, one more when one reaches the next level, one when
 * all are over; they are one thread.  What is over the limits is a line of the
 * next digest, of which there is one an hour at most.
 *
 * Bounds: MAIL_QUEUE mails wait, MAIL_DAYS days; MAIL_TOPICS hosts and rules
 * have open incidents; beyond that the oldest goes, counted and said.
 */
#ifndef ALERTS_MAIL_H
#define ALERTS_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerts/alerts.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/state.h"

#define MAIL_QUEUE  100
#define MAIL_DAYS   3
#define MAIL_TOPICS 256

enum mail_way {
	WAY_SMARTHOST,
	WAY_LOCAL,
	WAY_SENDMAIL,
	WAY_WEBHOOK,
	MAIL_WAYS
};
const char *mail_way_name(enum mail_way); /* "smarthost", "local", ... */

/* One address that needs no quoting: "postmaster", "kim@example.org". */
bool mail_is_address(const char *text);

/* As configured; NULL: not set. */
struct mail_config {
	char *host; /* this one, by its full name */
	char **to;  /* none: mail is off */
	size_t to_count;
	char *from;
	enum mail_way ways[MAIL_WAYS]; /* in the order of trying */
	size_t way_count;
	char *smarthost; /* smtp://HOST:PORT (STARTTLS), smtps://HOST */
	char *user, *password, *ca;
	char *local; /* ADDRESS:PORT on loopback */
	char *sendmail;
	char *webhook, *heartbeat;
	char *link;                 /* to the dashboard */
	unsigned per_hour, per_day; /* alert mails, at most */
	int daily; /* the report's minute of the day; -1: none */
};

/* A picture that a mail wants: PNG of a series. */
struct mail_wish {
	uint64_t ticket; /* for mailout_picture() */
	unsigned picture;
	const char *series, *host; /* host "": all */
	int64_t from, to;
};

struct mail_sinks {
	/* alerts_incident_find(), alerts_incident(); NULL: no more of them */
	const struct incident *(*find)(void *arg, uint64_t number);
	const struct incident *(*nth)(void *arg, size_t i);
	/* To be answered by mailout_picture(); false: it cannot be had. */
	bool (*draw)(void *arg, const struct mail_wish *);
	/*
	 * Have sendmail take the bytes, lines ending in '\n'; to be answered by
	 * mailout_sent().
	 */
	int (*sendmail)(void *arg, const char *bytes, size_t n, struct err *);
	/* What keeps mail from going out; NULL: it goes. */
	void (*trouble)(
	    void *arg, const char *what, const char *words, int64_t now);
	/* A Message-ID of ours, without <>. */
	void (*own)(void *arg, struct slice message_id);
	/* Seconds east of UTC in force then. */
	int64_t (*offset)(void *arg, int64_t when);
	void *arg;
};

struct mail_counts {
	size_t waiting;
	uint64_t sent, failed; /* failed: tries */
	uint64_t dropped;      /* mails that no way took */
	uint64_t digested;     /* notices that went into digests */
};

struct mailout;

/*
 * The configuration is borrowed, and must outlive it or the next one.  Starts
 * a thread: after privileges are dropped.  Times are Unix milliseconds.
 */
struct mailout *mailout_new(
    const struct mail_config *, const struct mail_sinks *, struct err *);
void mailout_free(struct mailout *);
void mailout_reconfigure(struct mailout *, const struct mail_config *);

void mailout_notice(
    struct mailout *, const struct incident *, enum notice, int64_t now);

/* The day in a page, to be sent. */
struct mail_daily {
	const char *host;            /* "mx1.example.org", "3 hosts" */
	const char *day;             /* "Mon 2026-11-30" */
	int64_t from, to;            /* of the day, Unix seconds */
	const char *const *findings; /* what needs a hand, in sentences */
	size_t finding_count;
	const char *page; /* of text */
};
/* Is it time for the report of a day?  Days are since 1970-01-01. */
bool mailout_wants_daily(const struct mailout *, int64_t now, int64_t *day);
/* NULL: there is nothing to report of that day. */
void mailout_daily(
    struct mailout *, int64_t day, const struct mail_daily *, int64_t now);

/*
 * Send a mail now, by the first way that takes it.  `done' is called once, with
 * what became of it by each way, in one line.  -1: another test is under way,
 * or there is no way.
 */
int mailout_test(struct mailout *, int64_t now,
    void (*done)(void *arg, bool sent, const char *words), void *arg,
    struct err *);

/* Answers of the sinks.  The PNG is copied; NULL: there is none. */
void mailout_picture(struct mailout *, uint64_t ticket, unsigned picture,
    const void *png, size_t n);
/* err NULL: sendmail took it. */
void mailout_sent(struct mailout *, const struct err *, int64_t now);

int mailout_fd(const struct mailout *);
void mailout_ready(struct mailout *, int64_t now);
/* Call mailout_ready() at that time in any case. */
int64_t mailout_due(const struct mailout *);

struct mail_counts mailout_counts(const struct mailout *);

/* Mails not yet sent, their Message-IDs, threads and limits. */
struct state_part mailout_part(struct mailout *);

/* "libcurl 7.88.1", for mailweir version. */
const char *mailout_library(void);

#endif
