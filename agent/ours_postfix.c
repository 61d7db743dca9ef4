/*
 * ours_postfix.c - Postfix: what postconf -x prints, and the tables it names
 *
 * postconf(5): mynetworks, mydestination, virtual_alias_domains,
 * virtual_mailbox_domains and relay_domains are lists; the last matches
 * subdomains too where parent_domain_matches_subdomains says so.  DATABASE_README
 * has the types of tables.
 */
#include "agent/ours_postfix.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/execute.h"
#include "agent/ours_list.h"
#include "agent/ours_logins.h"
#include "base/array.h"
#include "base/mem.h"

static const char *const programs[] = { "/usr/sbin/postconf",
	"/usr/local/sbin/postconf", "/usr/pkg/sbin/postconf",
	"/opt/postfix/usr/sbin/postconf", NULL };

static const char *const mains[] = { "/etc/postfix/main.cf",
	"/usr/local/etc/postfix/main.cf", "/usr/pkg/etc/postfix/main.cf",
	"/opt/postfix/etc/postfix/main.cf", NULL };

static const struct {
	const char *name;
	enum ours_list_kind kind;
	bool relayed;
} lists[] = {
	{ "mynetworks", OURS_NETWORK_LIST, false },
	{ "mydestination", OURS_NAME_LIST, false },
	{ "virtual_alias_domains", OURS_NAME_LIST, false },
	{ "virtual_mailbox_domains", OURS_NAME_LIST, false },
	{ "relay_domains", OURS_NAME_LIST, true },
};

/* Who passes mail on, to us or for us: postconf(5). */
static const char *const beside[] = { "relayhost", "smtp_fallback_relay",
	"default_transport", "relay_transport", "proxy_interfaces" };

bool
postfix_parameter(struct slice output, const char *name, struct slice *value)
{
	struct slice line, key;

	while (ours_line(&output, &line)) {
		if (!slice_cut(&line, SLICE("="), &key))
			continue;
		if (slice_eq(ours_trim(key), slice_of(name))) {
			*value = ours_trim(line);
			return true;
		}
	}
	return false;
}

static bool
matches_below(struct slice output, const char *name)
{
	struct slice value, word;

	if (!postfix_parameter(
		output, "parent_domain_matches_subdomains", &value))
		return false;
	while (ours_item(&value, &word))
		if (slice_eq(word, slice_of(name)))
			return true;
	return false;
}

enum permission {
	PERMISSION_PLAIN,   /* nobody who is not known otherwise */
	PERMISSION_END,     /* who comes to here is refused, or is anybody */
	PERMISSION_CLIENTS, /* clients that no list names */
	PERMISSION_DOMAINS  /* recipients that no list names */
};

/* What stands in a list of restrictions: postconf(5). */
static enum permission
permission_of(struct slice word)
{
	static const char *const plain[] = { "permit_mynetworks",
		"permit_sasl_authenticated", "permit_inet_interfaces",
		"permit_auth_destination", "permit_naked_ip_address",
		"check_sasl_access", "warn_if_reject", "sleep",
		"check_relay_domains" };
	static const char *const ends[] = { "reject_unauth_destination",
		"defer_unauth_destination", "reject", "defer",
		"defer_if_permit", "permit" };

	for (size_t i = 0; i < NELEMS(ends); i++)
		if (slice_same_word(word, slice_of(ends[i])))
			return PERMISSION_END;
	for (size_t i = 0; i < NELEMS(plain); i++)
		if (slice_same_word(word, slice_of(plain[i])))
			return PERMISSION_PLAIN;
	if (slice_is(word, "permit_mx_backup") ||
	    slice_is(word, "check_recipient_access"))
		return PERMISSION_DOMAINS;
	/* A table's name, a number, a refusal. */
	if (slice_find_char(word, ':') != -1 || slice_begins(word, "reject_") ||
	    slice_begins(word, "defer_") ||
	    (word.p[0] >= '0' && word.p[0] <= '9'))
		return PERMISSION_PLAIN;
	return PERMISSION_CLIENTS;
}

/* "check_client_access": of the table of who logged in? */
static bool
is_by_login(
    struct ours *ours, const char *name, struct slice word, struct slice rest)
{
	struct slice table;

	if (!slice_is(word, "check_client_access") ||
	    !ours_item(&rest, &table) || !ours_is_login_table(table))
		return false;
	ours_by_login(ours, "%s = ... %.*s %.*s", name, (int)word.n, word.p,
	    (int)table.n, table.p);
	return true;
}

/*
 * Who else may relay: the first of the two lists that is not empty decides.
 * With Postfix before 2.10 there is only the second.
 */
static void
read_permissions(struct ours *ours, struct slice output)
{
	static const char *const names[] = { "smtpd_relay_restrictions",
		"smtpd_recipient_restrictions" };
	struct slice value, word;
	enum permission permission;

	for (size_t i = 0; i < NELEMS(names); i++) {
		if (!postfix_parameter(output, names[i], &value) ||
		    value.n == 0)
			continue;
		while (ours_item(&value, &word)) {
			permission = permission_of(word);
			if (permission == PERMISSION_END)
				return;
			if (permission != PERMISSION_PLAIN &&
			    !is_by_login(ours, names[i], word, value))
				ours_gap(ours, permission == PERMISSION_DOMAINS,
				    "%s = ... %.*s", names[i], (int)word.n,
				    word.p);
		}
		return;
	}
}

static void
read_beside(struct ours *ours, struct slice output)
{
	struct slice value, word, transport;

	for (size_t i = 0; i < NELEMS(beside); i++) {
		if (!postfix_parameter(output, beside[i], &value))
			continue;
		while (ours_item(&value, &word))
			/* A transport alone names no host. */
			if (!slice_ends(
				slice_of(beside[i]), SLICE("_transport")) ||
			    slice_cut(&word, SLICE(":"), &transport))
				ours_host(ours, word);
	}
}

void
postfix_read(struct ours *ours, struct slice output)
{
	struct slice value;

	for (size_t i = 0; i < NELEMS(lists); i++) {
		struct ours_list list = { .ours = ours,
			.name = lists[i].name,
			.kind = lists[i].kind,
			.relayed = lists[i].relayed };

		if (!postfix_parameter(output, list.name, &value)) {
			ours_gap(ours, list.kind != OURS_NETWORK_LIST,
			    "postconf: does not tell %s", list.name);
			continue;
		}
		if (list.relayed && matches_below(output, list.name))
			list.kind = OURS_DOMAIN_LIST;
		ours_origin(ours, "postconf %s", list.name);
		ours_list_read(&list, value);
	}
	read_permissions(ours, output);
	read_beside(ours, output);
}

/* False if it could not be asked; the gap says why. */
static bool
ask(const struct our_place *place, int stop, struct ours *ours, char **output,
    size_t *n)
{
	static const char *const others[] = {
		"parent_domain_matches_subdomains", "smtpd_relay_restrictions",
		"smtpd_recipient_restrictions", "multi_instance_directories"
	};
	const char
	    *argv[4 + NELEMS(lists) + NELEMS(others) + NELEMS(beside) + 1];
	const struct execution execution = { argv, -1, stop, EXECUTE_BYTES,
		EXECUTE_SECONDS * 1000 };
	struct err err;
	size_t i = 0;

	argv[i++] = place->program;
	argv[i++] = "-x";
	if (place->directory != NULL) {
		argv[i++] = "-c";
		argv[i++] = place->directory;
	}
	for (size_t l = 0; l < NELEMS(lists); l++)
		argv[i++] = lists[l].name;
	for (size_t o = 0; o < NELEMS(others); o++)
		argv[i++] = others[o];
	for (size_t b = 0; b < NELEMS(beside); b++)
		argv[i++] = beside[b];
	argv[i] = NULL;
	if (execute(&execution, output, n, &err) == 0)
		return true;
	ours_gap(ours, true, "%s", err.text);
	ours_gap(ours, false, "%s", err.text);
	return false;
}

/* postmulti(1): each instance has its own lists. */
static void
read_instances(const struct our_place *place, int stop, struct ours *ours,
    struct slice output)
{
	char directory[PATH_MAX];
	struct our_place one = { place->program, directory };
	struct slice value, word, part;
	size_t n;
	char *text;

	if (!postfix_parameter(output, "multi_instance_directories", &value))
		return;
	for (unsigned i = 0; i < 32 && ours_item(&value, &word); i++) {
		if (word.p[0] != '/' || word.n >= sizeof(directory))
			continue;
		slice_copy(word, directory, sizeof(directory));
		if (!ask(&one, stop, ours, &text, &n))
			continue;
		part = (struct slice){ text, n };
		postfix_read(ours, part);
		free(text);
	}
}

static void
read_all(const struct our_place *place, int stop, struct ours *ours)
{
	struct slice output;
	char *text;
	size_t n;

	if (!ask(place, stop, ours, &text, &n))
		return;
	output = (struct slice){ text, n };
	postfix_read(ours, output);
	read_instances(place, stop, ours, output);
	free(text);
}

static bool
find(struct our_place *place)
{
	if (place->program == NULL)
		place->program = execute_find(programs);
	if (place->program == NULL)
		return false;
	if (place->directory != NULL)
		return true;
	for (size_t i = 0; mains[i] != NULL; i++)
		if (access(mains[i], F_OK) == 0)
			return true;
	return false;
}

const struct ours_system ours_postfix = {
	.name = "postfix",
	.find = find,
	.read = read_all,
};
