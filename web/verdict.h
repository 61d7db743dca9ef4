/*
 * verdict.h - the account of a span in one sentence
 *
 * "Normal. 1,842 in and 391 out since yesterday, 2 % deferred, no relay
 * accepted, 14 addresses blocked."  The level is "ok", "warn" or "bad"; what
 * made it so comes first, with the part of the page that explains it.
 */
#ifndef WEB_VERDICT_H
#define WEB_VERDICT_H

#include <jansson.h>

#include "web/panel.h"

/* What it judges, over the span. */
struct sums {
	double received, sent, deferred, bounced, relay_open;
	double lines, unrecognised;
	double coverage; /* 0 to 1; 1 where nothing was read */
};

void verdict_needs(struct names *);
/* Of a history that has what verdict_needs() added. */
void sums_init(struct sums *, const struct history *);

/*
 * {"level": "ok", "text": all of it, "reason": its first sentence,
 *  "part": "coverage" or null, "link": "#coverage" or null}; it names nobody.
 */
json_t *verdict_json(const struct sums *, const struct panel_question *);

#endif
