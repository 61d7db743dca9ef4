/*
 * tally.h - who does what: clients and accounts, domains and destinations
 *
 * One row a client address and one an authenticated account, with the few
 * counts that tables and alerts show.  Both tables are capped; when one is full the
 * least useful rows (no refusals, then the least recently seen) make room, and
 * the number that was evicted is kept.
 *
 * A wide tally, of whoever shows it for long, also keeps the domains and the
 * destinations, and how the accounts behave lately.
 */
#ifndef BASE_TALLY_H
#define BASE_TALLY_H

#include "base/destinations.h"
#include "base/domains.h"
#include "base/event.h"
#include "base/listing.h"
#include "base/risk.h"
#include "base/state.h"

#define TALLY_CLIENTS      24576
#define TALLY_ACCOUNTS     8192
#define TALLY_ACCOUNT_TEXT 96 /* longer names are cut, and counted as one */

struct client_row {
	struct addr address;
	uint32_t rejected, relay_denied;
	uint32_t auth_failed, login_failed; /* SMTP; POP and IMAP */
	uint32_t received;
	int64_t last; /* Unix seconds */
};

struct account_row {
	char account[TALLY_ACCOUNT_TEXT];
	uint64_t received; /* messages */
	uint64_t recipients;
	int64_t last;
	struct risk risk; /* of a wide tally */
};

enum client_order {
	CLIENTS_BY_REJECTED,
	CLIENTS_BY_RELAY_DENIED,
	CLIENTS_BY_AUTH_FAILED,
	CLIENTS_BY_RECEIVED,
	CLIENTS_BY_LOGIN_FAILED,
	CLIENTS_BY_LAST,
	CLIENTS_BY_ADDRESS
};
enum account_order {
	ACCOUNTS_BY_RECIPIENTS,
	ACCOUNTS_BY_RECEIVED,
	ACCOUNTS_BY_LAST,
	ACCOUNTS_BY_RISK,
	ACCOUNTS_BY_NAME
};

struct tally;

struct tally *tally_new(void);
void tally_free(struct tally *);
/* Before the first event, and before the state is read. */
void tally_widen(struct tally *);
void tally_add(struct tally *, const struct mail_event *);

/* The first `most' (0: all) in order, to be freed; *n is how many. */
struct client_row *tally_clients(
    const struct tally *, enum client_order, size_t most, size_t *n);
struct account_row *tally_accounts(
    const struct tally *, enum account_order, size_t most, size_t *n);
/* The same as a listing, of struct client_row and struct account_row; to be
   freed with listing_fini(). */
void tally_list_clients(const struct tally *, struct listing *);
void tally_list_accounts(const struct tally *, struct listing *);
/* Accounts with a score of RISK_SHOWN or more, the highest first. */
void tally_list_risky(const struct tally *, struct listing *);
/* NULL: it is not wide. */
const struct domains *tally_domains(const struct tally *);
const struct destinations *tally_destinations(const struct tally *);

uint64_t tally_evicted(const struct tally *); /* clients and accounts */

struct state_part tally_part(struct tally *);

#endif
