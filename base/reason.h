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

#endif
