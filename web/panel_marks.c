/*
 * panel_marks.c - what is drawn on the time line: alerts and blocks
 *
 * {"marks": [{"at", "kind": "alert" or "block", ...}], "total"}: those whose
 * time has a part in the span, the newest first.  A block that is over is gone
 * from the list; the alert that led to it is still there.
 */
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "web/json.h"
#include "web/panel.h"

#define SECOND 1000000 /* microseconds */

struct mark {
	int64_t at; /* Unix microseconds */
	const struct block *block;
	size_t incident; /* where block is NULL */
};

/* The newest, as many as the query wants of each kind. */
struct marks {
	const struct panel_question *question;
	struct mark *list;
	size_t count, total;
};

static bool
within(const struct marks *marks, int64_t begin, int64_t end)
{
	const struct web_query *query = marks->question->query;

	return begin / SECOND < query->to && end / SECOND >= query->from;
}

static void
find_incidents(struct marks *marks)
{
	struct alerts *alerts = marks->question->sources->alerts;
	const struct web_query *query = marks->question->query;
	size_t found = 0;

	for (size_t i = alerts_incident_count(alerts); i-- > 0;) {
		const struct incident *incident = alerts_incident(alerts, i);

		if (!within(marks, incident->crossed, incident->last) ||
		    (query->host[0] != '\0' &&
			strcasecmp(query->host, incident->host) != 0))
			continue;
		marks->total++;
		if (found++ < query->limit)
			marks->list[marks->count++] =
			    (struct mark){ .at = incident->crossed,
				    .incident = i };
	}
}

static void
find_blocks(struct marks *marks)
{
	const struct blocks *blocks = marks->question->sources->blocks;
	int64_t now = marks->question->status.now * SECOND;
	const struct block *block = blocks_next(blocks, NULL, now);
	size_t found = 0;

	for (; block != NULL; block = blocks_next(blocks, block, now)) {
		if (!within(marks, block->at, block->at))
			continue;
		marks->total++;
		if (found++ < marks->question->query->limit)
			marks->list[marks->count++] =
			    (struct mark){ .at = block->at, .block = block };
	}
}

static int
newest_first(const void *a, const void *b)
{
	const struct mark *left = a, *right = b;

	return left->at < right->at ? 1 : left->at > right->at ? -1 : 0;
}

static json_t *
block_json(const struct block *block)
{
	json_t *json = panel_block(block);

	json_object_set_new(json, "kind", json_string("block"));
	return json;
}

static json_t *
incident_json(const struct incident *incident)
{
	char sentence[INCIDENT_TEXT];

	incident_sentence(incident, sentence);
	return json_pack("{s:s,s:I,s:I,s:I,s:b,s:s,s:o,s:o,s:o}", "kind",
	    "alert", "at", (json_int_t)(incident->crossed / SECOND), "last",
	    (json_int_t)(incident->last / SECOND), "number",
	    (json_int_t)incident->number, "open", incident->open, "level",
	    alert_level_name(incident->level), "rule",
	    json_words(incident->rule), "host", json_words(incident->host),
	    "sentence", json_words(sentence));
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	size_t limit = question->query->limit;
	struct marks marks = { .question = question };
	json_t *list = json_array();

	(void)err;
	marks.list = mem_grow(NULL, 2 * limit, sizeof(*marks.list));
	find_incidents(&marks);
	find_blocks(&marks);
	qsort(marks.list, marks.count, sizeof(*marks.list), newest_first);
	for (size_t i = 0; i < marks.count && i < limit; i++) {
		const struct mark *mark = &marks.list[i];

		json_array_append_new(list,
		    mark->block != NULL
			? block_json(mark->block)
			: incident_json(alerts_incident(
			      question->sources->alerts, mark->incident)));
	}
	free(marks.list);
	return json_pack("{s:I,s:I,s:o,s:I}", "from",
	    (json_int_t)question->query->from, "to",
	    (json_int_t)question->query->to, "marks", list, "total",
	    (json_int_t)marks.total);
}

const struct web_panel panel_marks = {
	.name = "marks",
	.names_people = true,
	.data = data,
};
