/*
 * ours_exim_list.c - the items of Exim's domain and host lists
 *
 * Exim's specification, chapters 6 (lists), 9 (lookups) and 10 (domain and
 * host lists).
 */
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "agent/ours_exim.h"
#include "agent/ours_files.h"
#include "agent/ours_logins.h"
#include "base/array.h"

#define ITEM_BYTES 1024

struct walk {
	struct exim *exim;
	const char *name; /* of the list */
	bool hosts, relayed, negated;
	unsigned depth;
	struct our_exceptions *exceptions;
};

bool
exim_item(struct slice *rest, char *separator, char *text, size_t size)
{
	size_t n = 0, i, braces = 0;
	struct slice s;

	*rest = ours_trim(*rest);
	if (*separator == '\0') {
		*separator = ':';
		if (rest->n >= 2 && rest->p[0] == '<' &&
		    strchr(" \t0123456789", rest->p[1]) == NULL) {
			*separator = rest->p[1];
			*rest = slice_from(*rest, 2);
		}
	}
	s = *rest;
	if (s.n == 0)
		return false;
	for (i = 0; i < s.n; i++) {
		/* Expansions come before the list is cut. */
		braces += s.p[i] == '{';
		braces -= s.p[i] == '}' && braces > 0;
		if (s.p[i] == *separator && braces == 0) {
			if (i + 1 == s.n || s.p[i + 1] != *separator)
				break;
			i++;
		}
		if (n + 1 < size)
			text[n++] = s.p[i];
	}
	text[n] = '\0';
	*rest = slice_from(s, i < s.n ? i + 1 : i);
	return true;
}

static void
gap(const struct walk *walk, struct slice item, const char *why)
{
	if (!walk->negated)
		ours_gap(walk->exim->ours, !walk->hosts, "exim %s: %.*s%s%s",
		    walk->name, (int)(item.n < 200 ? item.n : 200), item.p,
		    why[0] != '\0' ? ": " : "", why);
}

static void
add_domain(const struct walk *walk, struct slice name)
{
	char text[260];
	int n;

	if (name.n > 256)
		return;
	n = snprintf(text, sizeof(text), "%s%.*s", walk->negated ? "!" : "",
	    (int)name.n, name.p);
	(void)ours_domain(
	    walk->exim->ours, (struct slice){ text, (size_t)n }, walk->relayed);
}

/* A key of a lookup, or a pattern of a list. */
static void
take_domain(const struct walk *walk, struct slice item)
{
	if (slice_is(item, "@"))
		add_domain(walk, walk->exim->primary);
	else if (slice_is(item, "@[]"))
		return; /* literals of our addresses: see collectors/home.h */
	else if (item.p[0] == '@' || item.p[0] == '^' ||
		 slice_find_char(item, '$') != -1 ||
		 slice_find_char(item, '\\') != -1)
		gap(walk, item, "");
	else if (slice_begins(item, "*."))
		add_domain(walk, slice_from(item, 1));
	else if (item.p[0] == '*')
		gap(walk, item, "a pattern");
	else
		add_domain(walk, item);
}

static void
take_host(const struct walk *walk, struct slice item)
{
	struct prefix prefix;

	if (slice_is(item, "@[]")) {
		if (ours_own_addresses(walk->exim->ours) == -1)
			gap(walk, item, strerror(errno));
		return;
	}
	if (item.n > 2 && (item.p[0] == '[' || item.p[0] == '"') &&
	    (item.p[item.n - 1] == ']' || item.p[item.n - 1] == '"'))
		item = (struct slice){ item.p + 1, item.n - 2 };
	if (!prefix_parse(item, &prefix))
		gap(walk, item, "a name or pattern");
	else
		ours_listed(
		    walk->exim->ours, walk->exceptions, walk->negated, &prefix);
}

static void
take_plain(const struct walk *walk, struct slice item)
{
	if (walk->hosts)
		take_host(walk, item);
	else
		take_domain(walk, item);
}

/* Keys end at a colon or a blank; a quoted one at its quote. */
static void
read_keys(const struct walk *walk, struct slice item, struct slice path)
{
	size_t origin = walk->exim->ours->origin, n;
	struct slice rest, key, value;
	struct err err;
	char *text;

	if (ours_file_at(walk->exim->ours, path, &text, &n, &err) == -1) {
		gap(walk, item, err.text);
		return;
	}
	ours_origin(walk->exim->ours, "%.*s", (int)path.n, path.p);
	rest = (struct slice){ text, n };
	while (ours_row(&rest, &key, &value)) {
		struct slice whole = key;

		if (slice_skips(&whole, "\""))
			(void)slice_cut(&whole, SLICE("\""), &key);
		else
			(void)slice_cut(&whole, SLICE(":"), &key);
		if (key.n != 0)
			take_plain(walk, key);
	}
	walk->exim->ours->origin = origin;
	free(text);
}

/* dsearch: the files of a directory are the domains. */
static void
read_names(const struct walk *walk, struct slice item, struct slice path)
{
	size_t origin = walk->exim->ours->origin;
	char name[ITEM_BYTES];
	struct dirent *entry;
	DIR *directory;

	slice_copy(path, name, sizeof(name));
	errno = EMFILE;
	directory =
	    ++walk->exim->ours->files > OURS_FILES ? NULL : opendir(name);
	if (directory == NULL) {
		gap(walk, item, strerror(errno));
		return;
	}
	ours_origin(walk->exim->ours, "%s", name);
	for (size_t i = 0; i < OURS_DOMAINS; i++) {
		entry = readdir(directory);
		if (entry == NULL)
			break;
		if (entry->d_name[0] != '.')
			take_plain(walk, slice_of(entry->d_name));
	}
	walk->exim->ours->origin = origin;
	closedir(directory);
}

static const struct {
	const char *type;
	void (*read)(const struct walk *, struct slice item, struct slice path);
} lookups[] = {
	{ "lsearch", read_keys },
	{ "partial-lsearch", read_keys },
	{ "wildlsearch", read_keys },
	{ "nwildlsearch", read_keys },
	{ "iplsearch", read_keys },
	{ "net-lsearch", read_keys },
	{ "net-iplsearch", read_keys },
	{ "dsearch", read_names },
};

static bool
take_lookup(const struct walk *walk, struct slice item)
{
	struct slice path = item, type;

	if (!slice_cut(&path, SLICE(";"), &type))
		return false;
	path = ours_trim(path);
	for (size_t i = 0; i < NELEMS(lookups); i++)
		if (slice_eq(type, slice_of(lookups[i].type)) && path.n != 0 &&
		    slice_find_char(path, '$') == -1) {
			lookups[i].read(walk, item, path);
			return true;
		}
	gap(walk, item, "");
	return true;
}

static void read_value(struct walk *, struct slice value);

/* "+name": the list of that name. */
static void
take_reference(const struct walk *walk, struct slice item)
{
	struct walk inner = *walk;
	char *value = NULL;

	if (walk->depth < OURS_DEPTH && ++walk->exim->ours->files <= OURS_FILES)
		value = walk->exim->list(walk->exim->arg, slice_from(item, 1));
	if (value == NULL) {
		gap(walk, item, "cannot be followed");
		return;
	}
	inner.depth++;
	read_value(&inner, slice_of(value));
	free(value);
}

/* Each line is an item; # begins a comment there. */
static void
take_file(const struct walk *walk, struct slice path)
{
	size_t origin = walk->exim->ours->origin, n;
	struct slice rest, line, head;
	struct walk inner = *walk;
	struct err err;
	char *text;

	if (walk->depth >= OURS_DEPTH ||
	    ours_file_at(walk->exim->ours, path, &text, &n, &err) == -1) {
		gap(walk, path,
		    walk->depth >= OURS_DEPTH ? "files name files too deeply"
					      : err.text);
		return;
	}
	ours_origin(walk->exim->ours, "%.*s", (int)path.n, path.p);
	rest = (struct slice){ text, n };
	inner.depth++;
	while (ours_line(&rest, &line)) {
		if (slice_cut(&line, SLICE(" #"), &head))
			line = head;
		inner.negated = walk->negated;
		if (slice_skips(&line, "!"))
			inner.negated = !inner.negated;
		line = ours_trim(line);
		if (line.n != 0 && !take_lookup(&inner, line))
			take_plain(&inner, line);
	}
	walk->exim->ours->origin = origin;
	free(text);
}

static void
read_value(struct walk *walk, struct slice value)
{
	bool outside = walk->negated;
	char text[ITEM_BYTES], separator = '\0';
	struct slice item;

	while (exim_item(&value, &separator, text, sizeof(text))) {
		item = ours_trim(slice_of(text));
		walk->negated = outside;
		while (slice_skips(&item, "!")) {
			item = ours_trim(item);
			walk->negated = !walk->negated;
		}
		if (item.n == 0)
			continue;
		if (item.p[0] == '+')
			take_reference(walk, item);
		else if (walk->hosts && !walk->negated &&
			 ours_is_login_table(item))
			ours_by_login(walk->exim->ours, "exim %s: %.*s",
			    walk->name, (int)item.n, item.p);
		else if (item.p[0] == '/' && slice_find_char(item, '$') == -1)
			take_file(walk, item);
		else if (!take_lookup(walk, item))
			take_plain(walk, item);
	}
	walk->negated = outside;
}

void
exim_domains(
    struct exim *exim, struct slice value, const char *name, bool relayed)
{
	struct walk walk = { .exim = exim, .name = name, .relayed = relayed };

	ours_origin(exim->ours, "exim %s", name);
	read_value(&walk, value);
}

void
exim_hosts(struct exim *exim, struct slice value, const char *name)
{
	struct our_exceptions exceptions = { .count = 0 };
	struct walk walk = { .exim = exim,
		.name = name,
		.hosts = true,
		.exceptions = &exceptions };

	ours_origin(exim->ours, "exim %s", name);
	read_value(&walk, value);
}
