/* local.h - the local time zone, for what nothing below may ask */
#ifndef AGENT_LOCAL_H
#define AGENT_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define DAY_TEXT 32

/* From here on "local" is that zone; NULL or "local": nothing changes.
   Before any thread. */
int local_zone(const char *name, struct err *);

/* Seconds east of UTC in force then; as struct digest_config wants it. */
int64_t local_offset(void *unused, int64_t unix_time);
/* The day it is then, in days since 1970-01-01. */
int64_t local_day(int64_t unix_time);

/* "2026-11-21"; "Sat 2026-11-21" with `weekday'. */
void day_print(int64_t day, bool weekday, char text[DAY_TEXT]);
/* The other way; false: there is no such day. */
bool day_read(struct slice text, int64_t *day);

#endif
