/*
 * compare.h - messages on the wire and in the log, held against each other
 *
 * A message that a server was seen to take ("250 2.0.0 Ok: queued as X") is
 * looked for among those that the log has received, and the other way round:
 * by queue id where the reply names one, else by sender, client and size.
 * Either may come first.  What has no partner `tolerance' after its own time
 * is missing there, and an event (EVENT_MISSING) tells so.
 *
 * Only what could be seen is missing.  On the wire that is no message without
 * a client (pickup), from loopback or one of our own addresses; none of a
 * client with a session that cannot be read at that time (TLS, a gap, joined in
 * the middle); none of a minute in which packets were dropped, nor before the
 * capture began.  In the log it is none of a minute that lost lines, nor before
 * the log began.  Such messages are counted as not compared.
 *
 * Bounds: COMPARE_MOST messages wait for the other side, then the oldest is not
 * compared; COMPARE_UNREAD clients, then nobody's mail is until those sessions
 * are over.  Nothing is kept over a restart: what waited then was told of
 * before the capture began again.
 */
#ifndef COLLECTORS_COMPARE_H
#define COLLECTORS_COMPARE_H

#include "base/event.h"

#define COMPARE_MOST   65536 /* of each side */
#define COMPARE_LATE   4096  /* missing ones that may still come */
#define COMPARE_UNREAD 16384
#define COMPARE_ID     40 /* bytes of a queue id */

struct compare_config {
	struct slice host; /* of the events; empty: messages of any host are
			      compared, as long as it is one */
	struct slice name; /* of the events' host */
	int64_t tolerance; /* microseconds */
	struct event_sink missing;
	/* Messages that both have, or that could not be compared. */
	void (*count)(void *arg, int64_t when, enum metric metric, uint64_t n);
	void *arg;
};

struct compare;

/* The texts of the configuration are borrowed. */
struct compare *compare_new(const struct compare_config *);
void compare_free(struct compare *);
/* Our own addresses; copied. */
void compare_set_own(struct compare *, const struct addr *, size_t n);

/* Are these names of one host: the same, or one in full and one short? */
bool compare_same_host(struct slice, struct slice);

/* Every event; most are nothing to it. */
void compare_take(struct compare *, const struct mail_event *);
/* Times are Unix microseconds.  All that the side has up to then was taken;
   the first call says from when on it has anything. */
void compare_time(struct compare *, enum event_source, int64_t upto);
/* It does not have all of that minute. */
void compare_lost(struct compare *, enum event_source, int64_t when);
/* A session of that client cannot be read from here on; or is over. */
void compare_unread(
    struct compare *, const struct addr *client, int64_t when, bool over);
/* No more will come: what is left is decided as far as both sides go. */
void compare_finish(struct compare *);

#endif
