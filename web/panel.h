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
	bool compares; /* with panel_earlier() */
	/* To be freed by the caller; NULL: the query was wrong, see err. */
	json_t *(*data)(const struct panel_question *, struct err *);
};

extern const struct web_panel panel_accounts, panel_alerts, panel_attention,
    panel_blocks, panel_clients, panel_destinations, panel_domains,
    panel_events, panel_health, panel_mailers, panel_marks, panel_never,
    panel_overview, panel_rejects, panel_rules, panel_series, panel_wire;

/*
 * The host of that name; the sum where it is empty; zeros for one that is not
 * known.  To be freed with free().
 */
struct stats_host *stats_of(const struct stats *, const char *name);

/*
 * How many seconds earlier the span began that a span is compared with: the
 * same time last week; where it is longer than a week, the span before it.
 */
int64_t panel_earlier(const struct web_query *);
/* Of the source that is furthest behind, seconds. */
int64_t panel_lag(const struct web_status *);

/*
 * What the query asks of a table: its order by a word, NULL behind the last; the
 * first is meant where none is named.  -1: there is no such word.
 */
int panel_listing(const struct panel_question *, const char *const *words,
    struct listing *, struct err *);
/* An account with its score, and why in words; no word of it says when. */
json_t *panel_account(const struct account_row *, int64_t now);
json_t *panel_destination(const struct destination_row *);

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
