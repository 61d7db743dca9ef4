/*
 * check_polled.h - a look at a queue or a statistics file, for mailweir check
 */
#ifndef AGENT_CHECK_POLLED_H
#define AGENT_CHECK_POLLED_H

#include "collectors/collectors.h"

/* Look at it as this process may, and say what is there or is missing. */
bool check_polled(const struct source_config *);
/* What the agent on that directory found when it held the file against the
   log; nothing where there is no agent yet. */
void check_statistics_words(const char *data);

#endif
