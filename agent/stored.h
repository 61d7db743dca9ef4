/*
 * stored.h - the account that a running agent committed, for other commands
 *
 * Nothing is written and nobody is disturbed.  Fails with one line that names
 * what is needed where DATA has no account or may not be read, or has no such
 * host.  `host' NULL: the sum over all.
 */
#ifndef AGENT_STORED_H
#define AGENT_STORED_H

#include "base/err.h"
#include "base/stats.h"

/* Only the hosts of that name; capital letters are as small ones. */
int stored_sum(const struct stats *, const char *host, struct stats_host *sum,
    struct err *);

/* Since the account began. */
int stored_totals(
    const char *data, const char *host, struct stats_host *sum, struct err *);
/*
 * Since `from', Unix seconds: sum->first is the beginning of the cells that
 * are summed, one minute within the last two days, longer ones before.
 */
int stored_since(const char *data, const char *host, int64_t from,
    struct stats_host *sum, struct err *);

#endif
