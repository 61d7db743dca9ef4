/* tally_impl.h - what the tally is made of; for tally*.c alone */
#ifndef BASE_TALLY_IMPL_H
#define BASE_TALLY_IMPL_H

#include "base/table.h"
#include "base/tally.h"

/* Clients go into the state so many to a row: by their place in the table. */
#define TALLY_GROUP  32
#define TALLY_GROUPS ((TALLY_CLIENTS + TALLY_GROUP - 1) / TALLY_GROUP)

struct client {
	struct table_row row;
	struct client_row public;
	bool dirty;
};

struct account {
	struct table_row row;
	struct account_row public;
	bool dirty;
};

struct tally {
	struct table clients, accounts;
	uint64_t evicted;
	bool thinned[TALLY_GROUPS]; /* a client of the group is gone */
	bool regroup;               /* places are not those of the state */
	size_t groups_saved;        /* rows that the state may have */
	/* NULL: the tally is not wide. */
	struct domains *domains;
	struct destinations *destinations;
};

/* The row, made if need be, where another may have to go; never NULL. */
struct client *tally_get_client(struct tally *, const struct addr *);
struct account *tally_get_account(struct tally *, struct slice name);

#endif
