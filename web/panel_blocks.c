/* panel_blocks.c - who is refused, why, and until when */
#include <string.h>

#include "web/json.h"
#include "web/panel.h"

#define SECOND 1000000 /* microseconds */

json_t *
panel_block(const struct block *block)
{
	char address[PREFIX_TEXT];
	json_t *reason = json_words(block->reason);

	if (block->sender == NULL)
		prefix_print(&block->what, address);
	return json_pack("{s:o,s:b,s:o,s:o,s:I,s:I,s:I,s:I,s:b,s:o}", "address",
	    json_words(block->sender != NULL ? block->sender : address),
	    "sender", block->sender != NULL, "rule",
	    block->rule[0] != '\0' ? json_words(block->rule) : json_null(),
	    "reason", reason, "at", (json_int_t)(block->at / SECOND), "until",
	    (json_int_t)(block->until / SECOND), "seconds",
	    (json_int_t)block->seconds, "times", (json_int_t)block->times,
	    "enforced", block->enforced, "refused",
	    block->counted ? json_whole(block->refused) : json_null());
}

/* Does the rule that blocked it, or (by a person) any, watch its client? */
static bool
is_why(const struct incident *incident, const struct block *block)
{
	return !addr_is_none(&incident->client) && block->sender == NULL &&
	       prefix_holds(&block->what, &incident->client) &&
	       (block->rule[0] == '\0' ||
		   strcmp(incident->rule, block->rule) == 0);
}

static json_t *
incident_of(struct alerts *alerts, const struct block *block)
{
	for (size_t i = alerts_incident_count(alerts); i-- > 0;) {
		const struct incident *incident = alerts_incident(alerts, i);
		json_t *json;

		if (!is_why(incident, block))
			continue;
		json = panel_incident(incident);
		json_object_set_new(
		    json, "evidence", panel_evidence(incident->evidence));
		return json;
	}
	return json_null();
}

json_t *
panel_block_why(
    const struct web_sources *sources, const struct block *block, int64_t now)
{
	return json_pack("{s:I,s:o,s:o}", "now", (json_int_t)now, "block",
	    panel_block(block), "incident",
	    incident_of(sources->alerts, block));
}

/* Is the text in what is shown of it? */
static bool
holds(const struct block *block, const char *filter)
{
	char address[PREFIX_TEXT] = "";

	if (block->sender == NULL)
		prefix_print(&block->what, address);
	return filter[0] == '\0' || strcasestr(address, filter) != NULL ||
	       (block->sender != NULL &&
		   strcasestr(block->sender, filter) != NULL) ||
	       strcasestr(block->rule, filter) != NULL ||
	       strcasestr(block->reason, filter) != NULL;
}

static json_t *
rows(const struct panel_question *question, size_t *total)
{
	const struct blocks *blocks = question->sources->blocks;
	const struct web_query *query = question->query;
	int64_t now = question->status.now * SECOND;
	const struct block *block = blocks_next(blocks, NULL, now);
	json_t *list = json_array();

	for (*total = 0; block != NULL;
	     block = blocks_next(blocks, block, now)) {
		if (!holds(block, query->filter))
			continue;
		if (*total >= query->offset &&
		    *total - query->offset < query->limit)
			json_array_append_new(list, panel_block(block));
		++*total;
	}
	return list;
}

/* How to have them enforced; null: they are. */
static json_t *
enforcing(const struct panel_question *question)
{
	const struct web_status *status = &question->status;

	if (blocks_mode(question->sources->blocks) == BLOCK_ENFORCE)
		return json_null();
	return json_pack("{s:o,s:s,s:o}", "file",
	    json_words(status->config_path), "lines",
	    "blocks {\n\tmode = \"enforce\"\n}\n", "right",
	    json_words(status->block_right));
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct web_sources *sources = question->sources;
	struct block_counts counts = blocks_counts(sources->blocks);
	bool enforce = blocks_mode(sources->blocks) == BLOCK_ENFORCE;
	size_t total;
	json_t *list = rows(question, &total);

	(void)err;
	blocks_ask_refused(sources->blocks);
	return json_pack("{s:I,s:s,s:o,s:o,s:I,s:o,s:o,s:o,s:o,s:b,s:o}", "now",
	    (json_int_t)question->status.now, "mode",
	    enforce ? "enforce" : "observe", "backend",
	    json_words(sources->block_config->backend), "blocks", list, "total",
	    (json_int_t)total, "expected", json_whole(counts.expected),
	    "enforced", json_whole(counts.enforced), "refused",
	    json_whole(counts.refused), "over_cap", json_whole(counts.over_cap),
	    "counts", counts.counts, "enforcing", enforcing(question));
}

const struct web_panel panel_blocks = {
	.name = "blocks",
	.names_people = true,
	.data = data,
};
