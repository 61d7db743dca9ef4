/*
 * tally_state.c - clients and accounts, in the state
 */
#include "base/tally_impl.h"

#include <string.h>

#define STATE_VERSION 1

/* Keys: 'c' and the address, or 'a' and the name. */
static struct slice
client_state_key(const struct addr *address, char key[1 + sizeof(*address)])
{
	key[0] = 'c';
	memcpy(key + 1, address, sizeof(*address));
	return (struct slice){ key, 1 + sizeof(*address) };
}

static void
save_clients(struct tally *tally, struct state_rows *rows)
{
	char key[1 + sizeof(struct addr)];
	struct client *client;

	for (size_t i = 0; i < tally->gone_client_count; i++)
		rows_drop(rows, client_state_key(&tally->gone_clients[i], key));
	tally->gone_client_count = 0;
	for (size_t i = 0; i < tally->clients.made; i++) {
		struct state_writer w = { 0 };

		client = table_row(&tally->clients, i);
		if (client == NULL || !client->dirty)
			continue;
		put_u32(&w, client->public.rejected);
		put_u32(&w, client->public.relay_denied);
		put_u32(&w, client->public.auth_failed);
		put_u32(&w, client->public.login_failed);
		put_u32(&w, client->public.received);
		put_u64(&w, (uint64_t)client->public.last);
		rows_put(rows, client_state_key(&client->public.address, key),
		    (struct slice){ w.p, w.n });
		writer_fini(&w);
		client->dirty = false;
		client->saved = true;
	}
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
	save_clients(arg, rows);
	save_accounts(arg, rows);
}

static bool
load_client(struct tally *tally, struct slice key, struct slice value)
{
	struct addr address;
	struct client *client;
	uint64_t last;

	if (key.n != sizeof(address))
		return false;
	memcpy(&address, key.p, sizeof(address));
	client = tally_get_client(tally, &address);
	client->saved = true;
	if (!get_u32(&value, &client->public.rejected) ||
	    !get_u32(&value, &client->public.relay_denied) ||
	    !get_u32(&value, &client->public.auth_failed) ||
	    !get_u32(&value, &client->public.login_failed) ||
	    !get_u32(&value, &client->public.received) ||
	    !get_u64(&value, &last))
		return false;
	client->public.last = (int64_t)last;
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
	return true;
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	bool good = false;

	if (slice_skips(&key, "c"))
		good = load_client(arg, key, value);
	else if (slice_skips(&key, "a"))
		good = load_account(arg, key, value);
	return good ? 0 : err_set(err, "clients and accounts: damaged row");
}

struct state_part
tally_part(struct tally *tally)
{
	return (struct state_part){ "tally", STATE_VERSION, tally, save, load };
}
