/* panel_never.c - what is never to be blocked, and who says so */
#include "web/json.h"
#include "web/panel.h"

#define SECOND 1000000 /* microseconds */

static json_t *
prefix_json(const struct prefix *prefix)
{
	char text[PREFIX_TEXT];

	prefix_print(prefix, text);
	return json_words(text);
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct blocks *blocks = question->sources->blocks;
	json_t *said = json_array(), *configured = json_array();
	const struct prefix *list;
	size_t n;

	(void)err;
	for (size_t i = blocks_never_count(blocks); i-- > 0;) {
		const struct block_never *never = blocks_never(blocks, i);

		json_array_append_new(
		    said, json_pack("{s:o,s:o,s:I}", "address",
			      prefix_json(&never->what), "reason",
			      json_words(never->reason), "at",
			      (json_int_t)(never->at / SECOND)));
	}
	list = blocks_exempted(blocks, EXEMPT_NEVER, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(configured, prefix_json(&list[i]));
	return json_pack("{s:I,s:o,s:o,s:i}", "now",
	    (json_int_t)question->status.now, "never", said, "configured",
	    configured, "most", BLOCK_NEVERS);
}

const struct web_panel panel_never = {
	.name = "never",
	.names_people = true,
	.data = data,
};
