/*
 * ours_list.h - a Postfix list of networks or domains
 *
 * Items between commas and blanks: a pattern, "type:table", "/file/name", each
 * perhaps with "!" before it; the first that fits decides (postconf(5),
 * mynetworks and relay_domains).
 */
#ifndef AGENT_OURS_LIST_H
#define AGENT_OURS_LIST_H

#include "agent/ours_files.h"

enum ours_list_kind {
	OURS_NETWORK_LIST,
	OURS_NAME_LIST,  /* of domains, each for itself */
	OURS_DOMAIN_LIST /* of domains, and what is below them */
};

struct ours_list {
	struct ours *ours;
	const char *name; /* of the parameter */
	enum ours_list_kind kind;
	bool relayed;
	/* While it is read. */
	bool negated;
	unsigned depth;
	struct our_exceptions exceptions;
};

/* Name, kind and ours are set, the rest is zero. */
void ours_list_read(struct ours_list *, struct slice value);

/* The next item; a {group} is one, with its braces. */
bool ours_item(struct slice *rest, struct slice *item);

/* "[2001:db8::]/32"; of a mapped IPv4 network the last 32 bits count. */
bool ours_prefix(struct slice item, struct prefix *);

#endif
