/*
 * reason.h - why a client was refused
 *
 * One table, used alike by the log and the wire, in JSON, series names,
 * metrics, the dashboard and the rules.
 */
#ifndef BASE_REASON_H
#define BASE_REASON_H

#include "base/slice.h"

/* Enumerator, word, help. */
#define REASON_TABLE(X)                                                        \
	X(RELAY_DENIED, "relay_denied", "asked us to relay to elsewhere")      \
	X(UNKNOWN_RECIPIENT, "unknown_recipient", "no such recipient here")    \
	X(UNKNOWN_SENDER, "unknown_sender",                                    \
	    "sender's domain does not exist, or not the user's address")       \
	X(BAD_HELO, "bad_helo", "HELO name refused")                           \
	X(NO_REVERSE_DNS, "no_reverse_dns", "client has no proper host name")  \
	X(DNSBL, "dnsbl", "listed in a DNS block list")                        \
	X(GREYLISTED, "greylisted", "asked to come back later")                \
	X(RATE_LIMITED, "rate_limited",                                        \
	    "too many connections, messages, recipients or errors")            \
	X(TOO_LARGE, "too_large", "message too large")                         \
	X(TOO_MANY_RECIPIENTS, "too_many_recipients", "too many recipients")   \
	X(ACCESS_DENIED, "access_denied", "denied by an access map or list")   \
	X(AUTH_REQUIRED, "auth_required", "authentication or TLS required")    \
	X(CONTENT, "content", "header, body or MIME rule")                     \
	X(ATTACHMENT, "attachment", "attachment type not allowed")             \
	X(SPAM, "spam", "found to be spam")                                    \
	X(VIRUS, "virus", "found to carry a virus")                            \
	X(POLICY, "policy", "milter, policy service or a site's own rule")     \
	X(PROTOCOL, "protocol", "did not speak SMTP properly")                 \
	X(UNAVAILABLE, "unavailable", "our own trouble: queue, load, a map")   \
	X(OTHER, "other", "any other reason")

enum reason {
#define REASON_ENUM(name, word, help) REASON_##name,
	REASON_TABLE(REASON_ENUM)
#undef REASON_ENUM
	    REASONS /* keep last: how many there are */
};

const char *reason_name(enum reason);
const char *reason_help(enum reason);

/* When a client was refused: at which command, or before any. */
enum refusal_stage {
	REFUSED_CONNECT,
	REFUSED_HELO,
	REFUSED_MAIL,
	REFUSED_RCPT,
	REFUSED_DATA, /* DATA, BDAT and the end of the data */
	REFUSED_OTHER
};

/*
 * Why, by an SMTP reply alone (RFC 5321, 4.2; enhanced codes: RFC 3463, RFC
 * 5248, RFC 7372, RFC 7505): its words, then the enhanced code, then the code.
 * The text is in lower case, behind the codes; what the client itself said
 * must not be in it.
 */
enum reason reason_of_reply(
    enum refusal_stage, unsigned code, struct slice dsn, struct slice text);
/* Are words in it (in lower case) that would be taken for a reason? */
bool reason_words_in(struct slice text);

#endif
