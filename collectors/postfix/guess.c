/*
 * guess.c - whose line it is where the logger cut the daemon's name
 *
 * RFC 5424 files and %programname% may keep "postfix" of "postfix/smtpd".
 * Each form of line is one daemon's alone, but for a delivery without a relay.
 */
#include "base/array.h"
#include "collectors/inflight.h"
#include "collectors/postfix/postfix.h"

#define G(text, daemon)                                                        \
	{                                                                      \
		{ text, sizeof(text) - 1 }, daemon                             \
	}

static const struct {
	struct slice start;
	const char *daemon;
} plain[] = {
	G("connect from ", "smtpd"),
	G("disconnect from ", "smtpd"),
	G("lost connection after ", "smtpd"),
	G("timeout after ", "smtpd"),
	G("too many errors after ", "smtpd"),
	G("improper command pipelining after ", "smtpd"),
	G("discarding EHLO keywords", "smtpd"),
	G("proxy-accept: ", "smtpd"),
	G("proxy-reject: ", "smtpd"),
	G("SSL_accept error", "smtpd"),
	G("NOQUEUE: reject: RCPT from [", "postscreen"),
	G("NOQUEUE: reject: CONNECT from [", "postscreen"),
	G("NOQUEUE: ", "smtpd"),
	G("CONNECT from ", "postscreen"),
	G("PASS NEW ", "postscreen"),
	G("PASS OLD ", "postscreen"),
	G("ALLOWLISTED ", "postscreen"),
	G("WHITELISTED ", "postscreen"),
	G("DENYLISTED ", "postscreen"),
	G("BLACKLISTED ", "postscreen"),
	G("DISCONNECT ", "postscreen"),
	G("PREGREET ", "postscreen"),
	G("NON-SMTP COMMAND ", "postscreen"),
	G("COMMAND ", "postscreen"),
	G("BARE NEWLINE ", "postscreen"),
	G("HANGUP ", "postscreen"),
	G("DNSBL rank ", "postscreen"),
	G("ALLOWLIST VETO ", "postscreen"),
	G("WHITELIST VETO ", "postscreen"),
	G("connect to ", "smtp"),
	G("SSL_connect error", "smtp"),
	G("host ", "smtp"),
	G("certificate verification failed for ", "smtp"),
	G("addr ", "dnsblog"),
	G("statistics: ", "anvil"),
	G("daemon started ", "master"),
	G("reload ", "master"),
	G("terminating on signal", "master"),
	G("starting the Postfix", "postfix-script"),
	G("stopping the Postfix", "postfix-script"),
	G("refreshing the Postfix", "postfix-script"),
	G("waiting for the Postfix", "postfix-script"),
	G("Deleted: ", "postsuper"),
	G("Placed on hold: ", "postsuper"),
	G("Released from hold: ", "postsuper"),
	G("Requeued: ", "postsuper"),
	G("Expired: ", "postsuper"),
	G("cache ", "verify"),
	G("close database ", "verify"),
	G("warning: ", "smtpd"),
	G("error: ", "master"),
	G("fatal: ", "master"),
	G("panic: ", "master"),
};

/* Behind a queue id. */
static const struct {
	struct slice start;
	const char *daemon;
} behind_id[] = {
	G("client=", "smtpd"),
	G("uid=", "pickup"),
	G("message-id=", "cleanup"),
	G("resent-message-id=", "cleanup"),
	G("from=<", "qmgr"),
	G("removed", "qmgr"),
	G("skipped, ", "qmgr"),
	G("sender non-delivery notification: ", "bounce"),
	G("sender delivery status notification: ", "bounce"),
	G("sender delay notification: ", "bounce"),
	G("postmaster ", "bounce"),
	G("placed on hold", "postsuper"),
	G("released from hold", "postsuper"),
	G("requeued", "postsuper"),
	G("milter-reject: END-OF-MESSAGE ", "cleanup"),
	G("milter-discard: END-OF-MESSAGE ", "cleanup"),
	G("milter-hold: END-OF-MESSAGE ", "cleanup"),
	G("milter-", "smtpd"),
	G("host ", "smtp"),
	G("lost connection with ", "smtp"),
	G("conversation with ", "smtp"),
	G("Cannot start TLS", "smtp"),
	G("enabling PIX", "smtp"),
};

/* cleanup's actions name the part: "reject: header ..." */
static bool
is_content_action(struct slice text)
{
	static const struct slice parts[] = { { "header ", 7 }, { "body ", 5 },
		{ "mime-header ", 12 }, { "nested-header ", 14 } };
	struct slice action;

	if (!slice_cut(&text, SLICE(": "), &action) || action.n > 12)
		return false;
	for (size_t i = 0; i < NELEMS(parts); i++)
		if (slice_starts(text, parts[i]))
			return true;
	return false;
}

/*
 * Who delivers: by the relay.  Without one, smtp's own words for a failed
 * connection or look-up; else it was error(8), or discard(8).
 */
static const char *
guess_delivery(struct slice text)
{
	static const struct slice smtp_words[] = { { "connect to ", 11 },
		{ "Host or domain name not found", 29 },
		{ "Host found but ", 15 }, { "Name service error", 18 },
		{ "lost connection with ", 21 }, { "conversation with ", 18 },
		{ "unable to find ", 15 }, { "Domain ", 7 },
		{ "no mail servers for this domain", 31 }, { "mail for ", 9 },
		{ "TLS is required", 15 }, { "Server certificate ", 19 },
		{ "bad address syntax", 18 } };
	static const struct slice after[] = { { ", relay=", 8 },
		{ ", orig_to=<", 11 } };
	struct slice relay, status, address;
	bool ambiguous;

	if (!slice_skips(&text, "to=<") ||
	    !cut_address(&text, after, NELEMS(after), &address, &ambiguous))
		return NULL;
	if (slice_skips(&text, ", orig_to=<") &&
	    !cut_address(&text, after, 1, &address, &ambiguous))
		return NULL;
	if (!slice_skips(&text, ", relay=") ||
	    !slice_cut(&text, SLICE(", "), &relay) ||
	    !slice_cut(&text, SLICE("status="), &address) ||
	    !slice_cut(&text, SLICE(" ("), &status))
		return NULL;
	if (slice_is(relay, "local"))
		return "local";
	if (slice_is(relay, "virtual"))
		return "virtual";
	if (slice_find_char(relay, '[') != -1)
		return slice_find_char(relay, '/') != -1 ? "lmtp" : "smtp";
	if (!slice_is(relay, "none"))
		return "pipe";
	if (slice_is(status, "sent"))
		return "discard";
	for (size_t i = 0; i < NELEMS(smtp_words); i++)
		if (slice_starts(text, smtp_words[i]))
			return "smtp";
	return "error";
}

const char *
postfix_guess(struct slice text)
{
	struct slice id, rest = text;

	if (slice_cut(&rest, SLICE(": "), &id) && is_queue_id(id)) {
		for (size_t i = 0; i < NELEMS(behind_id); i++)
			if (slice_starts(rest, behind_id[i].start))
				return behind_id[i].daemon;
		if (slice_begins(rest, "to=<"))
			return guess_delivery(rest);
		if (is_content_action(rest))
			return "cleanup";
		if (slice_find(rest, SLICE(" from ")) != -1)
			return "smtpd";
	}
	for (size_t i = 0; i < NELEMS(plain); i++)
		if (slice_starts(text, plain[i].start))
			return plain[i].daemon;
	if (slice_find(text, SLICE("TLS connection established from ")) != -1)
		return "smtpd";
	if (slice_find(text, SLICE("TLS connection established to ")) != -1)
		return "smtp";
	return NULL;
}
