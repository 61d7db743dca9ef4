/* panel_events.c - the last events, newest first */
#include "web/events.h"
#include "web/json.h"
#include "web/panel.h"

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct events *events = question->events;
	const struct web_query *query = question->query;
	json_t *list = json_array();
	uint64_t number = events_number(events);
	size_t matching = 0;

	(void)err;
	for (uint64_t i = number; i != 0; i--) {
		const struct event_row *row = events_find(events, i);

		if (row == NULL)
			break;
		if (!event_row_is(row, query->host, query->filter))
			continue;
		if (matching++ >= query->offset &&
		    json_array_size(list) < query->limit)
			json_array_append_new(list, event_row_json(row));
	}
	return json_pack("{s:I,s:o,s:I,s:o,s:i}", "now",
	    (json_int_t)question->status.now, "events", list, "total",
	    (json_int_t)matching, "number", json_whole(number), "kept",
	    EVENTS_KEPT);
}

const struct web_panel panel_events = {
	.name = "events",
	.names_people = true,
	.data = data,
};
