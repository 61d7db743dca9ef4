/*
 * map_form.c - what a map looks up for a client or a sender
 *
 * Sendmail (cf/README, "Anti-Spam Configuration Control"; proto.m4, ruleset A)
 * looks up "Connect:" with the client's address, then cuts one octet, or one
 * group of an IPv6 address, off its end and looks again.  It writes IPv6
 * addresses in full (since 8.15, unless UseCompressedIPv6Addresses).
 *
 * Postfix (access(5)) cuts in the same way, but prints IPv6 addresses as
 * RFC 5952 says: in 2001:db8:0:0::/64, "2001:db8::7" loses its end and leaves
 * "2001:db8:", while 2001:db8:0:0:1:: is "2001:db8:0:0:1::", which leaves
 * "2001:db8:0:0".  So a network may need several keys.  cidr_table(5)
 * takes every prefix, and no sender.
 */
#include "blocks/map_form.h"

#include <stdio.h>

#include "base/array.h"

static unsigned
group(const struct addr *addr, unsigned i)
{
	return (unsigned)addr->b[2 * i] << 8 | addr->b[2 * i + 1];
}

static char *
add_key(struct map_keys *keys)
{
	return keys->text[keys->n++];
}

/* "192.0.2", "2001:db8:0:1": whole parts. */
static int
print_parts(const struct prefix *prefix, char text[ADDR_TEXT], struct err *err)
{
	bool four = prefix->addr.family == 4;
	unsigned part = four ? 8 : 16;
	size_t used = 0;

	if (prefix->bits == 0 || prefix->bits % part != 0)
		return err_set(err, "/%u: this map only knows prefixes of %s",
		    prefix->bits,
		    four ? "/8, /16, /24 and /32" : "/16, /32, /48, ... /128");
	for (unsigned i = 0; i < prefix->bits / part; i++)
		used += (size_t)snprintf(text + used, ADDR_TEXT - used,
		    four ? "%s%u" : "%s%x",
		    i == 0 ? ""
		    : four ? "."
			   : ":",
		    four ? prefix->addr.b[i] : group(&prefix->addr, i));
	return 0;
}

static int
access_client(
    const struct prefix *prefix, struct map_keys *keys, struct err *err)
{
	char parts[ADDR_TEXT];

	keys->n = 0;
	if (print_parts(prefix, parts, err) == -1)
		return -1;
	snprintf(add_key(keys), MAP_KEY, "Connect:%s%s",
	    prefix->addr.family == 6 ? "IPv6:" : "", parts);
	return 0;
}

static int
access_sender(struct slice sender, struct map_keys *keys, struct err *err)
{
	(void)err;
	keys->n = 0;
	snprintf(add_key(keys), MAP_KEY, "From:%.*s", (int)sender.n, sender.p);
	return 0;
}

/*
 * A network's groups are cut off a client's text behind them, or behind the
 * "::" that reaches over its end: "2001:db8:" is sure to stand for two groups
 * of 0 more.  Of other zeros one cannot know how many there were.
 */
static int
hash_network(
    const struct prefix *prefix, struct map_keys *keys, struct err *err)
{
	unsigned groups = prefix->bits / 16, zeros = 0;
	struct prefix shorter = *prefix;
	char text[ADDR_TEXT];

	for (unsigned i = 0; i < groups; i++) {
		zeros = group(&prefix->addr, i) == 0 ? zeros + 1 : 0;
		if (zeros > 2 || (zeros == 2 && (i < 2 || i + 1 < groups)))
			return err_set(err, "zeros of this IPv6 network may be "
					    "shortened: use a cidr map");
	}
	if (zeros == 0)
		return 0;
	shorter.bits = (groups - zeros) * 16;
	if (print_parts(&shorter, text, err) == -1)
		return -1;
	snprintf(add_key(keys), MAP_KEY, "%s:", text);
	return 0;
}

static int
hash_client(const struct prefix *prefix, struct map_keys *keys, struct err *err)
{
	keys->n = 0;
	if (prefix->addr.family == 6 && prefix->bits == 128) {
		addr_print(&prefix->addr, add_key(keys));
		return 0;
	}
	if (print_parts(prefix, add_key(keys), err) == -1)
		return -1;
	if (prefix->addr.family == 4)
		return 0;
	return hash_network(prefix, keys, err);
}

static int
hash_sender(struct slice sender, struct map_keys *keys, struct err *err)
{
	keys->n = 0;
	if (sender.n != 0 && sender.p[0] == '#')
		return err_set(err, "%.*s: would be a comment in this map",
		    (int)sender.n, sender.p);
	slice_copy(sender, add_key(keys), MAP_KEY);
	return 0;
}

static int
cidr_client(const struct prefix *prefix, struct map_keys *keys, struct err *err)
{
	bool six = prefix->addr.family == 6;
	char text[ADDR_TEXT];

	(void)err;
	keys->n = 0;
	addr_print(&prefix->addr, text);
	snprintf(add_key(keys), MAP_KEY, "%s%s%s/%u", six ? "[" : "", text,
	    six ? "]" : "", prefix->bits);
	return 0;
}

static int
cidr_sender(struct slice sender, struct map_keys *keys, struct err *err)
{
	keys->n = 0;
	return err_set(err, "%.*s: a cidr map holds addresses, no senders",
	    (int)sender.n, sender.p);
}

static const struct map_form map_forms[] = {
	{ "access", 0, access_client, access_sender, true },
	{ "hash", 0, hash_client, hash_sender, true },
	{ "lmdb", 0, hash_client, hash_sender, true },
	{ "cidr", 2000, cidr_client, cidr_sender, false },
};

const struct map_form *
map_form(const char *name)
{
	for (size_t i = 0; i < NELEMS(map_forms); i++)
		if (strcmp(map_forms[i].name, name) == 0)
			return &map_forms[i];
	return NULL;
}
