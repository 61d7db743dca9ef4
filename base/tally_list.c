/* tally_list.c - clients and accounts in some order */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tally_impl.h"

static uint64_t
client_key(const struct client_row *row, unsigned order)
{
	switch ((enum client_order)order) {
	case CLIENTS_BY_RELAY_DENIED:
		return row->relay_denied;
	case CLIENTS_BY_AUTH_FAILED:
		return row->auth_failed;
	case CLIENTS_BY_LOGIN_FAILED:
		return row->login_failed;
	case CLIENTS_BY_RECEIVED:
		return row->received;
	case CLIENTS_BY_LAST:
		return (uint64_t)row->last;
	case CLIENTS_BY_ADDRESS:
		return 0;
	default:
		return row->rejected;
	}
}

static int
compare_clients(const struct listing *listing, const void *a, const void *b)
{
	const struct client_row *x = a, *y = b;
	int diff = listing_by(
	    client_key(x, listing->order), client_key(y, listing->order));

	return diff != 0 ? diff
			 : memcmp(&x->address, &y->address, sizeof(x->address));
}

static bool
client_matches(const struct client_row *row, struct slice filter)
{
	char text[ADDR_TEXT];

	if (filter.n == 0)
		return true;
	addr_print(&row->address, text);
	return roster_match(slice_of(text), filter);
}

void
tally_list_clients(const struct tally *tally, struct listing *listing)
{
	const struct client *client;

	listing->compare = compare_clients;
	for (size_t i = 0; i < tally->clients.made; i++) {
		client = table_row(&tally->clients, i);
		if (client != NULL &&
		    client_matches(&client->public, listing->filter))
			listing_offer(listing, &client->public);
	}
	listing_sort(listing);
}

static unsigned
score_of(const struct account_row *row, int64_t now)
{
	struct risk_facts facts;

	risk_judge(&row->risk, now, &facts);
	return facts.score;
}

static uint64_t
account_key(const struct account_row *row, const struct listing *listing)
{
	switch ((enum account_order)listing->order) {
	case ACCOUNTS_BY_RECEIVED:
		return row->received;
	case ACCOUNTS_BY_LAST:
		return (uint64_t)row->last;
	case ACCOUNTS_BY_RISK:
		return score_of(row, listing->now);
	case ACCOUNTS_BY_NAME:
		return 0;
	default:
		return row->recipients;
	}
}

static int
compare_accounts(const struct listing *listing, const void *a, const void *b)
{
	const struct account_row *x = a, *y = b;
	int diff = listing_by(account_key(x, listing), account_key(y, listing));

	return diff != 0 ? diff : strcmp(x->account, y->account);
}

static void
list_accounts(
    const struct tally *tally, unsigned least_score, struct listing *listing)
{
	const struct account *account;

	listing->compare = compare_accounts;
	for (size_t i = 0; i < tally->accounts.made; i++) {
		account = table_row(&tally->accounts, i);
		if (account == NULL ||
		    !roster_match(
			slice_of(account->public.account), listing->filter))
			continue;
		if (least_score == 0 ||
		    score_of(&account->public, listing->now) >= least_score)
			listing_offer(listing, &account->public);
	}
	listing_sort(listing);
}

void
tally_list_accounts(const struct tally *tally, struct listing *listing)
{
	list_accounts(tally, 0, listing);
}

void
tally_list_risky(const struct tally *tally, struct listing *listing)
{
	listing->order = ACCOUNTS_BY_RISK;
	list_accounts(tally, RISK_SHOWN, listing);
}

struct client_row *
tally_clients(
    const struct tally *tally, enum client_order order, size_t most, size_t *n)
{
	struct listing listing = { .order = order,
		.most = most == 0 ? SIZE_MAX : most };
	struct client_row *rows;

	tally_list_clients(tally, &listing);
	rows = mem_zero(listing.n, sizeof(*rows));
	for (size_t i = 0; i < listing.n; i++)
		rows[i] = *(const struct client_row *)listing.rows[i];
	*n = listing.n;
	listing_fini(&listing);
	return rows;
}

struct account_row *
tally_accounts(
    const struct tally *tally, enum account_order order, size_t most, size_t *n)
{
	struct listing listing = { .order = order,
		.most = most == 0 ? SIZE_MAX : most };
	struct account_row *rows;

	tally_list_accounts(tally, &listing);
	rows = mem_zero(listing.n, sizeof(*rows));
	for (size_t i = 0; i < listing.n; i++)
		rows[i] = *(const struct account_row *)listing.rows[i];
	*n = listing.n;
	listing_fini(&listing);
	return rows;
}
