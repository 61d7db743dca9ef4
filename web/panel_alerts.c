/* panel_alerts.c - what is or was the matter, with the evidence */
#include <string.h>

#include "web/json.h"
#include "web/panel.h"

#define SECOND 1000000 /* microseconds */

json_t *
panel_incident(const struct incident *incident)
{
	char sentence[INCIDENT_TEXT];
	json_t *json = json_pack("{s:I,s:o,s:o,s:s,s:o,s:s,s:b,s:b,s:b}",
	    "number", (json_int_t)incident->number, "rule",
	    json_words(incident->rule), "host", json_words(incident->host),
	    "kind", alert_key_name(incident->kind), "key",
	    json_words(incident->key), "level",
	    alert_level_name(incident->level), "open", incident->open, "past",
	    incident->past, "critical", incident->critical);

	json_object_update_new(json,
	    json_pack("{s:I,s:I,s:I,s:o,s:o,s:o,s:I,s:s,s:I,s:o,s:o,s:o}",
		"first", (json_int_t)(incident->first / SECOND), "crossed",
		(json_int_t)(incident->crossed / SECOND), "last",
		(json_int_t)(incident->last / SECOND), "count",
		json_whole(incident->count), "value",
		json_count(incident->value), "usual",
		incident->usual < 0 ? json_null() : json_count(incident->usual),
		"within", (json_int_t)incident->within, "action",
		incident_action_name(incident->action), "block_seconds",
		(json_int_t)incident->block_seconds, "what",
		json_words(incident->what), "unit", json_words(incident->unit),
		"words",
		json_words(
		    incident->words[0] != '\0' ? incident->words : NULL)));
	incident_sentence(incident, sentence);
	json_object_set_new(json, "sentence", json_words(sentence));
	return json;
}

static json_t *
table(const struct evidence_row *rows, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
		    json_pack("{s:o,s:o}", "text", json_words(rows[i].text),
			"count", json_whole(rows[i].count)));
	return list;
}

json_t *
panel_evidence(const struct evidence *evidence)
{
	json_t *lines;

	if (evidence == NULL)
		return json_null();
	lines = json_array();
	for (size_t i = 0; i < evidence->line_count; i++)
		json_array_append_new(lines, json_words(evidence->lines[i]));
	return json_pack("{s:o,s:o,s:o}", "lines", lines, "clients",
	    table(evidence->clients, evidence->client_count), "replies",
	    table(evidence->replies, evidence->reply_count));
}

static bool
holds(const struct incident *incident, const char *filter)
{
	return filter[0] == '\0' || strcasestr(incident->key, filter) != NULL ||
	       strcasestr(incident->rule, filter) != NULL ||
	       strcasestr(incident->host, filter) != NULL ||
	       strcasestr(incident->words, filter) != NULL;
}

/* Open ones first, in both the newest first. */
static json_t *
list_of(const struct panel_question *question, size_t *open, size_t *matching)
{
	struct alerts *alerts = question->sources->alerts;
	const struct web_query *query = question->query;
	size_t n = alerts_incident_count(alerts), at = 0;
	json_t *list = json_array(), *row;

	*open = 0;
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = n; i-- > 0;) {
			const struct incident *incident =
			    alerts_incident(alerts, i);

			if (incident->open != (turn == 0))
				continue;
			*open += turn == 0;
			if (!holds(incident, query->filter) ||
			    at++ < query->offset ||
			    json_array_size(list) == query->limit)
				continue;
			row = panel_incident(incident);
			json_object_set_new(row, "evidence",
			    panel_evidence(incident->evidence));
			json_array_append_new(list, row);
		}
	*matching = at;
	return list;
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	struct alerts *alerts = question->sources->alerts;
	size_t open, matching;
	json_t *list = list_of(question, &open, &matching);

	(void)err;
	return json_pack("{s:I,s:I,s:I,s:I,s:o,s:o}", "now",
	    (json_int_t)question->status.now, "open", (json_int_t)open, "total",
	    (json_int_t)alerts_incident_count(alerts), "matching",
	    (json_int_t)matching, "alerts", list, "evicted",
	    json_whole(alerts_evicted(alerts)));
}

const struct web_panel panel_alerts = {
	.name = "alerts",
	.names_people = true,
	.data = data,
};
