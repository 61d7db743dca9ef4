/* home.c - which networks and domains are ours, as a quick question */
#include "collectors/home.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collectors/tracker.h"

#define DOMAIN_TEXT 256 /* RFC 1035 has 255 octets at most */

struct home_row {
	struct table_row row;
	char *name; /* lower case, without the "!" */
	size_t n;
	enum home_domain is;
};

static bool
same_name(const void *row, const void *key)
{
	const struct home_row *have = row;
	const struct slice *name = key;

	return slice_eq((struct slice){ have->name, have->n }, *name);
}

/* Lower case and without a dot at its end; false if no domain is that long. */
static bool
plain_name(struct slice domain, char text[DOMAIN_TEXT], struct slice *name)
{
	if (domain.n > 1 && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (domain.n == 0 || domain.n >= DOMAIN_TEXT)
		return false;
	for (size_t i = 0; i < domain.n; i++) {
		char c = domain.p[i];

		text[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	*name = (struct slice){ text, domain.n };
	return true;
}

static const struct home_row *
find(const struct home *home, struct slice name)
{
	return table_find(&home->domains, slice_hash(name), same_name, &name);
}

static void
add_domain(struct home *home, struct slice domain, enum home_domain is)
{
	char text[DOMAIN_TEXT];
	struct home_row *row;
	struct slice name;

	if (slice_skips(&domain, "!"))
		is = HOME_ELSEWHERE;
	/* The first one counts, and a dot alone is nothing. */
	if (!plain_name(domain, text, &name) || slice_is(name, ".") ||
	    find(home, name) != NULL)
		return;
	row = table_add(&home->domains, slice_hash(name));
	if (row == NULL) {
		home->incomplete = true;
		return;
	}
	row->name = mem_copy(name.p, name.n);
	row->n = name.n;
	row->is = is;
	home->below |= name.p[0] == '.';
}

void
home_init(struct home *home, const struct tracker_config *config)
{
	memset(home, 0, sizeof(*home));
	table_init(&home->domains, sizeof(struct home_row), HOME_DOMAINS);
	home->incomplete = config->incomplete;
	for (size_t i = 0; i < config->domain_count; i++)
		add_domain(home, slice_of(config->domains[i]), HOME_LOCAL);
	for (size_t i = 0; i < config->relay_domain_count; i++)
		add_domain(
		    home, slice_of(config->relay_domains[i]), HOME_RELAYED);
	home->network_count = config->network_count;
	if (config->network_count != 0)
		home->networks = mem_copy(config->networks,
		    config->network_count * sizeof(*home->networks));
}

void
home_fini(struct home *home)
{
	struct home_row *row, *next;

	TABLE_EACH (&home->domains, row, next)
		free(row->name);
	table_fini(&home->domains);
	free(home->networks);
	memset(home, 0, sizeof(*home));
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]" */
static bool
is_our_literal(const struct home *home, struct slice literal)
{
	struct addr addr;

	if (literal.n < 2 || literal.p[literal.n - 1] != ']')
		return false;
	literal = (struct slice){ literal.p + 1, literal.n - 2 };
	(void)slice_skips(&literal, "ipv6:");
	return addr_parse(literal, &addr) && home_has_address(home, &addr);
}

enum home_domain
home_domain(const struct home *home, struct slice domain)
{
	const struct home_row *row;
	char text[DOMAIN_TEXT];
	struct slice name;
	ptrdiff_t dot;

	if (!plain_name(domain, text, &name))
		return HOME_ELSEWHERE;
	if (name.p[0] == '[')
		return is_our_literal(home, name) ? HOME_LOCAL : HOME_ELSEWHERE;
	row = find(home, name);
	while (row == NULL && home->below &&
	       (dot = slice_find_char(slice_from(name, 1), '.')) != -1) {
		name = slice_from(name, (size_t)dot + 1);
		row = find(home, name);
	}
	return row == NULL ? HOME_ELSEWHERE : row->is;
}

bool
home_has_address(const struct home *home, const struct addr *addr)
{
	if (addr_is_loopback(addr))
		return true;
	for (size_t i = 0; i < home->network_count; i++)
		if (prefix_holds(&home->networks[i], addr))
			return true;
	return false;
}
