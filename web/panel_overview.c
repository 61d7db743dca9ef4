/*
 * panel_overview.c - how is it going: the verdict, the big numbers, coverage
 *
 * The page adds what the stream says: "totals" here and there are the same
 * counters.
 */
#include <string.h>

#include "base/array.h"
#include "web/json.h"
#include "web/panel.h"
#include "web/tiles.h"
#include "web/verdict.h"

static void
needs(const struct panel_question *question, struct names *names)
{
	(void)question;
	tiles_need(names);
	verdict_needs(names);
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

/* What "previous" of the tiles is of. */
static json_t *
compared_json(const struct web_query *query)
{
	int64_t earlier = panel_earlier(query);

	return json_pack("{s:s,s:I,s:I}", "with",
	    earlier > query->to - query->from ? "last week" : "before", "from",
	    (json_int_t)(query->from - earlier), "to",
	    (json_int_t)(query->to - earlier));
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
	json_t *json;

	(void)err;
	sums_init(&sums, question->history);
	json = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "verdict",
	    verdict_json(&sums, question), "compared", compared_json(query),
	    "tiles", tiles_json(question), "queue", queue_json(question->host),
	    "coverage", panel_coverage(question), "span",
	    panel_span(question->host), "totals", panel_totals(question->host),
	    "host", json_words(query->host), "hosts",
	    hosts_json(question->sources->stats));
	json_object_update_new(json,
	    json_pack("{s:o,s:i,s:I,s:i,s:I,s:I,s:b,s:b,s:s}", "note",
		json_words(status->note), "catching_up", status->catching_up,
		"now", (json_int_t)status->now, "zone_seconds",
		(int)status->zone_seconds, "from", (json_int_t)query->from,
		"to", (json_int_t)query->to, "to_now", query->to_now,
		"signed_in", question->signed_in, "mode",
		blocks_mode(question->sources->blocks) == BLOCK_ENFORCE
		    ? "enforce"
		    : "observe"));
	return json;
}

const struct web_panel panel_overview = {
	.name = "overview",
	.needs = needs,
	.points = TILE_POINTS,
	.compares = true,
	.data = data,
};
