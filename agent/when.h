/*
 * when.h - a time as a person writes it
 */
#ifndef AGENT_WHEN_H
#define AGENT_WHEN_H

#include <stdint.h>

#include "base/err.h"

/*
 * "2026-11-20", "2026-11-20 06:00" (also with 'T' and seconds), in this host's
 * time zone or with 'Z' behind it in UTC; or so long ago: "90s", "30min",
 * "24h", "7d", "2w".  *when is in Unix seconds.
 */
int when_parse(const char *text, int64_t now, int64_t *when, struct err *err);

#endif
