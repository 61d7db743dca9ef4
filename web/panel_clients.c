/* panel_clients.c - who connects to us, by what they are refused or bring */
#include "web/json.h"
#include "web/panel.h"

static const char *const orders[] = {
	[CLIENTS_BY_REJECTED] = "rejected",
	[CLIENTS_BY_RELAY_DENIED] = "relay_denied",
	[CLIENTS_BY_AUTH_FAILED] = "auth_failed",
	[CLIENTS_BY_RECEIVED] = "received",
	[CLIENTS_BY_LOGIN_FAILED] = "login_failed",
	[CLIENTS_BY_LAST] = "last",
	[CLIENTS_BY_ADDRESS] = "address",
	NULL,
};

static json_t *
client_json(const struct client_row *row)
{
	char address[ADDR_TEXT];

	addr_print(&row->address, address);
	return json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I}", "address", address,
	    "rejected", (json_int_t)row->rejected, "relay_denied",
	    (json_int_t)row->relay_denied, "auth_failed",
	    (json_int_t)row->auth_failed, "login_failed",
	    (json_int_t)row->login_failed, "received",
	    (json_int_t)row->received, "last", (json_int_t)row->last);
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct tally *tally = question->sources->tally;
	json_t *clients = json_array();
	struct listing listing;

	if (panel_listing(question, orders, &listing, err) == -1) {
		json_decref(clients);
		return NULL;
	}
	tally_list_clients(tally, &listing);
	for (size_t i = 0; i < listing.n; i++)
		json_array_append_new(clients, client_json(listing.rows[i]));
	listing_fini(&listing);
	return json_pack("{s:o,s:o,s:o,s:o}", "clients", clients, "total",
	    json_whole(listing.total), "evicted",
	    json_whole(tally_evicted(tally)), "span",
	    panel_span(question->host));
}

const struct web_panel panel_clients = {
	.name = "clients",
	.names_people = true,
	.data = data,
};
