/* tally_state.c - clients and accounts, in the state */
#include "base/tally_impl.h"

#include <string.h>

#define STATE_VERSION 2

/* Keys: 'c' and the group's number, or 'a' and the name. */
static void
group_key(struct state_writer *key, size_t group)
{
	put_u8(key, 'c');
	put_u32(key, (uint32_t)group);
}

static void
put_client(struct state_writer *w, const struct client_row *client)
{
	put_bytes(w, &client->address, sizeof(client->address));
	put_u32(w, client->rejected);
	put_u32(w, client->relay_denied);
	put_u32(w, client->auth_failed);
	put_u32(w, client->login_failed);
	put_u32(w, client->received);
	put_u64(w, (uint64_t)client->last);
}

/* Clients of the group that are there; true: one of them changed. */
static bool
gather(struct tally *tally, size_t group, struct client *clients[TALLY_GROUP],
    size_t *n)
{
	size_t from = group * TALLY_GROUP, to = from + TALLY_GROUP;
	bool changed = tally->thinned[group] || tally->regroup;

	*n = 0;
	if (to > tally->clients.made)
		to = tally->clients.made;
	for (size_t i = from; i < to; i++) {
		struct client *client = table_row(&tally->clients, i);

		if (client == NULL)
			continue;
		changed |= client->dirty;
		client->dirty = false;
		clients[(*n)++] = client;
	}
	tally->thinned[group] = false;
	return changed;
}

static void
save_clients(struct tally *tally, struct state_rows *rows)
{
	size_t made = (tally->clients.made + TALLY_GROUP - 1) / TALLY_GROUP;
	size_t groups = made > tally->groups_saved ? made : tally->groups_saved;
	struct client *clients[TALLY_GROUP];
	struct state_writer key = { 0 }, w = { 0 };
	size_t n;

	for (size_t group = 0; group < groups; group++) {
		if (!gather(tally, group, clients, &n))
			continue;
		key.n = w.n = 0;
		group_key(&key, group);
		for (size_t i = 0; i < n; i++)
			put_client(&w, &clients[i]->public);
		if (n == 0)
			rows_drop(rows, (struct slice){ key.p, key.n });
		else
			rows_put(rows, (struct slice){ key.p, key.n },
			    (struct slice){ w.p, w.n });
	}
	writer_fini(&key);
	writer_fini(&w);
	tally->regroup = false;
	tally->groups_saved = made;
}

static void
save_accounts(struct tally *tally, struct state_rows *rows)
{
	struct account *account, *next;

	TABLE_EACH (&tally->accounts, account, next) {
		struct state_writer key = { 0 }, w = { 0 };
		struct slice name = slice_of(account->public.account);

		if (!account->dirty)
			continue;
		put_bytes(&key, "a", 1);
		put_bytes(&key, name.p, name.n);
		put_u64(&w, account->public.received);
		put_u64(&w, account->public.recipients);
		put_u64(&w, (uint64_t)account->public.last);
		if (tally->domains != NULL)
			risk_put(&w, &account->public.risk);
		rows_put(rows, (struct slice){ key.p, key.n },
		    (struct slice){ w.p, w.n });
		writer_fini(&key);
		writer_fini(&w);
		account->dirty = false;
	}
}

static void
save(void *arg, struct state_rows *rows)
{
	struct tally *tally = arg;

	save_clients(tally, rows);
	save_accounts(tally, rows);
	if (tally->domains == NULL)
		return;
	domains_save(tally->domains, rows);
	destinations_save(tally->destinations, rows);
}

static bool
get_client(struct slice *at, struct client_row *client)
{
	uint64_t last;

	if (!get_bytes(at, &client->address, sizeof(client->address)) ||
	    !get_u32(at, &client->rejected) ||
	    !get_u32(at, &client->relay_denied) ||
	    !get_u32(at, &client->auth_failed) ||
	    !get_u32(at, &client->login_failed) ||
	    !get_u32(at, &client->received) || !get_u64(at, &last))
		return false;
	client->last = (int64_t)last;
	return true;
}

static bool
load_clients(struct tally *tally, struct slice key, struct slice value)
{
	struct client_row client = { 0 };
	uint32_t group;

	if (!get_u32(&key, &group) || key.n != 0 || group >= TALLY_GROUPS)
		return false;
	tally->regroup = true;
	if (group >= tally->groups_saved)
		tally->groups_saved = group + 1;
	while (value.n != 0) {
		if (!get_client(&value, &client))
			return false;
		tally_get_client(tally, &client.address)->public = client;
	}
	return true;
}

static bool
load_account(struct tally *tally, struct slice key, struct slice value)
{
	struct account *account = tally_get_account(tally, key);
	uint64_t last;

	if (!get_u64(&value, &account->public.received) ||
	    !get_u64(&value, &account->public.recipients) ||
	    !get_u64(&value, &last))
		return false;
	account->public.last = (int64_t)last;
	return value.n == 0 || risk_get(&value, &account->public.risk);
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	struct tally *tally = arg;
	bool good = false;

	if (slice_skips(&key, "c"))
		good = load_clients(tally, key, value);
	else if (slice_skips(&key, "a"))
		good = load_account(tally, key, value);
	else if (tally->domains == NULL)
		good = true; /* of a wide one, and not wanted */
	else
		good = slice_begins(key, "d")
			   ? destinations_load(tally->destinations, key, value)
			   : domains_load(tally->domains, key, value);
	return good
		   ? 0
		   : err_set(err, "clients, accounts and domains: damaged row");
}

struct state_part
tally_part(struct tally *tally)
{
	return (struct state_part){ "tally", STATE_VERSION, tally, save, load };
}
