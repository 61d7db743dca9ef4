/* config_same.c - is a section of one configuration that of another? */
#include "agent/config_same.h"

#include <string.h>

bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_lists(char **a, size_t n, char **b, size_t m)
{
	if (n != m)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

static bool
same_source(const struct source_config *a, const struct source_config *b)
{
	return a->type == b->type && same_text(a->path, b->path) &&
	       same_text(a->zone, b->zone) && same_text(a->system, b->system) &&
	       same_text(a->host, b->host) && a->interval == b->interval &&
	       same_text(a->interface, b->interface) &&
	       a->promiscuous == b->promiscuous &&
	       a->tolerance == b->tolerance &&
	       same_lists(
		   a->senders, a->sender_count, b->senders, b->sender_count) &&
	       a->port_count == b->port_count &&
	       (a->port_count == 0 ||
		   memcmp(a->ports, b->ports,
		       a->port_count * sizeof(*a->ports)) == 0) &&
	       same_lists(a->units, a->unit_count, b->units, b->unit_count) &&
	       same_lists(a->identifiers, a->identifier_count, b->identifiers,
		   b->identifier_count);
}

bool
config_same_sources(
    const struct collect_config *a, const struct collect_config *b)
{
	if (a->source_count != b->source_count)
		return false;
	for (size_t i = 0; i < a->source_count; i++)
		if (!same_source(&a->sources[i], &b->sources[i]))
			return false;
	return true;
}

bool
config_same_attachments(
    const struct collect_config *a, const struct collect_config *b)
{
	return same_lists(a->extensions, a->extension_count, b->extensions,
	    b->extension_count);
}
