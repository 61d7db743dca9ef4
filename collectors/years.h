/*
 * years.h - in which year a log begins whose stamps do not say it
 *
 * A first line of 20 June in a file last written in November is of the same
 * year, unless the file goes on over the turn of one, or has a 29 February in
 * it that was not in that year.  So a text is looked over before it is read.
 */
#ifndef COLLECTORS_YEARS_H
#define COLLECTORS_YEARS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define YEARS_MONTH 32 /* days are month * YEARS_MONTH + day */

/* What was seen of a text; all zero: nothing yet. */
struct years {
	int first, last; /* of the stamps without a year; 0: there is none */
	int turns;       /* of the year between them */
	int turned_at;   /* the day before the last turn */
	int leap; /* turns before the first 29 February, and 1; 0: none */
};

/* A line of it, in order; true if it begins with such a stamp. */
bool years_see(struct years *, struct slice line);
/* A plain file, wherever it is read: some thousand of its lines. */
void years_look(struct years *, int fd);
/* The year of the first line, if the last is not after the hint; 0: unknown. */
int years_begin(const struct years *, int64_t hint);

#endif
