/*
 * notify.h - what the service manager is told: sd_notify(3)
 *
 * Without one (no NOTIFY_SOCKET) nothing is sent.
 */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
	int64_t watchdog_us; /* within which it wants to hear of us; 0: never */
	int64_t told_us;     /* when it did, monotonic */
	int64_t worked_us;   /* when the worker was seen alive */
	char status[256];    /* as it was told last */
};

void notify_open(struct notify *);
/* The page answers and the sources are open; after a reload as well. */
void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);

/*
 * Each second, from the loop, which thereby shows that it lives.  `worker': so
 * does the other thread.  Once it has not for as long as the watchdog waits,
 * the watchdog is not kept quiet any more and the agent is started anew.
 */
void notify_tick(struct notify *, bool worker, const char *status);

#endif
