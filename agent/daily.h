/* daily.h - the report of a day, for its mail */
#ifndef AGENT_DAILY_H
#define AGENT_DAILY_H

#include "alerts/alerts.h"
#include "base/digest.h"

/* Days since 1970-01-01; now in Unix milliseconds. */
void daily_send(
    struct mailout *, const struct digest *, int64_t day, int64_t now);

#endif
