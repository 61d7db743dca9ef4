/*
 * report.h - the day in a page of text, or as one JSON object
 *
 * Everything that comes from a log is escaped: the page is meant for a mail
 * and for terminals, and strangers wrote half of it.
 */
#ifndef AGENT_REPORT_H
#define AGENT_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "base/digest_page.h"

struct report {
	const struct digest_page *page;   /* what it is about */
	const struct digest_page *before; /* a week earlier; NULL: not known */
	const char *host;                 /* NULL: all hosts */
	int64_t from, to;                 /* the first and the last day */
	bool unfinished;                  /* the last day is not over */
	size_t top;                       /* rows a table; 0: all */
};

void report_print(FILE *, const struct report *);
int report_print_json(FILE *, const struct report *);

/* report_judge.c: what needs a hand */
struct finding {
	const char *what; /* a word for programs */
	char text[400];   /* a sentence for people, escaped */
};
#define FINDINGS 48
struct findings {
	struct finding list[FINDINGS];
	size_t n;
	uint64_t more; /* that had no room */
};
void report_judge(const struct report *, struct findings *);

/* report_words.c: how things are written */

#define NUMBER_TEXT 32
/* "12.3 MB" */
void report_bytes(uint64_t bytes, char text[NUMBER_TEXT]);
/* "0.4 s", "3.1 min", "2.0 h", "4.0 d" */
void report_delay(double seconds, char text[NUMBER_TEXT]);
/* "14:05", or "11-20 14:05" where the report is of several days */
void report_clock(const struct report *, int64_t when, char text[NUMBER_TEXT]);
/* Halves of "remote\ngist". */
void report_halves(
    struct slice name, struct slice *first, struct slice *second);
/* a of b, in per cent; 0 if b is */
unsigned report_percent(uint64_t a, uint64_t b);

/* report_tables.c: the tables behind the first page */
void report_tables(FILE *, const struct report *);
void report_title(FILE *, const char *title);
#define REPORT_WIDTH 79 /* columns */

#endif
