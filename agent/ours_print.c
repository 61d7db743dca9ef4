/* ours_print.c - our networks and domains for people, with their origins */
#include "agent/ours_print.h"

#include <stdlib.h>

#include "base/mem.h"

#define ROWS       50 /* of one origin; a host may have 50,000 domains */
#define CONFIGURED "mailweir.conf"

static void
print_name(FILE *out, const char *name, const char *what, const char *origin)
{
	char text[1024];

	slice_escape(slice_of(name), text, sizeof(text));
	fprintf(out, "  %s%s (%s)\n", text, what, origin);
}

static void
print_network(FILE *out, const struct prefix *prefix, const char *origin)
{
	char text[ADDR_TEXT];

	addr_print(&prefix->addr, text);
	fprintf(out, "  %s/%u (%s)\n", text, prefix->bits, origin);
}

static void
print_gaps(FILE *out, const struct ours *found, bool of_domains)
{
	for (size_t i = 0; i < found->gap_count; i++)
		if (found->gaps[i].of_domains == of_domains)
			fprintf(out, "  incomplete: %s\n", found->gaps[i].text);
}

static void
print_left_out(FILE *out, const struct ours *found, const size_t *counts)
{
	for (size_t i = 0; i < found->origin_count; i++)
		if (counts[i] > ROWS)
			fprintf(out, "  and %zu more (%s)\n", counts[i] - ROWS,
			    found->origins[i]);
}

static void
print_networks(
    FILE *out, const struct collect_config *set, const struct ours *found)
{
	size_t *counts = mem_zero(found->origin_count, sizeof(*counts));

	fputs("networks:\n", out);
	for (size_t i = 0; i < set->network_count; i++)
		print_network(out, &set->networks[i], CONFIGURED);
	for (size_t i = 0; set->network_count == 0 && i < found->network_count;
	     i++) {
		const struct our_network *network = &found->networks[i];

		if (++counts[network->origin] <= ROWS)
			print_network(out, &network->prefix,
			    found->origins[network->origin]);
	}
	print_left_out(out, found, counts);
	if (set->network_count == 0)
		print_gaps(out, found, false);
	if (set->network_count == 0 && found->network_count == 0)
		fputs("  none but loopback is known\n", out);
	free(counts);
}

static void
print_domains(
    FILE *out, const struct collect_config *set, const struct ours *found)
{
	size_t *counts = mem_zero(found->origin_count, sizeof(*counts));

	fputs("domains:\n", out);
	for (size_t i = 0; i < set->domain_count; i++)
		print_name(out, set->domains[i], "", CONFIGURED);
	for (size_t i = 0; set->domain_count == 0 && i < found->domain_count;
	     i++) {
		const struct our_domain *domain = &found->domains[i];

		if (++counts[domain->origin] <= ROWS)
			print_name(out, domain->name,
			    domain->relayed ? ", relayed" : "",
			    found->origins[domain->origin]);
	}
	print_left_out(out, found, counts);
	if (set->domain_count == 0)
		print_gaps(out, found, true);
	if (set->domain_count == 0 && found->domain_count == 0)
		fputs("  none is known\n", out);
	free(counts);
}

static void
print_hosts(FILE *out, const struct ours *found)
{
	if (found->host_count != 0)
		fputs("hosts that pass mail on, never blocked:\n", out);
	for (size_t i = 0; i < found->host_count; i++)
		fprintf(out, "  %s\n", found->hosts[i]);
}

static void
print_logins(
    FILE *out, const struct collect_config *set, const struct ours *found)
{
	if (set->login_relay == LOGIN_RELAY_ALWAYS)
		fprintf(out,
		    "a login by POP or IMAP lets its address relay (%s)\n",
		    CONFIGURED);
	else if (set->login_relay == LOGIN_RELAY_AUTO &&
		 found->by_login != NULL)
		fprintf(out,
		    "a login by POP or IMAP lets its address relay (%s)\n",
		    found->by_login);
}

static bool
is_open_known(const struct collect_config *set, const struct ours *found)
{
	if (set->domain_count == 0 &&
	    (found->domain_count == 0 || ours_has_gap(found, true)))
		return false;
	return set->network_count != 0 || !ours_has_gap(found, false);
}

void
ours_print(
    FILE *out, const struct collect_config *set, const struct ours *found)
{
	print_networks(out, set, found);
	print_domains(out, set, found);
	print_hosts(out, found);
	print_logins(out, set, found);
	if (!is_open_known(set, found))
		fputs("a stranger's mail for elsewhere can only be called "
		      "relay.unsure; networks and domains\n"
		      "in the configuration are taken as complete\n",
		    out);
}
