/*
 * guests.h - every connection, and who leaves when there is no room
 *
 * A connection costs nothing to open and to say nothing on, so the next one is
 * never refused: whoever has had no request answered for the longest leaves.
 * Streams stay, for there are few (live.h).
 */
#ifndef WEB_GUESTS_H
#define WEB_GUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <microhttpd.h>

#define GUESTS_MOST 480 /* the next one takes the oldest's place */

struct guest;

struct guests {
	struct guest *oldest, *newest;
	size_t count;
	uint64_t sent_away;
};

/* libmicrohttpd's MHD_OPTION_NOTIFY_CONNECTION; `cls' is the struct guests. */
void guests_notify(void *cls, struct MHD_Connection *, void **context,
    enum MHD_ConnectionNotificationCode);

/* A whole request has come, or its answer has gone: it is the newest again. */
void guests_renew(struct guests *, struct MHD_Connection *);
/* It has a stream: it stays. */
void guests_keep(struct MHD_Connection *);

#endif
