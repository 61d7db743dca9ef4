/*
 * panel_mailers.c - mailstats' table: its seven columns, and two more
 *
 * Without a span: since the beginning, as mailstats has it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "web/json.h"
#include "web/panel.h"

struct row {
	const char *name;
	double counts[MAILER_METRICS];
	size_t cell; /* its first name in history */
};

static void
needs(const struct panel_question *question, struct names *names)
{
	const struct stats_host *host = question->host;

	if (!question->query->ranged)
		return;
	for (size_t i = 0; i < host->mailer_count; i++)
		for (unsigned m = 0; m < MAILER_METRICS; m++)
			names_add(names, "mailer.%s.%s", host->mailers[i].name,
			    mailer_metric_name(m));
}

static struct row *
rows_of(const struct panel_question *question)
{
	const struct stats_host *host = question->host;
	struct row *rows = mem_zero(host->mailer_count, sizeof(*rows));
	const struct history *history = question->history;

	for (size_t i = 0; i < host->mailer_count; i++) {
		rows[i].name = host->mailers[i].name;
		rows[i].cell = i * MAILER_METRICS;
		for (size_t m = 0; m < MAILER_METRICS; m++) {
			size_t cell = rows[i].cell + m;

			/* A mailer may be newer than the question. */
			if (history == NULL)
				rows[i].counts[m] =
				    (double)host->mailers[i].totals[m];
			else if (cell < history->names.count)
				rows[i].counts[m] = history_sum(history, cell);
		}
	}
	return rows;
}

/* What passed by it, both ways, over the span; null without one. */
static json_t *
points_of(const struct history *history, const struct row *row)
{
	json_t *points;

	if (history == NULL ||
	    row->cell + MAILER_METRICS > history->names.count)
		return json_null();
	points = json_array();
	for (size_t k = 0; k < history->points; k++)
		json_array_append_new(points,
		    json_count(history_values(
				   history, row->cell + MAILER_MSGS_FROM)[k] +
			       history_values(
				   history, row->cell + MAILER_MSGS_TO)[k]));
	return points;
}

/* In order of `column'; MAILER_METRICS: of all the messages that passed. */
static int
compare(const void *a, const void *b, void *column)
{
	const struct row *left = a, *right = b;
	unsigned m = *(unsigned *)column;
	double l, r;

	if (m < MAILER_METRICS) {
		l = left->counts[m];
		r = right->counts[m];
	} else {
		l = left->counts[MAILER_MSGS_FROM] +
		    left->counts[MAILER_MSGS_TO];
		r = right->counts[MAILER_MSGS_FROM] +
		    right->counts[MAILER_MSGS_TO];
	}
	if (l != r)
		return l < r ? 1 : -1;
	return strcmp(left->name, right->name);
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct web_query *query = question->query;
	unsigned column = mailer_metric_find(slice_of(query->sort));
	size_t n = question->host->mailer_count;
	json_t *mailers, *mailer;
	struct row *rows;

	if (query->sort[0] != '\0' && column == MAILER_METRICS) {
		err_set(err, "sort: msgs_from, bytes_from, msgs_to, bytes_to, "
			     "msgs_rejected, msgs_discarded, msgs_quarantined, "
			     "deferred or bounced is expected");
		return NULL;
	}
	mailers = json_array();
	rows = rows_of(question);
	qsort_r(rows, n, sizeof(*rows), compare, &column);
	for (size_t i = 0; i < n && i < query->limit; i++) {
		mailer = json_pack("{s:o}", "mailer", json_words(rows[i].name));
		for (unsigned m = 0; m < MAILER_METRICS; m++)
			json_object_set_new(mailer, mailer_metric_name(m),
			    json_count(rows[i].counts[m]));
		json_object_set_new(
		    mailer, "points", points_of(question->history, &rows[i]));
		json_array_append_new(mailers, mailer);
	}
	free(rows);
	return json_pack("{s:o,s:o}", "mailers", mailers, "span",
	    panel_span(question->host));
}

const struct web_panel panel_mailers = {
	.name = "mailers",
	.needs = needs,
	.points = 48,
	.data = data,
};
