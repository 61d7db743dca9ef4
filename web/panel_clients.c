/* panel_clients.c - who connects to us, by what they are refused or bring */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "web/json.h"
#include "web/panel.h"

static const struct {
	const char *word;
	enum client_order order;
} orders[] = {
	{ "rejected", CLIENTS_BY_REJECTED },
	{ "relay_denied", CLIENTS_BY_RELAY_DENIED },
	{ "auth_failed", CLIENTS_BY_AUTH_FAILED },
	{ "received", CLIENTS_BY_RECEIVED },
};

static json_t *
client_json(const struct client_row *row)
{
	char address[ADDR_TEXT];

	addr_print(&row->address, address);
	return json_pack("{s:s,s:I,s:I,s:I,s:I,s:I}", "address", address,
	    "rejected", (json_int_t)row->rejected, "relay_denied",
	    (json_int_t)row->relay_denied, "auth_failed",
	    (json_int_t)row->auth_failed, "received", (json_int_t)row->received,
	    "last", (json_int_t)row->last);
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct tally *tally = question->sources->tally;
	const struct web_query *query = question->query;
	struct client_row *rows;
	json_t *clients;
	size_t i = 0, n;

	if (query->sort[0] != '\0')
		while (i < NELEMS(orders) &&
		       strcmp(query->sort, orders[i].word) != 0)
			i++;
	if (i == NELEMS(orders)) {
		err_set(err, "sort: rejected, relay_denied, auth_failed or "
			     "received is expected");
		return NULL;
	}
	clients = json_array();
	rows = tally_clients(tally, orders[i].order, query->limit, &n);
	for (i = 0; i < n; i++)
		json_array_append_new(clients, client_json(&rows[i]));
	free(rows);
	return json_pack("{s:o,s:o,s:o}", "clients", clients, "evicted",
	    json_whole(tally_evicted(tally)), "span",
	    panel_span(question->host));
}

const struct web_panel panel_clients = {
	.name = "clients",
	.names_people = true,
	.data = data,
};
