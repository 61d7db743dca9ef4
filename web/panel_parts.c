/* panel_parts.c - what several panels show */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "base/statcolumns.h"
#include "web/json.h"
#include "web/panel.h"

#define WEEK (7 * INT64_C(86400))

struct stats_host *
stats_of(const struct stats *stats, const char *name)
{
	struct stats_host *host = mem_zero(1, sizeof(*host));

	if (name[0] == '\0')
		stats_sum(stats, host);
	else
		for (size_t i = 0; i < stats_host_count(stats); i++)
			if (strcmp(stats_host(stats, i)->name, name) == 0)
				*host = *stats_host(stats, i);
	return host;
}

int64_t
panel_earlier(const struct web_query *query)
{
	int64_t span = query->to - query->from;

	return span > WEEK ? span : WEEK;
}

int64_t
panel_lag(const struct web_status *status)
{
	int64_t lag = 0;

	for (size_t i = 0; i < status->source_count; i++)
		if (status->sources[i].lag_seconds > lag)
			lag = status->sources[i].lag_seconds;
	return lag;
}

json_t *
panel_span(const struct stats_host *host)
{
	return json_pack("{s:I,s:I}", "first", (json_int_t)host->first, "last",
	    (json_int_t)host->last);
}

/* Of those that never came there is nothing to tell each second. */
static void
add_reason(json_t *totals, const struct stats_host *host, enum metric metric)
{
	if (host->totals[metric] > 0)
		json_object_set_new(totals, metric_name(metric),
		    json_whole(host->totals[metric]));
}

/* Few enough for LIVE_MESSAGE. */
json_t *
panel_totals(const struct stats_host *host)
{
	static const enum metric metrics[] = {
		METRIC_MESSAGES_RECEIVED,
		METRIC_MESSAGES_SENT,
		METRIC_MESSAGES_DEFERRED,
		METRIC_MESSAGES_BOUNCED,
		METRIC_REJECTS_TOTAL,
		METRIC_RELAY_DENIED,
		METRIC_AUTH_FAILED,
		METRIC_SESSIONS_CONNECTED,
		METRIC_AGENT_LINES,
	};
	json_t *totals = json_object();

	for (size_t i = 0; i < NELEMS(metrics); i++)
		json_object_set_new(totals, metric_name(metrics[i]),
		    json_whole(host->totals[metrics[i]]));
	for (unsigned r = 0; r < REASONS; r++)
		add_reason(totals, host, metric_of_reason(r));
	return totals;
}

static json_t *
sources_json(const struct web_status *status)
{
	json_t *sources = json_array();

	for (size_t i = 0; i < status->source_count; i++) {
		const struct web_source *source = &status->sources[i];

		json_array_append_new(
		    sources, json_pack("{s:o,s:o,s:o,s:o,s:o,s:I,s:o}", "title",
				 json_words(source->title), "path",
				 json_words(source->path), "state",
				 json_words(source->state), "format",
				 json_words(source->format), "lines",
				 source->polled ? json_null()
						: json_whole(source->lines),
				 "lag_seconds", (json_int_t)source->lag_seconds,
				 "trouble", json_words(source->trouble)));
	}
	return sources;
}

static json_t *
column_json(const struct statistics_row *row)
{
	json_t *columns = json_object();

	for (unsigned k = 0; k < STATFILE_COLUMNS; k++)
		if (row->file[k] != 0 || row->log[k] != 0)
			json_object_set_new(columns,
			    mailer_metric_name(statcolumn_of_log(k)),
			    json_pack("{s:o,s:o}", "file",
				json_whole(row->file[k]), "log",
				json_whole(row->log[k])));
	return columns;
}

/* Columns of which neither has anything are left out. */
static json_t *
statistics_json(const struct statistics_status *from)
{
	json_t *mailers = json_object(), *columns;

	for (size_t i = 0; i < from->row_count; i++) {
		columns = column_json(&from->rows[i]);
		if (json_object_size(columns) > 0)
			json_object_set_new(
			    mailers, from->rows[i].mailer, columns);
		else
			json_decref(columns);
	}
	return json_pack("{s:o,s:o,s:b,s:o,s:I,s:o,s:o}", "path",
	    json_words(from->path), "host", json_words(from->host), "agrees",
	    from->agrees, "words", json_words(from->words), "since",
	    (json_int_t)from->since, "resets", json_whole(from->resets),
	    "mailers", mailers);
}

static json_t *
all_statistics(const struct web_status *status)
{
	json_t *list = json_array();

	for (size_t i = 0; i < status->statistics_count; i++)
		json_array_append_new(
		    list, statistics_json(&status->statistics[i]));
	return list;
}

/* Rules that are silent, because too little is seen to judge by them. */
static int
silenced(const struct alerts *alerts)
{
	int n = 0;

	for (size_t i = 0; alerts != NULL && i < alerts_rule_count(); i++)
		n += alerts_rule(alerts, i).silenced;
	return n;
}

/* Since the beginning: what was read, and what of it is understood. */
json_t *
panel_coverage(const struct panel_question *question)
{
	const uint64_t *totals = question->host->totals;
	uint64_t lines = totals[METRIC_AGENT_LINES];
	uint64_t unrecognised = totals[METRIC_AGENT_LINES_UNRECOGNISED];

	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:i,s:o,s:o}",
	    "lines", json_whole(lines), "recognised",
	    json_whole(totals[METRIC_AGENT_LINES_RECOGNISED]), "ignored",
	    json_whole(totals[METRIC_AGENT_LINES_IGNORED]), "unrecognised",
	    json_whole(unrecognised), "lost",
	    json_whole(totals[METRIC_AGENT_LINES_LOST]), "share",
	    lines == 0 ? json_null()
		       : json_real(1 - (double)unrecognised / (double)lines),
	    "packets", json_whole(totals[METRIC_WIRE_PACKETS]),
	    "packets_dropped", json_whole(totals[METRIC_WIRE_PACKETS_DROPPED]),
	    "silenced", silenced(question->sources->alerts), "sources",
	    sources_json(&question->status), "statistics",
	    all_statistics(&question->status));
}
