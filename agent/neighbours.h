/*
 * neighbours.h - the addresses of hosts that pass mail on to us or for us
 *
 * Relay hosts, and the other mail exchangers of our domains: what they bring
 * is not theirs, so they are never blocked.  Names are asked by the helper
 * programs, for the agent must not wait: at start, on SIGHUP and each hour.
 */
#ifndef AGENT_NEIGHBOURS_H
#define AGENT_NEIGHBOURS_H

#include "agent/ours.h"

#define NEIGHBOURS_DOMAINS 50  /* whose mail exchangers are asked for */
#define NEIGHBOURS_MOST    512 /* addresses; more are left out */

struct agent;

/* In the helper: names in, a line each; addresses out, a line each. */
int neighbours_work(void *arg, int in, int out, int stop, struct err *);

void neighbours_ask(struct agent *, const struct ours *found);
/* Each second: asks again when it is time. */
void neighbours_tick(struct agent *);
void neighbours_close(struct agent *);

/*
 * The hosts that an answer of the name service names as mail exchangers
 * (RFC 1035 4.1, 3.3.9), of the lowest numbers first as they stand; text is
 * valid until take returns.
 */
typedef void neighbours_host_fn(void *arg, const char *host);
void neighbours_exchangers(
    const unsigned char *answer, size_t n, neighbours_host_fn *, void *arg);

#endif
