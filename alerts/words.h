/*
 * words.h - an incident in words, for subjects and sentences
 */
#ifndef ALERTS_WORDS_H
#define ALERTS_WORDS_H

#include "alerts/alerts.h"

#define WORDS_TEXT INCIDENT_TEXT

/* How a rule is spoken of; NULL: by what the incident itself says. */
struct phrase {
	const char *rule;
	const char *sentence; /* words.c */
	const char *series;   /* to be drawn */
	const char *advice;   /* what a person can do */
};
const struct phrase *words_phrase(const char *rule);

/* "45 s", "10 min", "1 h 30 min", "7 d" */
void words_span(uint64_t seconds, char text[WORDS_TEXT]);
/* "Mon 2026-11-30 19:48:51 +0100"; when in Unix seconds. */
void words_time(int64_t when, int64_t offset, char text[WORDS_TEXT]);
/* "19:48" */
void words_clock(int64_t when, int64_t offset, char text[WORDS_TEXT]);
/* "3 times in 10 min", "62 % in 1 h", "4 h", "7 times the usual in 1 h" */
void words_measure(const struct incident *, char text[WORDS_TEXT]);
/* "blocked 1 h", "would be blocked 1 h", "spared", or nothing. */
void words_action(const struct incident *, char text[WORDS_TEXT]);

#endif
