/*
 * ours_bytes.c - our networks and domains as bytes, from helper to agent
 *
 * A line each: its letter, a blank, the text.  An origin is told once, before
 * what comes from it.
 */
#include "agent/ours_logins.h"

static void
put_origin(const struct ours *ours, size_t origin, size_t *last, FILE *out)
{
	if (origin == *last)
		return;
	*last = origin;
	fprintf(out, "o %s\n", ours->origins[origin]);
}

void
ours_write(const struct ours *ours, FILE *out)
{
	size_t last = SIZE_MAX;
	char text[ADDR_TEXT];

	for (size_t i = 0; i < ours->network_count; i++) {
		const struct our_network *network = &ours->networks[i];

		put_origin(ours, network->origin, &last, out);
		addr_print(&network->prefix.addr, text);
		fprintf(out, "n %s/%u\n", text, network->prefix.bits);
	}
	for (size_t i = 0; i < ours->domain_count; i++) {
		const struct our_domain *domain = &ours->domains[i];

		put_origin(ours, domain->origin, &last, out);
		fprintf(
		    out, "%c %s\n", domain->relayed ? 'r' : 'd', domain->name);
	}
	for (size_t i = 0; i < ours->host_count; i++)
		fprintf(out, "h %s\n", ours->hosts[i]);
	if (ours->by_login != NULL)
		fprintf(out, "l %s\n", ours->by_login);
	for (size_t i = 0; i < ours->gap_count; i++)
		fprintf(out, "%c %s\n", ours->gaps[i].of_domains ? 'D' : 'N',
		    ours->gaps[i].text);
}

static bool
take(struct ours *ours, char letter, struct slice text)
{
	struct prefix prefix;
	int n = (int)text.n;

	switch (letter) {
	case 'o':
		ours_origin(ours, "%.*s", n, text.p);
		return true;
	case 'n':
		if (!prefix_parse(text, &prefix))
			return false;
		ours_network(ours, &prefix);
		return true;
	case 'd':
	case 'r':
		return ours_domain(ours, text, letter == 'r');
	case 'h':
		ours_host(ours, text);
		return true;
	case 'l':
		ours_by_login(ours, "%.*s", n, text.p);
		return true;
	case 'D':
	case 'N':
		ours_gap(ours, letter == 'D', "%.*s", n, text.p);
		return true;
	default:
		return false;
	}
}

bool
ours_parse(struct ours *ours, struct slice bytes)
{
	struct slice line;

	while (slice_cut(&bytes, SLICE("\n"), &line))
		if (line.n < 3 || line.n > 4096 || line.p[1] != ' ' ||
		    !take(ours, line.p[0], slice_from(line, 2)))
			return false;
	return bytes.n == 0;
}
