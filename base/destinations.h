/*
 * destinations.h - where mail is handed to, and who does not take it
 *
 * A destination is the host that a delivery names, and where none was reached,
 * or the mail stayed here, the recipient's domain.  It defers from its first
 * deferral until something was delivered to it; a domain that could not be
 * reached no longer does once its mail went by way of any host.
 */
#ifndef BASE_DESTINATIONS_H
#define BASE_DESTINATIONS_H

#include "base/event.h"
#include "base/listing.h"
#include "base/roster.h"

#define DESTINATIONS_MOST  2048 /* then roster.h tells who goes */
#define DESTINATIONS_REPLY 160  /* bytes of a reply that are kept */

struct destination_row {
	struct roster_row name;
	uint64_t sent, deferred, bounced;
	uint64_t delay_ms, timed; /* of those sent whose delay is known */
	int64_t last_sent;        /* Unix seconds; 0: never */
	/* While it defers: since when, the last time, how often. */
	int64_t since, last_deferred; /* since is 0 where it does not */
	uint32_t streak;
	uint8_t reply_length;
	char reply[DESTINATIONS_REPLY]; /* to the last deferral: any bytes */
};

enum destination_order {
	DESTINATIONS_BY_SENT,
	DESTINATIONS_BY_DEFERRED,
	DESTINATIONS_BY_BOUNCED,
	DESTINATIONS_BY_DELAY,
	DESTINATIONS_BY_STREAK,
	DESTINATIONS_BY_SINCE, /* the longest */
	DESTINATIONS_BY_LAST,  /* success */
	DESTINATIONS_BY_NAME
};

struct destinations;

struct destinations *destinations_new(void);
void destinations_free(struct destinations *);
void destinations_add(struct destinations *, const struct mail_event *);

/* Rows are struct destination_row. */
void destinations_list(const struct destinations *, struct listing *);
/*
 * Those that want somebody's attention at listing->now: two deferrals or more,
 * the first DESTINATIONS_PATIENCE ago or more, so that greylisting does not
 * show, the last within DESTINATIONS_RECENT, the longest a mail system waits
 * between two attempts (Exim's 6 hours, and some for the queue runner).
 */
#define DESTINATIONS_PATIENCE (15 * 60)
#define DESTINATIONS_RECENT   (8 * 3600)
void destinations_waiting(const struct destinations *, struct listing *);

/* Mean delay of what was sent, milliseconds; 0: it is not known. */
uint64_t destinations_delay(const struct destination_row *);
uint64_t destinations_evicted(const struct destinations *);

/* Their keys in the state begin with 'd'.  False: a damaged row. */
void destinations_save(struct destinations *, struct state_rows *);
bool destinations_load(
    struct destinations *, struct slice key, struct slice value);

#endif
