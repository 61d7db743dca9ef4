/*
 * panel_series.c - numbers over time
 *
 * {"from", "to", "step", "times": [...], "values": {NAME: [...], ...}}: one
 * column of times, the beginning of each point, and one a name; counts per
 * point for counters, the mean for gauges, null where not known.  "totals" are
 * those of the stream: what these grow by is what comes after.
 */
#include <math.h>

#include "web/json.h"
#include "web/panel.h"

static void
needs(const struct panel_question *question, struct names *names)
{
	for (size_t i = 0; i < question->query->name_count; i++)
		names_add(names, "%s", question->query->names[i]);
}

static json_t *
times_json(const struct history *history)
{
	json_t *times = json_array();

	for (size_t k = 0; k < history->points; k++)
		json_array_append_new(
		    times, json_integer((json_int_t)history->times[k]));
	return times;
}

/* What is behind the last point belongs to it. */
static json_t *
values_json(const struct history *history, size_t i)
{
	const double *values = history_values(history, i);
	json_t *array = json_array();
	double value;

	for (size_t k = 0; k < history->points; k++) {
		value = values[k];
		if (k + 1 == history->points && history->open[i] > 0)
			value = (isfinite(value) ? value : 0) +
				(double)history->open[i];
		json_array_append_new(array, json_count(value));
	}
	return array;
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct history *history = question->history;
	json_t *values;

	if (history == NULL) {
		err_set(err, "name: at least one is expected, "
			     "such as messages.received");
		return NULL;
	}
	values = json_object();
	for (size_t i = 0; i < history->names.count; i++) {
		/* A name of any bytes is no name: its key is made safe. */
		json_t *key = json_words(history->names.text[i]);

		json_object_set_new(
		    values, json_string_value(key), values_json(history, i));
		json_decref(key);
	}
	return json_pack("{s:I,s:I,s:I,s:o,s:o,s:o}", "from",
	    (json_int_t)history->from, "to", (json_int_t)history->to, "step",
	    (json_int_t)history->step, "times", times_json(history), "values",
	    values, "totals", panel_totals(question->host));
}

const struct web_panel panel_series = {
	.name = "series",
	.needs = needs,
	.data = data,
};
