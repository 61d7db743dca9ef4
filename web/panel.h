/*
 * panel.h - one part of the dashboard, as data
 *
 * A panel is a row in panels.c: it says which numbers from history it needs,
 * and makes its JSON once they are there.  It is served as /api/v1/NAME.
 */
#ifndef WEB_PANEL_H
#define WEB_PANEL_H

#include <jansson.h>

#include "base/err.h"
#include "web/history.h"
#include "web/query.h"
#include "web/web.h"

struct events;

struct panel_question {
	const struct web_sources *sources;
	const struct web_query *query;
	struct web_status status;
	bool signed_in;
	size_t streams; /* pages that listen */
	const struct events *events;
	const struct stats_host *host; /* of the query, or the sum of all */
	const struct history *history; /* NULL if nothing was needed */
};

struct web_panel {
	const char *name;  /* in the URL */
	bool names_people; /* or clients: only with the token */
	/* Dotted names wanted over query's span; NULL: never any. */
	void (*needs)(const struct panel_question *, struct names *);
	size_t points; /* of each name; 0: as many as the query says */
	/* To be freed by the caller; NULL: the query was wrong, see err. */
	json_t *(*data)(const struct panel_question *, struct err *);
};

extern const struct web_panel panel_accounts, panel_alerts, panel_blocks,
    panel_clients, panel_events, panel_health, panel_mailers, panel_never,
    panel_overview, panel_rejects, panel_rules, panel_series;

/*
 * The host of that name; the sum where it is empty; zeros for one that is not
 * known.  To be freed with free().
 */
struct stats_host *stats_of(const struct stats *, const char *name);

/* What several panels show. */
json_t *panel_coverage(const struct panel_question *);
json_t *panel_span(const struct stats_host *); /* {"first", "last"} */
json_t *panel_block(const struct block *);
/* With the incident that is why, and its evidence. */
json_t *panel_block_why(
    const struct web_sources *, const struct block *, int64_t now);
json_t *panel_evidence(const struct evidence *); /* NULL: null */
/* An incident in a sentence's worth; without its evidence. */
json_t *panel_incident(const struct incident *);
/* The running totals that the stream sends every second. */
json_t *panel_totals(const struct stats_host *);

#endif
