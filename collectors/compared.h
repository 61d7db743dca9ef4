/*
 * compared.h - the comparison of wire and log, as a part of the collectors
 *
 * It is there as soon as something is captured; without, nothing happens here.
 */
#ifndef COLLECTORS_COMPARED_H
#define COLLECTORS_COMPARED_H

#include "collectors/collectors_impl.h"
#include "collectors/compare.h"

#define COMPARE_SECS 300 /* of tolerance, unless configured */

/* A capture of that host begins; `finished': it does not tell which it is. */
void compared_open(
    struct collectors *, struct slice host, bool finished, unsigned tolerance);
/* An event of any source, on its way; arg are the collectors. */
void compared_take(void *arg, const struct mail_event *);
/*
 * The same of what a log tells.  A dialogue that it holds (Sendmail's -X) is of
 * no side; what is captured has it, too, and only one of both may count.
 */
void compared_take_logged(void *arg, const struct mail_event *);
/* Lines of that host's log were lost (Unix seconds). */
void compared_lost(struct collectors *, struct slice host, int64_t when);
/* The clock; `whole': every capture goes on. */
void compared_tick(struct collectors *, int64_t now_ms, bool whole);
/* Finished files were read to their end. */
void compared_finish(struct collectors *);

#endif
