/*
 * live.h - counts, every second, to every page that listens
 *
 * A stream holds the one message it is sending.  A reader too slow for the
 * next second gets the one after: the counts are running totals, so whoever
 * skips some loses nothing.  To whoever is signed in it also says that alerts
 * or blocks are not what they were, with the newest of each (the page then
 * asks for the list), and the second's newest events with how many more there
 * were: that text is made once for all.
 */
#ifndef WEB_LIVE_H
#define WEB_LIVE_H

#include <stddef.h>

#define LIVE_STREAMS 200  /* the next one is told to come back */
#define LIVE_MESSAGE 8192 /* bytes of a message */

struct live;
struct web;

struct live *live_new(struct web *);
/* Every stream ends; before the server stops. */
void live_end(struct live *);
void live_free(struct live *);

void live_tick(struct live *);
size_t live_count(const struct live *);

#endif
