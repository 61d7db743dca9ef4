/*
 * when.h - a time, and a span of time, as a person writes it
 */
#ifndef AGENT_WHEN_H
#define AGENT_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * "2026-11-20", "2026-11-20 06:00" (also with 'T' and seconds), in this host's
 * time zone or with 'Z' behind it in UTC; or so long ago: "90s", "30min",
 * "24h", "7d", "2w".  *when is in Unix seconds.
 */
int when_parse(const char *text, int64_t now, int64_t *when, struct err *err);

#define SPAN_TEXT 24

/* "90s", "10min", "2h", "1d", "1w": seconds. */
bool span_parse(struct slice text, int64_t *seconds);
/* The same, in the largest unit that leaves no rest; with a blank: "10 min". */
void span_print(uint64_t seconds, char text[SPAN_TEXT]);

#endif
