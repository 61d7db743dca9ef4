/*
 * ours_hosts.c - hosts beside us that pass mail on, as a mail system names them
 *
 * postconf(5) relayhost, transport(5); op.me's S, R and H macros.  In brackets
 * a host, without them a domain whose mail exchangers are meant.
 */
#include "agent/ours.h"

#include <stdlib.h>

#include "base/mem.h"

/* "smtp:[mail.example.org]:587": the transport's name is none of the host's. */
static void
skip_transport(struct slice *text)
{
	struct slice rest = *text, word;

	if (slice_cut(&rest, SLICE(":"), &word) && rest.n != 0 &&
	    slice_find_char(word, '.') == -1 &&
	    slice_find_char(word, '[') == -1 &&
	    slice_find_char(rest, ':') != 0 &&
	    !(rest.p[0] >= '0' && rest.p[0] <= '9' &&
		slice_find_char(rest, '.') == -1))
		*text = rest;
}

static bool
is_host(struct slice name)
{
	if (name.n == 0 || name.n > OURS_HOST)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!(name.p[i] >= '0' && name.p[i] <= '9') &&
		    !(name.p[i] >= 'a' && name.p[i] <= 'z') &&
		    !(name.p[i] >= 'A' && name.p[i] <= 'Z') &&
		    name.p[i] != '.' && name.p[i] != '-' && name.p[i] != '_' &&
		    name.p[i] != ':')
			return false;
	return name.p[0] != '-' && name.p[0] != '.';
}

static void
add(struct ours *ours, struct slice name, bool bracketed)
{
	char *text = mem_zero(1, name.n + 3);

	snprintf(text, name.n + 3, "%s%.*s%s", bracketed ? "[" : "",
	    (int)name.n, name.p, bracketed ? "]" : "");
	for (size_t i = 0; i < ours->host_count; i++)
		if (strcmp(ours->hosts[i], text) == 0) {
			free(text);
			return;
		}
	if (ours->host_count % 16 == 0)
		ours->hosts = mem_grow(
		    ours->hosts, ours->host_count + 16, sizeof(*ours->hosts));
	ours->hosts[ours->host_count++] = text;
}

void
ours_host(struct ours *ours, struct slice text)
{
	struct slice name = text, head;
	struct addr addr;
	bool bracketed;

	if (ours->host_count == OURS_HOSTS)
		return;
	if (!addr_parse(text, &addr))
		skip_transport(&text);
	bracketed = slice_skips(&text, "[");
	if (bracketed) {
		if (!slice_cut(&text, SLICE("]"), &name))
			return;
		(void)slice_skips(&name, "IPv6:");
	} else {
		name = text;
		if (!addr_parse(name, &addr) &&
		    slice_cut(&text, SLICE(":"), &head))
			name = head;
	}
	/* A name with a colon is an address, or nothing. */
	if (!is_host(name) ||
	    (slice_find_char(name, ':') != -1 && !addr_parse(name, &addr)))
		return;
	add(ours, name, bracketed || addr_parse(name, &addr));
}
