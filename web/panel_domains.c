/* panel_domains.c - whose mail it is: senders' and recipients' domains */
#include <string.h>

#include "base/array.h"
#include "web/json.h"
#include "web/panel.h"

static const char *const sides[DOMAIN_SIDES] = {
	[SENDERS] = "senders",
	[RECIPIENTS] = "recipients",
};

static json_t *
domain_json(const struct domain_row *row, enum domain_side side)
{
	json_t *json = json_pack("{s:o,s:I}", "domain",
	    json_slice(roster_name(row)), "last", (json_int_t)row->last);

	for (unsigned c = 0; c < DOMAIN_COLUMNS; c++)
		if (domains_column(side, c) != NULL)
			json_object_set_new(json, domains_column(side, c),
			    json_whole(row->counts[c]));
	return json;
}

/* The columns that the side has, and after them "last" and "domain". */
static int
ask(const struct panel_question *question, enum domain_side side,
    struct listing *listing, struct err *err)
{
	const char *words[DOMAIN_COLUMNS + 3] = { NULL };
	unsigned n = 0;

	while (n < DOMAIN_COLUMNS && domains_column(side, n) != NULL) {
		words[n] = domains_column(side, n);
		n++;
	}
	words[n] = "last";
	words[n + 1] = "domain";
	if (panel_listing(question, words, listing, err) == -1)
		return -1;
	if (listing->order >= n)
		listing->order += DOMAINS_BY_LAST - n;
	return 0;
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	const struct domains *domains = tally_domains(question->sources->tally);
	const char *wanted = question->query->side;
	unsigned side = 0;
	struct listing listing;
	json_t *rows;

	while (side < DOMAIN_SIDES && strcmp(wanted, sides[side]) != 0)
		side++;
	if (side == DOMAIN_SIDES) {
		err_set(err, "side: senders or recipients is expected");
		return NULL;
	}
	if (ask(question, side, &listing, err) == -1)
		return NULL;
	domains_list(domains, side, &listing);
	rows = json_array();
	for (size_t i = 0; i < listing.n; i++)
		json_array_append_new(rows, domain_json(listing.rows[i], side));
	listing_fini(&listing);
	return json_pack("{s:s,s:o,s:o,s:o,s:o}", "side", sides[side],
	    "domains", rows, "total", json_whole(listing.total), "evicted",
	    json_whole(domains_evicted(domains, side)), "span",
	    panel_span(question->host));
}

const struct web_panel panel_domains = {
	.name = "domains",
	.names_people = true,
	.data = data,
};
