/*
 * panel_attention.c - what somebody should look at now
 *
 * Incidents that are open, accounts by risk, destinations that defer.  Of each
 * at most `limit' rows; the total says how many there are.
 */
#include <string.h>

#include "web/json.h"
#include "web/panel.h"

#define SECOND 1000000 /* microseconds */

/* "blocked" is what to unblock: the client, or the network that it is in. */
static json_t *
incident_json(
    const struct panel_question *question, const struct incident *incident)
{
	json_t *json = panel_incident(incident), *block = NULL;
	const struct block *found = NULL;

	if (incident->kind == KEY_CLIENT)
		found = blocks_find(question->sources->blocks,
		    &incident->client, question->status.now * SECOND);
	if (found != NULL)
		block = panel_block(found);
	json_object_set_new(json, "blocked",
	    found != NULL ? json_incref(json_object_get(block, "address"))
			  : json_null());
	json_decref(block);
	return json;
}

/* The newest first. */
static json_t *
incidents(const struct panel_question *question, size_t *total)
{
	struct alerts *alerts = question->sources->alerts;
	const struct web_query *query = question->query;
	const struct incident *incident;
	json_t *list = json_array();

	*total = 0;
	for (size_t i = alerts_incident_count(alerts); i-- > 0;) {
		incident = alerts_incident(alerts, i);
		if (!incident->open ||
		    (query->host[0] != '\0' &&
			strcmp(query->host, incident->host) != 0) ||
		    !roster_match(
			slice_of(incident->key), slice_of(query->filter)))
			continue;
		if ((*total)++ < query->limit)
			json_array_append_new(
			    list, incident_json(question, incident));
	}
	return list;
}

static json_t *
accounts(const struct panel_question *question, struct listing *listing)
{
	json_t *list = json_array();

	tally_list_risky(question->sources->tally, listing);
	for (size_t i = 0; i < listing->n; i++)
		json_array_append_new(
		    list, panel_account(listing->rows[i], listing->now));
	listing_fini(listing);
	return list;
}

/* Who defers longest first. */
static json_t *
destinations(const struct panel_question *question, struct listing *listing)
{
	json_t *list = json_array();

	listing->order = DESTINATIONS_BY_SINCE;
	destinations_waiting(
	    tally_destinations(question->sources->tally), listing);
	for (size_t i = 0; i < listing->n; i++)
		json_array_append_new(
		    list, panel_destination(listing->rows[i]));
	listing_fini(listing);
	return list;
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	static const char *const orders[] = { "urgency", NULL };
	struct listing risky, waiting;
	json_t *json;
	size_t total;

	if (panel_listing(question, orders, &risky, err) == -1)
		return NULL;
	waiting = risky;
	json = json_pack("{s:I,s:o,s:o,s:o}", "now",
	    (json_int_t)question->status.now, "incidents",
	    incidents(question, &total), "accounts", accounts(question, &risky),
	    "destinations", destinations(question, &waiting));
	json_object_update_new(json,
	    json_pack("{s:o,s:o,s:o}", "incidents_total", json_whole(total),
		"accounts_total", json_whole(risky.total), "destinations_total",
		json_whole(waiting.total)));
	return json;
}

const struct web_panel panel_attention = {
	.name = "attention",
	.names_people = true,
	.data = data,
};
