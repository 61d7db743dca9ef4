/*
 * read_logs.h - finished logs, read to their end for their account
 */
#ifndef AGENT_READ_LOGS_H
#define AGENT_READ_LOGS_H

#include "base/err.h"
#include "base/stats.h"
#include "collectors/collectors.h"

struct read_logs {
	const char **paths; /* "-" is the standard input */
	size_t count;
	int year;         /* of the first line; 0: from the files' times */
	const char *zone; /* of time stamps without one; NULL: this host's */
};

/* The option's text. */
int read_logs_year(struct read_logs *, const char *text, struct err *);

/*
 * The account of what happened since then (Unix seconds) on that host; NULL:
 * on all.
 */
int read_logs_sum(const struct read_logs *, const struct collect_config *,
    const char *host, int64_t since, int64_t now, struct stats_host *sum,
    struct err *);

#endif
