/*
 * verdict.h - the account of a span in one sentence
 *
 * "Normal. 1,842 in and 391 out in the last 24 hours, 2 % deferred, no relay
 * accepted."  The level is "ok", "warn" or "bad"; what made it so comes first.
 */
#ifndef WEB_VERDICT_H
#define WEB_VERDICT_H

#include <jansson.h>

#include "base/metric.h"
#include "web/history.h"
#include "web/query.h"
#include "web/web.h"

/* What it judges, over the span. */
struct sums {
	double received, sent, deferred, bounced, expired, relay_open;
	double lines, unrecognised;
	double coverage; /* 0 to 1; 1 where nothing was read */
};

/* The metrics whose sums those are, in order. */
extern const enum metric verdict_metrics[];
extern const size_t verdict_metric_count;

/* verdict_metrics[] begin at name `first' of the history. */
void sums_init(struct sums *, const struct history *, size_t first);

/* {"level": "ok", "text": "..."} */
json_t *verdict_json(
    const struct sums *, const struct web_query *, const struct web_status *);

#endif
