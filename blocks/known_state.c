/* known_state.c - what is known of clients, in the state */
#include "blocks/known_impl.h"

#define STATE_VERSION 1
#define LATEST        (UINT64_C(1) << 40) /* seconds: no time is later */

/* Which table a row is of, and whose it is. */
static struct slice
put_key(struct state_writer *w, char kind, const struct prefix *who)
{
	w->n = 0;
	put_u8(w, (uint8_t)kind);
	put_bytes(w, &who->addr, sizeof(who->addr));
	put_u8(w, (uint8_t)who->bits);
	return (struct slice){ w->p, w->n };
}

void
known_gone(struct known *known, char kind, const struct prefix *who)
{
	struct state_writer key = { 0 };

	rows_gone_add(&known->gone, put_key(&key, kind, who));
	writer_fini(&key);
}

static void
put_client(struct state_writer *w, const struct client *client)
{
	put_u64(w, (uint64_t)client->authenticated);
	put_u32(w, client->day);
	put_u32(w, client->good);
	put_u32(w, client->bad);
	put_u32(w, client->days);
}

static bool
get_client(struct slice value, struct client *client)
{
	uint64_t authenticated;
	uint32_t days;

	if (!get_u64(&value, &authenticated) ||
	    !get_u32(&value, &client->day) || !get_u32(&value, &client->good) ||
	    !get_u32(&value, &client->bad) || !get_u32(&value, &days))
		return false;
	client->authenticated = (int64_t)authenticated;
	client->days = (uint16_t)days;
	return value.n == 0 && authenticated < LATEST;
}

static void
put_guesser(struct state_writer *w, const struct guesser *guesser)
{
	for (size_t i = 0; i < KNOWN_ACCOUNTS; i++) {
		put_u32(w, guesser->failed[i].account);
		put_u32(w, guesser->failed[i].when);
	}
}

static bool
get_guesser(struct slice value, struct guesser *guesser)
{
	for (size_t i = 0; i < KNOWN_ACCOUNTS; i++)
		if (!get_u32(&value, &guesser->failed[i].account) ||
		    !get_u32(&value, &guesser->failed[i].when))
			return false;
	return value.n == 0;
}

static void
save(void *arg, struct state_rows *rows)
{
	struct known *known = arg;
	struct state_writer key = { 0 }, w = { 0 };

	rows_gone_save(&known->gone, rows);
	for (struct client *c = (void *)known->clients.newest;
	     c != NULL && c->dirty; c = (void *)c->row.older) {
		w.n = 0;
		put_client(&w, c);
		rows_put(rows, put_key(&key, 'c', &c->who),
		    (struct slice){ w.p, w.n });
		c->dirty = false;
		c->saved = true;
	}
	for (struct guesser *g = (void *)known->guessers.newest;
	     g != NULL && g->dirty; g = (void *)g->row.older) {
		w.n = 0;
		put_guesser(&w, g);
		rows_put(rows, put_key(&key, 'g', &g->who),
		    (struct slice){ w.p, w.n });
		g->dirty = false;
		g->saved = true;
	}
	for (struct admin *a = (void *)known->admins.newest; a != NULL;
	     a = (void *)a->row.older) {
		if (!a->dirty)
			continue;
		w.n = 0;
		put_u64(&w, (uint64_t)a->seen);
		rows_put(rows, put_key(&key, 'a', &a->who),
		    (struct slice){ w.p, w.n });
		a->dirty = false;
		a->saved = true;
	}
	writer_fini(&key);
	writer_fini(&w);
}

static bool
load_client(struct known *known, const struct prefix *who, struct slice value)
{
	struct client client = { 0 }, *row;

	if (!get_client(value, &client))
		return false;
	row = known_client(known, who);
	row->authenticated = client.authenticated;
	row->day = client.day;
	row->days = client.days;
	row->good = client.good;
	row->bad = client.bad;
	row->saved = true;
	return true;
}

static bool
load_guesser(struct known *known, const struct prefix *who, struct slice value)
{
	struct guesser guesser, *row;

	if (!get_guesser(value, &guesser))
		return false;
	row = known_guesser(known, who);
	memcpy(row->failed, guesser.failed, sizeof(row->failed));
	row->saved = true;
	return true;
}

static bool
load_admin(struct known *known, const struct prefix *who, struct slice value)
{
	struct admin *admin;
	uint64_t seen;

	if (!get_u64(&value, &seen) || seen >= LATEST || value.n != 0)
		return false;
	admin = known_get_admin(known, who);
	admin->seen = (int64_t)seen;
	admin->saved = true;
	return true;
}

static bool
load_row(struct known *known, struct slice key, struct slice value)
{
	struct prefix who = { 0 };
	uint8_t kind, bits;

	if (!get_u8(&key, &kind) ||
	    !get_bytes(&key, &who.addr, sizeof(who.addr)) ||
	    !get_u8(&key, &bits) || key.n != 0)
		return false;
	who.bits = bits;
	if (!prefix_tidy(&who))
		return false;
	switch (kind) {
	case 'c':
		return load_client(known, &who, value);
	case 'g':
		return load_guesser(known, &who, value);
	case 'a':
		return load_admin(known, &who, value);
	default:
		return false;
	}
}

static int
load(void *arg, struct slice key, struct slice value, struct err *err)
{
	return load_row(arg, key, value)
		   ? 0
		   : err_set(err, "clients known: damaged row");
}

struct state_part
known_part(struct known *known)
{
	return (struct state_part){ "clients_known", STATE_VERSION, known, save,
		load };
}
