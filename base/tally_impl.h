/* tally_impl.h - what the tally is made of; for tally*.c alone */
#ifndef BASE_TALLY_IMPL_H
#define BASE_TALLY_IMPL_H

#include "base/table.h"
#include "base/tally.h"

/* `saved': the state may hold a row of it, to be dropped with it. */
struct client {
	struct table_row row;
	struct client_row public;
	bool dirty, saved;
};

struct account {
	struct table_row row;
	struct account_row public;
	bool dirty, saved;
};

struct tally {
	struct table clients, accounts;
	uint64_t evicted;
	/* Rows of the state whose client or account is gone. */
	struct addr *gone_clients;
	size_t gone_client_count;
};

/* The row, made if need be, where another may have to go; never NULL. */
struct client *tally_get_client(struct tally *, const struct addr *);
struct account *tally_get_account(struct tally *, struct slice name);

#endif
