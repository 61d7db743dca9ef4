/*
 * sendmail_replies.h - Sendmail's refusals, and what its log says of each
 *
 * As replies.h for Postfix.  Rows without a reason are the differences between
 * what clients were told and what can be counted, each with what is written
 * instead.
 */
#ifndef TESTS_SENDMAIL_REPLIES_H
#define TESTS_SENDMAIL_REPLIES_H

#include "tests/figures.h"

/*
 * By the words after the code, the enhanced code and `<addr>... '; the first
 * that matches decides.  Nameless: the line names no client, and below
 * LogLevel 10 no other line of that session does.
 */
struct sendmail_rule {
	const char *words; /* POSIX extended regular expression */
	const char *reason;
	bool nameless;
	const char *why;
};

static const struct sendmail_rule sendmail_rules[] = {
	/* No line, or another fact's line. */
	{ "^Command unrecognized|^(EHLO|HELO) requires|^Invalid domain name|"
	  "^Need MAIL|^Polite people|parameter unrecognized",
	    NULL, false, "a command out of order or unknown leaves no line" },
	{ "^Sorry, we do not allow this operation", NULL, false,
	    "a disabled VRFY, EXPN or ETRN is a probe" },
	{ "^[^<]*\\.\\.\\. User unknown", NULL, false,
	    "VRFY's and EXPN's answers leave no line, the commands do" },
	{ "^authentication failed", NULL, false,
	    "logged as a failed authentication" },
	{ "^Message size exceeds fixed maximum", NULL, false,
	    "a size refused at MAIL is only the size= of a from= line" },
	{ "^Invalid host name", NULL, false,
	    "a sender with a numeric host leaves no line" },
	{ "Too many bad commands", NULL, false, "leaves no line" },
	{ "^SMTP protocol error", NULL, false,
	    "the banner refused that client already" },
	/* Connections. */
	{ "^Too many open connections|^Connection rate limit", "rate_limited",
	    false, NULL },
	{ "ESMTP not accepting messages", "protocol", false, NULL },
	{ "Rejecting open proxy", "protocol", false, NULL },
	{ "^HELO [^ ]+ not welcome", "policy", true, NULL },
	/* Sendmail's own words. */
	{ "^Relaying denied", "relay_denied", false, NULL },
	{ "^Rejected: [^ ]+ listed at ", "dnsbl", false, NULL },
	{ "^Domain of sender address", "unknown_sender", false, NULL },
	{ "^Domain name required|^Invalid route address|^8-bit character",
	    "protocol", false, NULL },
	{ "^Too many recipients", "too_many_recipients", false, NULL },
	{ "^Message exceeds maximum fixed size", "too_large", false, NULL },
	{ "^(User unknown|Account closed|Mail to this domain is not)",
	    "unknown_recipient", false, NULL },
	/* The site's: access map, header rulesets, milters. */
	{ "^Access denied|^Mail from this host is refused|^quarantine:|"
	  "^Mailbox (temporarily )?disabled|^Domain [^ ]+ is banned",
	    "access_denied", false, NULL },
	{ "^Header Error|^Virus suspected: subject|^Spam flagged", "content",
	    false, NULL },
	{ "^Sender refused|^Greylisted by filter|^Attachment type|^Spam score|"
	  "^Command rejected|^MIME type|^Please try again later",
	    "policy", false, NULL },
};

#endif
