/*
 * ours_opensmtpd_rule.h - a rule of smtpd.conf, and what it means
 *
 * "match from any for domain D action A" takes D's mail, to be relayed or
 * delivered as A says; "match from src S for any action A" lets S relay.  Until
 * 6.3 that was "accept from any for domain D deliver to ..." and "accept from
 * source S for any relay".  The first rule that fits decides; one that says
 * nothing of whom and for whom is for this host's own mail.
 */
#ifndef AGENT_OURS_OPENSMTPD_RULE_H
#define AGENT_OURS_OPENSMTPD_RULE_H

#include "agent/ours_opensmtpd.h"

enum opensmtpd_from {
	FROM_HERE,
	FROM_ANY,
	FROM_SOURCE,
	FROM_SOME,
	FROM_NOBODY
};
enum opensmtpd_to { TO_HERE, TO_ANY, TO_DOMAINS, TO_SOME, TO_NOTHING };

struct opensmtpd_rule {
	enum opensmtpd_from from;
	enum opensmtpd_to to;
	struct slice sources, domains, recipients; /* operands, or empty */
	struct slice virtual;
	struct slice condition; /* what else must fit: "helo" */
	bool all_but_domains, all_but_sources;
	bool authenticated; /* only who is */
	bool rejects, relays, known;
};

/* The first word of an operand, or the name of the table that it is. */
struct slice opensmtpd_first(struct slice operand);

/* Hosts that a relaying rule hands its mail to. */
void opensmtpd_hosts(struct opensmtpd *, struct slice operand);

/* Adds what the rule takes, and who may relay by it. */
void opensmtpd_judge(struct opensmtpd *, const struct opensmtpd_rule *);

/* What is behind "match", and behind "accept" or "reject" of before 6.4. */
void opensmtpd_match(struct opensmtpd *, struct slice words);
void opensmtpd_accept(struct opensmtpd *, struct slice words, bool rejects);

#endif
