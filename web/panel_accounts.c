/* panel_accounts.c - who sends through us with a password */
#include "web/json.h"
#include "web/panel.h"

static const char *const orders[] = {
	[ACCOUNTS_BY_RECIPIENTS] = "recipients",
	[ACCOUNTS_BY_RECEIVED] = "received",
	[ACCOUNTS_BY_LAST] = "last",
	[ACCOUNTS_BY_RISK] = "risk",
	[ACCOUNTS_BY_NAME] = "account",
	NULL,
};

json_t *
panel_account(const struct account_row *row, int64_t now)
{
	char words[RISK_WORDS];
	struct risk_facts facts;
	json_t *lately;

	risk_judge(&row->risk, now, &facts);
	risk_words(&facts, words);
	lately = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "since",
	    (json_int_t)facts.since, "recipients", (json_int_t)facts.recipients,
	    "sent", (json_int_t)facts.sent, "deferred",
	    (json_int_t)facts.deferred, "bounced", (json_int_t)facts.bounced,
	    "auth_failed", (json_int_t)facts.failed, "networks",
	    (json_int_t)facts.networks, "usual",
	    facts.usual == 0 ? json_null() : json_whole(facts.usual));
	return json_pack("{s:o,s:o,s:o,s:I,s:I,s:s,s:o}", "account",
	    json_words(row->account), "received", json_whole(row->received),
	    "recipients", json_whole(row->recipients), "last",
	    (json_int_t)row->last, "risk", (json_int_t)facts.score, "words",
	    words, "lately", lately);
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct tally *tally = question->sources->tally;
	json_t *accounts = json_array();
	struct listing listing;

	if (panel_listing(question, orders, &listing, err) == -1) {
		json_decref(accounts);
		return NULL;
	}
	tally_list_accounts(tally, &listing);
	for (size_t i = 0; i < listing.n; i++)
		json_array_append_new(
		    accounts, panel_account(listing.rows[i], listing.now));
	listing_fini(&listing);
	return json_pack("{s:o,s:o,s:o,s:o}", "accounts", accounts, "total",
	    json_whole(listing.total), "evicted",
	    json_whole(tally_evicted(tally)), "span",
	    panel_span(question->host));
}

const struct web_panel panel_accounts = {
	.name = "accounts",
	.names_people = true,
	.data = data,
};
