/* panel_destinations.c - where mail is handed to, and who does not take it */
#include "web/json.h"
#include "web/panel.h"

static const char *const orders[] = {
	[DESTINATIONS_BY_SENT] = "sent",
	[DESTINATIONS_BY_DEFERRED] = "deferred",
	[DESTINATIONS_BY_BOUNCED] = "bounced",
	[DESTINATIONS_BY_DELAY] = "delay",
	[DESTINATIONS_BY_STREAK] = "streak",
	[DESTINATIONS_BY_SINCE] = "since",
	[DESTINATIONS_BY_LAST] = "last_sent",
	[DESTINATIONS_BY_NAME] = "destination",
	NULL,
};

static json_t *
moment(int64_t seconds)
{
	return seconds == 0 ? json_null() : json_integer(seconds);
}

json_t *
panel_destination(const struct destination_row *row)
{
	struct slice reply = { row->reply, row->reply_length };
	bool defers = row->since != 0;
	json_t *json = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "destination",
	    json_slice(roster_name(row)), "sent", json_whole(row->sent),
	    "deferred", json_whole(row->deferred), "bounced",
	    json_whole(row->bounced), "delay",
	    row->timed == 0 ? json_null()
			    : json_real((double)destinations_delay(row) / 1000),
	    "last_sent", moment(row->last_sent));

	json_object_update_new(
	    json, json_pack("{s:o,s:I,s:o,s:o}", "since", moment(row->since),
		      "streak", (json_int_t)row->streak, "last_deferred",
		      moment(row->last_deferred), "reply",
		      defers ? json_slice(reply) : json_null()));
	return json;
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct destinations *all =
	    tally_destinations(question->sources->tally);
	json_t *rows = json_array();
	struct listing listing;

	if (panel_listing(question, orders, &listing, err) == -1) {
		json_decref(rows);
		return NULL;
	}
	destinations_list(all, &listing);
	for (size_t i = 0; i < listing.n; i++)
		json_array_append_new(rows, panel_destination(listing.rows[i]));
	listing_fini(&listing);
	return json_pack("{s:o,s:o,s:o,s:o}", "destinations", rows, "total",
	    json_whole(listing.total), "evicted",
	    json_whole(destinations_evicted(all)), "span",
	    panel_span(question->host));
}

const struct web_panel panel_destinations = {
	.name = "destinations",
	.names_people = true,
	.data = data,
};
