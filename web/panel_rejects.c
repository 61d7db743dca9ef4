/*
 * panel_rejects.c - who was refused, by reason
 *
 * Only reasons that occurred.  Without a span: since the beginning.
 */
#include <stdlib.h>
#include <string.h>

#include "web/json.h"
#include "web/panel.h"

static const enum metric first_three[] = {
	METRIC_REJECTS_TOTAL,
	METRIC_REJECTS_TEMPORARY,
	METRIC_REJECTS_PERMANENT,
};

struct row {
	enum reason reason;
	double count;
};

static void
needs(const struct panel_question *question, struct names *names)
{
	if (!question->query->ranged)
		return;
	for (size_t i = 0; i < 3; i++)
		names_add(names, "%s", metric_name(first_three[i]));
	for (unsigned r = 0; r < REASONS; r++)
		names_add(names, "%s", metric_name(metric_of_reason(r)));
}

/* Name i of needs(). */
static double
count_of(const struct panel_question *question, size_t i)
{
	enum metric metric =
	    i < 3 ? first_three[i] : metric_of_reason((enum reason)(i - 3));

	return question->history != NULL
		   ? history_sum(question->history, i)
		   : (double)question->host->totals[metric];
}

static int
by_count(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	return (int)left->reason - (int)right->reason;
}

static int
by_name(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	return strcmp(reason_name(left->reason), reason_name(right->reason));
}

static json_t *
reasons_json(const struct panel_question *question)
{
	json_t *reasons = json_array();
	struct row rows[REASONS];
	size_t n = 0;

	for (unsigned r = 0; r < REASONS; r++) {
		rows[n] = (struct row){ r, count_of(question, 3 + r) };
		if (rows[n].count >= 0.5)
			n++;
	}
	qsort(rows, n, sizeof(*rows),
	    strcmp(question->query->sort, "reason") == 0 ? by_name : by_count);
	for (size_t i = 0; i < n && i < question->query->limit; i++)
		json_array_append_new(
		    reasons, json_pack("{s:s,s:s,s:o}", "reason",
				 reason_name(rows[i].reason), "help",
				 reason_help(rows[i].reason), "count",
				 json_count(rows[i].count)));
	return reasons;
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const char *sort = question->query->sort;

	if (sort[0] != '\0' && strcmp(sort, "count") != 0 &&
	    strcmp(sort, "reason") != 0) {
		err_set(err, "sort: count or reason is expected");
		return NULL;
	}
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "total",
	    json_count(count_of(question, 0)), "temporary",
	    json_count(count_of(question, 1)), "permanent",
	    json_count(count_of(question, 2)), "reasons",
	    reasons_json(question), "span", panel_span(question->host));
}

const struct web_panel panel_rejects = {
	.name = "rejects",
	.needs = needs,
	.points = 48,
	.data = data,
};
