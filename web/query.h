/*
 * query.h - what a URL asks for
 *
 * The path and the query string come as the client sent them: any bytes.
 * Percent escapes are decoded (RFC 3986, and '+' for a space as forms send
 * it); a NUL, a half escape or text that is too long is refused.
 *
 * Parameters that are not known are passed over; of one that may stand once,
 * the last counts.  Times are Unix seconds or RFC 3339.
 */
#ifndef WEB_QUERY_H
#define WEB_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define QUERY_PATH   320 /* a decoded path and its NUL */
#define QUERY_NAME   128 /* a metric's full name and its NUL */
#define QUERY_NAMES  32
#define QUERY_HOST   64
#define QUERY_WORD   80
#define QUERY_FILTER 256
#define QUERY_POINTS 1500 /* most points of a series */
#define QUERY_ROWS   1000 /* most rows of a table */

struct web_query {
	char path[QUERY_PATH];  /* decoded; begins with '/' */
	char host[QUERY_HOST];  /* empty: all hosts */
	int64_t from, to;       /* Unix seconds, from < to */
	bool ranged;            /* range=, from= or to= was given */
	bool to_now;            /* the span ends at the present */
	size_t points;          /* 1 to QUERY_POINTS */
	size_t limit;           /* 1 to QUERY_ROWS */
	size_t offset;          /* rows that are passed over */
	unsigned width, height; /* of a graph, pixels */
	char sort[QUERY_WORD];
	char side[QUERY_WORD];     /* of the domains */
	char filter[QUERY_FILTER]; /* rows that contain it; empty: all */
	char once[QUERY_WORD];     /* the secret of a sign-in link */
	size_t name_count;
	char names[QUERY_NAMES][QUERY_NAME];
};

/* -1: what is wrong with it, in words for the client. */
int query_parse(
    struct web_query *, struct slice uri, int64_t now, struct err *);

/*
 * The value of `name' in the body of a form (x-www-form-urlencoded); false if
 * it is not there, or not fit to be read.
 */
bool query_form(struct slice body, struct slice name, char *value, size_t size);

/* "90", "15min", "24h", "7d", "2w", "1y" as seconds; false otherwise. */
bool query_span(struct slice text, int64_t *seconds);
/* The same, of a span that can be shown. */
bool query_range(struct slice text, int64_t *seconds);

/* "1795338001", "2026-11-22T09:00:01Z", "...T10:00:01.5+01:00". */
bool query_time(struct slice text, int64_t *seconds);

#endif
