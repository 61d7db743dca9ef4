/*
 * replies.h - a server's refusals, and what its log says of each
 *
 * The differences between what clients were told and what can be counted are
 * the rows without a reason: each says which line there is instead, or none.
 */
#ifndef TESTS_REPLIES_H
#define TESTS_REPLIES_H

#include "tests/figures.h"

static const struct reply_rule reply_rules[] = {
	/* No line, or another fact's line. */
	{ "^Error: (need|nested|send HELO|command not|bad syntax|bad UTF)",
	    NULL,
	    "a command out of order or unknown is only in the counters "
	    "of the disconnect line" },
	{ "^Syntax:|^Error: bad ", NULL, "a syntax error leaves no line" },
	{ "^Error: no valid recipients", NULL,
	    "the refusal of its recipients was logged, DATA's is not" },
	{ "^(VRFY|ETRN|EXPN) command is disabled", NULL,
	    "a disabled VRFY is only in the counters: a probe" },
	{ "^Must issue a STARTTLS", NULL, "530 leaves no line" },
	{ "^Error: too many recipients$", NULL,
	    "smtpd_recipient_limit leaves no line" },
	{ "^(Error: |Temporary )?[Aa]uthentication", NULL,
	    "logged as a failed authentication" },
	{ "I can break rules", NULL,
	    "postscreen's 521 is a PREGREET line, and no reject" },
	{ "^[^ ]+ Service unavailable", NULL,
	    "postscreen's 421 is a COMMAND ... LIMIT line, and no reject" },
	/* Limits are warnings, not rejects: but the client was told. */
	{ "^([^ ]+ )?Error: too (many|much) .* from ", "rate_limited", NULL },
	{ "^([^ ]+ )?Error: too many errors", "rate_limited", NULL },
	/* smtpd's own words. */
	{ "^Relay access denied", "relay_denied", NULL },
	{ "^Service unavailable; .* blocked using", "dnsbl", NULL },
	{ "^Helo command rejected", "bad_helo", NULL },
	{ "^Client host rejected: cannot find", "no_reverse_dns", NULL },
	{ "^Client host rejected", "access_denied", NULL },
	{ "^(Sender|Recipient) address rejected: need fully-qualified",
	    "protocol", NULL }, /* 5.5.2: bad syntax */
	{ "^Sender address rejected: (Domain|User|undeliv|unverif|"
	  "not owned)",
	    "unknown_sender", NULL },
	{ "^Sender address rejected: not logged in", "auth_required", NULL },
	{ "^Sender address rejected", "access_denied", NULL },
	{ "^Recipient address rejected: (User unknown|undeliv|Domain)",
	    "unknown_recipient", NULL },
	{ "^Recipient address rejected: unverified", "unavailable", NULL },
	{ "^Recipient address rejected: Grey", "greylisted", NULL },
	{ "^Recipient address rejected: Access denied", "access_denied", NULL },
	{ "^Recipient address rejected", "policy", NULL },
	{ "^Data command rejected: Improper|^Protocol error|^Bad .* address "
	  "syntax",
	    "protocol", NULL },
	{ "^Message size exceeds|message file too big", "too_large", NULL },
	{ "^Alias expansion error", "unavailable", NULL },
	/* Filters, in a milter's or a site's own words: policy. */
	{ "Temporary MTA failure|Gtube|[Ss]pam message", "policy", NULL },
	{ "Attachment type|BANNED", "attachment", NULL },
	{ "^(spam|worm) subject|^body content", "content", NULL },
	{ "[Pp]olicy milter|DMARC policy|^Command rejected", "policy", NULL },
	{ "^Service unavailable - try again later", "policy", NULL },
	{ "^Service currently unavailable", "", NULL }, /* by its code */
};

#endif
