/*
 * ours_sendmail.h - what sendmail.cf and the access map say; for their files
 * and the tests
 */
#ifndef AGENT_OURS_SENDMAIL_H
#define AGENT_OURS_SENDMAIL_H

#include "agent/ours.h"

/* What the rules of the file say beside its classes. */
struct sendmail {
	struct ours *ours;
	struct slice j, m, w; /* macros: our name, domain, host; or empty */
	bool virtual_relayed; /* CR$={VirtHost} */
	bool hosts_only;      /* FEATURE(relay_hosts_only) */
	bool entire_domain;   /* FEATURE(relay_entire_domain) */
	bool named_clients;   /* a gap says so already */
};

/* The whole of a sendmail.cf. */
void sendmail_read(struct ours *, struct slice cf);

/* The text that an access map is made of; its path may be the database's. */
void sendmail_access(struct sendmail *, struct slice path);

/* Add a domain that may be relayed to, and what is below it. */
void sendmail_relayed(struct sendmail *, struct slice name);
/* Clients of that name may relay: no list of networks can tell. */
void sendmail_clients(struct sendmail *, struct slice name, const char *where);

/* A network as class R and the access map have it: "192.0.2". */
bool sendmail_network(struct slice text, struct prefix *);

#endif
