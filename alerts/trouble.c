/* trouble.c - the agent's own troubles, as incidents of the rule "agent" */
#include <stdlib.h>

#include "alerts/alerts_impl.h"
#include "base/mem.h"

static struct incident_row *
open_trouble(
    struct alerts *alerts, const char *what, const char *words, int64_t now)
{
	uint64_t hash = slice_hash(slice_of(what));
	struct incident_row *row =
	    incident_add(alerts, NULL, hash, false, what);
	struct incident *public = &row->public;

	public->number = ++alerts->number;
	public->level = LEVEL_ACT;
	public->action = ACTION_ALERT;
	public->first = public->crossed = now;
	public->usual = -1;
	incident_describe(alerts, row, slice_of(alerts->name), slice_of(words));
	return row;
}

void
alerts_trouble(
    struct alerts *alerts, const char *what, const char *words, int64_t now)
{
	struct incident_row *row = incident_find_trouble(alerts, what);
	bool is_new = row == NULL;

	if (words == NULL) {
		if (row != NULL)
			incidents_close(alerts, row);
		return;
	}
	if (is_new)
		row = open_trouble(alerts, what, words, now);
	else if (strcmp(row->words, words) != 0)
		incident_describe(
		    alerts, row, slice_of(row->public.host), slice_of(words));
	row->dirty = true;
	row->public.last = now;
	row->public.count++;
	if (is_new)
		incidents_notice(alerts, row, NOTICE_OPEN);
}
