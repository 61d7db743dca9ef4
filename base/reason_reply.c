/*
 * reason_reply.c - why a client was refused, by the reply it was given
 *
 * The words are those of Postfix (smtpd_check.c, smtpd.c, postscreen_smtpd.c),
 * Sendmail (cf/m4/proto.m4, srvrsmtp.c), Exim (smtp_in.c, verify.c, the example
 * ACLs), OpenSMTPD (smtp_session.c), qmail-smtpd.c and Courier (submit.C), and
 * what sites commonly say.  The first that is found decides, so what is more
 * exact stands first.
 */
#include "base/array.h"
#include "base/reason.h"

#define AT(stage) (1u << REFUSED_##stage)
#define ANY       (~0u)

struct words {
	struct slice words;
	unsigned stages; /* where they mean this */
	enum reason permanent, temporary;
};

#define ROW2(text, stages, lasting, passing)                                   \
	{                                                                      \
		{ text, sizeof(text) - 1 }, stages, REASON_##lasting,          \
		    REASON_##passing                                           \
	}
#define ROW(text, stages, reason) ROW2(text, stages, reason, reason)

static const struct words rows[] = {
	ROW("relay access denied", ANY, RELAY_DENIED),
	ROW("relaying denied", ANY, RELAY_DENIED),
	ROW("relaying temporarily denied", ANY, RELAY_DENIED),
	ROW("relaying not allowed", ANY, RELAY_DENIED),
	ROW("relaying is prohibited", ANY, RELAY_DENIED),
	ROW("relay not permitted", ANY, RELAY_DENIED),
	ROW("not permitted to relay", ANY, RELAY_DENIED),
	ROW("unable to relay", ANY, RELAY_DENIED),
	ROW("we do not relay", ANY, RELAY_DENIED),
	ROW("relay denied", ANY, RELAY_DENIED),
	ROW("list of allowed rcpthosts", ANY, RELAY_DENIED),
	ROW("greylist", ANY, GREYLISTED),
	ROW("graylist", ANY, GREYLISTED),
	ROW(" blocked using ", ANY, DNSBL),
	ROW(" listed at ", ANY, DNSBL),
	ROW(" listed in ", ANY, DNSBL),
	ROW("listed, see ", ANY, DNSBL),
	ROW("black list", ANY, DNSBL),
	ROW("blacklist", ANY, DNSBL),
	ROW("blocklist", ANY, DNSBL),
	ROW("block list", ANY, DNSBL),
	ROW2("service currently unavailable", AT(RCPT), ACCESS_DENIED,
	    GREYLISTED),
	ROW("too much mail", ANY, RATE_LIMITED),
	ROW("too many recipients from", ANY, RATE_LIMITED),
	ROW("too many recipients", ANY, TOO_MANY_RECIPIENTS),
	ROW("too many connections", ANY, RATE_LIMITED),
	ROW("too many concurrent", ANY, RATE_LIMITED),
	ROW("too many open connections", ANY, RATE_LIMITED),
	ROW("open connection limit", ANY, RATE_LIMITED),
	ROW("too many new tls", ANY, RATE_LIMITED),
	ROW("too many auth commands", ANY, RATE_LIMITED),
	ROW("too many errors", ANY, RATE_LIMITED),
	ROW("too many bad commands", ANY, RATE_LIMITED),
	ROW("too many nonmail commands", ANY, RATE_LIMITED),
	ROW("too many unrecognized commands", ANY, RATE_LIMITED),
	ROW("too many syntax or protocol errors", ANY, RATE_LIMITED),
	ROW("too many unknown", ANY, RATE_LIMITED),
	ROW("too many messages", ANY, RATE_LIMITED),
	ROW("rate limit", ANY, RATE_LIMITED),
	ROW("message size", ANY, TOO_LARGE),
	ROW("message length", ANY, TOO_LARGE),
	ROW("exceeds maximum fixed size", ANY, TOO_LARGE),
	ROW("message file too big", ANY, TOO_LARGE),
	ROW("message too big", ANY, TOO_LARGE),
	ROW("message too large", ANY, TOO_LARGE),
	ROW("must issue a starttls", ANY, AUTH_REQUIRED),
	ROW("starttls required", ANY, AUTH_REQUIRED),
	ROW("authentication required", ANY, AUTH_REQUIRED),
	ROW("encryption required", ANY, AUTH_REQUIRED),
	ROW("not authenticated", ANY, AUTH_REQUIRED),
	ROW("not logged in", ANY, AUTH_REQUIRED),
	ROW("cannot find your", ANY, NO_REVERSE_DNS),
	ROW("reverse dns", ANY, NO_REVERSE_DNS),
	ROW("cannot resolve ptr", ANY, NO_REVERSE_DNS),
	ROW("ip name lookup failed", ANY, NO_REVERSE_DNS),
	ROW("possibly forged", ANY, NO_REVERSE_DNS),
	ROW("helo or ehlo required", ANY, PROTOCOL),
	ROW("send helo", ANY, PROTOCOL),
	ROW("say helo", ANY, PROTOCOL),
	ROW("helo command rejected", ANY, BAD_HELO),
	ROW("bad helo", ANY, BAD_HELO),
	ROW("bogus helo", ANY, BAD_HELO),
	ROW("helo ", AT(MAIL) | AT(RCPT), BAD_HELO),
	ROW("domain of sender address", ANY, UNKNOWN_SENDER),
	ROW("sender domain must", ANY, UNKNOWN_SENDER),
	ROW("sender verify failed", ANY, UNKNOWN_SENDER),
	ROW("not owned by", ANY, UNKNOWN_SENDER),
	ROW("does not accept mail (nullmx)", ANY, UNKNOWN_SENDER),
	ROW("sender address rejected: domain not found", ANY, UNKNOWN_SENDER),
	ROW("sender address rejected: malformed dns", ANY, UNKNOWN_SENDER),
	ROW("sender address rejected: user unknown", ANY, UNKNOWN_SENDER),
	ROW("sender address rejected: undeliverable", ANY, UNKNOWN_SENDER),
	ROW("dns lookup failure", AT(MAIL), UNKNOWN_SENDER),
	ROW("domain does not exist", AT(MAIL), UNKNOWN_SENDER),
	ROW("invalid domain", AT(MAIL), UNKNOWN_SENDER),
	ROW("unverified address", ANY, UNAVAILABLE),
	ROW("service is unavailable", ANY, UNAVAILABLE),
	ROW("need fully-qualified address", ANY, PROTOCOL),
	ROW("command pipelining", ANY, PROTOCOL),
	ROW("i can break rules", ANY, PROTOCOL),
	ROW("rejecting open proxy", ANY, PROTOCOL),
	ROW("not accepting messages", AT(CONNECT), ACCESS_DENIED),
	ROW("sender address rejected:", ANY, ACCESS_DENIED),
	ROW("client host rejected:", ANY, ACCESS_DENIED),
	ROW("access denied", ANY, ACCESS_DENIED),
	ROW("banned", ANY, ACCESS_DENIED),
	ROW("badmailfrom", ANY, ACCESS_DENIED),
	ROW("mailbox disabled", ANY, ACCESS_DENIED),
	ROW("is refused", ANY, ACCESS_DENIED),
	ROW("sender rejected", ANY, ACCESS_DENIED),
	ROW("user unknown", AT(RCPT) | AT(DATA), UNKNOWN_RECIPIENT),
	ROW("unknown user", AT(RCPT) | AT(DATA), UNKNOWN_RECIPIENT),
	ROW("no such user", AT(RCPT) | AT(DATA), UNKNOWN_RECIPIENT),
	ROW("account closed", AT(RCPT), UNKNOWN_RECIPIENT),
	ROW("mail to this domain is not", AT(RCPT), UNKNOWN_RECIPIENT),
	ROW("undeliverable address", AT(RCPT), UNKNOWN_RECIPIENT),
	ROW("recipient address rejected: domain not found", AT(RCPT),
	    UNKNOWN_RECIPIENT),
	ROW("recipient address rejected: malformed dns", AT(RCPT),
	    UNKNOWN_RECIPIENT),
	ROW("malformed address", ANY, PROTOCOL),
	ROW("must contain a domain", ANY, PROTOCOL),
	ROW("missing or malformed", ANY, PROTOCOL),
	ROW("domain literals not allowed", ANY, PROTOCOL),
	ROW("domain name required", ANY, PROTOCOL),
	ROW("invalid host name", ANY, PROTOCOL),
	ROW("invalid route address", ANY, PROTOCOL),
	ROW("invalid address", ANY, PROTOCOL),
	ROW("syntax", ANY, PROTOCOL),
	ROW("authentication aborted", ANY, PROTOCOL),
	ROW("recipient address rejected:", ANY, POLICY),
	ROW("data command rejected:", ANY, POLICY),
	ROW("end-of-data rejected:", ANY, POLICY),
	ROW("command rejected", ANY, POLICY),
	ROW("dmarc", ANY, POLICY),
	ROW("spf ", ANY, POLICY),
	ROW("dkim", ANY, POLICY),
	ROW("milter", ANY, POLICY),
	ROW("refused by filter", ANY, POLICY),
	ROW("refused by policy", ANY, POLICY),
	ROW("gtube", AT(DATA), POLICY),
	ROW("temporary mta failure", AT(DATA), POLICY), /* amavis */
	ROW("spam score", AT(DATA), SPAM),
	ROW("spam flagged", AT(DATA), SPAM),
	ROW("identified as spam", AT(DATA), SPAM),
	ROW("classified as spam", AT(DATA), SPAM),
	ROW("considered spam", AT(DATA), SPAM),
	ROW("spam detected", AT(DATA), SPAM),
	ROW("looks like spam", AT(DATA), SPAM),
	ROW("attachment", AT(DATA), ATTACHMENT),
	ROW("infected", AT(DATA), VIRUS),
	ROW("virus found", AT(DATA), VIRUS),
	ROW("contains a virus", AT(DATA), VIRUS),
	ROW("malware", AT(DATA), VIRUS),
	ROW("alias expansion error", ANY, UNAVAILABLE),
	ROW("insufficient", ANY, UNAVAILABLE),
	ROW("temporary lookup failure", ANY, UNAVAILABLE),
	ROW("temporary local problem", ANY, UNAVAILABLE),
	ROW("server configuration", ANY, UNAVAILABLE),
};

bool
reason_words_in(struct slice text)
{
	for (size_t i = 0; i < NELEMS(rows); i++)
		if (slice_find(text, rows[i].words) != -1)
			return true;
	return false;
}

static enum reason
of_stage(enum refusal_stage stage, bool temporary)
{
	switch (stage) {
	case REFUSED_DATA:
		return temporary ? REASON_POLICY : REASON_CONTENT;
	case REFUSED_OTHER:
		return REASON_POLICY;
	default:
		return REASON_ACCESS_DENIED;
	}
}

/* Subject and detail of the enhanced code; false: it tells nothing. */
static bool
of_dsn(enum refusal_stage stage, bool temporary, struct slice dsn,
    enum reason *reason)
{
	static const struct {
		struct slice code;
		enum reason reason;
	} codes[] = {
#define CODE(text, reason) { { text, sizeof(text) - 1 }, REASON_##reason }
		CODE("1.1", UNKNOWN_RECIPIENT), CODE("1.2", UNKNOWN_RECIPIENT),
		CODE("1.3", PROTOCOL), CODE("1.6", UNKNOWN_RECIPIENT),
		CODE("1.7", PROTOCOL), CODE("1.8", UNKNOWN_SENDER),
		CODE("1.10", UNKNOWN_RECIPIENT), CODE("2.1", ACCESS_DENIED),
		CODE("2.2", POLICY), CODE("2.3", TOO_LARGE),
		CODE("2.4", UNAVAILABLE), CODE("3.1", UNAVAILABLE),
		CODE("3.2", UNAVAILABLE), CODE("3.4", TOO_LARGE),
		CODE("5.0", PROTOCOL), CODE("5.1", PROTOCOL),
		CODE("5.2", PROTOCOL), CODE("5.3", TOO_MANY_RECIPIENTS),
		CODE("5.4", PROTOCOL), CODE("5.5", PROTOCOL),
		CODE("5.6", PROTOCOL), CODE("7.10", AUTH_REQUIRED),
		CODE("7.11", AUTH_REQUIRED), CODE("7.25", NO_REVERSE_DNS),
		CODE("7.27", UNKNOWN_SENDER)
#undef CODE
	};
	struct slice detail;

	if (dsn.n < 5)
		return false;
	detail = slice_from(dsn, 2);
	for (size_t i = 0; i < NELEMS(codes); i++) {
		if (slice_eq(detail, codes[i].code)) {
			*reason = codes[i].reason;
			return true;
		}
	}
	switch (detail.p[0]) {
	case '3':
		*reason = of_stage(stage, temporary);
		return true;
	case '4':
		*reason = REASON_UNAVAILABLE;
		return true;
	case '6':
		*reason = REASON_CONTENT;
		return true;
	case '7':
		*reason = slice_begins(detail, "7.2") && detail.n == 4
			      ? REASON_POLICY
			      : of_stage(stage, temporary);
		return true;
	default:
		return false;
	}
}

static enum reason
of_code(enum refusal_stage stage, unsigned code)
{
	bool temporary = code < 500;

	if (stage == REFUSED_HELO &&
	    (code == 501 || code == 504 || code == 550))
		return REASON_BAD_HELO;
	if ((code >= 500 && code <= 504) || code == 555)
		return REASON_PROTOCOL;
	if (code == 530 || code == 538)
		return REASON_AUTH_REQUIRED;
	if (code == 552 && stage != REFUSED_RCPT)
		return REASON_TOO_LARGE;
	if (code == 452 && stage == REFUSED_RCPT)
		return REASON_TOO_MANY_RECIPIENTS;
	if (temporary)
		return REASON_UNAVAILABLE;
	switch (stage) {
	case REFUSED_RCPT:
		return REASON_UNKNOWN_RECIPIENT;
	case REFUSED_OTHER:
		return REASON_OTHER;
	default:
		return of_stage(stage, temporary);
	}
}

enum reason
reason_of_reply(enum refusal_stage stage, unsigned code, struct slice dsn,
    struct slice text)
{
	bool temporary = code < 500;
	enum reason reason;

	if (code <
	    400) /* "221 I can break rules, too": not in answer to QUIT */
		return REASON_PROTOCOL;
	for (size_t i = 0; i < NELEMS(rows); i++)
		if ((rows[i].stages >> stage & 1) != 0 &&
		    slice_find(text, rows[i].words) != -1)
			return temporary ? rows[i].temporary
					 : rows[i].permanent;
	if (of_dsn(stage, temporary, dsn, &reason))
		return reason;
	return of_code(stage, code);
}
