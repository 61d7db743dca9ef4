/*
 * world.c - the hosts and people of the sample traffic
 *
 * All names and addresses are those set aside for documentation and tests.
 * Mail servers live in 198.51.100.0/24 and 203.0.113.0/24, our customers at
 * 198.18/16, strangers at 198.19/16; where hundreds of thousands of strangers
 * are wanted (wide) they come from 10/8 and 2001:db8::/32 as well.
 */
#include "tests/generate/generate.h"

#include <inttypes.h>
#include <string.h>

#include "base/array.h"

static unsigned strangers = 4000;
static bool anywhere;

static const char *first_names[] = { "anna", "bob", "carol", "dave", "erin",
	"frank", "grace", "heidi", "ivan", "judy", "kim", "laura", "mike",
	"nina", "oscar", "peggy", "quinn", "rita", "sam", "tina", "uma",
	"victor", "wendy", "xavier" };

static const char *remotes[REMOTES] = { "northnet.example", "greenhill.example",
	"quickship.example", "acme-mail.example", "zenmail.example",
	"orbitel.example", "fastpost.example", "bluebird.example",
	"lakeside.example", "papermill.example", "stonebridge.example",
	"hillview.example", "riverbank.example", "oldtown.example",
	"harbour.example", "mailhub.example", "freemail.example",
	"bigbank.example", "university.example", "cityhall.example",
	"travel.example", "bookshop.example", "weather.example",
	"newsroom.example" };

void
world_init(unsigned clients, bool wide)
{
	strangers = clients;
	anywhere = wide;
}

const char *
user_name(unsigned i)
{
	static char names[8][32];
	static unsigned turn;
	char *name = names[turn++ % 8];
	unsigned family = i / NELEMS(first_names);

	i %= NELEMS(first_names);
	if (family == 0)
		snprintf(name, 32, "%s", first_names[i]);
	else
		snprintf(
		    name, 32, "%s.%c", first_names[i], (int)('a' + family));
	return name;
}

const char *
remote_domain(unsigned i)
{
	return remotes[i % REMOTES];
}

static unsigned
any_port(void)
{
	return 32768 + below(28000);
}

void
sender_server(struct peer *peer)
{
	unsigned i = below(240);

	snprintf(
	    peer->name, sizeof(peer->name), "mail%u.%s", i, remote_domain(i));
	if (i % 12 == 0)
		snprintf(peer->address, sizeof(peer->address),
		    "2001:db8:25::%x", i + 16);
	else
		snprintf(peer->address, sizeof(peer->address), "198.51.100.%u",
		    i + 10);
	snprintf(peer->helo, sizeof(peer->helo), "%s", peer->name);
	peer->port = any_port();
}

/* The same number is always the same host: spread, so that no two share. */
void
stranger_at(struct peer *peer, unsigned i)
{
	static const char *helos[] = { "WIN-K2J3H4", "localhost", "User",
		"ylmf-pc", "dsl-pool.example", "host.example", "[127.0.0.1]" };
	uint32_t n = (uint32_t)i * 2654435761u;

	if (!anywhere || i % 8 == 0)
		snprintf(peer->address, sizeof(peer->address), "198.19.%u.%u",
		    n >> 24, n >> 16 & 255);
	else if (i % 8 == 1)
		snprintf(peer->address, sizeof(peer->address),
		    "2001:db8:%x:%x::%x", n >> 16, i & 0xffff, i % 999 + 1);
	else
		snprintf(peer->address, sizeof(peer->address), "10.%u.%u.%u",
		    n >> 24, n >> 16 & 255, n >> 8 & 255);
	if (i % 3 == 0)
		snprintf(
		    peer->name, sizeof(peer->name), "pool-%u.dsl.example", i);
	else
		snprintf(peer->name, sizeof(peer->name), "unknown");
	snprintf(
	    peer->helo, sizeof(peer->helo), "%s", helos[i % NELEMS(helos)]);
	peer->port = any_port();
}

/*
 * Strangers come one after the other, and some of them again soon: so many
 * lines know as many different clients as they possibly can.
 */
void
stranger(struct peer *peer)
{
	static unsigned turn;
	unsigned i = turn;

	if (happens(anywhere ? 0.05 : 0.2))
		i = turn - below(turn < 200 ? turn + 1 : 200);
	else
		turn++;
	stranger_at(peer, i % strangers);
}

void
customer(struct peer *peer, unsigned user)
{
	unsigned place = happens(0.8) ? 0 : 1 + below(5);

	snprintf(peer->address, sizeof(peer->address), "198.18.%u.%u", place,
	    user + 10);
	snprintf(peer->name, sizeof(peer->name), "cust-%u-%u.roam.example",
	    place, user);
	snprintf(peer->helo, sizeof(peer->helo), "[192.168.1.%u]", user + 2);
	peer->port = any_port();
}

void
workstation(struct peer *peer)
{
	unsigned i = 100 + below(40);

	snprintf(peer->address, sizeof(peer->address), "192.0.2.%u", i);
	snprintf(peer->name, sizeof(peer->name), "ws-%u.example.org", i);
	snprintf(peer->helo, sizeof(peer->helo), "ws-%u", i);
	peer->port = any_port();
}

void
message_id(char *id, size_t size, int64_t now, const char *domain)
{
	snprintf(id, size, "%08" PRIx32 ".%" PRId64 "@%s",
	    (uint32_t)chance_bits(), now / 1000, domain);
}
