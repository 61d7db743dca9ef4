/*
 * tally.c - who does what, counted
 *
 * Room is made for many at once: the half of the rows that matters least goes,
 * so that a flood of new addresses costs a little for each of them and not a
 * search for every one.
 */
#include "base/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/tally_impl.h"

struct tally *
tally_new(void)
{
	struct tally *tally = mem_zero(1, sizeof(*tally));

	table_init(&tally->clients, sizeof(struct client), TALLY_CLIENTS);
	table_init(&tally->accounts, sizeof(struct account), TALLY_ACCOUNTS);
	return tally;
}

void
tally_free(struct tally *tally)
{
	if (tally == NULL)
		return;
	table_fini(&tally->clients);
	table_fini(&tally->accounts);
	domains_free(tally->domains);
	destinations_free(tally->destinations);
	free(tally);
}

void
tally_widen(struct tally *tally)
{
	tally->domains = domains_new();
	tally->destinations = destinations_new();
}

const struct domains *
tally_domains(const struct tally *tally)
{
	return tally->domains;
}

const struct destinations *
tally_destinations(const struct tally *tally)
{
	return tally->destinations;
}

static bool
same_client(const void *row, const void *key)
{
	return addr_eq(&((const struct client *)row)->public.address, key);
}

static bool
same_account(const void *row, const void *key)
{
	const char *name = ((const struct account *)row)->public.account;
	const struct slice *wanted = key;

	return strncmp(name, wanted->p, wanted->n) == 0 &&
	       name[wanted->n] == '\0';
}

/*
 * How much a client matters: by the order of magnitude of its refusals, a
 * relay attempt counting as eight, and among equals by when it was last seen.
 */
static uint64_t
worth(const struct client *client)
{
	const struct client_row *row = &client->public;
	uint64_t offences = (uint64_t)row->rejected + row->auth_failed +
			    row->login_failed + 7 * (uint64_t)row->relay_denied,
		 magnitude = 0;

	for (; offences != 0 && magnitude < 15; offences >>= 1)
		magnitude++;
	return magnitude << 44 | ((uint64_t)row->last & 0xfffffffffff);
}

static void
forget_client(struct tally *tally, const struct client *client)
{
	tally->thinned[client->row.index / TALLY_GROUP] = true;
	tally->evicted++;
}

struct eviction {
	struct tally *tally;
	uint64_t limit; /* who is worth no more may go */
	size_t goes;    /* so many still have to */
};

static bool
is_kept(void *row, void *arg)
{
	struct eviction *eviction = arg;
	const struct client *client = row;

	if (eviction->goes == 0 || worth(client) > eviction->limit)
		return true;
	eviction->goes--;
	forget_client(eviction->tally, client);
	return false;
}

/* At most half goes, also where all are worth the same. */
static void
make_room(struct tally *tally)
{
	struct eviction eviction = { tally, 0, tally->clients.count / 2 };
	uint64_t *worths = mem_zero(tally->clients.count, sizeof(*worths));
	const struct client *client;
	size_t n = 0;

	for (size_t i = 0; i < tally->clients.made; i++) {
		client = table_row(&tally->clients, i);
		if (client != NULL)
			worths[n++] = worth(client);
	}
	eviction.limit = order_kth(worths, n, eviction.goes);
	free(worths);
	table_keep(&tally->clients, is_kept, &eviction);
}

struct client *
tally_get_client(struct tally *tally, const struct addr *address)
{
	uint64_t hash = addr_hash(address);
	struct client *client =
	    table_find(&tally->clients, hash, same_client, address);

	if (client != NULL)
		return client;
	client = table_add(&tally->clients, hash);
	if (client == NULL) {
		make_room(tally);
		client = table_add(&tally->clients, hash);
	}
	client->public.address = *address;
	return client;
}

static struct slice
kept_of(struct slice name)
{
	if (name.n >= TALLY_ACCOUNT_TEXT)
		name.n = TALLY_ACCOUNT_TEXT - 1;
	return name;
}

/* The longest unused account makes room: there are few of them. */
struct account *
tally_get_account(struct tally *tally, struct slice name)
{
	uint64_t hash;
	struct account *account;

	name = kept_of(name);
	hash = slice_hash(name);
	account = table_find(&tally->accounts, hash, same_account, &name);
	if (account != NULL) {
		table_touch(&tally->accounts, account);
		return account;
	}
	account = table_add(&tally->accounts, hash);
	if (account == NULL) {
		table_remove(&tally->accounts, tally->accounts.oldest);
		tally->evicted++;
		account = table_add(&tally->accounts, hash);
	}
	slice_copy(name, account->public.account, TALLY_ACCOUNT_TEXT);
	return account;
}

static void
add_client(struct tally *tally, const struct mail_event *event)
{
	struct client_row *row;
	struct client *client;
	uint32_t rejected = 0, denied = 0, failed = 0, logins = 0, received = 0;

	switch (event->kind) {
	case EVENT_REJECTED:
		rejected = event->count;
		if (event->reject.reason == REASON_RELAY_DENIED)
			denied = event->count;
		break;
	case EVENT_AUTH_FAILED:
		failed = event->count;
		break;
	case EVENT_LOGIN_FAILED:
		logins = event->count;
		break;
	case EVENT_RECEIVED:
		received = event->count;
		break;
	default:
		return;
	}
	client = tally_get_client(tally, &event->client);
	client->dirty = true;
	row = &client->public;
	row->rejected += rejected;
	row->relay_denied += denied;
	row->auth_failed += failed;
	row->login_failed += logins;
	row->received += received;
	if (row->last < event->when / 1000000)
		row->last = event->when / 1000000;
}

static void
add_account(struct tally *tally, const struct mail_event *event)
{
	struct account *account = tally_get_account(tally, event->account);

	account->dirty = true;
	if (event->kind == EVENT_RECEIVED)
		account->public.received += event->count;
	account->public.recipients +=
	    (uint64_t)event->count * event->message.recipients;
	account->public.last = event->when / 1000000;
}

/* Only of accounts that sent something: anybody can make names up. */
static void
add_risk(struct tally *tally, const struct mail_event *event)
{
	struct slice name = kept_of(event->account);
	struct account *account =
	    table_find(&tally->accounts, slice_hash(name), same_account, &name);

	if (account != NULL && risk_add(&account->public.risk, event))
		account->dirty = true;
}

void
tally_add(struct tally *tally, const struct mail_event *event)
{
	if (!addr_is_none(&event->client))
		add_client(tally, event);
	if (event->account.n != 0 &&
	    (event->kind == EVENT_RECEIVED || event->kind == EVENT_SIZED))
		add_account(tally, event);
	if (tally->domains == NULL)
		return;
	domains_add(tally->domains, event);
	destinations_add(tally->destinations, event);
	if (event->account.n != 0)
		add_risk(tally, event);
}

uint64_t
tally_evicted(const struct tally *tally)
{
	return tally->evicted;
}
