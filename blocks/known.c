/*
 * known.c - of whom good is known: who authenticated, who delivered good mail
 */
#include "blocks/known.h"

#include "blocks/known_impl.h"

#define AHEAD_SECS 300 /* a time further in the future is none */

struct any_row {
	struct table_row row;
	struct prefix who;
};

static uint64_t
hash_of(const struct prefix *who)
{
	return addr_hash(&who->addr) + who->bits;
}

static bool
is_row(const void *row, const void *key)
{
	const struct any_row *any = row;
	const struct prefix *who = key;

	return any->who.bits == who->bits &&
	       addr_eq(&any->who.addr, &who->addr);
}

void *
known_find(const struct table *table, const struct prefix *who)
{
	return table_find(table, hash_of(who), is_row, who);
}

void
known_init(struct known *known)
{
	memset(known, 0, sizeof(*known));
	table_init(&known->clients, sizeof(struct client), BLOCK_KNOWN);
	table_init(&known->guessers, sizeof(struct guesser), KNOWN_GUESSERS);
	table_init(&known->admins, sizeof(struct admin), KNOWN_ADMINS);
}

void
known_fini(struct known *known)
{
	table_fini(&known->clients);
	table_fini(&known->guessers);
	table_fini(&known->admins);
	writer_fini(&known->gone.keys);
}

/* Of the last KNOWN_DAYS days up to that of `seconds', those that were good. */
static unsigned
good_days(const struct client *client, int64_t seconds)
{
	int64_t passed = seconds / DAY_SECS - (int64_t)client->day;
	uint32_t days =
	    (uint32_t)client->days << 1 | (client->good > client->bad);

	if (passed >= KNOWN_DAYS)
		return 0;
	if (passed > 0)
		days <<= passed;
	return (unsigned)__builtin_popcount(days & ((1u << KNOWN_DAYS) - 1));
}

static bool
within_a_day(int64_t when, int64_t seconds)
{
	return when != 0 && seconds - when < DAY_SECS;
}

struct thinning {
	struct known *known;
	size_t left; /* rows that may still go */
	bool all_alike;
};

static bool
worth_keeping(void *row, void *arg)
{
	const struct client *client = row;
	struct thinning *thinning = arg;
	int64_t now = thinning->known->latest;

	if (thinning->left == 0)
		return true;
	thinning->left--;
	if (!thinning->all_alike && (within_a_day(client->authenticated, now) ||
					good_days(client, now) > 1))
		return true;
	if (client->saved)
		known_gone(thinning->known, 'c', &client->who);
	return false;
}

static void
make_room(struct known *known)
{
	size_t before = known->clients.count;
	struct thinning thinning = { known, before / 2, false };

	table_keep(&known->clients, worth_keeping, &thinning);
	if (known->clients.count == before) {
		thinning = (struct thinning){ known, before / 4, true };
		table_keep(&known->clients, worth_keeping, &thinning);
	}
	known->forgotten += before - known->clients.count;
}

struct client *
known_client(struct known *known, const struct prefix *who)
{
	struct client *client = known_find(&known->clients, who);

	if (client != NULL) {
		table_touch(&known->clients, client);
		return client;
	}
	client = table_add(&known->clients, hash_of(who));
	if (client == NULL) {
		make_room(known);
		client = table_add(&known->clients, hash_of(who));
	}
	client->who = *who;
	return client;
}

/* The row of that address, where the one touched longest ago makes room. */
static void *
touch(struct known *known, struct table *table, char kind,
    const struct prefix *who)
{
	struct any_row *row = known_find(table, who);

	if (row != NULL) {
		table_touch(table, row);
		return row;
	}
	if (table->count == table->most) {
		row = (void *)table->oldest;
		known_gone(known, kind, &row->who);
		table_remove(table, row);
	}
	row = table_add(table, hash_of(who));
	row->who = *who;
	return row;
}

struct guesser *
known_guesser(struct known *known, const struct prefix *who)
{
	return touch(known, &known->guessers, 'g', who);
}

struct admin *
known_get_admin(struct known *known, const struct prefix *who)
{
	return touch(known, &known->admins, 'a', who);
}

bool
known_admin(struct known *known, const struct addr *from, int64_t seconds)
{
	struct prefix who = { *from, from->family == 4 ? 32 : 128 };
	struct admin *admin;
	bool fresh;

	if (!prefix_tidy(&who))
		return false;
	admin = known_get_admin(known, &who);
	/* Each request says so; to the minute is enough for the state. */
	admin->dirty |= seconds - admin->seen >= 60;
	fresh = !within_a_day(admin->seen, seconds);
	admin->seen = seconds;
	return fresh;
}

/* A new day begins: what was counted becomes one bit. */
static void
turn_day(struct client *client, uint32_t day)
{
	uint32_t days =
	    (uint32_t)client->days << 1 | (client->good > client->bad);

	if (day <= client->day)
		return;
	days = day - client->day > KNOWN_DAYS ? 0
					      : days << (day - client->day - 1);
	client->days = (uint16_t)(days & ((1u << (KNOWN_DAYS - 1)) - 1));
	client->day = day;
	client->good = client->bad = 0;
}

static void
learn_of(struct known *known, const struct prefix *who,
    const struct mail_event *event, int64_t seconds)
{
	struct client *client = known_client(known, who);

	client->dirty = true;
	switch (event->kind) {
	case EVENT_AUTH_OK:
	case EVENT_LOGIN_OK:
		if (client->authenticated < seconds)
			client->authenticated = seconds;
		break;
	case EVENT_RECEIVED:
		turn_day(client, (uint32_t)(seconds / DAY_SECS));
		client->good += event->count;
		break;
	case EVENT_REJECTED: /* what is refused says nothing of the rest */
		turn_day(client, (uint32_t)(seconds / DAY_SECS));
		client->bad -=
		    event->count < client->bad ? event->count : client->bad;
		break;
	default:
		turn_day(client, (uint32_t)(seconds / DAY_SECS));
		client->bad += event->count;
	}
}

static void
learn_failure(struct known *known, const struct prefix *who,
    struct slice account, int64_t seconds)
{
	struct guesser *guesser = known_guesser(known, who);
	uint32_t hash = (uint32_t)slice_hash(account);
	size_t i = 0;

	while (i < KNOWN_ACCOUNTS - 1 && guesser->failed[i].account != hash)
		i++;
	memmove(guesser->failed + 1, guesser->failed,
	    i * sizeof(guesser->failed[0]));
	guesser->failed[0].account = hash;
	guesser->failed[0].when = (uint32_t)seconds;
	guesser->dirty = true;
}

static bool
teaches(const struct mail_event *event)
{
	switch (event->kind) {
	case EVENT_AUTH_OK:
	case EVENT_LOGIN_OK:
		return true;
	case EVENT_AUTH_FAILED:
	case EVENT_LOGIN_FAILED:
		return !event->auth.unavailable;
	case EVENT_RECEIVED:
		return !event->message.generated;
	case EVENT_VERDICT:
		return event->verdict != VERDICT_CLEAN;
	case EVENT_REJECTED: /* a message, perhaps for its verdict */
		return event->queue_id.n != 0;
	default:
		return false;
	}
}

/* Of the wire's events none: the log tells the same, and can be trusted. */
void
known_learn(struct known *known, const struct mail_event *event)
{
	int64_t seconds = event->when / 1000000;
	struct prefix who = { event->client,
		event->client.family == 4 ? 32 : 128 };
	struct prefix around;

	if (!teaches(event) || event->source != SOURCE_LOG ||
	    !prefix_tidy(&who) || seconds <= 0 ||
	    (known->now != 0 && seconds > known->now + AHEAD_SECS))
		return;
	if (seconds > known->latest)
		known->latest = seconds;
	if (event->kind == EVENT_AUTH_FAILED ||
	    event->kind == EVENT_LOGIN_FAILED) {
		learn_failure(known, &who, event->account, seconds);
		return;
	}
	if (event->kind == EVENT_REJECTED &&
	    known_find(&known->clients, &who) == NULL)
		return;
	learn_of(known, &who, event, seconds);
	if (who.addr.family == 6) {
		around = prefix_around(&who.addr);
		learn_of(known, &around, event, seconds);
	}
}

/* Failures on too many accounts, within a day. */
static bool
guesses(const struct known *known, const struct prefix *who, int64_t seconds)
{
	const struct guesser *guesser = known_find(&known->guessers, who);

	return guesser != NULL &&
	       within_a_day(guesser->failed[KNOWN_ACCOUNTS - 1].when, seconds);
}

bool
known_admin_in(
    const struct known *known, const struct prefix *what, int64_t seconds)
{
	const struct admin *admin, *next;

	TABLE_EACH (&known->admins, admin, next)
		if (within_a_day(admin->seen, seconds) &&
		    prefix_holds(what, &admin->who.addr))
			return true;
	return false;
}

typedef bool judge_fn(
    const struct known *, const struct client *, int64_t seconds);

static bool
is_authenticated(
    const struct known *known, const struct client *client, int64_t seconds)
{
	return within_a_day(client->authenticated, seconds) &&
	       !guesses(known, &client->who, seconds);
}

static bool
is_good(const struct known *known, const struct client *client, int64_t seconds)
{
	(void)known;
	return good_days(client, seconds) > 1;
}

/* An IPv4 /24 has no row of its own: a person's wish, seldom. */
static bool
any_in(const struct known *known, const struct prefix *what, int64_t seconds,
    judge_fn *judge)
{
	const struct client *client = known_find(&known->clients, what);

	if (what->bits != 24)
		return client != NULL && judge(known, client, seconds);
	for (size_t i = 0; i < known->clients.made; i++) {
		client = table_row(&known->clients, i);
		if (client != NULL && prefix_holds(what, &client->who.addr) &&
		    judge(known, client, seconds))
			return true;
	}
	return false;
}

bool
known_authenticated(
    const struct known *known, const struct prefix *what, int64_t seconds)
{
	return any_in(known, what, seconds, is_authenticated);
}

bool
known_good(
    const struct known *known, const struct prefix *what, int64_t seconds)
{
	return any_in(known, what, seconds, is_good);
}
