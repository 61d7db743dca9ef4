/* panel_blocks.c - who is refused, why, and until when */
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
	return json_pack("{s:o,s:b,s:o,s:o,s:I,s:I,s:I,s:I,s:b}", "address",
	    json_words(block->sender != NULL ? block->sender : address),
	    "sender", block->sender != NULL, "rule",
	    block->rule[0] != '\0' ? json_words(block->rule) : json_null(),
	    "reason", reason, "at", (json_int_t)(block->at / SECOND), "until",
	    (json_int_t)(block->until / SECOND), "seconds",
	    (json_int_t)block->seconds, "times", (json_int_t)block->times,
	    "enforced", block->enforced);
}

static json_t *
rows(const struct panel_question *question, size_t *total)
{
	const struct blocks *blocks = question->sources->blocks;
	const struct web_query *query = question->query;
	int64_t now = question->status.now * SECOND;
	const struct block *block = blocks_next(blocks, NULL, now);
	json_t *list = json_array();

	for (*total = 0; block != NULL; ++*total) {
		if (*total >= query->offset &&
		    *total - query->offset < query->limit)
			json_array_append_new(list, panel_block(block));
		block = blocks_next(blocks, block, now);
	}
	return list;
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
	return json_pack("{s:I,s:s,s:o,s:o,s:I,s:o,s:o,s:o,s:o}", "now",
	    (json_int_t)question->status.now, "mode",
	    enforce ? "enforce" : "observe", "backend",
	    json_words(sources->block_config->backend), "blocks", list, "total",
	    (json_int_t)total, "expected", json_whole(counts.expected),
	    "enforced", json_whole(counts.enforced), "refused",
	    json_whole(counts.refused), "over_cap",
	    json_whole(counts.over_cap));
}

const struct web_panel panel_blocks = {
	.name = "blocks",
	.names_people = true,
	.data = data,
};
