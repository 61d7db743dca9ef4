/* panel_listing.c - the rows of a table that a query asks for */
#include <stdio.h>
#include <string.h>

#include "web/panel.h"

/* "sort: sent, deferred or bounced is expected" */
static void
say_expected(const char *const *words, struct err *err)
{
	char list[sizeof(err->text)] = "";

	for (size_t i = 0; words[i] != NULL; i++) {
		size_t used = strlen(list);

		snprintf(list + used, sizeof(list) - used, "%s%s",
		    i == 0                 ? ""
		    : words[i + 1] == NULL ? " or "
					   : ", ",
		    words[i]);
	}
	err_set(err, "sort: %s is expected", list);
}

int
panel_listing(const struct panel_question *question, const char *const *words,
    struct listing *listing, struct err *err)
{
	const struct web_query *query = question->query;
	unsigned order = 0;

	while (query->sort[0] != '\0' && words[order] != NULL &&
	       strcmp(query->sort, words[order]) != 0)
		order++;
	if (words[order] == NULL) {
		say_expected(words, err);
		return -1;
	}
	*listing = (struct listing){ .order = order,
		.most = query->limit,
		.filter = slice_of(query->filter),
		.now = question->status.now };
	return 0;
}
