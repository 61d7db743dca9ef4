/*
 * prometheus.c - /metrics, in text format 0.0.4
 *
 * The format's source is prometheus.io's "Exposition formats".  Names come
 * from the metrics' table: "messages.received" of host mx1 is
 * mailweir_messages_received_total{host="mx1"}; refusals carry their reason,
 * mailers their name.  No label names a client or a person.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/json.h"
#include "web/server.h"

#define TYPE "text/plain; version=0.0.4; charset=utf-8"

/* A label's value: valid UTF-8, with \, " and newlines escaped. */
static void
put_label(FILE *out, const char *name, const char *value)
{
	char safe[4 * STATS_NAME];

	slice_escape(slice_of(value), safe, sizeof(safe));
	fprintf(out, "%s=\"", name);
	for (const char *p = safe; *p != '\0'; p++) {
		if (*p == '\\' || *p == '"')
			fputc('\\', out);
		fputc(*p, out);
	}
	fputc('"', out);
}

/* "messages.received" to "mailweir_messages_received_total". */
static void
full_name(
    char *name, size_t size, const char *prefix, const char *word, bool counter)
{
	static const char end[] = "_total";
	size_t n = strlen(word);

	if (counter && n > strlen("total") &&
	    strcmp(word + n - strlen("total"), "total") == 0)
		n -= strlen(".total");
	snprintf(name, size, "mailweir_%s%.*s%s", prefix, (int)n, word,
	    counter ? end : "");
	for (char *p = name; *p != '\0'; p++)
		if (*p == '.')
			*p = '_';
}

static void
put_head(FILE *out, const char *name, const char *help, bool counter)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	    counter ? "counter" : "gauge");
}

static void
put_metric(FILE *out, const struct stats *stats, enum metric metric)
{
	bool counter = metric_kind(metric) == METRIC_COUNTER;
	char name[160];

	full_name(name, sizeof(name), "", metric_name(metric), counter);
	put_head(out, name, metric_help(metric), counter);
	for (size_t i = 0; i < stats_host_count(stats); i++) {
		const struct stats_host *host = stats_host(stats, i);

		if (!counter && !host->told[metric])
			continue;
		fprintf(out, "%s{", name);
		put_label(out, "host", host->name);
		fprintf(out, "} %" PRIu64 "\n", host->totals[metric]);
	}
}

/* The sum of the reasons, of which the first is given, is the total. */
static void
put_rejects(FILE *out, const struct stats *stats, const char *name,
    enum metric total, enum metric first)
{
	put_head(out, name, metric_help(total), true);
	for (size_t i = 0; i < stats_host_count(stats); i++) {
		const struct stats_host *host = stats_host(stats, i);

		for (unsigned r = 0; r < REASONS; r++) {
			fprintf(out, "%s{", name);
			put_label(out, "host", host->name);
			fprintf(out, ",reason=\"%s\"} %" PRIu64 "\n",
			    reason_name(r), host->totals[first + r]);
		}
	}
}

static void
put_mailers(FILE *out, const struct stats *stats, enum mailer_metric metric)
{
	struct slice word = slice_of(mailer_metric_name(metric));
	char name[160];

	if (slice_skips(&word, "msgs_"))
		full_name(name, sizeof(name), "mailer_messages_", word.p, true);
	else
		full_name(name, sizeof(name), "mailer_", word.p, true);
	put_head(out, name, mailer_metric_help(metric), true);
	for (size_t i = 0; i < stats_host_count(stats); i++) {
		const struct stats_host *host = stats_host(stats, i);

		for (size_t k = 0; k < host->mailer_count; k++) {
			fprintf(out, "%s{", name);
			put_label(out, "host", host->name);
			fputc(',', out);
			put_label(out, "mailer", host->mailers[k].name);
			fprintf(out, "} %" PRIu64 "\n",
			    host->mailers[k].totals[metric]);
		}
	}
}

static void
put_one(
    FILE *out, const char *name, const char *help, bool counter, uint64_t value)
{
	put_head(out, name, help, counter);
	fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void
put_seconds(FILE *out, const char *name, const char *help, double seconds)
{
	put_head(out, name, help, false);
	fprintf(out, "%s %.6f\n", name, seconds);
}

static void
put_all(FILE *out, const struct request *request)
{
	const struct web_sources *sources = &request->web->sources;
	const struct stats *stats = sources->stats;

	put_one(out, "mailweir_start_time_seconds",
	    "when the agent was started", false,
	    (uint64_t)request->status.started);
	put_one(out, "mailweir_healthy", "1 where /healthz says 200", false,
	    request->status.trouble == NULL);
	put_one(out, "mailweir_streams", "pages that listen", false,
	    live_count(request->web->live));
	put_one(out, "mailweir_connections_sent_away_total",
	    "connections closed to make room for others", true,
	    request->web->guests.sent_away);
	put_seconds(out, "mailweir_turn_longest_seconds",
	    "the loop's longest turn in the last minute",
	    request->status.turn_seconds);
	put_seconds(out, "mailweir_turn_longest_cpu_seconds",
	    "the processor time of the longest in the last minute",
	    request->status.turn_cpu_seconds);
	put_one(out, "mailweir_agent_rrd_writes_total",
	    "updates of series files", true, series_writes(sources->series));
	put_one(out, "mailweir_tally_evicted_total",
	    "clients and accounts evicted from full tables", true,
	    tally_evicted(sources->tally));
	if (stats_host_count(stats) == 0)
		return;
	for (unsigned m = 0; m < METRIC_REJECTS_FIRST; m++)
		if (m != METRIC_REJECTS_TOTAL && m != METRIC_WIRE_REJECTS)
			put_metric(out, stats, m);
	put_rejects(out, stats, "mailweir_rejects_total", METRIC_REJECTS_TOTAL,
	    METRIC_REJECTS_FIRST);
	put_rejects(out, stats, "mailweir_wire_rejects_total",
	    METRIC_WIRE_REJECTS, METRIC_WIRE_REJECTS_FIRST);
	for (unsigned m = 0; m < MAILER_METRICS; m++)
		put_mailers(out, stats, m);
}

void
prometheus_handle(struct request *request)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL) {
		request_answer(request, 0, NULL);
		return;
	}
	put_all(out, request);
	if (fclose(out) == 0)
		request_bytes(request, MHD_HTTP_OK, TYPE, text, size);
	else
		request_answer(request, 0, NULL);
	free(text);
}

void
healthz_handle(struct request *request)
{
	const char *trouble = request->status.trouble;

	if (trouble == NULL)
		request_json(
		    request, MHD_HTTP_OK, json_pack("{s:s}", "status", "ok"));
	else
		request_json(request, MHD_HTTP_SERVICE_UNAVAILABLE,
		    json_pack("{s:s,s:o,s:o}", "status", "trouble", "reason",
			json_words(trouble), "error", json_words(trouble)));
}
