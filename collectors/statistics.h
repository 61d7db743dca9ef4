/*
 * statistics.h - Sendmail's statistics file, looked at again and again
 *
 * For statistics*.c alone.  What the file has more than at the last look is
 * added to totals of our own, which somebody's mailstats -p does not reset.
 */
#ifndef COLLECTORS_STATISTICS_H
#define COLLECTORS_STATISTICS_H

#include "collectors/agreement.h"
#include "collectors/polled.h"

#define STATISTICS_WORDS 600

struct statistics {
	const struct source_config *config;
	struct opener *opener;
	size_t index;
	char names[STATFILE_MAILERS][STATISTICS_NAME];
	unsigned tries; /* of a file that made no sense */
	int64_t first;  /* the first look; Unix seconds, 0: none */
	bool seen;      /* `last' is what it had */
	struct statfile last;
	statistics_table totals; /* since it was first seen */
	uint64_t connections_from, connections_to, connections_rejected;
	uint64_t resets;
	statistics_table log; /* the log's, at the last look */
	struct agreement agreement;
	bool agrees;
	char words[STATISTICS_WORDS];
	bool dirty;
};

/* What a look found: adds and tells the sink what is new. */
void statistics_take(
    struct statistics *, const struct statfile *, const struct poll *);

bool statistics_save(void *statistics, struct state_writer *);
bool statistics_load(void *statistics, struct slice value);

#endif
