/*
 * detect.h - the logs that this host has, where none are configured
 */
#ifndef AGENT_DETECT_H
#define AGENT_DETECT_H

#include <stdio.h>

#include "collectors/collectors.h"

/*
 * Of a log that was written last then and a journal whose newest entry of the
 * mail system is of that time (Unix seconds; 0: there is none), does the
 * journal count?  The log comes first as long as it grows.
 */
bool detect_is_journal(int64_t log, int64_t journal);
/* Unless a source is configured that is no capture: adds one for what is found;
   the texts belong to the configuration. */
void detect_sources(struct collect_config *);
/* Each log that fits the pattern (glob(7)) is a source, by its path. */
void detect_multilogs(struct collect_config *, const char *pattern);
/* What was looked for, what was found, what counts and why: for people. */
void detect_explain(FILE *);

/* The same for queues and Sendmail's statistics file. */
void detect_polled(struct collect_config *);
void detect_polled_explain(FILE *);

#endif
