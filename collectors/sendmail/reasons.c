/*
 * reasons.c - why Sendmail refused, from its own words
 *
 * The texts are those of cf/m4/proto.m4, of the features in cf/feature, and of
 * parseaddr.c and srvrsmtp.c; a site may give others in its access map.
 * They are looked for at the front, behind the address that was refused: an
 * address may hold any words.
 */
#include "collectors/sendmail/reasons.h"

#include "base/array.h"

static const struct {
	struct slice name;
	enum stage stage;
} stages[] = {
#define S(name, stage)                                                         \
	{                                                                      \
		{ name, sizeof(name) - 1 }, stage                              \
	}
	S("check_relay", STAGE_CONNECTION),
	S("check_mail", STAGE_COMMAND),
	S("check_rcpt", STAGE_COMMAND),
	S("check_vrfy", STAGE_OTHER),
	S("check_expn", STAGE_OTHER),
	S("check_etrn", STAGE_OTHER),
	S("check_helo", STAGE_OTHER),
	S("check_other", STAGE_OTHER),
	S("tls_client", STAGE_OTHER),
	S("trust_auth", STAGE_DELIVERY),
	S("tls_server", STAGE_DELIVERY),
	S("tls_rcpt", STAGE_DELIVERY),
	S("try_tls", STAGE_DELIVERY),
	S("check_compat", STAGE_DELIVERY),
	S("authinfo", STAGE_DELIVERY),
	S("queuegroup", STAGE_DELIVERY),
#undef S
};

enum stage
sendmail_stage(struct slice ruleset)
{
	for (size_t i = 0; i < NELEMS(stages); i++)
		if (slice_eq(ruleset, stages[i].name))
			return stages[i].stage;
	return STAGE_MESSAGE; /* check_data, check_eoh, check_eom; a header's */
}

struct words {
	struct slice begin;
	enum reason reason;
};
#define W(text, reason)                                                        \
	{                                                                      \
		{ text, sizeof(text) - 1 }, REASON_##reason                    \
	}

static const struct words rulings[] = {
	W("Relaying denied", RELAY_DENIED),
	W("Relaying temporarily denied", RELAY_DENIED),
	W("Domain of sender address ", UNKNOWN_SENDER),
	W("Sender domain must ", UNKNOWN_SENDER),
	W("Domain name required", PROTOCOL),
	W("Real domain name required", PROTOCOL),
	W("User address required", PROTOCOL),
	W("Colon illegal", PROTOCOL),
	W("Invalid ", PROTOCOL),
	W("List:; syntax", PROTOCOL),
	W("Connection rate limit", RATE_LIMITED),
	W("Too many open connections", RATE_LIMITED),
	W("Open connection limit", RATE_LIMITED),
	W("Rate limit", RATE_LIMITED),
	W("User unknown", UNKNOWN_RECIPIENT),
	W("No such user", UNKNOWN_RECIPIENT),
	W("Fix reverse DNS", NO_REVERSE_DNS),
	W("Client IP address ", NO_REVERSE_DNS),
	W("Possibly forged", NO_REVERSE_DNS),
	W("possibly forged", NO_REVERSE_DNS),
	W("IP name possibly forged", NO_REVERSE_DNS),
	W("IP name lookup failed", NO_REVERSE_DNS),
	W("cannot resolve PTR", NO_REVERSE_DNS),
	W("bogus HELO", BAD_HELO),
	W("bad HELO", BAD_HELO),
	W("HELO ", BAD_HELO),
	W("Authentication required", AUTH_REQUIRED),
	W("authentication required", AUTH_REQUIRED),
	W("not authenticated", AUTH_REQUIRED),
	W("Must issue a STARTTLS", AUTH_REQUIRED),
	W("STARTTLS required", AUTH_REQUIRED),
	W("Message size", TOO_LARGE),
	W("Too many recipients", TOO_MANY_RECIPIENTS),
};

/* What Sendmail says of an address that it cannot parse or use. */
static const struct words complaints[] = {
	W("Invalid ", PROTOCOL),
	W("8-bit character", PROTOCOL),
	W("Colon illegal", PROTOCOL),
	W("Illegal character", PROTOCOL),
	W("Unbalanced ", PROTOCOL),
	W("Missing ", PROTOCOL),
	W("User address required", PROTOCOL),
	W("Domain name required", PROTOCOL),
	W("Real domain name required", PROTOCOL),
	W("Hostname required", PROTOCOL),
	W("List:; syntax", PROTOCOL),
	W("Address too long", PROTOCOL),
	W("Syntax error", PROTOCOL),
	W("syntax error", PROTOCOL),
	W("Source route", PROTOCOL),
	W("Relaying denied", RELAY_DENIED),
	W("Cannot mail directly to ", PROTOCOL),
	W("Data format error", PROTOCOL),
	W("Insufficient disk space", UNAVAILABLE),
	W("Name server timeout", UNAVAILABLE),
	W("Transient parse error", UNAVAILABLE),
	W("Temporary ", UNAVAILABLE),
	W("Too many recipients", TOO_MANY_RECIPIENTS),
};
#undef W

/* Words that a logger cut may have been any that begin so. */
static bool
find_words(
    struct slice text, const struct words *rows, size_t n, enum reason *reason)
{
	for (size_t i = 0; i < n; i++) {
		if (text.n < rows[i].begin.n &&
		    slice_starts(rows[i].begin, text)) {
			*reason = REASON_OTHER;
			return true;
		}
		if (!slice_starts(text, rows[i].begin))
			continue;
		*reason = rows[i].reason;
		return true;
	}
	return false;
}

/* dnsbl.m4's "Rejected: A listed at Z", its older "Mail from A rejected; see
   Z" and enhdnsbl.m4; an answer of the list stands in place of the client. */
static bool
is_listed(const struct refusal_words *words)
{
	struct slice text = words->text;

	if (slice_begins(text, "Rejected: ") &&
	    slice_find(text, SLICE(" listed at ")) != -1)
		return true;
	if (slice_begins(text, "Mail from ") &&
	    (slice_find(text, SLICE("blackhole")) != -1 ||
		slice_find(text, SLICE(" rejected")) != -1))
		return true;
	return slice_is(words->ruleset, "check_relay") &&
	       slice_begins(words->second, "127.") &&
	       !addr_is_loopback(&words->client);
}

enum reason
sendmail_reason(const struct refusal_words *words)
{
	enum stage stage = sendmail_stage(words->ruleset);
	enum reason reason;

	if (stage == STAGE_MESSAGE) {
		if (slice_is(words->ruleset, "check_data") ||
		    slice_is(words->ruleset, "check_eom"))
			return REASON_POLICY;
		return slice_find(words->argument, SLICE("name=")) != -1
			   ? REASON_ATTACHMENT
			   : REASON_CONTENT;
	}
	if (find_words(words->text, rulings, NELEMS(rulings), &reason))
		return reason;
	if (slice_begins(words->text, "<"))
		return REASON_OTHER; /* cut in the address */
	if (is_listed(words))
		return REASON_DNSBL;
	return REASON_ACCESS_DENIED;
}

enum reason
sendmail_complaint_reason(struct slice text)
{
	enum reason reason;

	return find_words(text, complaints, NELEMS(complaints), &reason)
		   ? reason
		   : REASON_UNKNOWN_RECIPIENT;
}

bool
sendmail_is_temporary(struct slice text)
{
	return sendmail_complaint_reason(text) == REASON_UNAVAILABLE ||
	       slice_find(text, SLICE("lookup")) != -1 ||
	       slice_find(text, SLICE("try again")) != -1 ||
	       slice_find(text, SLICE("deferred")) != -1;
}
