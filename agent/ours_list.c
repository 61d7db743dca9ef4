/* ours_list.c - a Postfix list of networks or domains */
#include "agent/ours_list.h"

#include <stdlib.h>

#include "agent/ours_logins.h"
#include "base/array.h"

static bool
is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
ours_item(struct slice *rest, struct slice *item)
{
	size_t n = 0, open = 0;

	while (rest->n > 0 && is_separator(rest->p[0]))
		*rest = slice_from(*rest, 1);
	for (; n < rest->n; n++) {
		if (rest->p[n] == '{')
			open++;
		else if (rest->p[n] == '}' && open > 0)
			open--;
		else if (open == 0 && is_separator(rest->p[n]))
			break;
	}
	*item = (struct slice){ rest->p, n };
	*rest = slice_from(*rest, n);
	return n != 0;
}

static bool
of_domains(const struct ours_list *list)
{
	return list->kind != OURS_NETWORK_LIST;
}

static void
gap(const struct ours_list *list, struct slice item, const char *why)
{
	/* What is excepted and not listed is ours the more: no gap. */
	if (!list->negated)
		ours_gap(list->ours, of_domains(list), "%s = %.*s%s%s",
		    list->name, (int)(item.n < 200 ? item.n : 200), item.p,
		    why[0] != '\0' ? ": " : "", why);
}

bool
ours_prefix(struct slice item, struct prefix *prefix)
{
	char text[ADDR_TEXT + 8];
	struct slice bits = { 0 }, address = item;
	uint64_t n;
	ptrdiff_t slash = slice_find_char(item, '/');
	size_t length;

	if (slash != -1) {
		address.n = (size_t)slash;
		bits = slice_from(item, address.n + 1);
	}
	if (address.n >= 2 && address.p[0] == '[' &&
	    address.p[address.n - 1] == ']')
		address = (struct slice){ address.p + 1, address.n - 2 };
	if (address.n >= ADDR_TEXT || bits.n > 3)
		return false;
	if (slash == -1)
		return prefix_parse(address, prefix);
	if (!addr_parse(address, &prefix->addr) || !slice_number(bits, &n))
		return false;
	if (prefix->addr.family == 4 && n >= 96 &&
	    slice_find_char(address, ':') != -1)
		n -= 96;
	length = (size_t)snprintf(text, sizeof(text), "%.*s/%u", (int)address.n,
	    address.p, (unsigned)n);
	return prefix_parse((struct slice){ text, length }, prefix);
}

static void
take_network(struct ours_list *list, struct slice item)
{
	struct prefix prefix;

	if (ours_prefix(item, &prefix))
		ours_listed(
		    list->ours, &list->exceptions, list->negated, &prefix);
	else
		gap(list, item, "a name or pattern");
}

static void
add_domain(struct ours_list *list, bool below, struct slice name)
{
	char text[260];
	int n;

	n = snprintf(text, sizeof(text), "%s%s%.*s", list->negated ? "!" : "",
	    below ? "." : "", (int)(name.n < 256 ? name.n : 256), name.p);
	(void)ours_domain(
	    list->ours, (struct slice){ text, (size_t)n }, list->relayed);
}

static void
take_domain(struct ours_list *list, struct slice item)
{
	if (slice_skips(&item, ".")) {
		if (list->kind == OURS_DOMAIN_LIST)
			add_domain(list, true, item);
		return;
	}
	add_domain(list, false, item);
	if (list->kind == OURS_DOMAIN_LIST)
		add_domain(list, true, item);
}

static void
take_pattern(struct ours_list *list, struct slice item)
{
	if (of_domains(list))
		take_domain(list, item);
	else
		take_network(list, item);
}

/* A virtual alias table has addresses as well. */
static void
take_key(struct ours_list *list, struct slice key)
{
	if (slice_find_char(key, '@') == -1)
		take_pattern(list, key);
}

static void
read_source(struct ours_list *list, struct slice item, struct slice path)
{
	size_t origin = list->ours->origin, n;
	struct slice rest, key, value;
	struct err err;
	char *text;

	if (ours_file_at(list->ours, path, &text, &n, &err) == -1) {
		gap(list, item, err.text);
		return;
	}
	ours_origin(list->ours, "%.*s", (int)path.n, path.p);
	rest = (struct slice){ text, n };
	while (ours_row(&rest, &key, &value))
		take_key(list, key);
	list->ours->origin = origin;
	free(text);
}

/* cidr_table(5): the first row that fits; what it says does not matter. */
static void
read_cidr(struct ours_list *list, struct slice item, struct slice path)
{
	struct slice rest, key, value;
	struct err err;
	size_t n, origin = list->ours->origin;
	char *text;

	if (of_domains(list))
		return; /* a domain is no address */
	if (ours_file_at(list->ours, path, &text, &n, &err) == -1) {
		gap(list, item, err.text);
		return;
	}
	ours_origin(list->ours, "%.*s", (int)path.n, path.p);
	rest = (struct slice){ text, n };
	while (ours_row(&rest, &key, &value)) {
		if (key.p[0] == '!' || slice_same_word(key, SLICE("if")))
			gap(list, item, "has conditions");
		else if (!slice_same_word(key, SLICE("endif")))
			take_network(list, key);
	}
	list->ours->origin = origin;
	free(text);
}

/* "{ a = b, { c = d } }" */
static void
read_inline(struct ours_list *list, struct slice item, struct slice text)
{
	struct slice pair, key;

	(void)item;
	if (text.n < 2 || text.p[0] != '{' || text.p[text.n - 1] != '}')
		return;
	text = (struct slice){ text.p + 1, text.n - 2 };
	while (ours_item(&text, &pair)) {
		if (pair.p[0] == '{')
			pair = slice_from(pair, 1);
		if (slice_cut(&pair, SLICE("="), &key))
			take_key(list, ours_trim(key));
	}
}

static void
read_nothing(struct ours_list *list, struct slice item, struct slice name)
{
	(void)list;
	(void)item;
	(void)name;
}

static const struct {
	const char *type;
	void (*read)(struct ours_list *, struct slice item, struct slice name);
} tables[] = {
	{ "hash", read_source },
	{ "btree", read_source },
	{ "lmdb", read_source },
	{ "cdb", read_source },
	{ "dbm", read_source },
	{ "sdbm", read_source },
	{ "texthash", read_source },
	{ "cidr", read_cidr },
	{ "inline", read_inline },
	{ "fail", read_nothing },
};

static void
take_table(struct ours_list *list, struct slice item)
{
	struct slice name = item, type;

	if (!of_domains(list) && !list->negated && ours_is_login_table(item)) {
		ours_by_login(
		    list->ours, "%s = %.*s", list->name, (int)item.n, item.p);
		return;
	}
	while (slice_skips(&name, "proxy:"))
		;
	if (!slice_cut(&name, SLICE(":"), &type))
		return;
	for (size_t i = 0; i < NELEMS(tables); i++)
		if (slice_eq(type, slice_of(tables[i].type))) {
			tables[i].read(list, item, name);
			return;
		}
	gap(list, item, "");
}

static void
take_file(struct ours_list *list, struct slice item)
{
	struct slice rest, line;
	size_t n, origin = list->ours->origin;
	struct err err;
	char *text;

	if (list->depth == OURS_DEPTH) {
		gap(list, item, "files name files too deeply");
		return;
	}
	if (ours_file_at(list->ours, item, &text, &n, &err) == -1) {
		gap(list, item, err.text);
		return;
	}
	ours_origin(list->ours, "%.*s", (int)item.n, item.p);
	rest = (struct slice){ text, n };
	list->depth++;
	while (ours_line(&rest, &line))
		ours_list_read(list, line);
	list->depth--;
	list->ours->origin = origin;
	free(text);
}

void
ours_list_read(struct ours_list *list, struct slice value)
{
	bool outside = list->negated;
	struct slice item;

	while (ours_item(&value, &item)) {
		if (item.p[0] == '#' || list->ours->files > OURS_FILES)
			break;
		list->negated = outside;
		while (slice_skips(&item, "!"))
			list->negated = !list->negated;
		if (item.n == 0)
			continue;
		if (item.p[0] == '/')
			take_file(list, item);
		else if (item.p[0] != '[' && slice_find_char(item, ':') != -1)
			take_table(list, item);
		else
			take_pattern(list, item);
	}
	list->negated = outside;
}
