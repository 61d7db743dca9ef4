/* panel_accounts.c - who sends through us with a password */
#include <stdlib.h>
#include <string.h>

#include "web/json.h"
#include "web/panel.h"

static json_t *
account_json(const struct account_row *row)
{
	return json_pack("{s:o,s:o,s:o,s:I}", "account",
	    json_words(row->account), "received", json_whole(row->received),
	    "recipients", json_whole(row->recipients), "last",
	    (json_int_t)row->last);
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct tally *tally = question->sources->tally;
	const struct web_query *query = question->query;
	enum account_order order = ACCOUNTS_BY_RECIPIENTS;
	struct account_row *rows;
	json_t *accounts;
	size_t n;

	if (strcmp(query->sort, "received") == 0) {
		order = ACCOUNTS_BY_RECEIVED;
	} else if (query->sort[0] != '\0' &&
		   strcmp(query->sort, "recipients") != 0) {
		err_set(err, "sort: recipients or received is expected");
		return NULL;
	}
	accounts = json_array();
	rows = tally_accounts(tally, order, query->limit, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(accounts, account_json(&rows[i]));
	free(rows);
	return json_pack("{s:o,s:o,s:o}", "accounts", accounts, "evicted",
	    json_whole(tally_evicted(tally)), "span",
	    panel_span(question->host));
}

const struct web_panel panel_accounts = {
	.name = "accounts",
	.names_people = true,
	.data = data,
};
