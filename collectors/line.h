/*
 * line.h - one log line, its header read
 *
 * The header is read once, in maillog.c; a format sees program, pid and text.
 * `host' is lower-cased and stays as long as the agent runs; the other slices
 * are borrowed from the line.
 */
#ifndef COLLECTORS_LINE_H
#define COLLECTORS_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct log_line {
	int64_t when; /* Unix time, microseconds */
	struct slice host;
	uint32_t host_index;  /* small, the same for the same host */
	struct slice program; /* "postfix/smtpd", without pid */
	uint64_t pid;         /* 0: the line has none */
	struct slice text;    /* what the program said */
	uint32_t count;       /* how many such lines this one stands for */
	bool behind_overlong; /* a line before it was too long to be read */
};

/* So many times as many, as far as it can be counted. */
static inline uint32_t
count_times(uint32_t count, uint64_t times)
{
	if (times > UINT32_MAX || count * times > UINT32_MAX)
		return UINT32_MAX;
	return (uint32_t)(count * times);
}

/* What a format made of a line. */
enum meaning {
	MEANS_FACT,    /* understood, and something follows from it */
	MEANS_NOTHING, /* understood: by a rule it changes no count */
	MEANS_UNKNOWN  /* not understood */
};

#endif
