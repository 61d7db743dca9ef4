/*
 * panel_overview.c - how is it going: the verdict, the big numbers, coverage
 *
 * A tile is the sum over the span, to the present second where the span ends
 * now, and a few points for its small chart.  The page adds what the stream
 * says: "totals" here and there are the same counters.
 */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "web/json.h"
#include "web/panel.h"
#include "web/verdict.h"

#define POINTS 48 /* of the small charts */

static const struct {
	const char *name, *title;
	enum metric metric;
} tiles[] = {
	{ "received", "Received", METRIC_MESSAGES_RECEIVED },
	{ "sent", "Sent", METRIC_MESSAGES_SENT },
	{ "deferred", "Deferred", METRIC_MESSAGES_DEFERRED },
	{ "bounced", "Bounced", METRIC_MESSAGES_BOUNCED },
	{ "rejected", "Rejected", METRIC_REJECTS_TOTAL },
	{ "relay_attempts", "Relay attempts", METRIC_RELAY_DENIED },
};

static void
needs(const struct panel_question *question, struct names *names)
{
	(void)question;
	for (size_t i = 0; i < NELEMS(tiles); i++)
		names_add(names, "%s", metric_name(tiles[i].metric));
	for (size_t i = 0; i < verdict_metric_count; i++)
		names_add(names, "%s", metric_name(verdict_metrics[i]));
}

static json_t *
tile_json(const struct history *history, size_t i)
{
	const double *values = history_values(history, i);
	enum metric metric = tiles[i].metric;
	json_t *points = json_array();

	for (size_t k = 0; k < history->points; k++)
		json_array_append_new(points, json_count(values[k]));
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "title", tiles[i].title,
	    "metric", metric_name(metric), "unit",
	    unit_name(metric_unit(metric)), "help", metric_help(metric),
	    "value", json_count(history_sum(history, i)), "points", points);
}

/* Of what was read in the span; no chart, for lines are not mail. */
static json_t *
coverage_tile(const struct sums *sums)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:o}", "title", "Coverage", "metric",
	    metric_name(METRIC_AGENT_LINES_RECOGNISED), "unit",
	    unit_name(UNIT_RATIO), "help",
	    "part of the log lines that is understood", "value",
	    sums->lines == 0 ? json_null() : json_real(sums->coverage));
}

static const enum metric queues[] = {
	METRIC_QUEUE_ACTIVE,
	METRIC_QUEUE_DEFERRED,
	METRIC_QUEUE_HOLD,
	METRIC_QUEUE_INCOMING,
};

/* How full the queues are now; null where nobody looks at them. */
static json_t *
queue_json(const struct stats_host *host)
{
	json_t *queue;

	if (!host->told[METRIC_QUEUE_OLDEST_SECONDS])
		return json_null();
	queue = json_pack("{s:o}", "oldest_seconds",
	    json_whole(host->totals[METRIC_QUEUE_OLDEST_SECONDS]));
	for (size_t i = 0; i < NELEMS(queues); i++)
		json_object_set_new(queue,
		    strchr(metric_name(queues[i]), '.') + 1,
		    json_whole(host->totals[queues[i]]));
	return queue;
}

/* As it is now, whatever the span. */
static void
add_queue_tile(json_t *object, const struct stats_host *host)
{
	uint64_t sum = 0;

	if (!host->told[METRIC_QUEUE_OLDEST_SECONDS])
		return;
	for (size_t i = 0; i < NELEMS(queues); i++)
		sum += host->totals[queues[i]];
	json_object_set_new(object, "queued",
	    json_pack("{s:s,s:s,s:s,s:s,s:o}", "title", "In the queues",
		"metric", metric_name(METRIC_QUEUE_DEFERRED), "unit",
		unit_name(UNIT_MESSAGES), "help",
		"messages in the mail system's queues now", "value",
		json_whole(sum)));
}

static json_t *
tiles_json(const struct history *history, const struct sums *sums,
    const struct stats_host *host)
{
	json_t *object = json_object();

	for (size_t i = 0; i < NELEMS(tiles); i++)
		json_object_set_new(
		    object, tiles[i].name, tile_json(history, i));
	add_queue_tile(object, host);
	json_object_set_new(object, "coverage", coverage_tile(sums));
	return object;
}

static json_t *
hosts_json(const struct stats *stats)
{
	json_t *hosts = json_array();

	for (size_t i = 0; i < stats_host_count(stats); i++)
		json_array_append_new(
		    hosts, json_words(stats_host(stats, i)->name));
	return hosts;
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct web_query *query = question->query;
	const struct web_status *status = &question->status;
	struct sums sums;

	(void)err;
	sums_init(&sums, question->history, NELEMS(tiles));
	return json_pack(
	    "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:i,s:I,s:I,s:I,s:b}",
	    "verdict", verdict_json(&sums, query, status), "tiles",
	    tiles_json(question->history, &sums, question->host), "queue",
	    queue_json(question->host), "coverage", panel_coverage(question),
	    "span", panel_span(question->host), "totals",
	    panel_totals(question->host), "host", json_words(query->host),
	    "hosts", hosts_json(question->sources->stats), "note",
	    json_words(status->note), "catching_up", status->catching_up, "now",
	    (json_int_t)status->now, "from", (json_int_t)query->from, "to",
	    (json_int_t)query->to, "signed_in", question->signed_in);
}

const struct web_panel panel_overview = {
	.name = "overview",
	.needs = needs,
	.points = POINTS,
	.data = data,
};
