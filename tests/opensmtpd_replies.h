/*
 * opensmtpd_replies.h - what OpenSMTPD's answers are refusals for
 *
 * As dialogue.h asks for it, for tests/corpus/opensmtpd.
 */
#ifndef TESTS_OPENSMTPD_REPLIES_H
#define TESTS_OPENSMTPD_REPLIES_H

#include "base/array.h"
#include "tests/dialogue.h"

static const struct dialogue_rule opensmtpd_rules[] = {
	{ "^AUTH", ".*", NULL, "a refused AUTH is a failed authentication" },
	{ "^<data", "message too big", "too_large", NULL },
	{ "^RCPT", "^Invalid recipient", "", NULL }, /* by its domain */
	{ "^RCPT", "^Mailing list expansion problem", "unknown_recipient",
	    NULL },
	{ "^(RCPT|MAIL)", "syntax error", "protocol", NULL },
	{ NULL, "^Invalid command", "protocol", NULL },
	/* The site's words: filters, and aliases to "error:". */
	{ "^<banner>", ".*", "access_denied", NULL },
	{ "^(EHLO|HELO)", ".*", "bad_helo", NULL },
	{ "^MAIL", ".*", "access_denied", NULL },
	{ "^RCPT", ".*", "policy", NULL },
};

/* An unknown mailbox and a relay denied get the same words. */
static inline const char *
opensmtpd_recipient(
    const struct dialogue *d, const char *said, const char *words)
{
	(void)words;
	return dialogue_elsewhere(d, said) ? "relay_denied"
					   : "unknown_recipient";
}

/* Words that no mail client says, handshakes without STARTTLS; and talk before
   it was asked for. */
static inline bool
opensmtpd_is_alien(const char *said, const char *answer)
{
	return (said != NULL && *said > '\0' && *said < ' ') ||
	       ledger_like(answer, "Pipelining");
}

#endif
