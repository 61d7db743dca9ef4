/*
 * zone.h - a time zone, as a table of its offsets
 *
 * The C library knows one zone a process, and switching it is not safe beside
 * threads; sources may be written in several.  So each zone's changes are
 * asked of the library once, before any thread starts, and kept.
 */
#ifndef COLLECTORS_ZONE_H
#define COLLECTORS_ZONE_H

#include <stdint.h>

#include "base/err.h"

struct zone;

/* "local", "UTC", "Europe/Berlin" or any other value of TZ (tzset(3)). */
struct zone *zone_new(const char *name, struct err *);
void zone_free(struct zone *);
/* -1 and why, where there is no such zone.  Changes nothing. */
int zone_check(const char *name, struct err *err);

/*
 * Seconds since 1970 as a wall clock there would count them to Unix time.  An
 * hour that the clock shows twice is resolved to the one that is not before
 * `not_before', the second that it skips to the moment after.
 */
int64_t zone_to_unix(const struct zone *, int64_t wall, int64_t not_before);
/* The offset in force, seconds east of UTC. */
int64_t zone_offset(const struct zone *, int64_t unix_time);

#endif
