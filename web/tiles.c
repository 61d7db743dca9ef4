/* tiles.c - the big numbers: each over the span, before it, and as points */
#include "web/tiles.h"

#include <math.h>

#include "base/array.h"
#include "web/json.h"

#define PARTS 5 /* with METRICS, which ends them */

typedef double level_fn(const struct panel_question *);

static level_fn queued, oldest, blocked, behind;

struct tile {
	const char *name, *title, *help;
	enum metric part[PARTS];
	enum metric whole[PARTS]; /* that it is a share of; METRICS: none */
	level_fn *now;            /* of gauges; NAN: not known */
};

#define LIST(...)                                                              \
	{                                                                      \
		__VA_ARGS__, METRICS                                           \
	}
#define NONE                                                                   \
	{                                                                      \
		METRICS                                                        \
	}

static const struct tile tiles[] = {
	{ "received", "Received", "messages taken from outside",
	    LIST(METRIC_MESSAGES_RECEIVED), NONE, NULL },
	{ "sent", "Delivered", "deliveries: one per recipient",
	    LIST(METRIC_MESSAGES_SENT), NONE, NULL },
	{ "rejected", "Rejected", "refusals that a client was told of",
	    LIST(METRIC_REJECTS_TOTAL), NONE, NULL },
	{ "rejected_share", "Rejected share",
	    "refusals, as a part of messages and refusals",
	    LIST(METRIC_REJECTS_TOTAL),
	    LIST(METRIC_REJECTS_TOTAL, METRIC_MESSAGES_RECEIVED), NULL },
	{ "deferred", "Deferred", "attempts that failed and will be retried",
	    LIST(METRIC_MESSAGES_DEFERRED), NONE, NULL },
	{ "bounced", "Bounced", "recipients given up",
	    LIST(METRIC_MESSAGES_BOUNCED), NONE, NULL },
	{ "queued", "In the queues", "messages in the mail system's queues now",
	    LIST(METRIC_QUEUE_DEFERRED, METRIC_QUEUE_ACTIVE, METRIC_QUEUE_HOLD,
		METRIC_QUEUE_INCOMING),
	    NONE, queued },
	{ "queue_oldest", "Oldest in the queues",
	    "age of the oldest message in the queues",
	    LIST(METRIC_QUEUE_OLDEST_SECONDS), NONE, oldest },
	{ "relay_attempts", "Relay attempts",
	    "attempts to relay that were refused", LIST(METRIC_RELAY_DENIED),
	    NONE, NULL },
	{ "auth_failed", "Failed logins", "SMTP authentications that failed",
	    LIST(METRIC_AUTH_FAILED), NONE, NULL },
	{ "blocks", "Active blocks", "who is blocked now, by the list",
	    LIST(METRIC_AGENT_BLOCKS_EXPECTED), NONE, blocked },
	{ "tls_share", "Under TLS", "part of the SMTP sessions under TLS",
	    LIST(METRIC_SESSIONS_TLS), LIST(METRIC_SESSIONS_CONNECTED), NULL },
	{ "coverage", "Coverage", "part of the log lines that is understood",
	    LIST(METRIC_AGENT_LINES_RECOGNISED, METRIC_AGENT_LINES_IGNORED),
	    LIST(METRIC_AGENT_LINES), NULL },
	{ "lag", "Lag", "how far behind the log the agent is",
	    LIST(METRIC_AGENT_LAG_SECONDS), NONE, behind },
};

static double
queued(const struct panel_question *question)
{
	const struct stats_host *host = question->host;

	if (!host->told[METRIC_QUEUE_OLDEST_SECONDS])
		return NAN;
	return (double)host->totals[METRIC_QUEUE_ACTIVE] +
	       (double)host->totals[METRIC_QUEUE_DEFERRED] +
	       (double)host->totals[METRIC_QUEUE_HOLD] +
	       (double)host->totals[METRIC_QUEUE_INCOMING];
}

static double
oldest(const struct panel_question *question)
{
	const struct stats_host *host = question->host;

	return host->told[METRIC_QUEUE_OLDEST_SECONDS]
		   ? (double)host->totals[METRIC_QUEUE_OLDEST_SECONDS]
		   : NAN;
}

static double
blocked(const struct panel_question *question)
{
	return (double)blocks_counts(question->sources->blocks).listed;
}

static double
behind(const struct panel_question *question)
{
	return (double)panel_lag(&question->status);
}

void
tiles_need(struct names *names)
{
	for (size_t i = 0; i < NELEMS(tiles); i++) {
		for (const enum metric *m = tiles[i].part; *m != METRICS; m++)
			names_add_metric(names, *m);
		for (const enum metric *m = tiles[i].whole; *m != METRICS; m++)
			names_add_metric(names, *m);
	}
}

struct figures {
	double now, before;
	double points[TILE_POINTS];
};

static void
add_up(const struct history *history, const enum metric *list,
    struct figures *figures)
{
	*figures = (struct figures){ 0 };
	for (; *list != METRICS; list++) {
		size_t i = history_find(history, *list);
		const double *values = history_values(history, i);

		figures->now += history_sum(history, i);
		figures->before += history->before[i];
		for (size_t k = 0; k < history->points; k++)
			figures->points[k] += values[k];
	}
}

/* Of nothing there is no part.  A session may begin in one minute and be under
   TLS in the next. */
static double
share(double part, double whole)
{
	return whole > 0 ? fmin(part / whole, 1) : NAN;
}

static void
divide(struct figures *part, const struct figures *whole)
{
	part->now = share(part->now, whole->now);
	part->before = share(part->before, whole->before);
	for (size_t k = 0; k < TILE_POINTS; k++)
		part->points[k] = share(part->points[k], whole->points[k]);
}

static void
forget(struct figures *figures)
{
	figures->before = NAN;
	for (size_t k = 0; k < TILE_POINTS; k++)
		figures->points[k] = NAN;
}

static json_t *
tile_json(const struct panel_question *question, const struct tile *tile)
{
	const struct history *history = question->history;
	bool is_share = tile->whole[0] != METRICS;
	json_t *points = json_array();
	struct figures figures, whole;

	add_up(history, tile->part, &figures);
	if (is_share) {
		add_up(history, tile->whole, &whole);
		divide(&figures, &whole);
	}
	if (tile->now != NULL)
		figures.now = tile->now(question);
	if (tile->now == blocked &&
	    blocks_mode(question->sources->blocks) == BLOCK_OBSERVE)
		forget(&figures); /* the series has what was enforced */
	for (size_t k = 0; k < history->points; k++)
		json_array_append_new(points, json_count(figures.points[k]));
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "title", tile->title,
	    "metric", metric_name(tile->part[0]), "unit",
	    unit_name(is_share ? UNIT_RATIO : metric_unit(tile->part[0])),
	    "help", tile->help, "value", json_count(figures.now), "previous",
	    json_count(figures.before), "points", points);
}

json_t *
tiles_json(const struct panel_question *question)
{
	json_t *object = json_object();

	for (size_t i = 0; i < NELEMS(tiles); i++)
		json_object_set_new(
		    object, tiles[i].name, tile_json(question, &tiles[i]));
	return object;
}
